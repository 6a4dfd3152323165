"""State of a batch, recording by recording, put together from its events; and how far it is in all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.text.public_class import public
from aai_jupyter.text.readable_numbers import about, amount

WAITING = "waiting"
FINISHED = ("cached", "completed", "error")
STAGES = (WAITING, "checking", "uploading", "submitted", "queued", "processing", *FINISHED)


@dataclass(slots=True)
class RecordingState:
    """How far one recording is."""

    label: str
    stage: str = WAITING
    size: int | None = None
    sent: int = 0
    seconds: float | None = None
    usd: float | None = None
    share: float | None = None
    message: str = ""
    remedy: str = ""
    transcript_id: str | None = None
    began: float | None = None
    ended: float | None = None

    @property
    def finished(self) -> bool:
        return self.stage in FINISHED


@public
@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is.

    Attributes
    ----------
    total, done, cached, failed : int
        Recordings: all; transcribed, those found in the store among them; without a transcript.
    seconds, seconds_done : float
        Length of the recordings, as far as it is known, and of those that are done.
    rate : float or None
        Seconds of sound per second of waiting, so far.
    seconds_left : float or None
        Until all is done, at that rate.
    usd_spent, usd_expected : float
        What is finished has cost, and what is on its way or waits will cost, by the price list.
    running : bool
    """

    total: int
    done: int
    cached: int
    failed: int
    seconds: float
    seconds_done: float
    rate: float | None
    seconds_left: float | None
    usd_spent: float
    usd_expected: float
    running: bool

    def __str__(self) -> str:
        parts = [f"{self.done + self.failed:,} of {amount(self.total, 'recording')}"]
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.running and self.seconds_left is not None:
            parts.append(f"{about(self.seconds_left)} left")
        if self.usd_spent:
            parts.append(f"${self.usd_spent:.2f}")
        return ", ".join(parts)

    __repr__ = __str__


@dataclass
class BatchState:
    """States of the recordings of one call. Events may come on any thread.

    Parameters
    ----------
    labels : sequence of str
        Names of the recordings.
    price : callable, optional
        USD of a recording of so many seconds.

    Examples
    --------
    >>> state = BatchState(["a.wav", "b.wav"])
    >>> state(JobEvent(0, "a.wav", "completed", seconds=60.0, usd=0.01))
    >>> state(JobEvent(1, "b.wav", "error", message="It is empty."))
    >>> state.progress()
    2 of 2 recordings, 1 failed, $0.01
    """

    labels: Sequence[str]
    price: Callable[[float], float] | None = None
    clock: Callable[[], float] = time.monotonic
    rows: list[RecordingState] = field(init=False)
    version: int = field(default=0, init=False)
    """Grows with every change."""

    def __post_init__(self) -> None:
        self.rows = [RecordingState(label) for label in self.labels]
        self._lock = threading.Lock()
        self._stopped: float | None = None

    def __call__(self, event: JobEvent) -> None:
        """Take up one event."""
        with self._lock:
            row, now = self.rows[event.index], self.clock()
            row.label = row.label or event.label
            row.stage, row.sent = event.stage, event.sent
            row.size = event.size or row.size
            row.seconds = event.seconds or row.seconds
            row.usd = row.usd if event.usd is None else event.usd
            row.transcript_id = event.transcript_id or row.transcript_id
            row.share = event.share
            row.message = event.message or ""
            row.remedy = (event.error.hint or "") if event.error is not None else ""
            row.began = now if row.began is None else row.began
            row.ended = now if row.finished else None
            if event.stage in ("cached", "error"):
                row.usd = None
            self.version += 1

    def _expected(self, row: RecordingState) -> float:
        if row.usd is not None or self.price is None:
            return row.usd or 0.0
        return self.price(row.seconds or 0.0)

    def stop(self) -> None:
        """Nothing more will come: what has not ended goes on elsewhere, or was stopped."""
        with self._lock:
            self._stopped = self.clock()
            self.version += 1

    def again(self, index: int) -> None:
        """Begin a recording anew."""
        with self._lock:
            before = self.rows[index]
            self.rows[index] = RecordingState(before.label, size=before.size, seconds=before.seconds)
            self.version += 1

    def snapshot(self) -> tuple[int, list[RecordingState]]:
        """Return version and rows as they are now; rows are not copied."""
        with self._lock:
            return self.version, list(self.rows)

    def progress(self) -> BatchProgress:
        """How far all is."""
        with self._lock:
            rows, now = list(self.rows), self.clock() if self._stopped is None else self._stopped
            done = [row for row in rows if row.stage in ("cached", "completed")]
            worked = [row for row in rows if row.stage != "cached"]
            left = [row for row in rows if not row.finished]
            seconds = sum(row.seconds or 0.0 for row in rows)
            # By length where it is known, else each as long as another.
            mean = seconds / known if (known := sum(row.seconds is not None for row in rows)) else 1.0
            length = [mean if row.seconds is None else row.seconds for row in worked]
            parts = [1.0 if row.finished else row.share or 0.0 for row in worked]
            made = sum(one * part for one, part in zip(length, parts, strict=True))
            begun = [row.began for row in worked if row.began is not None]
            last = now if left else max((row.ended or now for row in worked), default=now)
            passed = last - min(begun) if begun else 0.0
            rate = made / passed if made and passed > 0 else None
            return BatchProgress(
                total=len(rows),
                done=len(done),
                cached=sum(row.stage == "cached" for row in rows),
                failed=sum(row.stage == "error" for row in rows),
                seconds=seconds,
                seconds_done=sum(row.seconds or 0.0 for row in done),
                rate=rate if known else None,
                seconds_left=(sum(length) - made) / rate if rate and left else None,
                usd_spent=sum(row.usd or 0.0 for row in done),
                usd_expected=sum(map(self._expected, left)),
                running=bool(left) and self._stopped is None,
            )
