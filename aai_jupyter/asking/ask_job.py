"""One call of ask: validated when constructed, then run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_each import AT_ONCE, AskItem, ask_each, reduce_answers
from aai_jupyter.asking.ask_events import AskEvent, OnEvent, Stage
from aai_jupyter.asking.ask_plan import Plan, plan
from aai_jupyter.asking.asker import Asker, OnText, is_parts
from aai_jupyter.asking.conversation import Conversation
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.question import Question
from aai_jupyter.asking.schema_forms import schema_of
from aai_jupyter.asking.subject import AskSubject
from aai_jupyter.asking.tool_calls import OnTool, Tools
from aai_jupyter.client.gateway.chat_request import PARAMETERS
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.jobs.job_events import notify
from aai_jupyter.runtime.process import runtime

RESERVED = frozenset(
    {"stream", "stream_options", "tools", "response_format", "transcript_id", "post_processing_steps"}
)
"""Parameters of the gateway that asking sets by itself."""


@dataclass(frozen=True)
class AskOptions:
    """Keywords of :func:`ask` that are not the gateway's."""

    model: str | None = None
    schema: Any = None
    each: bool = False
    reduce: str | bool | None = None
    chat: Conversation | None = None
    tools: Iterable[Callable[..., Any]] = ()
    redact: bool = False
    dry_run: bool = False
    resume: Answers | None = None
    on_text: OnText | None = None
    on_event: OnEvent | None = None
    on_tool: OnTool | None = None
    at_once: int = AT_ONCE
    context: int | None = None
    quoted: Sequence[PromptTurn] = ()
    extra: Mapping[str, Any] | None = None


OPTIONS = tuple(field.name for field in fields(AskOptions))
"""Names of the keywords of :func:`ask` that are not the gateway's."""

_EXAMPLE = 'aai.ask("What was agreed?", transcript)'


