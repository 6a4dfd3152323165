"""One question to each of many recordings, under one rate limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_events import AskEvent, OnEvent, Stage, spoils_all
from aai_jupyter.asking.asker import Asker, OnText
from aai_jupyter.asking.fan_out import run_all
from aai_jupyter.asking.prompt_turns import PromptTurn, prompt_safe, turns_of
from aai_jupyter.asking.question import Question
from aai_jupyter.asking.recordings import as_transcript
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.jobs.job_events import notify
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.short_names import short_name, short_names

AT_ONCE = 16
"""Questions on their way at once; the rate limit holds them back further."""


@dataclass(frozen=True)
class AskItem:
    """One row of the result: its key, and its recordings."""

    key: dict[str, Any]
    turns: Sequence[PromptTurn]

    @property
    def label(self) -> str:
        """Text that names the row for the user."""
        if source := self.key.get("source"):
            return short_name(str(source))
        named = self.key.get("transcript_id")
        return str(named) if named else ", ".join(str(value) for value in self.key.values())


def items_of(about: Any, *, redact: bool = False) -> list[AskItem]:
    """Return the rows for a set, a list of transcripts, a frame of several recordings, or a ``groupby``.

    Raises
    ------
    UsageError
        One recording alone, or what has no parts.
    """
    from pandas.core.groupby import DataFrameGroupBy

    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    if isinstance(about, DataFrameGroupBy):
        if redact:
            turns_of(pd.DataFrame(), redact=True)  # frames cannot be told apart: says so
        names = [str(name) if name is not None else "group" for name in about.size().index.names]
        return [
            AskItem(dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True)), turns_of(group))
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
        things = [as_transcript(thing) for thing in about]
        wrong = next((t for t in things if not isinstance(t, Transcript | pd.DataFrame | str)), None)
        if wrong is not None:
            raise UsageError(f"Cannot ask about each {type(wrong).__name__}.")
        return [
            AskItem(
                {"source": t.source, "transcript_id": t.id} if isinstance(t, Transcript) else {"item": place},
                turns_of(t, redact=redact),
            )
            for place, t in enumerate(things)
        ]
    raise UsageError(
        f"each=True needs several recordings, not one {type(about).__name__}.",
        hint="Pass a TranscriptSet, a list, or df.groupby(...).",
    )


async def ask_each(
    asker: Asker,
    question: Question,
    items: Sequence[AskItem],
    answers: Answers,
    *,
    parts: Mapping[int, Answers] | None = None,
    at_once: int = AT_ONCE,
    on_event: OnEvent | None = None,
) -> None:
    """Fill ``answers`` row by row; finished answers are not asked for again.

    Parameters
    ----------
    parts : mapping, optional
        Answers to parts of a long recording, by the index of its row: they are not asked for again, either.

    Raises
    ------
    AaiError
        Only what concerns all of them, such as a wrong key; then nothing more is asked, and what is on its
        way is waited for.
    """
    total = len(items)
    known = parts or {}

    def step(index: int, stage: Stage, message: str | None = None, answer: Answer | None = None) -> None:
        done = sum(
            a is not None or e is not None for a, e in zip(answers.answers, answers.errors, strict=True)
        )
        notify(on_event, AskEvent(index, items[index].label, stage, done, total, message, answer))

    async def one(index: int) -> None:
        step(index, "asking")
        own = replace(question, turns=items[index].turns)
        try:
            if not own.turns:
                raise UsageError("There is nothing in it to ask about.")
            answer = await asker.ask(
                own, resume=known.get(index), on_stage=lambda stage, text: step(index, stage, text)
            )
        except AaiError as error:
            # A copy where all ends: its parts stay with the row, the answers of all rows go with the error.
            answers.errors[index] = copy(error) if spoils_all(error) else error
            step(index, "error", error.short)
            if spoils_all(error):
                raise
        else:
            answers.answers[index] = answer
            answers.model = answer.model
            step(index, "completed", answer.problem, answer)

    missing = [n for n, answer in enumerate(answers.answers) if answer is None]
    for index in missing:
        answers.errors[index] = None
    await run_all([partial(one, index) for index in missing], at_once=at_once)


async def reduce_answers(
    asker: Asker,
    question: Question,
    answers: Answers,
    *,
    redact: bool = False,
    on_text: OnText | None = None,
) -> Answer:
    """Ask one question over all answers that are there.

    Parameters
    ----------
    redact : bool
        Send numbers in place of the names of recordings, which were not redacted.

    Raises
    ------
    UsageError
        There is no answer to work with.
    """
    names = [f"Recording {n}" for n in range(1, len(answers) + 1)]
    if not redact:
        keys = zip(answers.keys, names, strict=True)
        names = short_names([str(key.get("source") or AskItem(key, ()).label or name) for key, name in keys])
    texts = [
        (name, _cited_by_name(answer, name))
        for name, answer in zip(names, answers.answers, strict=True)
        if answer is not None and answer.problem is None
    ]
    if not texts:
        raise UsageError("There is no answer to put together: every row failed.")
    found = await asker.merge(question, texts, on_text=on_text)
    left_out = len(answers) - len(texts)
    if left_out:
        found.notes.append(f"{amount(left_out, 'row')} without an answer left out.")
    return found


def _cited_by_name(answer: Answer, name: str) -> str:
    """Replace ``[4]`` by ``[call.mp3 0:27 Ben]``: turn numbers are ambiguous among recordings."""
    parts: list[str] = []
    end = 0
    for mark, cited in answer.checker.marks(answer.text) if answer.turns and answer.schema is None else ():
        places = [
            f"{clock(one.start * 1000)} {prompt_safe(one.turn.speaker or '')}".strip()
            for _, one in cited
            if one.turn is not None and one.start is not None
        ]
        parts += [answer.text[end : mark.start()], f"[{' '.join([name, ', '.join(places)]).strip()}]"]
        end = mark.end()
    return "".join(parts) + answer.text[end:]
