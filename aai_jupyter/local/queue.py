"""Job queue: runs jobs in order, a few at a time, and never blocks the HTTP side."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from aai_jupyter.local import fetch
from aai_jupyter.local.errors import defect, download_error, told
from aai_jupyter.local.job_share import JobShare
from aai_jupyter.local.models.failures import Cancelled, JobFailed
from aai_jupyter.local.recogniser import Recogniser
from aai_jupyter.local.storage import MAX_ATTEMPTS, QueuedJob, Storage
from aai_jupyter.local.webhooks import WebhookRules, deliver

log = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0
_PURGE_SECONDS = 3600.0


class JobQueue:
    """Runs the jobs of a :class:`Storage`.

    Parameters
    ----------
    concurrency : int
        Jobs in status ``processing`` at once; the others wait in ``queued``, first come first served.
    redacted_url : callable
        File name of redacted audio -> URL that a webhook can pass on.
    """

    def __init__(
        self,
        storage: Storage,
        recogniser: Recogniser,
        *,
        concurrency: int,
        webhooks: WebhookRules,
        redacted_url: Callable[[str], str],
    ) -> None:
        self._storage = storage
        self._recogniser = recogniser
        self._concurrency = concurrency
        self._webhooks = webhooks
        self._redacted_url = redacted_url
        self._running: dict[str, tuple[QueuedJob, threading.Event]] = {}
        self._shares: dict[str, JobShare] = {}
        self._tasks: TaskGroup | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is in work."""
        return bool(self._running)

    def wake(self) -> None:
        """Check for new jobs now."""
        self._wake.set()

    def cancel(self, id: str) -> None:
        """Cancel work on a job that was deleted."""
        if id in self._running:
            self._running[id][1].set()

    def progress(self, project: str) -> dict[str, dict[str, Any]]:
        """Return, by id, how far each running job of a project is: share, seconds left, text so far."""
        return {
            id: share.shown()
            for id, share in list(self._shares.items())
            if id in self._running and self._running[id][0].project == project
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run workers while the context is open; on leaving, running jobs stop and stay unfinished."""
        self._threads = anyio.CapacityLimiter(self._concurrency)
        self._wake = anyio.Event()
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._loop)
            self._tasks.start_soon(self._clean)
            try:
                yield
            finally:
                for _, stop in self._running.values():
                    stop.set()
                self._tasks.cancel_scope.cancel()

    async def _loop(self) -> None:
        assert self._tasks is not None
        watched = float("-inf")
        while True:
            try:
                if anyio.current_time() - watched >= _WATCH_SECONDS:
                    watched = anyio.current_time()
                    await self._watch()
                while len(self._running) < self._concurrency:
                    job = await to_thread.run_sync(self._storage.claim)
                    if job is None:
                        break
                    self._running[job.id] = (job, threading.Event())
                    self._tasks.start_soon(self._work, job)
            except Exception:  # a full disk, a locked database: tried again, and the engine answers meanwhile
                log.exception("looking for work")
            with anyio.move_on_after(_WATCH_SECONDS):
                await self._wake.wait()
            self._wake = anyio.Event()

    async def _watch(self) -> None:
        """Poll for engines of the same folder that died, and for jobs of ours that they deleted."""
        await to_thread.run_sync(self._storage.free_dead)
        for job, stop in list(self._running.values()):
            if not await to_thread.run_sync(self._storage.holds, job):
                stop.set()

    async def _clean(self) -> None:
        while True:
            try:
                await to_thread.run_sync(self._storage.purge)
            except Exception:  # as in _loop
                log.exception("purge")
            await anyio.sleep(_PURGE_SECONDS)

    async def _work(self, job: QueuedJob) -> None:
        scratch = self._storage.work / job.id
        try:
            await self._work_on(job, scratch)
        except Exception:  # not even its failure could be written: the next engine finds it unfinished
            log.exception("job %s", job.id)
        finally:
            del self._running[job.id]
            self._shares.pop(job.id, None)
            with contextlib.suppress(OSError):
                scratch.unlink(missing_ok=True)
            self.wake()

    async def _work_on(self, job: QueuedJob, scratch: Path) -> None:
        try:
            await self._transcribe_and_redact(job, scratch)
        except Cancelled:
            pass
        except JobFailed as error:
            await self._failed(job, error.message)
        except Exception as error:  # the boundary: a fault ends one job, is logged whole, and is told
            if await to_thread.run_sync(self._storage.holds, job):  # else its audio was deleted under it
                log.exception("job %s", job.id)
            await self._failed(job, told(error, self._storage.folder) or defect(error))

    async def _transcribe_and_redact(self, job: QueuedJob, scratch: Path) -> None:
        if job.attempts > MAX_ATTEMPTS:
            raise JobFailed(defect(f"it ended {MAX_ATTEMPTS} times at this recording."))
        path = await self._audio(job, scratch)
        result = job.result
        if job.task == "transcribe":
            result = await self._in_thread(job, self._recogniser.recognise, path, job.params)
            redact = bool(job.params.get("redact_pii_audio"))
            if not await to_thread.run_sync(lambda: self._storage.complete(job, result, redact=redact)):
                return
            self._notify(job, {"transcript_id": job.id, "status": "completed"})
            if not redact:
                return
        assert result is not None
        await self._redact(job, path, result)

    async def _redact(self, job: QueuedJob, path: Path, result: dict[str, Any]) -> None:
        options = job.params.get("redact_pii_audio_options", {})
        name = f"{job.id}.{job.params.get('redact_pii_audio_quality', 'mp3')}"
        out = self._storage.redacted_path(name)
        if not (result.get("words") or options.get("return_redacted_no_speech_audio")):
            raise JobFailed("no speech")
        kept = False
        try:
            await self._in_thread(job, self._recogniser.redact_audio, path, out, result, job.params)
            out.chmod(0o600)
            kept = await to_thread.run_sync(self._storage.finish_redaction, job, name)
        finally:
            if not kept:
                out.unlink(missing_ok=True)
        if kept:
            url = self._redacted_url(name)
            self._notify(job, {"redacted_audio_url": url, "status": "redacted_audio_ready"})

    async def _audio(self, job: QueuedJob, scratch: Path) -> Path:
        url = job.params["audio_url"]
        if job.upload is None:
            await fetch.download(url, scratch)
            return scratch
        path = self._storage.upload_path(job.upload)
        if not path.exists():  # deleted together with another transcript of it
            raise JobFailed(download_error(url))
        return path

    async def _in_thread(self, job: QueuedJob, work: Any, *arguments: Any) -> Any:
        _, stop = self._running[job.id]
        share = self._shares[job.id] = JobShare(stop)

        # On shutdown the thread is left alone: it stops itself at its next step.
        return await to_thread.run_sync(
            lambda: work(*arguments, on_progress=share), limiter=self._threads, abandon_on_cancel=True
        )

    async def _failed(self, job: QueuedJob, error: str) -> None:
        if await to_thread.run_sync(self._storage.fail, job, error):
            self._notify(job, {"transcript_id": job.id, "status": "error"})
        else:  # the transcript itself stands; only its redacted audio cannot be had
            await to_thread.run_sync(self._storage.finish_redaction, job, None)

    def _notify(self, job: QueuedJob, payload: dict[str, Any]) -> None:
        if "webhook_url" in job.params:
            assert self._tasks is not None
            self._tasks.start_soon(self._deliver, job, payload)

    async def _deliver(self, job: QueuedJob, payload: dict[str, Any]) -> None:
        try:
            code = await deliver(job.params, payload, self._webhooks)
            await to_thread.run_sync(self._storage.set_webhook_status, job.id, code)
        except Exception:  # a notice that fails ends itself; out of here it would end all jobs and the engine
            log.exception("webhook of %s", job.id)
