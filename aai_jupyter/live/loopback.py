"""What the machine plays, as an input: WASAPI's loopback, a monitor of PulseAudio, a virtual device."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from aai_jupyter.errors import SourceError
from aai_jupyter.live.kernel_microphone import FRAME_SECONDS, KernelMicrophone, input_names

VIRTUAL = (
    "blackhole",
    "loopback audio",
    "soundflower",
    "vb-cable",
    "cable output",
    "stereo mix",
    "monitor of",
)
"""Parts of the names of inputs that give what the machine plays, where the system has no loopback itself."""
_INSTALL = 'pip install "aai-jupyter[microphone]"'


class InputDevice(Protocol):
    """A device whose sound is given to a function."""

    label: str

    def open(
        self, rate: int, push: Callable[[bytes], object], failed: Callable[[str], object] | None = None
    ) -> None: ...

    def stop(self) -> None: ...


def open_loopback(name: str) -> InputDevice:
    """Return the device that gives what this machine plays.

    Parameters
    ----------
    name : str
        Part of its name, or "default": what the default loudspeaker plays.

    Raises
    ------
    SourceError
        There is none, with what to do about it.
    """
    if sys.platform != "darwin":  # whose system has no loopback
        return SystemLoopback(name)
    if name != "default":
        return KernelMicrophone(name)
    found = [one for one in input_names() if any(part in one.lower() for part in VIRTUAL)]
    if not found:
        raise SourceError(
            "macOS gives no program what it plays.",
            hint="Install BlackHole (a virtual device), play through it, and name it: --loopback BlackHole. "
            "Or share the call in the page: --mic --computer.",
        )
    return KernelMicrophone(found[0])


class SystemLoopback:
    """What a loudspeaker of Windows or Linux plays.

    Parameters
    ----------
    name : str
        Part of the loudspeaker's name, or "default".

    Raises
    ------
    SourceError
        soundcard is missing, there is no sound system, or no such device.
    """

    def __init__(self, name: str) -> None:
        soundcard = _soundcard()
        try:
            wanted = str(soundcard.default_speaker().name) if name == "default" else name
            self._device = soundcard.get_microphone(wanted, include_loopback=True)
        except (IndexError, RuntimeError, TypeError, AttributeError) as error:
            there = [str(one.name) for one in soundcard.all_microphones(include_loopback=True)]
            raise SourceError(
                f"There is no loopback device {name!r} where the kernel runs: {error}",
                hint=f"There are: {', '.join(there) or 'none'}. --mic --computer shares sound in the page.",
            ) from None
        self.label = str(self._device.name)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def open(
        self, rate: int, push: Callable[[bytes], object], failed: Callable[[str], object] | None = None
    ) -> None:
        """Open the device; ``push`` gets mono samples of 16 bits, about every 0.1 s, on a thread of its own.

        ``failed`` is told on that thread why there are no more.
        """
        self._stopped = stopped = threading.Event()

        def record() -> None:
            import numpy as np

            try:
                with self._device.recorder(rate, channels=None, blocksize=rate // 50) as recorder:
                    while not stopped.is_set():
                        sound = recorder.record(round(rate * FRAME_SECONDS)).mean(axis=1)
                        push((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
            except (RuntimeError, OSError, AssertionError, TypeError) as error:
                if failed is not None and not stopped.is_set():
                    failed(str(error) or type(error).__name__)

        self._thread = threading.Thread(target=record, name="aai-loopback", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the device."""
        self._stopped.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)


def _soundcard() -> Any:
    try:
        return import_module("soundcard")
    except ImportError:
        raise SourceError(
            "What the kernel's machine plays needs soundcard.",
            hint=f"{_INSTALL}, or share the sound in the page: --mic --computer.",
        ) from None
    except (OSError, AssertionError, RuntimeError) as error:  # no PulseAudio that answers
        raise SourceError(
            f"The kernel's machine has no sound system that tells what it plays: {error or 'none answers'}.",
            hint="On Linux PulseAudio or PipeWire has to run. --mic --computer shares sound in the page.",
        ) from None
