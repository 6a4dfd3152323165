"""Jobs that were submitted earlier, here or elsewhere: by their ids, and as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from aai_jupyter.errors import Interrupted, StoppedWaiting, TranscriptionFailedError, UsageError
from aai_jupyter.jobs.job_events import JobEvent, OnEvent, Stage, notify
from aai_jupyter.runtime.process import runtime
from aai_jupyter.transcripts.private_view import with_privacy

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.transcripts.transcript import Transcript


def get(transcript_id: str) -> Transcript:
    """A transcript by its id: from this machine, else from the service, waiting until it is finished.

    Raises
    ------
    NotFoundError, TranscriptionFailedError, AaiError
    Interrupted
        The job goes on.

    Examples
    --------
    >>> t = aai.get("b7c1d0f2-…")  # doctest: +SKIP
    """
    ident = _checked_id(transcript_id)
    make = runtime().progress
    view = make(1) if make else None
    draw = getattr(view, "draw", None)
    try:
        return with_privacy(runtime().bridge.run(_get(ident, view), tick=draw))
    except KeyboardInterrupt:
        raise Interrupted({ident: ident}) from None
    finally:
        if draw is not None:
            draw(last=True)


async def get_async(transcript_id: str) -> Transcript:
    """The same as :func:`get`, to be awaited."""
    try:
        found = await asyncio.wrap_future(runtime().bridge.submit(_get(_checked_id(transcript_id))))
        private: Transcript = with_privacy(found)
        return private
    except asyncio.CancelledError:
        raise StoppedWaiting({transcript_id: transcript_id}) from None


async def _get(transcript_id: str, on_event: OnEvent | None = None) -> Transcript:
    from aai_jupyter.jobs.charges import billed_charge
    from aai_jupyter.jobs.engine_progress import watched
    from aai_jupyter.transcripts.restore import restored, restored_by_id

    rt = runtime()
    kept = await asyncio.to_thread(restored_by_id, transcript_id, rt.store)
    if kept is not None:
        return kept
    client = await rt.client()
    job = await asyncio.to_thread(rt.store.job_of, transcript_id)
    label = job.source if job is not None else transcript_id

    def tell(stage: str, **facts: Any) -> None:
        notify(on_event, JobEvent(0, label, cast(Stage, stage), transcript_id=transcript_id, **facts))

    def on_status(status: str, elapsed: float) -> None:
        if status in ("queued", "processing"):
            tell(status)

    def on_share(_: str, facts: Mapping[str, Any]) -> None:
        tell("processing", **facts)

    try:
        async with watched(client, lambda: [transcript_id], on_share):
            data = await client.transcripts.wait(transcript_id, on_status=on_status)
    except TranscriptionFailedError as error:
        if job is not None:
            await asyncio.to_thread(rt.store.fail, job, error.detail or error.message)
        tell("error")  # why is told by what is raised
        raise
    if job is not None:
        charge = billed_charge(job.request, data)
        await asyncio.to_thread(rt.store.complete, job, data.raw_bytes, (), charge)
    else:
        await asyncio.to_thread(rt.store.keep, client.endpoint.account, transcript_id, data.raw_bytes)
    found = await asyncio.to_thread(restored, data, rt.store, job.source if job is not None else None)
    tell("completed", transcript=found)
    if job is not None:
        from aai_jupyter.transcripts.transcribing import delete_if_wanted

        await delete_if_wanted([found])
    return found


def cancel_job(transcript_id: str) -> bool:
    """Cancel a job by its id; see :meth:`aai_jupyter.Job.cancel`. False when it had ended already."""
    return runtime().bridge.run(_cancel(_checked_id(transcript_id)))


async def _cancel(transcript_id: str) -> bool:
    rt = runtime()
    if await asyncio.to_thread(rt.store.transcript, transcript_id):
        return False
    client = await rt.client()
    if (await client.transcripts.get(transcript_id)).status in ("completed", "error"):
        return False
    await client.transcripts.delete(transcript_id)
    job = await asyncio.to_thread(rt.store.job_of, transcript_id)
    if job is not None:
        await asyncio.to_thread(partial(rt.store.fail, job, "cancelled", billed=True))
    return True


def _checked_id(transcript_id: str) -> str:
    if not isinstance(transcript_id, str) or not transcript_id.strip():
        raise UsageError("A transcript id is needed.", hint="%aai_transcripts and %aai_jobs list the ids.")
    return transcript_id.strip()


def jobs_frame(*, limit: int = 1000) -> pd.DataFrame:
    """What became of every job started from this machine, newest first.

    Returns
    -------
    DataFrame
        source (string), state (category: planned, uploaded, submitting, submitted, completed, failed),
        created and updated (datetime64[us, UTC]), message (string), transcript_id (string).

    Examples
    --------
    >>> aai.jobs_frame().query("state == 'submitted'").transcript_id  # doctest: +SKIP
    """
    import pandas as pd

    from aai_jupyter.jobs.journal import COMPLETED, FAILED, OPEN

    records = runtime().store.jobs(limit=limit)
    frame = pd.DataFrame(
        {
            name: pd.Series([getattr(record, name) for record in records], dtype=dtype)
            for name, dtype in (
                ("source", "string"),
                ("state", "object"),
                ("created", "float64"),
                ("updated", "float64"),
                ("message", "string"),
                ("transcript_id", "string"),
            )
        }
    )
    frame["state"] = pd.Categorical(frame["state"], categories=[*OPEN, COMPLETED, FAILED])
    for name in ("created", "updated"):
        frame[name] = pd.to_datetime(frame[name], unit="s", utc=True).astype("datetime64[us, UTC]")
    return frame