class AskJob:
    """One call of ask: the constructor validates everything; ``run()`` is the coroutine.

    Parameters
    ----------
    question : str
    about : AskSubject or tuple
        What is asked about; a subject when its turns are wanted elsewhere too.
    options : AskOptions
    parameters : mapping
        Of the gateway.

    Attributes
    ----------
    answers : Answers or None
        The finished rows of ``each`` at any moment.
    """

    def __init__(
        self,
        question: str,
        about: AskSubject | tuple[Any, ...],
        options: AskOptions,
        parameters: Mapping[str, Any],
    ) -> None:
        self.answers: Answers | None = None
        self.options = o = options
        subject = about if isinstance(about, AskSubject) else AskSubject(about, each=o.each, redact=o.redact)
        if not isinstance(question, str):
            raise UsageError(
                f"The question comes first, as text; here it is a {type(question).__name__}.", hint=_EXAMPLE
            )
        if not question.strip():
            raise UsageError("There is no question.", hint=_EXAMPLE)
        for name in parameters:
            _check_parameter(name)
        self._schema: Schema | None = None if o.schema is None else schema_of(o.schema)
        tools = Tools(o.tools)
        if o.each and o.chat is not None:
            raise UsageError("A conversation is about one thing: leave out chat or each.")
        if o.reduce and not o.each:
            raise UsageError("reduce needs each=True (%aai_ask: --each).")
        if o.resume is not None and not isinstance(o.resume, Answers):
            raise UsageError(
                f"resume takes answers of an ask with each or of an error, not a {type(o.resume).__name__}.",
                hint="Keep that in a variable: --as NAME, and later --resume NAME.",
            )
        if o.resume is not None and not o.each and not is_parts(o.resume):
            raise UsageError("resume needs each=True (%aai_ask: --each).")
        if o.at_once < 1:
            raise OptionError(f"at_once must be at least 1, not {o.at_once}.")
        self._items: list[AskItem] = []
        if o.each:
            self._items = subject.items
            if not self._items:
                raise UsageError("There is nothing to ask about: the set is empty.")
        asked = bool(subject.about) and not o.each and o.chat is None
        self._question = Question(
            question,
            subject.spoken() if asked else [],
            tuple(o.quoted),
            model=o.model or (o.chat.model if o.chat is not None else None),
            schema=self._schema,
            tools=tools or None,
            parameters=parameters,
            extra=o.extra or {},
            context=o.context,
        )
        if o.chat is not None and subject.about:
            if o.chat.redact == subject.redact:
                o.chat.replace_turns(subject.spoken())
            else:
                o.chat.add(*subject.about)

    @classmethod
    def of(cls, question: str, about: AskSubject | tuple[Any, ...], given: Mapping[str, Any]) -> AskJob:
        """Make one from keywords of :func:`ask`: its own and the gateway's."""
        own = {name: value for name, value in given.items() if name in OPTIONS}
        parameters = {name: value for name, value in given.items() if name not in OPTIONS}
        return cls(question, about, AskOptions(**own), parameters)

    async def run(self) -> Answer | Answers | Plan:
        rt, o = runtime(), self.options
        asker = Asker((await rt.client()).gateway, default=rt.settings.llm_model)
        if o.dry_run:
            return await self._plan(asker)
        if o.each:
            return await self._run_each(asker)
        label = self._question.text

        def stage(name: Stage, message: str) -> None:
            self._tell(AskEvent(0, label, name, message=message))

        self._tell(AskEvent(0, label, "asking"))
        ask_one = asker.ask if o.chat is None else partial(o.chat.ask, asker)
        answer = await ask_one(
            self._question, resume=o.resume, on_text=o.on_text, on_stage=stage, on_tool=o.on_tool
        )
        self._tell(AskEvent(0, label, "completed", 1, 1, answer.problem, answer))
        return answer

    async def _plan(self, asker: Asker) -> Plan:
        o, question = self.options, self._question
        if o.each:
            questions = [replace(question, turns=item.turns) for item in self._items]
            return await plan(asker, questions, redacted=o.redact, reduce=self._reducing())
        if o.chat is not None:
            question = o.chat.asked(question)
        return await plan(asker, [question], redacted=o.redact)

    async def _run_each(self, asker: Asker) -> Answers:
        began = time.monotonic()
        o, question = self.options, self._question
        keys = [item.key for item in self._items]
        self.answers = answers = Answers(question.text, self._schema, keys)
        parts: dict[int, Answers] = {}
        if o.resume is not None and o.resume.question == question.text and o.resume.schema == self._schema:
            known = {_name(k): place for place, k in enumerate(o.resume.keys)}
            found = [known.get(_name(key)) for key in keys]
            answers.answers = [None if place is None else o.resume.answers[place] for place in found]
            errors = [None if place is None else o.resume.errors[place] for place in found]
            parts = {n: e.answers for n, e in enumerate(errors) if e is not None and e.answers is not None}
        try:
            await ask_each(
                asker, question, self._items, answers, parts=parts, at_once=o.at_once, on_event=self._tell
            )
            if (over_all := self._reducing()) is not None:
                answers.reduced = await reduce_answers(
                    asker, over_all, answers, redact=o.redact, on_text=o.on_text
                )
        except Exception as error:
            answers.keep_on(error)
            raise
        finally:
            answers.seconds = time.monotonic() - began
        return answers

    def _reducing(self) -> Question | None:
        if not self.options.reduce:
            return None
        text = self._question.text if self.options.reduce is True else self.options.reduce
        return replace(self._question, text=text, turns=(), quoted=(), schema=None, tools=None)

    def _tell(self, event: AskEvent) -> None:
        notify(self.options.on_event, event)


def _check_parameter(name: str) -> None:
    if name in RESERVED:
        raise OptionError(
            f"{name} is set by asking itself.", hint="Use client.gateway.chat for full control."
        )
    if name not in PARAMETERS:
        near = closest(name, sorted({*PARAMETERS, *OPTIONS} - RESERVED))
        raise OptionError(
            f"ask has no option {name!r}.", hint=f"Did you mean {near}?" if near else "See help(aai.ask)."
        )


def _name(key: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in key.items())
