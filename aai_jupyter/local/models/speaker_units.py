"""Units of speech for embeddings: up to two seconds of one speaker, as the segmentation hears him alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.speaker_models import (
    DIMENSIONS,
    FIRST,
    FRAME,
    MEL_HOP,
    MEL_MARGIN,
    embed,
    mel_frames,
)
from aai_jupyter.local.models.speaker_tracks import HeardTracks
from aai_jupyter.local.models.voice_activity import FRAME as VAD_FRAME

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPEECH, OVERLAP = 0.5, 1.4
"""Mean number of speakers from which on somebody speaks, and from which on two do."""
HEARD = 0.5
"""Silero's probability from which on somebody speaks whom the segmentation did not hear."""
UNIT_SECONDS = 2.0
SHORTEST = 0.3
"""Seconds of speech below which a voice cannot be told."""
_GAP_SECONDS = 1.0
_LEAST_SCORE = 0.1
FRAME_SECONDS = FRAME / RATE
_EDGE = FIRST - FRAME // 2  # sample at which frame 0 begins

Run = tuple[int, int]
"""Frames [first, last)."""


@dataclass(slots=True)
class SpeakerFrames:
    """The one or two tracks that speak at each frame; -1 is nobody.

    Attributes
    ----------
    count : ndarray of uint8
        How many speak: 0, 1 or 2.
    first, second : ndarray of int32
        The track that speaks most, and the other one. -1 while somebody speaks (`count` > 0) is a voice that
        belongs to no track.
    """

    count: NDArray[np.uint8]
    first: NDArray[np.int32]
    second: NDArray[np.int32]


@dataclass(slots=True)
class Unit:
    """Speech of one speaker: the frames of a track in some runs close to each other."""

    track: int
    runs: list[Run]

    @property
    def frames(self) -> int:
        return sum(last - first for first, last in self.runs)

    @property
    def seconds(self) -> float:
        return self.frames * FRAME_SECONDS


def frames_of(found: HeardTracks, probabilities: NDArray[np.float32], n_samples: int) -> SpeakerFrames:
    """Decide for each frame who speaks, by the tracks, and by Silero where they hear nobody.

    Parameters
    ----------
    probabilities : ndarray of float32
        From `speech_probabilities`.
    """
    import numpy as np

    total = min(len(found.heard), max(1, (n_samples - FIRST) // FRAME + 1))
    heard = found.heard[:total].astype(np.float32)
    speakers = found.speakers[:total] / heard
    best, second = (np.zeros(total, np.float32) for _ in range(2))
    best_track, second_track = (np.full(total, -1, np.int32) for _ in range(2))
    for number, track in enumerate(found.tracks):
        part = slice(track.first, min(track.first + len(track.activity), total))
        score = track.activity[: part.stop - part.start] / heard[part]
        leads = score > best[part]
        follows = ~leads & (score > second[part])
        second[part] = np.where(leads, best[part], np.where(follows, score, second[part]))
        second_track[part] = np.where(leads, best_track[part], np.where(follows, number, second_track[part]))
        best[part] = np.where(leads, score, best[part])
        best_track[part] = np.where(leads, number, best_track[part])
    middles = (np.arange(total) * FRAME + FIRST) // VAD_FRAME
    silero = probabilities[np.minimum(middles, len(probabilities) - 1)]
    two = (speakers >= OVERLAP) & (second >= _LEAST_SCORE)
    count = np.where(two, 2, (speakers >= SPEECH) | (silero >= HEARD)).astype(np.uint8)
    best_track[(best < _LEAST_SCORE) | (count == 0)] = -1
    second_track[~two] = -1
    return SpeakerFrames(count, best_track, second_track)


def units_of(frames: SpeakerFrames) -> list[Unit]:
    """Cut the speech of one speaker alone into units, in order of time.

    Short runs of one track are put together when little time lies between them.
    """
    import numpy as np

    most = round(UNIT_SECONDS / FRAME_SECONDS)
    gap = round(_GAP_SECONDS / FRAME_SECONDS)
    alone = np.where(frames.count == 1, frames.first, -2)
    edges = np.flatnonzero(np.diff(alone)) + 1
    bounds = [0, *edges.tolist(), len(alone)]
    found: list[Unit] = []
    open_units: dict[int, Unit] = {}
    for first, last in pairwise(bounds):
        track = int(alone[first])
        if track == -2:
            continue
        parts = -(-(last - first) // most)
        cuts = np.linspace(first, last, parts + 1).round().astype(int).tolist()
        for low, high in pairwise(cuts):
            unit = open_units.get(track) if track >= 0 else None
            if unit and low - unit.runs[-1][1] <= gap and unit.frames + high - low <= most:
                unit.runs.append((low, high))
                continue
            unit = Unit(track, [(low, high)])
            open_units[track] = unit
            found.append(unit)
    return found


def embeddings(
    audio: Audio,
    units: Sequence[Unit],
    channel: int = 0,
    *,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> NDArray[np.float32]:
    """Return the voice of each unit, shape (units, 192); zeros for those too short to tell."""
    import numpy as np

    found = np.zeros((len(units), DIMENSIONS), np.float32)
    for index, unit in enumerate(units):
        if unit.seconds < SHORTEST:
            continue
        check()
        start = unit.runs[0][0] * FRAME + _EDGE
        mel = mel_frames(audio.read(start, unit.runs[-1][1] * FRAME + _EDGE + MEL_MARGIN, channel))
        parts = []
        for first, last in unit.runs:
            low, high = ((edge * FRAME + _EDGE - start) // MEL_HOP for edge in (first, last))
            parts.append(mel[low:high])
        found[index] = embed(np.concatenate(parts))
        on_share(index / len(units))
    return found
