"""``aai.load``: a saved transcript from its file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript


def load(path: str | os.PathLike[str]) -> Transcript:
    """Read a transcript that :meth:`Transcript.save` wrote.

    Examples
    --------
    >>> t = aai.load("talk.json")  # doctest: +SKIP
    """
    from aai_jupyter.transcripts.transcript import Transcript

    return Transcript.load(os.fspath(path))
