"""The setting ``privacy``: transcripts come with pseudonyms where it names a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    Found = TypeVar("Found", Transcript, TranscriptSet)


def with_privacy(found: Found) -> Found:
    """Return transcripts as they may be seen and kept."""
    key = runtime().settings.privacy
    return found if key is None or found.has_pseudonyms else found.pseudonymised(key=key)
