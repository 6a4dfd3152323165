"""Voice activity detection: Silero VAD over the whole audio, once, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.failures import JobFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME = 512
"""Samples that one probability stands for (32 ms)."""
_BLOCK = FRAME * 31 * 300  # about five minutes at a time
_WARM_UP = FRAME * 31  # a second before each block, so that the recurrent state is right at its start
_MIN_THRESHOLD_SECONDS = 30

Span = tuple[int, int]
"""Samples [start, stop)."""


def speech_probabilities(
    audio: Audio, channel: int = 0, check: Callable[[], None] = lambda: None
) -> NDArray[np.float32]:
    """Return the probability of speech for each 32 ms frame, float32 of shape (frames,).

    Examples
    --------
    >>> speech_probabilities(audio).mean()  # doctest: +SKIP
    0.93
    """
    import numpy as np
    from faster_whisper.vad import get_vad_model

    model = get_vad_model()
    found = []
    for start in range(0, audio.n_samples, _BLOCK):
        check()
        lead = min(start, _WARM_UP)
        block = audio.read(start - lead, start + _BLOCK, channel)
        block = np.pad(block, (0, -len(block) % FRAME))
        found.append(np.asarray(model(block), np.float32).reshape(-1)[lead // FRAME :])
    return np.concatenate(found)


def spans(
    probabilities: NDArray[np.float32],
    n_samples: int,
    *,
    threshold: float = 0.5,
    min_silence: float = 2.0,
    pad: float = 0.4,
    longest: float = float("inf"),
) -> list[Span]:
    """Return intervals of speech.

    A stretch begins at a probability of at least `threshold` and ends where it stays below
    ``threshold - 0.15`` for `min_silence` seconds; each is widened by `pad` seconds, at most to the
    middle of the pause. One longer than `longest` seconds is cut at its least speech-like frame.

    Examples
    --------
    >>> import numpy as np
    >>> spans(np.array([0, 0, 1, 1, 0, 0], np.float32), 3072, min_silence=0.03, pad=0)
    [(1024, 2048)]
    """
    import numpy as np

    voiced = probabilities >= max(threshold - 0.15, 0.01)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], voiced, [False])).astype(np.int8)))
    runs: list[list[int]] = []
    gap = min_silence * RATE / FRAME
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        # A run that never reaches the threshold only continues speech that has begun already.
        strong = np.flatnonzero(probabilities[first:last] >= threshold)
        if runs and first - runs[-1][1] < gap:
            if len(strong):
                runs[-1][1] = int(last)
        elif len(strong):
            runs.append([int(first + strong[0]), int(last)])
    cut = [piece for run in runs for piece in _cut(probabilities, run[0], run[1], longest)]
    found = [[first * FRAME, min(last * FRAME, n_samples)] for first, last in cut]
    return _padded(found, int(pad * RATE), n_samples)


def _cut(probabilities: NDArray[np.float32], first: int, last: int, longest: float) -> list[Span]:
    """Split frames [first, last) where speech is least likely, so that no part is longer than `longest`."""
    import numpy as np

    most = longest * RATE / FRAME
    pieces = []
    while last - first > most:
        low, high = first + int(most / 2), first + int(most)
        middle = low + int(np.argmin(probabilities[low:high]))
        pieces.append((first, middle))
        first = middle
    return [*pieces, (first, last)]


def _padded(found: list[list[int]], pad: int, n_samples: int) -> list[Span]:
    wide = []
    for index, (start, stop) in enumerate(found):
        before = start if index == 0 else (start - found[index - 1][1]) // 2
        after = n_samples - stop if index == len(found) - 1 else (found[index + 1][0] - stop) // 2
        wide.append((start - min(pad, before), stop + min(pad, after)))
    return wide


def check_speech_threshold(
    channels: Sequence[NDArray[np.float32]], seconds: float, wanted: float | None
) -> None:
    """Fail the job as the service does when less than `wanted` (0-1) of the audio is speech.

    With several channels, somebody speaking on any of them counts. The service asks for 30 seconds
    of sound at least; nothing shorter is refused.

    Raises
    ------
    JobFailed
        With the service's text.
    """
    import numpy as np

    if not wanted or seconds < _MIN_THRESHOLD_SECONDS:
        return
    share = float((np.max(channels, axis=0) >= 0.5).mean())
    if share < wanted:
        raise JobFailed(
            f"Audio speech threshold {share:.4f} is below the requested speech threshold value {wanted}"
        )
