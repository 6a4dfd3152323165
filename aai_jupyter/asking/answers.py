"""One question to many recordings: a row for each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, overload

import pandas as pd

from aai_jupyter.analysis.markup import BOX, SMALL, tag
from aai_jupyter.analysis.text import amount, clean, escape
from aai_jupyter.asking.answer import Answer, total_cost, usage_line
from aai_jupyter.asking.asker import Asker, OnText, Question
from aai_jupyter.asking.events import AskEvent, OnEvent, Stage, spoils_all
from aai_jupyter.asking.schema import Schema
from aai_jupyter.asking.structured import rows_frame
from aai_jupyter.asking.turns import Turn, turns_of
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.naming import short_name, short_names

AT_ONCE = 16
"""Questions on their way at once; the rate limit holds them back further."""
MAX_SHOWN = 60


@dataclass(frozen=True)
class Item:
    """One row to be: what names it, and what is asked about."""

    key: dict[str, Any]
    turns: Sequence[Turn]

    @property
    def label(self) -> str:
        """For people."""
        if source := self.key.get("source"):
            return short_name(str(source))
        named = self.key.get("transcript_id")
        return str(named) if named else ", ".join(str(value) for value in self.key.values())


def items_of(about: Any, *, redact: bool = False) -> list[Item]:
    """Rows for a set, a list of transcripts, a frame of several recordings, or a ``groupby``.

    Raises
    ------
    UsageError
        One recording alone, or what has no parts.
    """
    from pandas.core.groupby import DataFrameGroupBy

    from aai_jupyter.transcript import Transcript
    from aai_jupyter.transcript_set import TranscriptSet

    if isinstance(about, DataFrameGroupBy):
        if redact:
            turns_of(pd.DataFrame(), redact=True)  # frames cannot be told apart: says so
        names = [str(name) if name is not None else "group" for name in about.size().index.names]
        return [
            Item(dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True)), turns_of(group))
            for key, group in about
        ]
    if isinstance(about, pd.DataFrame):
        keys = [name for name in ("source", "transcript_id") if name in about]
        if not keys:
            raise UsageError(
                "This frame does not tell its recordings apart.", hint='Group it: df.groupby("speaker").'
            )
        groups = about.groupby(keys, sort=False, observed=True, dropna=False)
        return items_of(groups, redact=redact)
    if isinstance(about, TranscriptSet | list | tuple):
        things = list(about)
        wrong = next((t for t in things if not isinstance(t, Transcript | pd.DataFrame | str)), None)
        if wrong is not None:
            raise UsageError(f"Cannot ask about each {type(wrong).__name__}.")
        return [
            Item(
                {"source": t.source, "transcript_id": t.id} if isinstance(t, Transcript) else {"item": place},
                turns_of(t, redact=redact),
            )
            for place, t in enumerate(things)
        ]
    raise UsageError(
        f"each=True needs several recordings, not a {type(about).__name__}.",
        hint="Pass a TranscriptSet, a list, or df.groupby(...).",
    )


@dataclass(eq=False)
class Answers(Sequence[Answer]):
    """Answers in the order of what was asked about; a place without an answer has an error or is None.

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

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Answer]:
        return (answer for answer in self.answers if answer is not None)

    @overload
    def __getitem__(self, place: int) -> Answer: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Answer]: ...
    def __getitem__(self, place: int | slice) -> Answer | Sequence[Answer]:
        """The answer at a place; raises the error that is there instead."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        answer = self.answers[place]
        if answer is None:
            raise self.errors[place] or UsageError("This one has not been asked.")
        return answer

    @property
    def frame(self) -> pd.DataFrame:
        """One row per recording or group: key, fields (or ``answer``), ``error``, ``seconds``, ``cost``.

        With a schema of several rows per answer there are as many rows. ``error`` is missing for good rows;
        ``cost`` is in US dollars, of the first row of an answer.
        """
        rows: list[dict[str, Any] | None] = []
        places: list[int] = []
        for place, answer in enumerate(self.answers):
            found: list[dict[str, Any] | None] = [None]
            if answer is not None and self.schema is None:
                found = [{"answer": answer.text}]
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
        return pd.concat([keys, body, tail], axis=1)

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

    def _repr_html_(self) -> str:
        frame = self.frame
        shown = frame.head(MAX_SHOWN).to_html(escape=True, index=False, border=0, na_rep="–")
        more = len(frame) - MAX_SHOWN
        rest = tag("div", escape(f"… and {amount(more, 'row')} in .frame"), style=SMALL) if more > 0 else ""
        head = "".join(self.reduced.html_parts()) if self.reduced else ""
        bad = len(self.failed)
        line = self.usage_line + (f" · {amount(bad, 'row')} without an answer: see .failed" if bad else "")
        return tag("div", head, shown, rest, tag("div", escape(line), style=SMALL), style=BOX)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": f"{self}\n{self.usage_line}", "text/html": self._repr_html_()}


async def ask_each(
    asker: Asker,
    question: Question,
    items: Sequence[Item],
    answers: Answers,
    *,
    at_once: int = AT_ONCE,
    on_event: OnEvent | None = None,
) -> None:
    """Fill ``answers`` row by row; what is answered there already is not asked again.

    Raises
    ------
    AaiError
        Only what concerns all of them, such as a wrong key; then nothing more is asked.
    """
    total = len(items)
    places = asyncio.Semaphore(at_once)

    def tell(index: int, stage: Stage, message: str | None = None, answer: Answer | None = None) -> None:
        if on_event is not None:
            done = sum(
                a is not None or e is not None for a, e in zip(answers.answers, answers.errors, strict=True)
            )
            on_event(AskEvent(index, items[index].label, stage, done, total, message, answer))

    async def one(index: int) -> None:
        async with places:
            tell(index, "asking")
            own = replace(question, turns=items[index].turns)
            try:
                if not own.turns:
                    raise UsageError("There is nothing in it to ask about.")
                answer = await asker.ask(own, on_stage=lambda stage, text: tell(index, stage, text))
            except AaiError as error:
                if spoils_all(error):
                    raise
                answers.errors[index] = error
                tell(index, "error", f"{error.message} {error.detail or ''}".strip())
            else:
                answers.answers[index] = answer
                answers.model = answer.model
                tell(index, "completed", answer.problem, answer)

    missing = [n for n, answer in enumerate(answers.answers) if answer is None]
    try:
        async with asyncio.TaskGroup() as group:
            for index in missing:
                answers.errors[index] = None
                group.create_task(one(index))
    except* AaiError as errors:
        found: list[AaiError] = [e for e in errors.exceptions if isinstance(e, AaiError)]
        first = found[0]
    else:
        return
    raise first


async def reduce_answers(
    asker: Asker, question: Question, answers: Answers, *, on_text: OnText | None = None
) -> Answer:
    """One question over all answers that are there.

    Raises
    ------
    UsageError
        There is no answer to work with.
    """
    sources = [str(key.get("source") or Item(key, ()).label or n) for n, key in enumerate(answers.keys, 1)]
    texts = [
        (name, answer.text)
        for name, answer in zip(short_names(sources), answers.answers, strict=True)
        if answer is not None and answer.problem is None
    ]
    if not texts:
        raise UsageError("There is no answer to put together: every row failed.")
    found = await asker.merge(question, texts, on_text=on_text)
    left_out = len(answers) - len(texts)
    if left_out:
        found.notes.append(f"{amount(left_out, 'row')} without an answer left out.")
    return found
