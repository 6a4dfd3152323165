"""Devices of the kernel's machine : a microphone, what the machine plays, or both."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from aai_jupyter.errors import SourceError, UsageError
from aai_jupyter.live.kernel_microphone import KernelMicrophone
from aai_jupyter.live.loopback import InputDevice, open_loopback
from aai_jupyter.live.side_clock import CallClock

if TYPE_CHECKING:
    from aai_jupyter.live.live_stream import LiveStream

_CONSENT = "Both sides are recorded now: the others must know it and agree."
_LOST = (
    "{} gives no more sound ({}), so the session is paused; nothing is recorded or billed. "
    "What was said so far is kept, and resume() goes on."
)


class CallDevices:
    """Two devices whose sound goes to a session with two sides.

    Parameters
    ----------
    microphone, loopback : str
        Part of a device's name, or "default".

    Raises
    ------
    SourceError
        What they need is missing, or there is no such device.
    """

    def __init__(self, microphone: str = "default", loopback: str = "default") -> None:
        self._devices: tuple[InputDevice, InputDevice] = (
            KernelMicrophone(microphone),
            open_loopback(loopback),
        )
        self.label = " + ".join(one.label for one in self._devices)
        self._lock = threading.Lock()
        self._clock: CallClock | None = None
        self._rate = 0

    def start(self, live: LiveStream) -> None:
        """Start to send both sides to a session, until that ends."""
        self._rate = live.sample_rate
        self._live = weakref.ref(live)  # devices alone are nobody who wants the text
        self._open()
        live.listen(lambda event: self.stop() if event is None else None, hold=False)

    def resume(self) -> None:
        """Open the devices again if one was lost; does not wait."""
        if self._clock is None:
            threading.Thread(target=self._open_again, name="aai-devices", daemon=True).start()

    def _open_again(self) -> None:
        try:
            self._open()
        except SourceError as error:
            self._interrupt(str(error))

    def _open(self) -> None:
        with self._lock:
            if self._clock is not None:
                return
            began = time.monotonic()
            self._clock = clock = CallClock(self._rate, self._push)

        def take(side: int, pcm: bytes) -> None:
            with self._lock:
                if self._clock is clock:
                    clock.add(side, pcm, time.monotonic() - began)

        try:
            for side, device in enumerate(self._devices):
                device.open(
                    self._rate,
                    lambda pcm, side=side: take(side, pcm),  # type: ignore[misc]
                    lambda why, device=device: self._lost(device, why),  # type: ignore[misc]
                )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close both devices; what they have given is sent."""
        with self._lock:
            clock, self._clock = self._clock, None
        if clock is None:
            return
        for device in self._devices:
            device.stop()
        clock.flush()

    def _push(self, pcm: bytes) -> None:
        if (live := self._live()) is not None:
            live.push(pcm)

    def _lost(self, device: InputDevice, why: str) -> None:
        """Close both from another thread: one of a device must not close it."""
        reason = _LOST.format(device.label, why)
        threading.Thread(target=self._interrupt, args=(reason,), name="aai-devices", daemon=True).start()

    def _interrupt(self, reason: str) -> None:
        self.stop()
        if (live := self._live()) is not None:
            live.interrupt(reason)


def consent(price: float) -> str:
    """Return what is said before both sides of a call are recorded; `price` is USD an hour.

    Examples
    --------
    >>> consent(0.9)
    'Both sides are recorded now: the others must know it and agree. About $0.90 for an hour: two sessions.'
    """
    return f"{_CONSENT} About ${price:.2f} for an hour: two sessions." if price else _CONSENT


def open_devices(
    mic: bool | str, computer: bool | str, source: object
) -> CallDevices | KernelMicrophone | None:
    """Return the devices of a session; None when neither side is one of this machine.

    Raises
    ------
    SourceError
        What they need is missing, or there is no such device.
    UsageError
        Only what the machine plays is asked for, or a recording is the source.
    """
    if source is not None and (mic or computer):
        raise UsageError(
            "A session has a recording or devices, not both.", hint="Leave mic and computer out."
        )
    if computer and not mic:
        raise UsageError("computer is the other side of a call.", hint="Say mic=True, too.")
    if not mic:
        return None
    name = "default" if mic is True else mic
    return (
        CallDevices(name, "default" if computer is True else computer) if computer else KernelMicrophone(name)
    )
