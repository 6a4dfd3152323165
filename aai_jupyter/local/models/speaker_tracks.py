"""Who speaks when, as tracks: windows of the segmentation model, laid over each other and joined.

Each window of ten seconds numbers its speakers anew. Windows overlap, so a speaker of one is the speaker of
the next with whom he shares most time; such a chain is a track. A track ends when its speaker is silent for
about as long as windows overlap; whether two tracks are one voice is left to the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import Audio
from aai_jupyter.local.models.speaker_models import (
    FIRST,
    FRAME,
    LOCAL_SPEAKERS,
    WINDOW,
    WINDOW_FRAMES,
    segment,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP_FRAMES = 148
"""Frames from one window to the next (2.5 s): each moment is heard four times."""
_BATCH = 4
_SAME = 0.3
"""Share of the lesser speaker's time in common from which on two speakers of neighbouring windows are one."""
_LEAST_FRAMES = 6


@dataclass(slots=True)
class Track:
    """One speaker while he is followed; `activity` sums probabilities from frame `first` on."""

    first: int
    activity: NDArray[np.float32]

    def at(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the activity of frames [start, stop), zero outside of the track."""
        import numpy as np

        found = np.zeros(stop - start, np.float32)
        low, high = max(start, self.first), min(stop, self.first + len(self.activity))
        if low < high:
            found[low - start : high - start] = self.activity[low - self.first : high - self.first]
        return found

    def add(self, start: int, values: NDArray[np.float32]) -> None:
        """Add to the activity from frame `start` on."""
        import numpy as np

        end = self.first + len(self.activity)
        if (stop := start + len(values)) > end:
            self.activity = np.concatenate([self.activity, np.zeros(stop - end, np.float32)])
        self.activity[start - self.first : stop - self.first] += values


@dataclass(slots=True)
class HeardTracks:
    """All tracks of a recording, and how often each frame was heard.

    Attributes
    ----------
    heard : ndarray of uint8
        Windows that covered each frame.
    speakers : ndarray of float32
        How many speak at each frame, summed over the windows.
    """

    heard: NDArray[np.uint8]
    speakers: NDArray[np.float32]
    tracks: list[Track] = field(default_factory=list)


def frame_at(seconds: float) -> int:
    """Return the frame whose middle is nearest to a time.

    >>> frame_at(1.0)
    57
    """
    return round((seconds * 16_000 - FIRST) / FRAME)


def time_of(frame: float) -> float:
    """Return the middle of a frame in seconds.

    >>> round(time_of(57), 2)
    0.99
    """
    return (frame * FRAME + FIRST) / 16_000


def follow(
    audio: Audio,
    channel: int = 0,
    *,
    step: int = STEP_FRAMES,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> HeardTracks:
    """Return the tracks of one channel.

    Examples
    --------
    >>> follow(audio).tracks[0].first  # doctest: +SKIP
    0
    """
    import numpy as np

    count = max(1, -(-(audio.n_samples - WINDOW) // (step * FRAME)) + 1)
    total = (count - 1) * step + WINDOW_FRAMES
    found = HeardTracks(np.zeros(total, np.uint8), np.zeros(total, np.float32))
    live: list[int] = []
    for number, window in enumerate(_windows(audio, channel, count, step, check)):
        on_share(number / count)
        live = _join(found, live, number * step, window)
    return found


def _windows(
    audio: Audio, channel: int, count: int, step: int, check: Callable[[], None]
) -> Iterator[NDArray[np.float32]]:
    """Yield the activity of each window, shape (frames, 3)."""
    import numpy as np

    for first in range(0, count, _BATCH):
        check()
        batch = []
        for number in range(first, min(first + _BATCH, count)):
            start = number * step * FRAME
            samples = audio.read(start, start + WINDOW, channel)
            batch.append(np.pad(samples, (0, WINDOW - len(samples))))
        yield from segment(np.stack(batch))


def _join(found: HeardTracks, live: list[int], start: int, window: NDArray[np.float32]) -> list[int]:
    """Add one window; return the tracks that it has speech of."""
    import numpy as np

    speakers = [k for k in range(LOCAL_SPEAKERS) if (window[:, k] > 0.5).sum() >= _LEAST_FRAMES]
    stop = start + WINDOW_FRAMES
    before = found.heard[start:stop] > 0
    known = [found.tracks[k].at(start, stop)[before] / found.heard[start:stop][before] for k in live]
    pairs = _pairs(known, [window[before, k] for k in speakers])
    found.heard[start:stop] += 1
    found.speakers[start:stop] += window.sum(1)
    now = []
    for place, speaker in enumerate(speakers):
        if place in pairs:
            number = live[pairs[place]]
        else:
            number = len(found.tracks)
            found.tracks.append(Track(start, np.zeros(0, np.float32)))
        found.tracks[number].add(start, window[:, speaker])
        now.append(number)
    return now


def _pairs(known: list[NDArray[Any]], new: list[NDArray[Any]]) -> dict[int, int]:
    """Match speakers of a window with tracks by the time that they share; {new: known}."""
    import numpy as np

    if not known or not new:
        return {}
    shared = np.array([[float(a @ b) for a in known] for b in new])
    lesser = np.array([[min(float(a.sum()), float(b.sum())) for a in known] for b in new])
    shared[shared < _SAME * np.maximum(lesser, 1)] = 0
    size = max(shared.shape)
    square = np.zeros((size, size))
    square[: shared.shape[0], : shared.shape[1]] = shared
    best = max(
        permutations(range(size)), key=lambda order: sum(square[row, k] for row, k in enumerate(order))
    )
    return {row: k for row, k in enumerate(best[: len(new)]) if square[row, k] > 0}
