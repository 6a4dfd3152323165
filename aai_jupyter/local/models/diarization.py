"""Speaker diarization of a recording: who speaks when, also two at once.

Segmentation hears who speaks at the same time and where speakers change (`speaker_tracks`); units of one
voice alone are embedded (`speaker_units`); the embeddings are clustered (`voice_clusters`); and the clusters
are laid back over the frames, so that overlapped speech has two speakers. `benchmarks/bench_speakers.py`
measures it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import Audio
from aai_jupyter.local.models.doubtful_units import UnitPlaces
from aai_jupyter.local.models.speaker_assignment import SpeakerTurn
from aai_jupyter.local.models.speaker_tracks import follow, time_of
from aai_jupyter.local.models.speaker_units import (
    FRAME_SECONDS,
    Run,
    SpeakerFrames,
    Unit,
    embeddings,
    frames_of,
    units_of,
)
from aai_jupyter.local.models.voice_clusters import cluster_voices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOLLOWED = 0.5
"""Share of the work that the segmentation is, as measured."""
_TOUCHING = 0.05
BRIDGED = 0.6
"""Seconds of silence up to which a turn goes on."""
SHORTEST_OVERLAP = 0.15
"""Seconds from which on overlapped speech counts."""


def speaker_bounds(params: Mapping[str, Any], seconds: float) -> tuple[int, int | None]:
    """Return the fewest and most speakers of a request; the default maximum is the service's, by length.

    >>> speaker_bounds({"speakers_expected": 2}, 60)
    (2, 2)
    >>> speaker_bounds({}, 300)
    (1, 10)
    """
    if expected := params.get("speakers_expected"):
        return expected, expected
    options = params.get("speaker_options") or {}
    fewest = options.get("min_speakers_expected") or 1
    default = None if seconds <= 120 else 10 if seconds <= 600 else 30
    most = options.get("max_speakers_expected") or (max(default, fewest) if default else None)
    return fewest, most


def find_turns(
    audio: Audio,
    probabilities: NDArray[np.float32],
    *,
    channel: int = 0,
    fewest: int = 1,
    most: int | None = None,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> list[SpeakerTurn]:
    """Return turns of the speakers of one channel, in order of time; turns of two may overlap.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (frames,)
        From `speech_probabilities`.
    fewest, most : int
        Bounds of the number of speakers.

    Examples
    --------
    >>> find_turns(audio, speech_probabilities(audio), most=4)[0]  # doctest: +SKIP
    SpeakerTurn(start=0.21, end=7.62, speaker=0, confidence=1.0)
    """
    voices = hear_voices(audio, probabilities, channel, check=check, on_share=on_share)
    check()
    return voices.turns(*voices.clustered(fewest, most))


@dataclass(slots=True)
class HeardVoices:
    """Who speaks at each frame by the segmentation, and the voices of its clear units.

    Attributes
    ----------
    units : list of Unit
        All speech of one speaker alone.
    clear : list of Unit
        Those long enough to have a voice, in order of time.
    vectors : ndarray of float32, shape (clear, 192)
    """

    frames: SpeakerFrames
    units: list[Unit]
    clear: list[Unit]
    vectors: NDArray[np.float32]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Speech in each clear unit."""
        import numpy as np

        return np.array([unit.seconds for unit in self.clear])

    def clustered(
        self, fewest: int = 1, most: int | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the speaker of each clear unit, and his probability."""
        import numpy as np

        tracks = np.array([unit.track for unit in self.clear], np.intp)
        middles = np.array([time_of((unit.runs[0][0] + unit.runs[-1][1]) / 2) for unit in self.clear])
        places = UnitPlaces(tracks, middles)
        return cluster_voices(self.vectors, self.seconds, fewest, most, places=places)

    def turns(self, speakers: NDArray[np.intp], sure: NDArray[np.float64]) -> list[SpeakerTurn]:
        """Lay the speakers of the clear units over all frames.

        Two who speak at once are two. Where both tracks were clustered as one speaker, the second is
        whoever else is nearest in time.

        Parameters
        ----------
        speakers, sure : ndarray
            Number of the speaker of each clear unit, and its probability.
        """
        import numpy as np

        if not self.clear:
            return [SpeakerTurn(*_edges(self.units), 0)] if self.units else []
        places = _Places(self.clear, speakers.tolist())
        count = len(self.frames.count)
        confidence = np.ones(count, np.float32)
        first, second = (np.full(count, -1, np.int32) for _ in range(2))
        for unit in self.units:
            for run in unit.runs:
                first[slice(*run)] = places.nearest(unit.track, run)
        for unit, speaker, probability in zip(self.clear, speakers.tolist(), sure.tolist(), strict=True):
            for run in unit.runs:
                first[slice(*run)] = speaker
                confidence[slice(*run)] = probability
        for run in _runs(self.frames.count == 2, self.frames.first, self.frames.second):
            both = self.frames.first[run[0]], self.frames.second[run[0]]
            found = [places.nearest(int(track), run) for track in both]
            if found[0] == found[1]:
                found[1] = places.other(found[0], run)
            first[slice(*run)], second[slice(*run)] = found
        for start, stop in _runs(first < 0, first):
            held = start > 0 and stop < count and first[start - 1] == first[stop]
            if held and stop - start <= BRIDGED / FRAME_SECONDS:
                first[start:stop] = first[stop]
        for start, stop in _runs(second >= 0, second):
            if stop - start < SHORTEST_OVERLAP / FRAME_SECONDS:
                second[start:stop] = -1
        return _joined(turn for line in (first, second) for turn in _turns(line, confidence))


def hear_voices(
    audio: Audio,
    probabilities: NDArray[np.float32],
    channel: int = 0,
    *,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> HeardVoices:
    """Run segmentation and embedding over one channel."""
    tracks = follow(audio, channel, check=check, on_share=lambda share: on_share(_FOLLOWED * share))
    frames = frames_of(tracks, probabilities, audio.n_samples)
    units = units_of(frames)

    def embedded(share: float) -> None:
        on_share(_FOLLOWED + (1 - _FOLLOWED) * share)

    vectors = embeddings(audio, units, channel, check=check, on_share=embedded)
    clear = [index for index in range(len(units)) if vectors[index].any()]
    return HeardVoices(frames, units, [units[index] for index in clear], vectors[clear])


class _Places:
    """Finds the speaker who is nearest in time."""

    def __init__(self, units: Sequence[Unit], speakers: Sequence[int]) -> None:
        self._all: list[tuple[int, int]] = []
        self._of_track: dict[int, list[tuple[int, int]]] = {}
        self._of_speaker: dict[int, list[tuple[int, int]]] = {}
        for unit, speaker in zip(units, speakers, strict=True):
            for first, last in unit.runs:
                place = ((first + last) // 2, speaker)
                self._all.append(place)
                self._of_speaker.setdefault(speaker, []).append(place)
                if unit.track >= 0:
                    self._of_track.setdefault(unit.track, []).append(place)
        for places in (self._all, *self._of_track.values(), *self._of_speaker.values()):
            places.sort()

    def nearest(self, track: int, run: Run) -> int:
        """Return the speaker of the nearest unit of a track; of all when it has none."""
        return _nearest(self._of_track.get(track) or self._all, run)[1]

    def other(self, speaker: int, run: Run) -> int:
        """Return the speaker nearest in time who is not this one; -1 when there is no other."""
        others = [_nearest(places, run) for one, places in self._of_speaker.items() if one != speaker]
        return min(others)[1] if others else -1


def _nearest(places: Sequence[tuple[int, int]], run: Run) -> tuple[int, int]:
    """Return distance and speaker of the nearest place."""
    middle = (run[0] + run[1]) // 2
    index = bisect_left(places, (middle, -1))
    near = places[max(index - 1, 0) : index + 1]
    return min((abs(place - middle), speaker) for place, speaker in near)


def _runs(wanted: NDArray[np.bool_], *lines: NDArray[np.int32]) -> Iterator[Run]:
    """Yield runs of frames that are wanted and have the same values in all lines."""
    import numpy as np

    changed = np.diff(wanted)
    for line in lines:
        changed = changed | (np.diff(line) != 0)
    bounds = [0, *(np.flatnonzero(changed) + 1).tolist(), len(wanted)]
    for first, last in pairwise(bounds):
        if wanted[first]:
            yield first, last


def _turns(line: NDArray[np.int32], confidence: NDArray[np.float32]) -> Iterator[SpeakerTurn]:
    for first, last in _runs(line >= 0, line):
        sure = float(confidence[first:last].mean())
        yield SpeakerTurn(time_of(first - 0.5), time_of(last - 0.5), int(line[first]), sure)


def _joined(turns: Iterable[SpeakerTurn]) -> list[SpeakerTurn]:
    """Put together turns of one speaker that touch, and return all in order of time."""
    found: dict[int, list[SpeakerTurn]] = {}
    for turn in sorted(turns, key=_order):
        own = found.setdefault(turn.speaker, [])
        if own and turn.start - own[-1].end <= _TOUCHING:
            before = own.pop()
            lengths = before.end - before.start, turn.end - turn.start
            sure = (before.confidence * lengths[0] + turn.confidence * lengths[1]) / max(sum(lengths), 1e-9)
            turn = SpeakerTurn(before.start, max(before.end, turn.end), turn.speaker, sure)
        own.append(turn)
    return sorted((turn for own in found.values() for turn in own), key=_order)


def _order(turn: SpeakerTurn) -> tuple[float, float]:
    return turn.start, turn.end


def _edges(units: Sequence[Unit]) -> tuple[float, float]:
    return time_of(units[0].runs[0][0]), time_of(units[-1].runs[-1][1])
