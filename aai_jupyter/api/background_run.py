"""A call of transcription that goes on while other cells run: state, results so far, cancel, try again."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aai_jupyter.api.transcription_call import TranscriptionCall
from aai_jupyter.jobs.batch_control import BatchControl
from aai_jupyter.jobs.batch_state import WAITING, BatchState
from aai_jupyter.jobs.job_events import JobEvent, Outcome, told_as
from aai_jupyter.runtime.process import runtime

CLOSING_SECONDS = 5.0
"""How long the end of the kernel's loop is put off for what is being sent."""
_UNSENT = (WAITING, "checking", "uploading")
Ended = concurrent.futures.Future[Outcome]


class RunningJobs:
    """The background runs of this kernel that somebody still holds or that still run."""

    def __init__(self) -> None:
        self._runs: weakref.WeakSet[BackgroundRun] = weakref.WeakSet()

    def add(self, run: BackgroundRun) -> None:
        self._runs.add(run)

    @property
    def running(self) -> list[BackgroundRun]:
        """Those that have not ended."""
        return [run for run in self._runs if run.at_work]

    def before_close(self) -> None:
        """Wait a moment until what is being sent is submitted: then it goes on without this kernel."""
        last = time.monotonic() + CLOSING_SECONDS
        while any(run.sends for run in self.running) and time.monotonic() < last:
            time.sleep(0.05)


class BackgroundRun:
    """Runs a call on the background loop.

    Parameters
    ----------
    call : TranscriptionCall

    Attributes
    ----------
    state : BatchState
    failure : Exception or None
        Why all of it ended: a limit of costs, a wrong key.
    """

    def __init__(self, call: TranscriptionCall) -> None:
        self.call = call
        self.state = BatchState([source.label for source in call.sources], _price(call))
        self.failure: Exception | None = None
        self._ended: list[Ended] = [concurrent.futures.Future() for _ in call.sources]
        self._controls: dict[int, tuple[BatchControl, int]] = {}
        self._works: list[concurrent.futures.Future[None]] = []
        self._cut: set[int] = set()
        self._changed = threading.Condition()

    def start(self, places: Sequence[int] | None = None, **changed: Any) -> None:
        """Begin with all recordings, or again with some."""
        places = range(len(self._ended)) if places is None else list(places)
        control = BatchControl()
        for index, place in enumerate(places):
            self._controls[place] = control, index
        runtime().part(RunningJobs).add(self)
        self._works.append(runtime().bridge.submit(self._work(places, control, changed)))

    def again(self, places: Sequence[int], **changed: Any) -> None:
        """Transcribe recordings once more that have failed."""
        for place in places:
            self._ended[place] = concurrent.futures.Future()
            self.state.again(place)
        self.failure = None
        self.start(places, **changed)

    def cancel(self, places: Sequence[int]) -> None:
        """Cancel those of the recordings that have not ended, and wait until they have."""
        left = [place for place in places if not self._ended[place].done()]
        loop = runtime().bridge.loop
        for place in left:
            control, index = self._controls[place]
            loop.call_soon_threadsafe(control.cancel, [index])
        self.wait(left)

    # Looking ------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """Whether anything of it runs on the loop."""
        return any(not work.done() for work in self._works)

    @property
    def sends(self) -> bool:
        """Whether something of it is not submitted yet."""
        return any(row.stage in _UNSENT for row in self.state.snapshot()[1])

    def wait(self, places: Sequence[int]) -> list[Outcome]:
        """Wait for recordings; an Interrupt is let through."""
        waiting: set[concurrent.futures.Future[Any]] = {self._ended[place] for place in places}
        if len(places) == len(self._ended):
            waiting |= {*self._works}  # after the last result, what was downloaded may have to be deleted
        while waiting:  # in short steps: a bare wait cannot be interrupted on Windows
            self.resume()
            waiting = concurrent.futures.wait(waiting, timeout=0.1).not_done
        return [self._ended[place].result() for place in places]

    def resume(self) -> None:
        """Go on with what was cut off when the extension was unloaded: what is submitted is taken up."""
        cut, self._cut = self._cut, set()
        if cut:
            self.start(sorted(cut))

    def future(self, place: int) -> Ended:
        return self._ended[place]

    def outcome(self, place: int) -> Outcome | None:
        """What became of a recording; None before its end."""
        ended = self._ended[place]
        return ended.result() if ended.done() else None

    def outcomes(self) -> list[tuple[int, Outcome]]:
        """What has ended so far, with its place."""
        found = ((place, self.outcome(place)) for place in range(len(self._ended)))
        return [(place, outcome) for place, outcome in found if outcome is not None]

    def transcript_id(self, place: int) -> str | None:
        """Id of a recording, waited for until it is submitted or has ended."""
        with self._changed:
            while self.state.rows[place].transcript_id is None and not self._ended[place].done():
                self._changed.wait(0.1)
        return self.state.rows[place].transcript_id

    # On the loop --------------------------------------------------------------------------------------

    async def _work(self, places: Sequence[int], control: BatchControl, changed: Mapping[str, Any]) -> None:
        def on_event(event: JobEvent) -> None:
            self._take(replace(event, index=places[event.index]))

        try:
            outcomes = await self.call.work(places, on_event=on_event, control=control, **changed)
        except asyncio.CancelledError:  # the loop ends
            self._cut = {place for place in places if not self._ended[place].done()}
            raise
        except Exception as error:  # noqa: BLE001 - told to whoever asks for the results
            self._end_all(places, error)
            return
        for place, outcome in zip(places, outcomes, strict=True):
            self._end(place, outcome)

    def _take(self, event: JobEvent) -> None:
        self.state(event)
        source = self.call.sources[event.index]
        if event.stage == "error" and event.error is not None:
            self._end(event.index, Outcome(source, error=event.error))
        elif event.stage in ("completed", "cached"):
            self._end(event.index, Outcome(source, event.transcript, from_cache=event.stage == "cached"))
        self.call.on_event(event)
        with self._changed:
            self._changed.notify_all()

    def _end_all(self, places: Sequence[int], error: Exception) -> None:
        """End what has not ended when all ends: by a limit of costs, a wrong key."""
        self.failure = error
        for place in places:
            if self._ended[place].done():
                continue
            source = self.call.sources[place]
            told = told_as(error, source)
            event = JobEvent(place, source.label, "error", message=told.short, error=told)
            self.state(event)
            self._end(place, Outcome(source, error=told))
            self.call.on_event(event)

    def _end(self, place: int, outcome: Outcome) -> None:
        if not self._ended[place].done():
            self._ended[place].set_result(outcome)


def _price(call: TranscriptionCall) -> Any:
    """USD of a recording of so many seconds; None where nothing is charged."""
    if runtime().settings.uses_engine:
        return None
    from aai_jupyter.client.options.prices import estimate

    return lambda seconds: estimate(call.request.params, seconds)
