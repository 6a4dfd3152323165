"""What a cell shows of one recording that is transcribed in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aai_jupyter.text.html_tags import BREAK, FAINT, box, tag
from aai_jupyter.text.sanitize import clean, escape, one_line
from aai_jupyter.text.short_names import short_name
from aai_jupyter.widgets.dashboard.dashboard_text import detail_of

if TYPE_CHECKING:
    from aai_jupyter.jobs.batch_state import BatchState, RecordingState

REFRESH_SECONDS = 1.0
_WORDS = {"cached": "done, from cache", "completed": "done", "error": "failed", "submitted": "queued"}
_WAITS = "job.result() waits for the transcript, job.cancel() stops the work."
_DONE = "job.result() is the transcript."
_FAILED = "job.retry_failed() tries again."


def job_line(row: RecordingState) -> str:
    """Return what a recording is called, how far it is, and its id.

    Examples
    --------
    >>> from aai_jupyter.jobs.batch_state import RecordingState
    >>> job_line(RecordingState("calls/1.mp3", "processing", share=0.4, transcript_id="b7c1"))
    '1.mp3: processing, 40%, id b7c1'
    """
    return f"{_name(row)}: {_state(row)}"


def job_bundle(row: RecordingState) -> dict[str, str]:
    """Return text and HTML: what the recording is called, how far it is, and what can be done next."""
    if row.stage == "error":
        following = f"{clean(one_line(row.remedy))} {_FAILED}".strip()
    else:
        following = _DONE if row.finished else _WAITS
    html = box(
        "div",
        tag("div", tag("b", escape(_name(row))), f" {escape(_state(row))}", style=BREAK),
        tag("div", escape(following), style=f"{FAINT};{BREAK}"),
        role="status",
        aria_label="Transcription in the background",
    )
    return {"text/plain": f"{job_line(row)}\n{following}", "text/html": html}


class JobCard:
    """The line of one recording in one cell, kept up to date until the recording has ended.

    Parameters
    ----------
    state : BatchState
    place : int
        Of the recording.
    """

    def __init__(self, state: BatchState, place: int) -> None:
        self._state, self._place = state, place

    def show(self) -> None:
        """Show it in the calling cell."""
        from IPython.display import DisplayHandle

        self._handle = DisplayHandle()
        self._shown = self._bundle()
        self._handle.display(self._shown, raw=True)

    def follow(self) -> None:
        """Keep it up to date on a thread of its own."""
        threading.Thread(target=self._follow, name="aai-job", daemon=True).start()

    def _follow(self) -> None:
        pause = threading.Event()
        running = True
        while running:
            pause.wait(REFRESH_SECONDS)
            running = self._state.progress().running and not self._row.finished
            if (bundle := self._bundle()) != self._shown:
                self._shown = bundle
                self._handle.update(bundle, raw=True)

    @property
    def _row(self) -> RecordingState:
        return self._state.snapshot()[1][self._place]

    def _bundle(self) -> dict[str, str]:
        return job_bundle(self._row)


def _name(row: RecordingState) -> str:
    return clean(one_line(short_name(row.label)))


def _state(row: RecordingState) -> str:
    parts = [_WORDS.get(row.stage, row.stage)]
    if row.stage != "cached":  # which says when it was transcribed, in its message
        parts.append(detail_of(row)[0].rstrip("."))
    if row.transcript_id:
        parts.append(f"id {row.transcript_id}")
    return ", ".join(part for part in parts if part)
