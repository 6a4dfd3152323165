"""A conversation about recordings: questions that build on each other, within a budget of tokens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from aai_jupyter.asking.answer import Answer, total_cost
from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.asker import Asker, OnStage, OnText
from aai_jupyter.asking.prompt_turns import PromptTurn, estimate_tokens, turns_of
from aai_jupyter.asking.question import Question
from aai_jupyter.asking.subject import AskSubject
from aai_jupyter.asking.tool_calls import OnTool
from aai_jupyter.text.readable_numbers import amount

BUDGET = 8000
"""Estimated tokens of earlier questions and answers that are sent again with each question."""


class Conversation:
    """History of questions and answers; sends as much of it again as the token budget allows.

    Parameters
    ----------
    *about : Transcript, TranscriptSet, DataFrame, str
        May be left out and given with the first question.
    model : str, optional
    budget : int
        Estimated tokens of earlier questions and answers; the oldest are left out beyond it.
    redact : bool
        Only redacted transcripts, see :func:`aai_jupyter.ask`.

    Examples
    --------
    >>> talk = Conversation("Ben: We open in April.")
    >>> talk.answers
    []
    """

    __module__ = "aai_jupyter"

    def __init__(
        self, *about: Any, model: str | None = None, budget: int = BUDGET, redact: bool = False
    ) -> None:
        self.turns = turns_of(*about, redact=redact)
        self.model = model
        self.budget = budget
        self.redact = redact
        self.answers: list[Answer] = []
        self.quoted: list[PromptTurn] = []

    def __repr__(self) -> str:
        about = f"about {amount(len(self.turns), 'turn')}" if self.turns else "about no recording"
        return f"<Conversation {about}: {amount(len(self.answers), 'answer')}>"

    @property
    def known(self) -> list[PromptTurn]:
        """Turns that an answer may cite: of the recordings, and those that stood in questions."""
        return [*self.turns, *self.quoted]

    def add(self, *about: Any) -> None:
        """Replace the recordings of the conversation; its history stays."""
        self.replace_turns(AskSubject(about, redact=self.redact).spoken())

    def replace_turns(self, turns: list[PromptTurn]) -> None:
        """Replace the turns of the conversation; its history stays."""
        self.turns = turns
        self.quoted.clear()

    def clear(self) -> None:
        """Delete the history; the recordings stay."""
        self.answers.clear()
        self.quoted.clear()

    @property
    def cost(self) -> Decimal | None:
        """US dollars so far."""
        return total_cost([call for answer in self.answers for call in answer.calls])

    def history(self) -> tuple[list[tuple[str, str]], int]:
        """Return the latest exchanges that fit the budget, and how many were left out."""
        kept: list[tuple[str, str]] = []
        size = 0
        for answer in reversed(self.answers):
            size += estimate_tokens(answer.question) + estimate_tokens(answer.text) + 20
            if size > self.budget:
                break
            kept.insert(0, (answer.question, answer.text))
        return kept, len(self.answers) - len(kept)

    def asked(self, question: Question) -> Question:
        """Return the question with the recordings and as much history as fits."""
        quoted = (*self.quoted, *question.quoted)
        return replace(question, turns=self.turns, quoted=quoted, history=self.history()[0])

    async def ask(
        self,
        asker: Asker,
        question: Question,
        *,
        resume: Answers | None = None,
        on_text: OnText | None = None,
        on_stage: OnStage | None = None,
        on_tool: OnTool | None = None,
    ) -> Answer:
        """Ask, and add question and answer to the history, unless the question failed."""
        left_out = self.history()[1]
        asked = self.asked(question)
        answer = await asker.ask(asked, resume=resume, on_text=on_text, on_stage=on_stage, on_tool=on_tool)
        self.quoted += question.quoted
        if left_out:
            answer.notes.append(f"The {left_out} oldest of {len(self.answers)} exchanges were left out.")
        self.answers.append(answer)
        return answer
