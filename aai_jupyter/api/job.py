"""Jobs that were submitted earlier, here or elsewhere, by their ids."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aai_jupyter.errors import AaiError, Interrupted, StoppedWaiting, TranscriptionFailedError, UsageError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.jobs.batch import JobResult
    from aai_jupyter.transcripts.transcript import Transcript


class Job:
    """A submitted recording that was not waited for. The service has it: the kernel may be closed.

    Examples
    --------
    >>> job = aai.transcribe("talk.mp3", wait=False)  # doctest: +SKIP
    >>> job.id, job.status()  # doctest: +SKIP
    ('b7c1…', 'processing')
    >>> t = job.result()  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    def __init__(self, source: str, found: JobResult | AaiError) -> None:
        self.source = source
        #: Why it could not be submitted, or None.
        self.error: AaiError | None = found if isinstance(found, AaiError) else None
        #: The transcript's id; None when it could not be submitted.
        self.id: str | None = None
        if not isinstance(found, AaiError):
            self.id = (
                found.data.id if found.data is not None else found.job.transcript_id if found.job else None
            )

    def __repr__(self) -> str:
        return f"Job({self.source!r}, {self.id or 'not submitted'})"

    def status(self) -> str:
        """``queued``, ``processing``, ``completed`` or ``error``: asks the service unless it is known."""
        return runtime().bridge.run(self._status())

    async def _status(self) -> str:
        if self.id is None:
            return "error"
        rt = runtime()
        if await asyncio.to_thread(rt.store.transcript, self.id):
            return "completed"
        return str((await (await rt.client()).transcripts.get(self.id)).status)

    def result(self) -> Transcript:
        """Wait for the transcript.

        Raises
        ------
        AaiError
            It could not be submitted, or failed.
        """
        if self.error is not None:
            raise self.error
        assert self.id is not None
        return get(self.id)

    async def result_async(self) -> Transcript:
        """The same, to be awaited."""
        if self.error is not None:
            raise self.error
        assert self.id is not None
        return await get_async(self.id)


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
    try:
        return runtime().bridge.run(_get(_checked_id(transcript_id)))
    except KeyboardInterrupt:
        raise Interrupted({transcript_id: transcript_id}) from None


async def get_async(transcript_id: str) -> Transcript:
    """The same as :func:`get`, to be awaited."""
    try:
        return await asyncio.wrap_future(runtime().bridge.submit(_get(_checked_id(transcript_id))))
    except asyncio.CancelledError:
        raise StoppedWaiting({transcript_id: transcript_id}) from None


async def _get(transcript_id: str) -> Transcript:
    from aai_jupyter.transcripts.restore import restored, restored_by_id

    rt = runtime()
    kept = await asyncio.to_thread(restored_by_id, transcript_id, rt.store)
    if kept is not None:
        return kept
    client = await rt.client()
    job = await asyncio.to_thread(rt.store.job_of, transcript_id)
    try:
        data = await client.transcripts.wait(transcript_id)
    except TranscriptionFailedError as error:
        if job is not None:
            await asyncio.to_thread(rt.store.fail, job, error.detail or error.message)
        raise
    if job is not None:
        await asyncio.to_thread(rt.store.complete, job, data.raw_bytes)
    else:
        await asyncio.to_thread(rt.store.keep, client.endpoint.account, transcript_id, data.raw_bytes)
    made = await asyncio.to_thread(restored, data, rt.store, job.source if job is not None else None)
    if job is not None:
        from aai_jupyter.transcripts.transcribing import delete_if_wanted

        await delete_if_wanted([made])
    return made


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
        transcript_id (string), created and updated (datetime64[us, UTC]), message (string).

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
                ("transcript_id", "string"),
                ("created", "float64"),
                ("updated", "float64"),
                ("message", "string"),
            )
        }
    )
    frame["state"] = pd.Categorical(frame["state"], categories=[*OPEN, COMPLETED, FAILED])
    for name in ("created", "updated"):
        frame[name] = pd.to_datetime(frame[name], unit="s", utc=True).astype("datetime64[us, UTC]")
    return frame
