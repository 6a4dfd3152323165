"""Table of dictated clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aai_jupyter.tables.table import Table, Units, labels, numbers, texts

if TYPE_CHECKING:
    from aai_jupyter.transcripts.clip import Clip


def clips_frame(clips: Sequence[Clip], units: Units = "s") -> pd.DataFrame:
    """Return clips as a DataFrame, in the order in which they were recorded.

    Examples
    --------
    >>> clips_frame([]).columns[:3].tolist()
    ['clip', 'text', 'duration']
    """
    moments = [clip.recorded.replace(tzinfo=None) for clip in clips]
    return Table(
        "clips",
        {
            "clip": np.arange(len(clips)),
            "text": texts([clip.text for clip in clips]),
            "duration": numbers([1000 * clip.duration for clip in clips]),
            "n_words": np.array([_count(clip.raw.get("words")) for clip in clips], dtype=np.int64),
            "confidence": numbers([clip.confidence for clip in clips]),
            "recorded": np.array(moments, dtype="datetime64[us]"),
            "estimate": numbers([clip.estimate for clip in clips]),
            "transcript_id": labels([clip.id for clip in clips]),
        },
    ).frame(units)


def _count(rows: object) -> int:
    return len(rows) if isinstance(rows, list) else 0
