"""Table of an account's transcripts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from aai_jupyter.client.response_rows import TranscriptItem
from aai_jupyter.tables.table import Table, labels, texts

STATUSES = ("queued", "processing", "completed", "error")


def transcripts_frame(items: Iterable[TranscriptItem]) -> pd.DataFrame:
    """Return the transcript list as a DataFrame, in the order given (the service: newest first).

    Examples
    --------
    >>> from aai_jupyter.client.response_rows import TranscriptItem
    >>> transcripts_frame([TranscriptItem(id="b7c1", status="queued")]).loc[0, "status"]
    'queued'
    """
    rows = list(items)
    return Table(
        "transcripts",
        {
            "transcript_id": labels([row.id for row in rows]),
            "status": labels([row.status for row in rows], STATUSES),
            "created": _moments([row.created for row in rows]),
            "completed": _moments([row.completed for row in rows]),
            "audio_url": texts([row.audio_url for row in rows]),
            "error": texts([row.error for row in rows]),
            "resource_url": texts([row.resource_url for row in rows]),
        },
    ).frame()


def _moments(values: list[str | None]) -> np.ndarray:
    """Parse the service's times: UTC, though they do not say so."""
    found = pd.to_datetime(pd.Series(values, dtype=object), utc=True, errors="coerce", format="ISO8601")
    return found.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
