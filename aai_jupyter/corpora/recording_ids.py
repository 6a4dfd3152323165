"""What identifies a recording in a corpus."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript_base import TranscriptBase


def recording_id(transcript: TranscriptBase) -> str:
    """Return the id of a transcript; for one of another program, without an id, the hash of its content."""
    return transcript.id or f"sha256:{hashlib.sha256(transcript.raw_bytes).hexdigest()}"
