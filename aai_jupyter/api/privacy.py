"""The setting ``privacy`` in the progress of a call: recordings go by numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.jobs.job_events import JobEvent


def private_event(event: JobEvent) -> JobEvent:
    """Return the event of a job as it may be shown: a file's name may be that of a person."""
    return event if runtime().settings.privacy is None else replace(event, label=private_label(event.index))


def private_label(number: int) -> str:
    """Return what a recording is called in the progress of a call."""
    return f"recording {number + 1}"
