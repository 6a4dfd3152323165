"""Progress of transcriptions in the calling cell: one line per file, updated in place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.live_output import LiveProgress, RenderedState
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.readable_numbers import about, amount, clock, size_text
from aai_jupyter.text.sanitize import VERBATIM, escape, one_line
from aai_jupyter.text.short_names import short_names, shortened

if TYPE_CHECKING:
    from aai_jupyter.jobs.job_events import JobEvent

MAX_ROWS = 12
_TEXT = 80
LINE_SECONDS = 15
"""Where lines are printed, a wait has one so often..."""
FEW_ROWS = 3
"""...if not more recordings than this are waited for."""
_LEAST_SHARE = 0.06
"""Of all recordings; before that nobody can tell how long the rest takes."""
FINISHED = ("cached", "completed", "error")
_WORDS = {
    "checking": "checking",
    "uploading": "uploading",
    "submitted": "submitted",
    "queued": "queued",
    "processing": "processing",
    "cached": "done, from cache",
    "completed": "done",
    "error": "failed",
}


@dataclass
class ProgressRow:
    """The state of one file."""

    label: str
    stage: str = "checking"
    sent: int = 0
    size: int | None = None
    transcript_id: str | None = None
    message: str = ""
    share: float | None = None
    left: float | None = None
    text: str = ""
    summarise: Callable[[], str] | None = field(default=None, repr=False)
    started: float = 0.0
    working_since: float | None = None
    uploading_since: float = 0.0
    ended: float | None = None
    printed: str = field(default="", repr=False)
    detached: bool = False

    @property
    def words_so_far(self) -> str:
        """The last words that are known of it while it is in work."""
        if self.stage != "processing" or self.detached or not self.text:
            return ""
        return self.text if len(self.text) <= _TEXT else self.text[-_TEXT:].partition(" ")[2]

    @cached_property
    def summary(self) -> str:
        """What the transcript says of itself; asked for only where the row is shown."""
        return one_line(self.summarise()) if self.summarise is not None else ""

    def status(self, now: float) -> str:
        """Return the text beside the label."""
        parts = [_WORDS.get(self.stage, self.stage)]
        if self.detached:
            return f"{parts[0]}, goes on as {self.transcript_id}" if self.transcript_id else "stopped"
        if self.stage == "uploading":
            parts.append(f"{size_text(self.sent)}{' of ' + size_text(self.size) if self.size else ''}")
            seconds = now - self.uploading_since
            if self.sent and seconds > 0:
                parts.append(f"{size_text(self.sent / seconds)}/s")
        elif self.stage == "processing" and self.share is not None:
            parts.append(f"{self.share:.0%}")
            if self.left is not None:
                parts.append(f"{about(self.left)} left")
        elif self.stage == "error":
            parts.append(self.message.rstrip("."))  # something follows it
        elif self.stage in FINISHED:
            parts.append(self.summary)
        if self.stage != "cached":
            parts.append(clock((now if self.ended is None else self.ended) - self.started))
        return ", ".join(part for part in parts if part)


class Progress(LiveProgress):
    """Collects job events and draws them.

    Parameters
    ----------
    shell : InteractiveShell
        Decides between a display that updates in place (kernels) and printed lines (terminal).
    summarise : callable, optional
        Turns a finished transcript into the text shown for it.

    Examples
    --------
    >>> progress = Progress(None)
    >>> progress.rows
    {}
    """

    def __init__(self, shell: Any, summarise: Callable[[Any], str] | None = None) -> None:
        super().__init__(shell)
        self.rows: dict[int, ProgressRow] = {}
        self._total_printed = ""
        self._ended_printed = 0
        self._next_total = 0.0
        self._summarise = summarise or summary

    def begin(self, labels: Sequence[str]) -> None:
        """Show what was asked for, before the first event: modules may have to be loaded for that one."""
        now = time.monotonic()
        with self._lock:
            for index, label in enumerate(labels):
                self.rows.setdefault(index, ProgressRow(one_line(label), started=now))

    def __call__(self, event: JobEvent) -> None:
        """Record one event; cheap, and callable from any thread."""
        now = time.monotonic()
        with self._lock:
            row = self.rows.setdefault(event.index, ProgressRow(one_line(event.label), started=now))
            if event.stage == "uploading" and row.stage != "uploading":
                row.uploading_since = now
            if row.working_since is None and event.stage != "checking":
                row.working_since = now
            row.stage, row.sent, row.size = event.stage, event.sent, event.size or row.size
            row.transcript_id = event.transcript_id or row.transcript_id
            if event.share is not None:
                row.share, row.left = event.share, event.seconds_left
                row.text = one_line(event.text or "") or row.text
            row.message = one_line(event.message or "")
            if event.stage in FINISHED:
                row.ended = now
                if event.transcript is not None:
                    row.summarise = partial(self._summarise, event.transcript)

    def unfinished(self) -> dict[str, str]:
        """Return label and id of the jobs that have been submitted and have not ended."""
        with self._lock:
            rows = [row for row in self.rows.values() if row.stage not in FINISHED]
            return {row.label: row.transcript_id for row in rows if row.transcript_id}

    def _has_rows(self) -> bool:
        return bool(self.rows)

    def _state(self, now: float, last: bool) -> RenderedState | list[str] | None:
        for row in self.rows.values():
            row.detached = last and row.stage not in FINISHED
        return super()._state(now, last)

    def _total(self, now: float) -> str:
        """Return ``2 of 6, 4 min left``: what has ended, and how long the rest takes by the pace so far."""
        rows = list(self.rows.values())
        if len(rows) < 2:
            return ""
        ended = [row for row in rows if row.stage in FINISHED]
        failed = sum(row.stage == "error" for row in ended)
        line = f"{len(ended)} of {len(rows)}" + (f", {failed} failed" if failed else "")
        if len(ended) == len(rows) or any(row.detached for row in rows):
            return f"{line}." if ended else ""
        worked = [row for row in rows if row.stage not in ("cached", "error")]
        # By size where it is known: an hour is not done when its two-minute neighbour is.
        sizes = [row.size or 1 for row in worked]
        done = [1.0 if row.stage in FINISHED else row.share or 0.0 for row in worked]
        share = sum(size * part for size, part in zip(sizes, done, strict=True)) / sum(sizes)
        if share < _LEAST_SHARE:
            return line
        # Without the start of an engine, which comes once.
        passed = now - min(row.working_since for row in worked if row.working_since is not None)
        return f"{line}, {about(passed * (1 - share) / share)} left"

    def _visible(self) -> tuple[list[ProgressRow], str]:
        """Return at most MAX_ROWS rows, active and failed ones first, and a count of the rest."""
        rows = list(self.rows.values())
        if len(rows) <= MAX_ROWS:
            return rows, ""
        order = {"error": 0, "cached": 2, "completed": 2}
        chosen = sorted(range(len(rows)), key=lambda i: (order.get(rows[i].stage, 1), i))[:MAX_ROWS]
        hidden = [row.stage for i, row in enumerate(rows) if i not in set(chosen)]
        counts = {_WORDS.get(stage, stage): hidden.count(stage) for stage in dict.fromkeys(hidden)}
        if len(counts) == 1:
            rest = next(iter(counts))
        else:
            rest = "; ".join(f"{number} {word}" for word, number in counts.items())
        return [rows[i] for i in sorted(chosen)], f"and {len(hidden):,} more: {rest}"

    def _text(self, now: float) -> str:
        rows, rest = self._visible()
        named = [(shortened(name), row) for name, row in self._named(rows)]
        width = max(len(name) for name, _ in named) if named else 0
        lines = []
        for name, row in named:
            lines.append(f"{name + ':':<{width + 1}} {row.status(now)}")
            if row.words_so_far:
                lines.append(f"{'':<{width + 1}} … {row.words_so_far}")
        return "\n".join(line for line in (*lines, self._total(now), rest) if line)

    def _named(self, rows: list[ProgressRow]) -> list[tuple[str, ProgressRow]]:
        names = dict(zip(self.rows, short_names([row.label for row in self.rows.values()]), strict=True))
        by_row = {id(row): names[index] for index, row in self.rows.items()}
        return [(by_row[id(row)], row) for row in rows]

    def _html(self, now: float) -> str:
        rows, rest = self._visible()
        # A grid, not a table: notebooks stripe tables and align them to the right.
        cells = []
        for name, row in self._named(rows):
            so_far = tag("i", escape(f" … {row.words_so_far}")) if row.words_so_far else ""
            short = shortened(name)
            whole = name if short != name else None
            cells += [
                tag("b", escape(short), title=whole, style="white-space:nowrap" if whole else None),
                tag("span", _bar(row)),
                tag("span", escape(row.status(now)), so_far),
            ]
        grid = "display:grid;grid-template-columns:auto auto 1fr;column-gap:0.8em;align-items:baseline"
        lines = [tag("div", *cells, style=grid)]
        lines += [tag("div", escape(line)) for line in (self._total(now), rest) if line]
        return tag("div", *lines, class_=VERBATIM, role="status", aria_label="Transcription progress")

    def _new_lines(self, now: float) -> list[str]:
        """Return lines for the rows whose stage has changed since they were printed, and of long waits."""
        if len(self.rows) > MAX_ROWS:
            return self._new_lines_of_many(now)
        lines = []
        few = len(self.rows) <= FEW_ROWS
        for name, row in self._named(list(self.rows.values())):
            waits = few and row.stage not in FINISHED
            state = f"{row.stage}{row.detached}{(now - row.started) // LINE_SECONDS if waits else ''}"
            if row.printed != state:
                row.printed = state
                lines.append(f"{name}: {row.status(now)}")
        ended = sum(row.stage in FINISHED for row in self.rows.values())
        if ended != self._ended_printed and (total := self._total(now)):
            self._ended_printed = ended
            lines.append(total)
        return lines

    def _new_lines_of_many(self, now: float) -> list[str]:
        """Return lines for what failed, and now and then how many have ended."""
        new = [row for row in self.rows.values() if row.stage == "error" and not row.printed]
        lines = [f"{name}: {row.status(now)}" for name, row in (self._named(new) if new else ())]
        for row in new:
            row.printed = row.stage
        total = self._total(now)
        if total not in ("", self._total_printed) and (self._ended or now >= self._next_total):
            self._next_total, self._total_printed = now + LINE_SECONDS, total
            lines.append(total)
        return lines


def _bar(row: ProgressRow) -> str:
    if row.stage in FINISHED or row.detached:
        return ""
    if row.stage == "uploading" and row.size:
        return tag("progress", max=row.size, value=min(row.sent, row.size), style="width:10em")
    if row.stage == "processing" and row.share is not None:
        return tag("progress", max=100, value=round(100 * row.share), style="width:10em")
    return tag("progress", style="width:10em")


def summary(transcript: Any) -> str:
    """Describe a transcript: words, speakers, mean confidence, the model that ran, number of warnings.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> summary(Transcript.from_json({"words": [{"text": "Hi", "speaker": "A"}], "confidence": 0.914}))
    '1 word, 1 speaker, confidence 0.91'
    """
    words = transcript.edited_answer.speech.words  # no frame: of a thousand from the store that takes seconds
    parts = [amount(len(words), "word")]
    speaker = words.speaker.renamed(dict(transcript.speakers))
    if speakers := len({*speaker.codes.tolist()} - {-1}):
        parts.append(amount(speakers, "speaker"))
    if transcript.confidence is not None:
        parts.append(f"confidence {transcript.confidence:.2f}")
    if transcript.model:
        parts.append(str(transcript.model))
    if transcript.warnings:  # their text stands in the transcript's own display, once
        parts.append(amount(len(transcript.warnings), "warning"))
    return ", ".join(parts)
