"""One question, and its preparation for a model's context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aai_jupyter.asking import prompt
from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.prompt_parts import split
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.tool_calls import Tools
from aai_jupyter.client.gateway.chat_request import JSON_REPAIR
from aai_jupyter.client.gateway.model_catalog import Catalog, Model

UNKNOWN_CONTEXT = 4096
"""Tokens of context to count on when the catalog does not tell: some servers drop the rest in silence."""
MAX_TOKENS = 4096
"""Tokens of an answer when the call names none: the service's own 1000 cuts long answers."""
ROOM = 0.9
"""Share of the context that is used: token counts here are estimates."""


@dataclass(frozen=True)
class Question:
    """Text, recordings and parameters of a question. ``parameters`` are those of the gateway.

    ``quoted`` are turns that stand in ``text`` itself or in earlier questions of a conversation: they can be
    cited as well.
    """

    text: str
    turns: Sequence[PromptTurn] = ()
    quoted: Sequence[PromptTurn] = ()
    model: str | None = None
    schema: Schema | None = None
    tools: Tools | None = None
    history: Sequence[tuple[str, str]] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    context: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A question with its model, its parts, and the messages of each; nothing has been sent."""

    question: Question
    model: Model
    parameters: dict[str, Any]
    parts: list[list[PromptTurn]]
    by_service: bool

    def messages(self, part: Sequence[PromptTurn]) -> list[prompt.Message]:
        """Return the messages of one part."""
        q = self.question
        return prompt.messages(
            q.text,
            part,
            schema=q.schema,
            history=q.history,
            schema_in_prompt=not self.by_service,
            cite=bool(q.turns or q.quoted),
        )


def prepare(question: Question, catalog: Catalog, default: str | None, *, shrink: float = 1.0) -> Prepared:
    """Choose the model, and split the turns into parts that fit its context.

    Raises
    ------
    OptionError, UsageError
        Before anything is sent.
    """
    model = catalog[question.model] if question.model else catalog.default(default)
    given = {name: value for name, value in question.parameters.items() if value is not None}
    context = question.context or model.context_length or UNKNOWN_CONTEXT
    if model.supports("max_tokens"):
        most = min(MAX_TOKENS, model.max_completion_tokens or MAX_TOKENS, max(64, context // 4))
        given.setdefault("max_tokens", most)
    by_service = False
    if question.schema is not None:
        known = model.supported_parameters is not None
        by_service = known and model.supports("response_format")
        if by_service:
            given["response_format"] = question.schema.response_format()
        else:
            given.setdefault("post_processing_steps", JSON_REPAIR)
    if question.tools:
        given["tools"] = question.tools.specs
    draft = Prepared(question, model, given, [[]], by_service)
    if not question.turns:
        return draft
    fixed = prompt.tokens(draft.messages([])) + int(given.get("max_tokens", context // 4)) + 40
    budget = int((context * ROOM - fixed) * shrink)
    return replace(draft, parts=split(question.turns, budget))
