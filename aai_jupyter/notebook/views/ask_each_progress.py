"""Progress of one question to many recordings: a count, and a line for each active or recent one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.live_output import LiveProgress
from aai_jupyter.text.html_tags import FAINT, tag
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import VERBATIM, escape, one_line
from aai_jupyter.text.short_names import short_names

if TYPE_CHECKING:
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.ask_events import AskEvent

MAX_ROWS = 8
MAX_SAID = 90
_ENDED = ("completed", "error")
_NAME = "flex:none;max-width:16em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"


@dataclass
class _QuestionRow:
    label: str
    stage: str = "asking"
    said: str = ""
    began: float = 0.0
    ended: float = 0.0


class EachProgress(LiveProgress):
    """Collects events of asking and draws them."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._rows: dict[int, _QuestionRow] = {}
        self._total = self._done = 0
        self._reducing = ""
        self._printed: set[int] = set()

    def __call__(self, event: AskEvent) -> None:
        """Record one event; cheap, and callable from any thread."""
        now = time.monotonic()
        with self._lock:
            row = self._rows.setdefault(event.index, _QuestionRow(one_line(event.label), began=now))
            row.stage = event.stage
            row.said = one_line(event.message or "")
            self._total = event.total
            self._done = event.done
            if event.stage in _ENDED:
                row.ended = now
            if event.answer is not None and event.answer.problem is None:
                row.said = _excerpt(event.answer)

    def piece(self, text: str) -> None:
        """Append a streamed chunk of the answer over all answers."""
        with self._lock:
            self._reducing += text

    def _has_rows(self) -> bool:
        return bool(self._rows)

    def _text(self, now: float) -> str:
        lines = (f"{name}: {self._row_state(row, now)}" for name, row in self._visible())
        return "\n".join([self._head(), *lines])

    def _head(self) -> str:
        rows = list(self._rows.values())
        failed = sum(row.stage == "error" for row in rows)
        parts = [
            f"{self._done} of {self._total} answered" if not failed else f"{self._done} of {self._total} done"
        ]
        if failed:
            parts.append(f"{failed} failed")
        moving = sum(row.stage not in _ENDED for row in rows)
        if moving and not self._ended:
            parts.append(f"{moving} being asked")
        if moving and self._ended:
            parts.append("stopped")
        if self._reducing and not self._ended:
            parts.append(f"putting the answers together, {len(self._reducing):,} characters")
        return ", ".join(parts)

    def _row_state(self, row: _QuestionRow, now: float) -> str:
        if row.stage == "completed":
            return row.said or "answered"
        if row.stage == "error":
            return f"failed, {row.said}"
        if self._ended:
            return "stopped"
        doing = {"again": "again, ", "part": "", "merging": "merging "}.get(row.stage)
        state = row.stage if doing is None else f"{doing}{row.said}"
        return f"{state}, {clock(now - row.began)}"

    def _candidates(self) -> list[_QuestionRow]:
        """Return all rows; at the end those that failed: the result holds the answers."""
        return [row for row in self._rows.values() if not self._ended or row.stage == "error"]

    def _visible(self) -> list[tuple[str, _QuestionRow]]:
        """Return failed and active rows and the latest finished ones, with short names."""
        rows = list(self._rows.values())
        names = short_names([row.label for row in rows])
        order = {"error": 0, "completed": 2}
        chosen = sorted(self._candidates(), key=lambda row: (order.get(row.stage, 1), -row.ended))[:MAX_ROWS]
        kept = {id(row) for row in chosen}
        return [(name, row) for name, row in zip(names, rows, strict=True) if id(row) in kept]

    def _html(self, now: float) -> str:
        bar = tag("progress", max=max(1, self._total), value=self._done, style="width:12em")
        head = [tag("span", escape(self._head())), *([] if self._ended else [bar])]
        lines = [
            tag(
                "div",
                tag("b", escape(name), style=_NAME),
                tag("span", escape(self._row_state(row, now)), style="overflow-wrap:anywhere"),
                style="display:flex;gap:.8em",
            )
            for name, row in self._visible()
        ]
        if (rest := len(self._candidates()) - MAX_ROWS) > 0:
            lines.append(tag("div", f"and {rest:,} more", style=FAINT))
        return tag(
            "div",
            tag("div", *head, style="display:flex;gap:.8em;align-items:baseline"),
            *lines,
            class_=VERBATIM,
            role="status",
            aria_label="Progress of asking",
        )

    def _new_lines(self, now: float) -> list[str]:
        lines = []
        for index, row in self._rows.items():
            if row.stage in _ENDED and index not in self._printed:
                self._printed.add(index)
                lines.append(f"{self._done}/{self._total} {row.label}: {self._row_state(row, row.ended)}")
        return lines


def _excerpt(answer: Answer) -> str:
    if answer.schema is not None:
        text = "; ".join(", ".join(f"{k}={v}" for k, v in row.items()) for row in answer.rows)
    else:
        text = str(answer)
    text = one_line(text)
    return text if len(text) <= MAX_SAID else f"{text[: MAX_SAID - 1]}…"
