"""Widget to transcribe a dropped file or a recording without writing a cell."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from aai_jupyter.errors import AaiError, OptionError
from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.sanitize import encodable, escape
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.dispatcher import Handler, Reply
from aai_jupyter.widgets.studio.option_form import form, given, price
from aai_jupyter.widgets.studio.page_recordings import PageRecordings

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.jobs.job_events import JobEvent, Outcome
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

FLUSH_SECONDS = 0.2
"""Progress reaches the page at most this often."""
MAX_PREVIEW = 400


class Studio(BaseWidget):
    """Drop files or record, choose options, transcribe, read and play.

    Made by ``aai.studio()``. What comes from the page is kept in ``folder``.

    Attributes
    ----------
    results : TranscriptSet
        What has been transcribed so far.
    folder : Path
        Where recordings from the page are kept, readable by their owner only.

    Examples
    --------
    >>> studio = aai.studio()  # doctest: +SKIP
    >>> studio.results.utterances  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    _view = traitlets.Unicode("studio").tag(sync=True)
    form: Any = traitlets.List().tag(sync=True)
    files: Any = traitlets.List().tag(sync=True)
    rows: Any = traitlets.List().tag(sync=True)
    plan = traitlets.Dict().tag(sync=True)
    engine = traitlets.Dict().tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    opened = traitlets.Unicode("").tag(sync=True)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._recordings = PageRecordings(folder)
        self._values: dict[str, Any] = {}
        self._shown: dict[int, dict[str, Any]] = {}
        self._outcomes: list[Outcome] = []
        self._job: Future[list[Outcome]] | None = None
        self._flushing = False
        self._player: Any = None
        recordings = self._recordings
        handlers: dict[str, Handler] = {
            "ready": lambda message, _: ({"values": self._values}, []),
            "upload_begin": lambda m, _: ({"key": recordings.begin(m.get("name"), m.get("size")).key}, []),
            "upload_piece": lambda m, b: (
                {"received": recordings.piece(m.get("key"), m.get("offset"), _one(b))},
                [],
            ),
            "upload_end": lambda m, _: self._changed(recordings.finish(m.get("key")).key),
            "record_begin": lambda m, _: ({"key": recordings.record(m.get("rate"), m.get("name")).key}, []),
            "record_frames": lambda m, b: (
                {"seconds": recordings.frames(m.get("key"), m.get("seq"), _one(b))},
                [],
            ),
            "record_end": lambda m, _: self._changed(recordings.finish(m.get("key")).key),
            "add": lambda m, _: self._changed(*(item.key for item in recordings.add(m.get("text")))),
            "remove": self._remove,
            "options": self._options,
            "run": self._transcribe,
            "stop": self._stop,
            "gone": self._gone,
            "open": self._open,
            "export": self._export,
        }
        # Frames of the microphone never wait for anything else.
        queues = {"record_frames": 1, "upload_piece": 2}
        engine = _engine()
        super().__init__(handlers, queues, form=form(local=engine["local"]), engine=engine)
        self._replan()

    @property
    def results(self) -> TranscriptSet:
        """Transcripts so far, and what failed."""
        from aai_jupyter.transcripts.transcript_set import TranscriptSet

        with self._guard:
            done = [outcome.transcript for outcome in self._outcomes if outcome.transcript is not None]
            failed = [(o.source.label, o.error) for o in self._outcomes if o.error is not None]
        return TranscriptSet(done, failed)

    def __repr__(self) -> str:
        return f"<Studio, {len(self._outcomes)} results>"

    def _static_form(self) -> dict[str, str]:
        said = tag("p", f"{escape(repr(self)[1:-1])}. Run this cell to have it here.")
        return {"text/plain": repr(self), "text/html": said}

    def close(self) -> None:
        """Remove the studio from the front end. Jobs that were submitted go on; files stay."""
        self._recordings.close()
        if self._player is not None:
            self._player.close()
        super().close()

    # Requests of the page -------------------------------------------------------------------------------

    def _changed(self, *keys: str) -> Reply:
        self._replan()
        return {"keys": list(keys)}, []

    def _remove(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._recordings.remove(message.get("key"))
        return self._changed()

    def _options(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        values = message.get("values")
        self._values = dict(values) if isinstance(values, Mapping) else {}
        self._replan()
        return {"ok": True}, []

    def _replan(self) -> None:
        """Update files, price, cell and problems of the options."""
        ready = [item for item in list(self._recordings.items.values()) if item.ready]
        lengths = [item.seconds for item in ready]
        seconds = sum(one for one in lengths if one) if all(lengths) else None
        plan: dict[str, Any] = {"problems": [], "warnings": [], "cell": "", "price": {}}
        engine = _engine()
        try:
            options, request = self._request()
            plan["warnings"] = list(request.warnings)
            plan["price"] = price(request.params, seconds, local=engine["local"])
            plan["cell"] = encodable(self._cell([item.path for item in ready], options))
        except AaiError as error:
            plan["problems"] = error.lines()
        with self._guard, self.hold_sync():
            self.files = [{**item.shown(), "name": encodable(item.name)} for item in ready]
            self.plan, self.engine = plan, engine

    def _request(self) -> tuple[dict[str, Any], TranscriptRequest]:
        from aai_jupyter.client.options.transcript_request import build_request

        options = given(self._values)
        return options, build_request(options)

    @staticmethod
    def _cell(sources: list[str], options: Mapping[str, Any]) -> str:
        from aai_jupyter.widgets.studio.cell_source import transcribe_cell

        return transcribe_cell(map(_near, sources) if sources else ["path/or/url"], options, "result")

    def _transcribe(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        from aai_jupyter.client.sources.reading import resolve_sources
        from aai_jupyter.runtime.process import runtime
        from aai_jupyter.transcripts.transcribing import transcribe_sources

        keys = message.get("keys")
        chosen = [i for i in self._recordings.items.values() if i.ready and (keys is None or i.key in keys)]
        if not chosen:
            raise OptionError("There is nothing to transcribe: drop a file, or record.")
        if self._job is not None and not self._job.done():
            raise OptionError("A run is under way.")
        _, request = self._request()
        sources = resolve_sources(*(i.path if "://" in i.path else Path(i.path) for i in chosen))
        names = [item.name for item in chosen]
        with self._guard:
            first = len(self._outcomes)
            self._shown = {n: row for n, row in self._shown.items() if n < first}
            self.running = True
        work = transcribe_sources(sources, request, on_event=lambda event: self._event(event, first, names))
        self._job = runtime().bridge.submit(work)
        self._job.add_done_callback(self._ended)
        return {"ok": True}, []

    def _event(self, event: JobEvent, first: int, names: list[str]) -> None:
        row = {
            "index": first + event.index,
            "name": encodable(names[event.index]),
            "stage": event.stage,
            "sent": event.sent,
            "size": event.size,
            "elapsed": round(event.elapsed, 1),
            "id": event.transcript_id,
            "message": encodable(event.message or ""),
        }
        if event.transcript is not None:
            row["preview"] = encodable(event.transcript.text[:MAX_PREVIEW])
            row["summary"] = encodable(repr(event.transcript).strip("<>"))
        with self._guard:
            self._shown[first + event.index] = row
        self._flush()

    def _flush(self) -> None:
        with self._guard:
            if self._flushing:
                return
            self._flushing = True

        def later() -> None:
            time.sleep(FLUSH_SECONDS)
            with self._guard:
                self._flushing = False
                self.rows = [self._shown[n] for n in sorted(self._shown)]

        self._dispatcher.run(later, queue=3)

    def _ended(self, job: Future[list[Outcome]]) -> None:
        try:
            outcomes, problem = job.result(), ""
        except (CancelledError, AaiError) as error:
            outcomes, problem = [], "" if isinstance(error, CancelledError) else str(error)
        with self._guard:
            self._outcomes += outcomes
            self.running = False
        self._flush()
        if problem:
            self._say({"type": "notice", "text": encodable(problem)})

    def _gone(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        self._dispatcher.rest()  # no view, no threads; the next request has them again
        return {"ok": True}, []

    def _stop(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        if self._job is not None:
            self._job.cancel()
        return {"ok": True}, []

    def _result(self, index: Any) -> Transcript:
        with self._guard:
            known = dict(enumerate(self._outcomes))
        outcome = known.get(index) if isinstance(index, int) else None
        found: Transcript | None = outcome.transcript if outcome else None
        if found is None:
            raise OptionError("This result is not there yet.")
        return found

    def _export(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        from aai_jupyter.widgets.player.player_content import TranscriptContent

        transcript = self._result(message.get("index"))
        return {"text": encodable(TranscriptContent(transcript).export(str(message.get("format"))))}, []

    def _open(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        transcript = self._result(message.get("index"))
        old, self._player = self._player, transcript.player()
        self.opened = self._player.model_id
        if old is not None:
            old.close()
        return {"id": self.opened}, []


def _engine() -> dict[str, Any]:
    """Describe where recordings go: shown before anything is sent."""
    endpoint = settings.endpoint()
    if endpoint is None:
        return {"local": True, "label": "local engine: recordings stay on this machine"}
    return {"local": endpoint.local, "label": f"AssemblyAI, region {endpoint.region}"}


def _near(source: str) -> str:
    """Return a path as it is written in a notebook: relative when it is inside its folder."""
    try:
        near = str(Path(source).relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, an address, or the folder is gone
        return source
    return source if near.startswith("~") else near  # which would be somebody's home


def _one(buffers: list[Any]) -> Any:
    if len(buffers) != 1:
        raise OptionError("The message came without its bytes.")
    return buffers[0]
