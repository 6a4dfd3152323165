"""Microphone of the kernel's own machine, for pages that may not record (VS Code) and for terminals."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import SourceError

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

FRAME_SECONDS = 0.1


class KernelMicrophone:
    """Input device whose audio goes to a session.

    Parameters
    ----------
    name : str
        Part of the device's name, its number, or "default".

    Raises
    ------
    SourceError
        sounddevice is missing, or there is no such device.
    """

    def __init__(self, name: str) -> None:
        self._sounddevice = _sounddevice()
        self._name: str | int | None = None if name == "default" else int(name) if name.isdigit() else name
        try:
            found = self._sounddevice.query_devices(self._name, "input")
        except (ValueError, self._sounddevice.PortAudioError) as error:
            raise SourceError(
                f"There is no input device {name!r} where the kernel runs: {error}",
                hint="sounddevice.query_devices() lists them. --mic uses the page's microphone.",
            ) from None
        self.label = str(found["name"])
        self._stream: Any = None

    def start(self, live: LiveStream) -> None:
        """Start to send its audio to a session, until that ends."""
        push = weakref.WeakMethod(live.push)  # a device alone is nobody who wants the text

        def send(data: bytes) -> None:
            if (given := push()) is not None:
                given(data)

        self.open(live.sample_rate, send)
        live.listen(lambda event: self.stop() if event is None else None, hold=False)

    def open(
        self, rate: int, push: Callable[[bytes], object], failed: Callable[[str], object] | None = None
    ) -> None:
        """Open the device; ``push`` gets mono samples of 16 bits, about every 0.1 s, on PortAudio's thread.

        ``failed`` is told on that thread when the device gives no more of its own accord.

        Raises
        ------
        SourceError
            It cannot be opened.
        """

        def take(data: Any, frames: int, time: Any, status: Any) -> None:
            push(bytes(data))  # which only hands over

        def finished() -> None:
            if self._stream is not None and failed is not None:
                failed("it was taken away")

        try:
            self._stream = self._sounddevice.RawInputStream(
                samplerate=rate,
                channels=1,
                dtype="int16",
                blocksize=int(rate * FRAME_SECONDS),
                device=self._name,
                callback=take,
                finished_callback=finished,
            )
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise SourceError(f"{self.label} could not be opened: {error}") from None

    def stop(self) -> None:
        """Close the device."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.abort()
            stream.close()


def input_names() -> list[str]:
    """Return the names of this machine's input devices.

    Raises
    ------
    SourceError
        sounddevice is missing.
    """
    found = _sounddevice().query_devices()
    return [str(one["name"]) for one in found if one["max_input_channels"] > 0]


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError:
        raise SourceError(
            "A microphone of the kernel's machine needs sounddevice.",
            hint='pip install "aai-jupyter[microphone]", or use the microphone of the page: --mic.',
        ) from None
    except OSError as error:  # the wheel for Linux comes without the PortAudio library
        raise SourceError(
            f"sounddevice finds no PortAudio library: {error}",
            hint="apt install libportaudio2, or conda install portaudio.",
        ) from None
    return sounddevice
