"""Answers to one question for each of many recordings: a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, overload

import pandas as pd

from aai_jupyter.asking.answer import Answer, total_cost, usage_line
from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.structured_answer import rows_frame
from aai_jupyter.errors import AaiError, UsageError, resume_hint
from aai_jupyter.runtime.saved_output import saved_form, saved_html
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import SMALL, box, note, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape
from aai_jupyter.text.short_names import short_name, short_names

MAX_SHOWN = 60


@public
@dataclass(eq=False)
class Answers(Sequence[Answer]):
    """Answers in the order of the recordings; each is an answer, an error, or None.

    Attributes
    ----------
    keys : list of dict
        What names each row: source and transcript_id, or the columns of the groupby.
    answers : list of Answer or None
    errors : list of AaiError or None
    reduced : Answer or None
        The answer over all answers, when one was asked for.
    """

    question: str
    schema: Schema | None
    keys: list[dict[str, Any]]
    answers: list[Answer | None] = field(default_factory=list)
    errors: list[AaiError | None] = field(default_factory=list)
    reduced: Answer | None = None
    seconds: float = 0.0
    model: str = ""

    def __post_init__(self) -> None:
        self.answers = self.answers or [None] * len(self.keys)
        self.errors = self.errors or [None] * len(self.keys)

    def keep_on(self, error: Exception) -> None:
        """Hang these answers on the error that ended the asking, as ``answers``; it says how to go on."""
        if isinstance(error, AaiError):
            error.answers = self
        else:  # of a function of the user's, or a defect of ours: it is raised as it is
            error.answers = self  # type: ignore[attr-defined]
            error.add_note(resume_hint(self))

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Answer]:
        return (answer for answer in self.answers if answer is not None)

    @overload
    def __getitem__(self, place: int) -> Answer: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Answer]: ...
    def __getitem__(self, place: int | slice) -> Answer | Sequence[Answer]:
        """Return the answer at an index; raises the error that is there instead."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        answer = self.answers[place]
        if answer is None:
            raise self.errors[place] or UsageError("This one has not been asked.")
        return answer

    @property
    def frame(self) -> pd.DataFrame:
        """One row per recording or group: key, fields (or ``answer``), ``error``, ``seconds``, ``cost``.

        Recordings are named by ``file`` first, and by ``source`` and ``transcript_id`` last.

        With a schema of several rows per answer there are as many rows. ``error`` is missing for good rows;
        ``cost`` is in US dollars, of the first row of an answer.
        """
        rows: list[dict[str, Any] | None] = []
        places: list[int] = []
        for place, answer in enumerate(self.answers):
            found: list[dict[str, Any] | None] = [None]
            if answer is not None and self.schema is None:
                found = [{"answer": str(answer)}]
            elif answer is not None:
                found = list(answer.rows) or [None]
            rows += found
            places += [place] * len(found)
        text = pd.StringDtype("python")
        if self.schema is None:
            values = [None if row is None else row["answer"] for row in rows]
            body = pd.DataFrame({"answer": pd.Series(values, dtype=text)})
        else:
            body = rows_frame(rows, self.schema)
        names = list(dict.fromkeys(name for key in self.keys for name in key))
        keys = pd.DataFrame(
            {name: pd.Series([self.keys[p].get(name) for p in places]) for name in names}, index=body.index
        )
        # A field of the schema may have the name of a key: the key is what joins frames.
        body = body.rename(columns={name: f"answer_{name}" for name in body.columns if name in names})
        first = [n == 0 or places[n] != places[n - 1] for n in range(len(places))]
        costs = [self._cost(p) if new else 0.0 for p, new in zip(places, first, strict=True)]
        tail = pd.DataFrame(
            {
                "error": pd.Series([self._why(p) for p in places], dtype=text),
                "seconds": pd.Series([self._seconds(p) for p in places], dtype="float64"),
                "cost": pd.Series(costs, dtype="float64"),
            },
            index=body.index,
        )
        if "source" not in keys or "file" in keys or "file" in body:
            return pd.concat([keys, body, tail], axis=1)
        files = keys["source"].map(lambda name: short_name(name) if isinstance(name, str) else None)
        last = [name for name in ("source", "transcript_id") if name in keys]
        named = pd.DataFrame({"file": files.astype(text), **keys.drop(columns=last)})
        return pd.concat([named, body, tail, keys[last]], axis=1)

    def _why(self, place: int) -> str | None:
        error, answer = self.errors[place], self.answers[place]
        if error is not None:
            return f"{error.message} {error.detail}" if error.detail else error.message
        return "not asked" if answer is None else answer.problem

    def _seconds(self, place: int) -> float | None:
        answer = self.answers[place]
        return None if answer is None else answer.seconds

    def _cost(self, place: int) -> float | None:
        answer = self.answers[place]
        cost = None if answer is None else answer.cost
        return None if cost is None else float(cost)

    @property
    def citations(self) -> pd.DataFrame:
        """Citations of all answers, with the keys of their rows first."""
        parts = []
        for key, answer in zip(self.keys, self.answers, strict=True):
            if answer is not None and len(found := answer.citations):
                own = {name: value for name, value in key.items() if name not in found}
                parts.append(pd.concat([pd.DataFrame([own] * len(found)), found], axis=1))
        if parts:
            return pd.concat(parts, ignore_index=True)
        return Answer("", "", "").citations

    @property
    def failed(self) -> pd.DataFrame:
        """Rows without a usable answer."""
        frame = self.frame
        return frame[frame["error"].notna()]

    @property
    def cost(self) -> Decimal | None:
        """US dollars of all answers and the reduction; None when any part is not known."""
        return total_cost([call for answer in self._all() for call in answer.calls])

    def _all(self) -> list[Answer]:
        return [*self, *([self.reduced] if self.reduced else [])]

    @property
    def usage_line(self) -> str:
        """Tokens, cost, model and time in one line."""
        calls = [call for answer in self._all() for call in answer.calls]
        return usage_line(calls, self.model, self.seconds)

    def __str__(self) -> str:
        return str(self.reduced) if self.reduced else clean(self.frame.to_string())

    def html_parts(self) -> tuple[str, str]:
        """Return rows, the answer over all of them, and the lines under them, as safe HTML."""
        head = self.reduced.html_parts()[0] if self.reduced else ""
        frame = self.frame
        more = len(frame) - MAX_SHOWN
        under = note(escape(f"… and {amount(more, 'row')} in .frame")) if more > 0 else ""
        notes = [text for answer in self for text in answer.notes]
        for text in dict.fromkeys(notes):
            rows = amount(notes.count(text), "answer")
            under += note(escape(text if len(self) == 1 else f"{text} ({rows})"))
        for text in self.reduced.notes if self.reduced else ():
            under += note(escape(text))
        bad = len(self.failed)
        line = self.usage_line + (f" · {amount(bad, 'row')} without an answer: see .failed" if bad else "")
        return head + self._table(frame), under + tag("div", escape(line), style=SMALL)

    def _table(self, frame: pd.DataFrame) -> str:
        """Return the first rows as HTML, without columns that are constant or empty."""
        shown = frame.head(MAX_SHOWN).drop(columns=["seconds", "cost"])
        if shown["error"].isna().all():
            shown = shown.drop(columns="error")
        if "source" in shown and shown["source"].is_unique:
            shown = shown.drop(columns="transcript_id", errors="ignore")
        if {"file", "source"} <= set(shown):  # people read the file's name; the whole source joins frames
            sources = sorted(map(str, shown["source"].dropna().unique()))
            names = dict(zip(sources, short_names(sources), strict=True))
            shown["file"] = shown["source"].map(names)
            shown = shown.drop(columns="source")
        cells = shown.astype(object).where(shown.notna(), "–").map(lambda value: escape(str(value)))
        if self.schema is None:
            asked = zip(cells["answer"], self.answers, strict=False)
            cells["answer"] = [
                text if answer is None else to_html(answer.text, answer.checker if answer.turns else None)
                for text, answer in asked
            ]
        head = "".join(tag("th", escape(str(name))) for name in cells.columns)
        rows = (tag("tr", *(tag("td", text) for text in row)) for row in cells.itertuples(index=False))
        return tag("table", tag("thead", tag("tr", head)), tag("tbody", *rows))

    def _repr_html_(self) -> str:
        return saved_html(box("div", *self.html_parts()), self.usage_line)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        plain = bounded(f"{self}\n{self.usage_line}", "the frame answers.frame")
        return saved_form({"text/plain": plain, "text/html": self._repr_html_()}, self.usage_line)
