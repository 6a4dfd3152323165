"""A diarizer of another package: its segments as the engine's turns."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.speaker_assignment import SpeakerTurn
from aai_jupyter.plugins.installed_plugins import DIARIZERS, Plugin, find_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LATE = 0.5
"""Seconds after the end of the sound that a segment may end: models count in steps."""


class ChannelAudio:
    """One channel of decoded audio as a plug-in gets it.

    Parameters
    ----------
    check : callable
        Called at each read; what it raises ends the work.
    """

    sample_rate = RATE

    def __init__(self, audio: Audio, channel: int, check: Callable[[], None]) -> None:
        self._audio, self._channel, self._check = audio, channel, check
        self.stopped: BaseException | None = None

    @property
    def seconds(self) -> float:
        """Length."""
        return self._audio.seconds

    def read(self, start: float = 0.0, end: float | None = None) -> NDArray[np.float32]:
        """Return samples between two times."""
        try:
            self._check()
        except BaseException as error:  # kept: the plug-in may hide it
            self.stopped = error
            raise
        last = self._audio.n_samples if end is None else round(end * RATE)
        return self._audio.read(round(start * RATE), last, self._channel)


def diarizer_plugin(name: str) -> Plugin:
    """Return the plug-in that ``local_diarizer`` names.

    Raises
    ------
    EngineError
        No package brings it, or two do.
    """
    if (plugin := find_plugin(DIARIZERS, name)) is None:
        raise EngineError(
            f"There is no diarizer called {name!r}.",
            hint='aai-jupyter models lists them. Or: local_diarizer = "builtin".',
        )
    return plugin


def plugin_turns(
    plugin: Plugin,
    audio: Audio,
    *,
    channel: int = 0,
    fewest: int = 1,
    most: int | None = None,
    check: Callable[[], None] = lambda: None,
) -> list[SpeakerTurn]:
    """Return turns of the speakers of one channel, as `find_turns` does.

    Raises
    ------
    EngineError
        The plug-in cannot be loaded, failed, or gave what are no segments.
    """
    model = _load(plugin)
    sound = ChannelAudio(audio, channel, check)
    try:
        with plugin.blamed("failed"):
            turns = _turns(model.diarize(sound, fewest, most), audio.seconds)
    finally:
        if sound.stopped is not None:
            raise sound.stopped
    return turns


@lru_cache(maxsize=2)
def _load(plugin: Plugin) -> Any:
    return plugin.load()


def _turns(segments: Iterable[Any], seconds: float) -> list[SpeakerTurn]:
    """Return segments as turns in order of time.

    Raises
    ------
    ValueError
        One lies outside the recording, or its confidence is none.
    """
    numbers: dict[Hashable, int] = {}
    found = []
    for one in segments:
        start, end, sure = float(one.start), float(one.end), float(one.confidence)
        if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end <= seconds + _LATE):
            raise ValueError(f"a segment from {start} to {end} s of a recording of {seconds:.2f} s")
        if not 0 <= sure <= 1:
            raise ValueError(f"the confidence {sure} is no probability")
        if min(end, seconds) > start:
            speaker = numbers.setdefault(one.speaker, len(numbers))
            found.append(SpeakerTurn(start, min(end, seconds), speaker, sure))
    return sorted(found, key=lambda turn: (turn.start, turn.end))
