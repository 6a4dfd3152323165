"""Progress of one question to many recordings: a count, and a line for those that move or have just ended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.progress import REDRAW_SECONDS
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import VERBATIM, one_line
from aai_jupyter.text.short_names import short_names

if TYPE_CHECKING:
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.ask_events import AskEvent

MAX_ROWS = 8
MAX_SAID = 90
_ENDED = ("completed", "error")


@dataclass
class _QuestionRow:
    label: str
    stage: str = "asking"
    said: str = ""
    began: float = 0.0
    ended: float = 0.0


class EachProgress:
    """Collects events of asking and draws them; see :class:`~.progress.Progress` for the rules.

    Examples
    --------
    >>> EachProgress(None).text(0.0)
    'nothing asked yet'
    """

    def __init__(self, shell: Any) -> None:
        self._lock = threading.Lock()
        self._in_place = getattr(shell, "kernel", None) is not None
        self._rows: dict[int, _QuestionRow] = {}
        self._total = self._done = 0
        self._left = False
        self._reducing = ""
        self._handle: Any = None
        self._shown = ""
        self._printed: set[int] = set()
        self._drawn_at = 0.0

    def __call__(self, event: AskEvent) -> None:
        """Take one event; cheap, and callable from any thread."""
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
        """Take a piece of the answer over all answers."""
        with self._lock:
            self._reducing += text

    def draw(self, *, last: bool = False) -> None:
        """Show the state if it has changed; what does not move any more does not look as if it did."""
        now = time.monotonic()
        if not last and now - self._drawn_at < REDRAW_SECONDS:
            return
        with self._lock:
            if not self._rows:
                return
            self._left = last
            text, page = self.text(now), self._html(now)
            lines = self._ended_lines()
        self._drawn_at = now
        if not self._in_place:
            for line in lines:
                print(line, flush=True)
        elif text != self._shown:
            self._shown = text
            self._show({"text/plain": text, "text/html": page})

    def _show(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def text(self, now: float) -> str:
        """The state in plain text."""
        if not self._rows:
            return "nothing asked yet"
        return "\n".join(
            [self._head(), *(f"{name}: {self._state(row, now)}" for name, row in self._visible())]
        )

    def _head(self) -> str:
        rows = list(self._rows.values())
        failed = sum(row.stage == "error" for row in rows)
        parts = [
            f"{self._done} of {self._total} answered" if not failed else f"{self._done} of {self._total} done"
        ]
        if failed:
            parts.append(f"{failed} failed")
        moving = sum(row.stage not in _ENDED for row in rows)
        if moving and not self._left:
            parts.append(f"{moving} being asked")
        if moving and self._left:
            parts.append("stopped")
        if self._reducing and not self._left:
            parts.append(f"putting the answers together, {len(self._reducing):,} characters")
        return ", ".join(parts)

    def _state(self, row: _QuestionRow, now: float) -> str:
        if row.stage == "completed":
            return row.said or "answered"
        if row.stage == "error":
            return f"failed, {row.said}"
        if self._left:
            return "stopped"
        doing = {"again": "again, ", "part": "", "merging": "merging "}.get(row.stage)
        state = row.stage if doing is None else f"{doing}{row.said}"
        return f"{state}, {clock(now - row.began)}"

    def _candidates(self) -> list[_QuestionRow]:
        """All rows; at the end those that failed: the answers stand in the result, and nothing moves."""
        return [row for row in self._rows.values() if not self._left or row.stage == "error"]

    def _visible(self) -> list[tuple[str, _QuestionRow]]:
        """Rows that failed or move, and the latest of those that ended, with short names."""
        rows = list(self._rows.values())
        names = short_names([row.label for row in rows])
        order = {"error": 0, "completed": 2}
        chosen = sorted(self._candidates(), key=lambda row: (order.get(row.stage, 1), -row.ended))[:MAX_ROWS]
        kept = {id(row) for row in chosen}
        return [(name, row) for name, row in zip(names, rows, strict=True) if id(row) in kept]

    def _html(self, now: float) -> str:
        bar = (
            ""
            if self._left
            else f'<progress max="{max(1, self._total)}" value="{self._done}" style="width:12em"></progress>'
        )
        lines = "".join(
            f'<div style="display:flex;gap:.8em"><b style="flex:none;max-width:16em;overflow:hidden;'
            f'text-overflow:ellipsis;white-space:nowrap">{escape(name)}</b>'
            f'<span style="overflow-wrap:anywhere">{escape(self._state(row, now))}</span></div>'
            for name, row in self._visible()
        )
        rest = len(self._candidates()) - MAX_ROWS
        more = f'<div style="opacity:.7">and {rest:,} more</div>' if rest > 0 else ""
        head = f"<span>{escape(self._head())}</span>{bar}"
        head = f'<div style="display:flex;gap:.8em;align-items:baseline">{head}</div>'
        return (
            f'<div class="{VERBATIM}" role="status" aria-label="Progress of asking">{head}{lines}{more}</div>'
        )

    def _ended_lines(self) -> list[str]:
        lines = []
        for index, row in self._rows.items():
            if row.stage in _ENDED and index not in self._printed:
                self._printed.add(index)
                lines.append(f"{self._done}/{self._total} {row.label}: {self._state(row, row.ended)}")
        return lines


def _excerpt(answer: Answer) -> str:
    if answer.schema is not None:
        text = "; ".join(", ".join(f"{k}={v}" for k, v in row.items()) for row in answer.rows)
    else:
        text = answer.text
    text = one_line(text)
    return text if len(text) <= MAX_SAID else f"{text[: MAX_SAID - 1]}…"
