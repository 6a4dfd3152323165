"""Words that were judged in a player: accepted or corrected, matched by time with those of a sample."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from aai_jupyter.text.tokenization import key
from aai_jupyter.transcripts.transcript import Transcript

NEAR = 0.0015
"""Seconds: times are whole milliseconds."""


def judged_by_edits(transcripts: Iterable[Transcript], sample: pd.DataFrame) -> list[bool | None]:
    """Return for each sampled word whether it was found wrong; None where nobody has touched it."""
    by_name = {(one.source, one.id): one for one in transcripts}
    frames: dict[tuple[str | None, str | None], pd.DataFrame | None] = {}
    found: list[bool | None] = []
    for row in sample.itertuples(index=False):
        name = (_known(row.source), _known(row.transcript_id))
        if name not in frames:
            one = by_name.get(name)
            # Edits of a person elsewhere are taken up only where there are any.
            edited = one is not None and bool(one.edit.edits)
            frames[name] = one.frame("words", units="s") if one is not None and edited else None
        words = frames[name]
        found.append(None if words is None else _judged(words, row))
    return found


def _judged(words: pd.DataFrame, row: object) -> bool | None:
    start = getattr(row, "start", np.nan)
    there = np.flatnonzero(np.abs(words["start"].to_numpy() - start) < NEAR)
    if not len(there):
        return True if start == start else None  # it was taken away, or joined to another
    now = words.iloc[there[0]]
    said, written = str(getattr(row, "text", "")), str(now["text"])
    if key(said) != key(written):
        return True
    was, sure = getattr(row, "confidence", np.nan), now["confidence"]
    accepted = sure == 1.0 and was != 1.0
    return False if accepted or written != said else None


def _known(value: object) -> str | None:
    return value if isinstance(value, str) else None
