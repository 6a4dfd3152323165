"""Corrections of a transcript: a layer over the service's answer, which itself never changes.

Each correction is an operation with its arguments, its time and its author. The layer is the list of them:
it is saved as it is and replayed when the transcript is opened again. See :class:`Editor`.
"""

from __future__ import annotations

from aai_jupyter.transcripts.edits.edited_speech import EditedSpeech
from aai_jupyter.transcripts.edits.editor import Edit, Editor
from aai_jupyter.transcripts.edits.operations import OPERATIONS

__all__ = ["OPERATIONS", "Edit", "EditedSpeech", "Editor"]
