"""``df.aai.prosody()``: pitch, loudness and articulation rate of rows, from the sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import seconds, units_of
from aai_jupyter.audio.pitch import fundamental, intensity, semitones
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.text.tokenization import units

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

COLUMNS = ("f0_median", "f0_low", "f0_high", "f0_range", "voiced", "intensity", "words_per_second")
_AT_ONCE_MS = 30_000


def prosody(
    frame: pd.DataFrame,
    of: Transcript | Iterable[Transcript] | None = None,
    *,
    floor: float = 75.0,
    ceiling: float = 500.0,
) -> pd.DataFrame:
    """Measure the sound of rows; see ``df.aai.prosody``."""
    from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader
    from aai_jupyter.widgets.player.playlist import transcripts_of

    if not 20 <= floor < ceiling <= 2000:
        raise OptionError(f"Pitch is looked for between 20 and 2,000 Hz, got {floor:g} to {ceiling:g}.")
    for name in ("start", "end"):
        if name not in frame:
            raise UsageError(f"The frame has no column {name}.")
    given = units_of(frame)
    start, end = (seconds(frame[name], given) for name in ("start", "end"))
    found = {name: np.full(len(frame), np.nan) for name in COLUMNS}
    texts = frame["text"].astype(object).tolist() if "text" in frame else [None] * len(frame)
    for transcript, rows in transcripts_of(frame, of):
        if transcript.audio is None or transcript.audio.problem:
            raise UsageError(
                f"The sound of {transcript.source or transcript.id} is not here.", hint='t.audio = "talk.mp3"'
            )
        reader = RecordingReader(transcript.audio)
        try:
            for row in rows:
                if end[row] > start[row]:
                    samples = _sound(reader, start[row], end[row])
                    measures = _measured(samples, RATE, texts[row], floor, ceiling)
                    for name, value in zip(COLUMNS, measures, strict=True):
                        found[name][row] = value
        finally:
            reader.close()
    result = frame.assign(**{name: pd.Series(values, index=frame.index) for name, values in found.items()})
    result.attrs = dict(frame.attrs)
    return result


def _sound(reader: Any, start: float, end: float) -> np.ndarray:
    """Return the samples of a stretch, -1 to 1."""
    parts = list(_segments(reader, 1000 * start, 1000 * end))
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)


def _segments(reader: Any, first: float, last: float) -> Iterator[np.ndarray]:
    while first < last:
        stop = min(first + _AT_ONCE_MS, last)
        samples = reader.segment(first, stop)
        yield samples.astype(np.float32) / 32768
        first = stop


def _measured(samples: np.ndarray, rate: int, text: Any, floor: float, ceiling: float) -> tuple[float, ...]:
    pitch = fundamental(samples, rate, floor=floor, ceiling=ceiling)
    known = pitch[~np.isnan(pitch)]
    words = float(len(units(text))) if isinstance(text, str) else float("nan")
    length = len(samples) / rate
    if not len(known):
        return (*[float("nan")] * 4, 0.0, intensity(samples), words / length if length else float("nan"))
    low, middle, high = np.percentile(known, [10, 50, 90]).tolist()
    share = len(known) / len(pitch)
    return middle, low, high, semitones(pitch), share, intensity(samples), words / length
