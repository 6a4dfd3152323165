"""Whether somebody else has begun to speak: the end of a turn that no pause tells.

People answer each other faster than any pause that could end a turn. The segmentation model hears the last
seconds; when its last speaker is another one than before, and the two voices differ, the turn ends where the
one stopped and the other began. `python -m benchmarks live_turns` measures it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.speaker_models import FIRST, FRAME, embed, mel_frames, segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEARD = 5 * RATE
"""Samples that are listened to: twice as many cost twice as much."""
_SPEAKS = 0.5
_LAST, _NEW = 0.6, 0.45
"""Of the last seconds, how many the new speaker has to himself."""
_AT_MOST_BESIDE = 0.12
_BEFORE = 0.35
"""Seconds that another one must have spoken alone."""
_OLDEST = 2.0
"""Seconds after which a change is no longer believed: it would have been heard sooner."""
_ALIKE = 0.46
"""Cosine of two voices from which on they are one: right changes were below it, most wrong ones above."""
_VOICE = 3 * RATE
_PAUSE = 0.3
_LEAD = RATE * 3 // 20
"""Samples before the new speaker that are his, after a pause."""
_AROUND, _STEP = RATE * 2 // 25, RATE // 50


def speaker_change(samples: NDArray[np.float32], since: int) -> int | None:
    """Return the sample at which whoever speaks now took over; None when it is who spoke before.

    Parameters
    ----------
    samples : ndarray of float32
        Up to now, at 16 kHz; the last `HEARD` are enough.
    since : int
        Sample with which the turn began.

    Examples
    --------
    >>> import numpy as np
    >>> speaker_change(np.zeros(HEARD, np.float32), 0) is None
    True
    """
    places = _handover(samples, since)
    if places is None:
        return None
    at = _quietest(samples, *places)
    if at <= since or len(samples) - at > _OLDEST * RATE:
        return None
    before = embed(mel_frames(samples[max(since, at - _VOICE) : at]))
    now = embed(mel_frames(samples[at:]))
    return at if float(before @ now) < _ALIKE else None


def _handover(samples: NDArray[np.float32], since: int) -> tuple[int, int] | None:
    """Return between which samples the one stopped and the other began."""
    import numpy as np

    speaks = segment(samples[None])[0] > _SPEAKS
    times = FIRST + FRAME * np.arange(len(speaks))
    speaks &= (times >= since)[:, None]
    last = times >= len(samples) - _LAST * RATE
    newest = int(speaks[last].sum(0).argmax())
    own = speaks[:, newest]
    others = np.delete(speaks, newest, 1).any(1)
    if _seconds(own & last) < _NEW or _seconds(others & last) > _AT_MOST_BESIDE:
        return None
    before = others & ~own
    if _seconds(before) < _BEFORE:
        return None
    left = int(np.flatnonzero(before)[-1]) + 1
    if _seconds(own[left:] & ~others[left:]) < _NEW:
        return None
    came = left + int(own[left:].argmax())
    low, high = (int(times[frame]) - FRAME // 2 for frame in (left, came))
    if high - low > _PAUSE * RATE:
        return max(high - _LEAD, (low + high) // 2), high
    beside = int(np.flatnonzero(others)[-1])  # they may speak together for a while
    return low - _AROUND, int(times[max(came, beside)]) + _AROUND


def _quietest(samples: NDArray[np.float32], low: int, high: int) -> int:
    """Return where it is least loud, between two words if there are two."""
    import numpy as np

    low, high = max(low, 0), min(high, len(samples))
    power = np.add.reduceat(samples[low:high] ** 2, np.arange(0, high - low, _STEP))
    around = np.convolve(power, np.ones(3), "same") / np.convolve(np.ones(len(power)), np.ones(3), "same")
    return low + int(around.argmin()) * _STEP + _STEP // 2


def _seconds(frames: NDArray[np.bool_]) -> float:
    return float(frames.sum()) * FRAME / RATE
