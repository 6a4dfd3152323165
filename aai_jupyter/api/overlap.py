"""``t.overlap()``: when several people speak at once, from the sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.tables.table import check_units
from aai_jupyter.transcripts.frames import default_units

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.transcripts.transcript import Transcript

_PER_UNIT = {"s": 1000.0, "ms": 1.0}


def overlap(
    transcript: Transcript, units: str | None = None, *, on_progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Hear when several people speak; see :meth:`aai_jupyter.Transcript.overlap`."""
    import pandas as pd

    from aai_jupyter.client import Client
    from aai_jupyter.client.overlap_api import hear_overlap
    from aai_jupyter.jobs.engine import ensure_engine

    unit = check_units(units or default_units())
    if transcript.audio is None:
        raise UsageError("The recording is not known.", hint='t.audio = "talk.mp3"')
    rt = runtime()
    endpoint = ensure_engine(rt.settings)
    opened = transcript.audio.open()

    async def ask() -> list[tuple[int, int]]:
        async with Client(endpoint) as client:
            url = await client.transcripts.upload(opened)
            return await hear_overlap(client.http, url, on_progress)

    found = rt.bridge.run(ask())
    start, end = (np.array([one[side] for one in found], dtype=np.float64) for side in (0, 1))
    frame = pd.DataFrame({"start": start, "end": end, "duration": end - start})
    speech = transcript.edited_answer.speech
    names = speech.utterances.speaker.renamed(transcript.speakers.other_than_labels())
    frame["speakers"] = pd.Series(
        [_around(speech.utterances.start, speech.utterances.end, names.values(), a, b) for a, b in found],
        dtype=pd.StringDtype("python"),
    )
    for name in ("start", "end", "duration"):
        if unit == "timedelta":
            frame[name] = pd.to_timedelta(frame[name], unit="ms")
        else:
            frame[name] /= _PER_UNIT[unit]
    frame.attrs = {"transcript_id": transcript.id, "units": unit, "measured_from": "sound"}
    return frame


def _around(
    starts: np.ndarray, ends: np.ndarray, names: list[str | None], start: float, end: float
) -> str | None:
    """Return who has a turn there by the transcript: on one channel often one of the two alone."""
    there = np.flatnonzero((starts < end) & (ends > start))
    found = list(dict.fromkeys(name for row in there.tolist() if (name := names[row]) is not None))
    return ", ".join(found) or None
