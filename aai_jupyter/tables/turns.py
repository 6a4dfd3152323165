"""Table of a recording's turns, in the form of a real-time session's (`tables.live`)."""

from __future__ import annotations

import numpy as np

from aai_jupyter.tables.findings import utterances
from aai_jupyter.tables.speech import Speech
from aai_jupyter.tables.table import Table, labels


def turns(speech: Speech, extra: bool) -> Table:
    """Return utterances of a recording as final turns, so that one analysis serves both."""
    said = utterances(speech, extra)
    rows = len(said)
    language = speech.data.language_code
    columns = dict(said.columns) | {
        "turn_order": np.arange(rows),
        "end_of_turn": np.ones(rows, dtype=bool),
        "end_of_turn_confidence": np.full(rows, np.nan),
        "language": labels([language] * rows),
    }
    return Table("turns", columns, said.extra)
