"""Events of a batch while it runs, its outcomes, and its interrupts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from aai_jupyter.errors import AaiError
from aai_jupyter.text.public_class import public

if TYPE_CHECKING:
    from aai_jupyter.client.sources.reading import Source

log = logging.getLogger("aai_jupyter")

_Event = TypeVar("_Event")

Stage = Literal["checking", "cached", "uploading", "submitted", "queued", "processing", "completed", "error"]


@public
@dataclass(frozen=True, slots=True)
class JobEvent:
    """One step of one source. Emitted on the loop's thread, after the step is journalled.

    Attributes
    ----------
    index : int
        Position of the source in the batch.
    label : str
        Name of the source, for people.
    stage : str
        checking (reading the file, looking it up), cached, uploading, submitted, queued, processing,
        completed, error.
    sent, size : int
        Bytes uploaded, and bytes in all (None when unknown).
    elapsed : float
        Seconds since work on this source began.
    transcript_id : str, optional
        From "submitted" on: enough to get the result whatever happens here.
    message : str, optional
        When a cached result was made, what another kernel is doing, or what went wrong.
    transcript : Transcript, optional
        With "cached" and "completed".
    share : float, optional
        With "processing", from the local engine: how much of it is done, 0 to 1.
    seconds_left : float, optional
        What is left of it at the pace so far.
    text : str, optional
        The last words so far.
    seconds : float, optional
        Length of the recording, once it is known.
    usd : float, optional
        By the price list: with "submitted" what it will cost, with "completed" what it has cost.
    error : AaiError, optional
        With "error".
    """

    index: int
    label: str
    stage: Stage
    sent: int = 0
    size: int | None = None
    elapsed: float = 0.0
    transcript_id: str | None = None
    message: str | None = None
    transcript: Any = None
    share: float | None = None
    seconds_left: float | None = None
    text: str | None = None
    seconds: float | None = None
    usd: float | None = None
    error: AaiError | None = None


OnEvent = Callable[[JobEvent], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one source of a batch: a transcript, or an error."""

    source: Source
    transcript: Any = None
    error: AaiError | None = None
    from_cache: bool = False


def notify(on_event: Callable[[_Event], None] | None, event: _Event) -> None:
    """Call an event callback; its exceptions are logged, and cost no result."""
    if on_event is None:
        return
    try:
        on_event(event)
    except Exception:
        log.exception("The progress callback failed.")


def told_as(error: Exception, source: Source) -> AaiError:
    """Return an error as one of ours: a row of ``failed``. Any other kind is logged with its traceback."""
    if isinstance(error, AaiError):
        return error
    log.error("%s failed.", source.label, exc_info=error)
    told = AaiError(f"{source.label} failed: {type(error).__name__}: {error}")
    told.__cause__ = error
    return told


def cancelled_error(label: str) -> AaiError:
    """Return the error of a recording that was cancelled."""
    return AaiError(f"{label} was cancelled.", hint="retry_failed() takes it up again.")


def ended(
    index: int,
    source: Source,
    transcript_id: str | None,
    transcript: Any,
    elapsed: float,
    cached_at: float | None,
    *,
    seconds: float | None = None,
    usd: float | None = None,
) -> JobEvent:
    """Return the last event of a recording that has a transcript."""
    message = None
    if cached_at is not None:
        message = time.strftime("from cache, transcribed %Y-%m-%d %H:%M", time.localtime(cached_at))
    return JobEvent(
        index,
        source.label,
        "completed" if cached_at is None else "cached",
        size=source.size,
        elapsed=elapsed,
        transcript_id=transcript_id,
        message=message,
        transcript=transcript,
        seconds=seconds,
        usd=usd,
    )
