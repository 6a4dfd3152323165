"""``aai.Job``: transcription that was not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, cast

from aai_jupyter.api.background_run import BackgroundRun
from aai_jupyter.errors import Interrupted, StoppedWaiting
from aai_jupyter.text.one_process import OneProcess

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeVar

    from aai_jupyter.jobs.batch_state import BatchProgress
    from aai_jupyter.jobs.job_events import Outcome
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    Result = TypeVar("Result", default=Transcript)
else:
    from typing import TypeVar  # without a default before Python 3.13

    Result = TypeVar("Result")

_STATUS = {"cached": "completed", "submitted": "queued"}


class Job(OneProcess, Generic[Result]):
    """Recordings that are transcribed in the background: one, or many, which are also its members.

    What is submitted goes on at the service when the kernel is closed; run the cell again to take it up.

    Examples
    --------
    >>> job = aai.transcribe("calls/*.mp3", wait=False)  # doctest: +SKIP
    >>> job.progress  # doctest: +SKIP
    12 of 40 recordings, 3 min left
    >>> job.partial.utterances  # doctest: +SKIP
    >>> calls = job.result()  # or: calls = await job  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"
    elsewhere = "Send its ids, and call aai.get(id) there; or send job.result()."

    def __init__(self, run: BackgroundRun, place: int | None = None) -> None:
        self._run = run
        self._places = range(len(run.call.sources)) if place is None else range(place, place + 1)
        self._alone = place is not None or run.call.plain

    def __repr__(self) -> str:
        from aai_jupyter.widgets.dashboard.job_card import job_line

        told = job_line(self._run.state.rows[self._places[0]]) if self._alone else self.progress
        return f"<Job {told}>"

    # A sequence of its members ------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Job]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: Any) -> Any:
        """Return the job of one recording by its number; a slice gives a list of them."""
        if isinstance(number, slice):
            return [Job(self._run, place) for place in self._places[number]]
        return Job(self._run, self._places[number])

    @property
    def sources(self) -> list[str]:
        """What its recordings are called."""
        return [self._run.state.labels[place] for place in self._places]

    @property
    def source(self) -> str:
        """What its recording is called, or how many they are."""
        return self.sources[0] if self._alone else f"{len(self)} recordings"

    # Looking ------------------------------------------------------------------------------------------

    @property
    def progress(self) -> BatchProgress:
        """How far it is: recordings, minutes, time left, costs."""
        return self._run.state.progress()

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each recording: source, state, seconds, usd, message, remedy, transcript_id."""
        import pandas as pd

        rows = [self._run.state.rows[place] for place in self._places]
        columns = {
            "source": pd.Series([row.label for row in rows], dtype="string"),
            "state": pd.Series([row.stage for row in rows], dtype="string"),
            "seconds": pd.Series([row.seconds for row in rows], dtype="float64"),
            "usd": pd.Series([row.usd for row in rows], dtype="float64"),
            "message": pd.Series([row.message or None for row in rows], dtype="string"),
            "remedy": pd.Series([row.remedy or None for row in rows], dtype="string"),
            "transcript_id": pd.Series([row.transcript_id for row in rows], dtype="string"),
        }
        return pd.DataFrame(columns)

    @property
    def partial(self) -> TranscriptSet:
        """What is finished so far, with all frames, and in ``failed`` what has failed so far."""
        mine = set(self._places)
        return self._run.call.set_of((place, one) for place, one in self._run.outcomes() if place in mine)

    @property
    def error(self) -> BaseException | None:
        """Why it failed, or why nothing of it was sent; None while that is not known."""
        if not self._alone:
            return self._run.failure
        outcome = self._run.outcome(self._places[0])
        return outcome.error if outcome is not None else None

    @property
    def id(self) -> str | None:
        """The transcript's id, waited for until the recording is submitted; None if it could not be."""
        return self._run.transcript_id(self._places[0]) if self._alone else None

    @property
    def ids(self) -> list[str | None]:
        """Ids of the transcripts, as far as they are submitted."""
        return [self._run.state.rows[place].transcript_id for place in self._places]

    def status(self) -> str:
        """``waiting``, ``checking``, ``uploading``, ``queued``, ``processing``, ``completed`` or ``error``.

        Of several recordings ``error`` when all have failed, ``completed`` when all have ended.
        """
        stages = [self._run.state.rows[place].stage for place in self._places]
        stages = [_STATUS.get(stage, stage) for stage in stages]
        if len(set(stages)) == 1:
            return stages[0]
        return "completed" if {*stages} <= {"completed", "error"} else "processing"

    # Results ------------------------------------------------------------------------------------------

    def result(self) -> Result:
        """Wait for the transcript, or for the set of them.

        Raises
        ------
        AaiError
            It could not be submitted, or failed; of several only what kept all from being sent.
        Interrupted
            Waiting was interrupted; the work goes on.
        """
        try:
            return self._given(self._run.wait(self._places))
        except KeyboardInterrupt:
            raise Interrupted(self._unfinished()) from None

    async def result_async(self) -> Result:
        """The same, to be awaited."""
        self._run.resume()
        waiting = [asyncio.wrap_future(self._run.future(place)) for place in self._places]
        try:
            # Shielded: who stops waiting does not end the work.
            await asyncio.gather(*map(asyncio.shield, waiting))
            outcomes = await asyncio.to_thread(self._run.wait, self._places)
            return await asyncio.to_thread(self._given, outcomes)
        except asyncio.CancelledError:
            raise StoppedWaiting(self._unfinished()) from None

    def __await__(self) -> Generator[Any, None, Result]:
        return self.result_async().__await__()

    def _given(self, outcomes: Sequence[Outcome]) -> Result:
        if self._alone:
            if outcomes[0].error is not None:
                raise outcomes[0].error
            return cast("Result", outcomes[0].transcript)
        if self._run.failure is not None and not any(one.transcript is not None for one in outcomes):
            raise self._run.failure
        return cast("Result", self._run.call.result(outcomes))

    def _unfinished(self) -> dict[str, str]:
        rows = [self._run.state.rows[place] for place in self._places]
        return {row.label: row.transcript_id for row in rows if row.transcript_id and not row.finished}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from aai_jupyter.widgets.dashboard.dashboard_text import static_bundle
        from aai_jupyter.widgets.dashboard.job_card import job_bundle

        state = self._run.state
        return job_bundle(state.rows[self._places[0]]) if self._alone else static_bundle(state)

    def _ipython_display_(self) -> None:
        from aai_jupyter.runtime.cell import updates_displays

        if not updates_displays():
            raise NotImplementedError  # IPython then asks for the mimebundle
        from aai_jupyter.widgets.dashboard.dashboard_display import DashboardDisplay
        from aai_jupyter.widgets.dashboard.job_card import JobCard

        state = self._run.state
        display = JobCard(state, self._places[0]) if self._alone else DashboardDisplay(state, self._run)
        display.show()
        display.follow()

    # Doing --------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the work, and delete what was sent of it; what is finished is kept as it is.

        Nothing more is uploaded or submitted. The local engine stops within a few seconds. The service has no
        call that stops a job: its data is deleted there, and what it has worked already may be charged.

        Examples
        --------
        >>> job.cancel()  # doctest: +SKIP
        """
        self._run.cancel(self._places)

    def retry_failed(self, **options: Any) -> Job[Result]:
        """Transcribe in the background once more what has failed; ``max_cost`` and ``tag`` may be changed."""
        failed = [place for place, one in self._run.outcomes() if one.error is not None]
        again = [place for place in failed if place in self._places]
        if again:
            self._run.again(again, **options)
        return self
