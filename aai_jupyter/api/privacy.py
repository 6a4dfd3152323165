"""The setting ``privacy``: transcripts come with pseudonyms, and recordings without their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.jobs.job_events import JobEvent
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    Found = TypeVar("Found", Transcript, TranscriptSet)


def with_privacy(found: Found) -> Found:
    """Return transcripts as they may be seen: with pseudonyms where the setting names a key."""
    key = runtime().settings.privacy
    return found if key is None else found.pseudonymised(key=key)


def private_event(event: JobEvent) -> JobEvent:
    """Return the event of a job as it may be shown: a file's name may be that of a person."""
    return event if runtime().settings.privacy is None else replace(event, label=private_label(event.index))


def private_label(number: int) -> str:
    """Return what a recording is called in the progress of a call."""
    return f"recording {number + 1}"
