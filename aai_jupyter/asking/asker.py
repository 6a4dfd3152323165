"""One question to one model: split to fit its context, asked, checked, and retried when needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from aai_jupyter.asking import prompt
from aai_jupyter.asking.answer import Answer, CallCost
from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_events import Stage, spoils_all
from aai_jupyter.asking.fan_out import run_all
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.question import ROOM, UNKNOWN_CONTEXT, Prepared, Question, prepare
from aai_jupyter.asking.structured_answer import Reading, read
from aai_jupyter.asking.tool_calls import MAX_CALLS, MAX_CALLS_A_ROUND, MAX_ROUNDS, OnTool
from aai_jupyter.client.gateway.chat_completion import Completion, Delta
from aai_jupyter.client.gateway.gateway_api import Gateway
from aai_jupyter.client.gateway.model_catalog import Catalog
from aai_jupyter.errors import AaiError, BadRequestError

SHRINKS = 3
PARTS_AT_ONCE = 4
PART = "part"
"""Key of the answers to the parts of one question; see :func:`is_parts`."""
_OVERFLOW = "context limit"

OnText = Callable[[str], None]
OnStage = Callable[[Stage, str], None]

_TOO_MANY = (
    f"The model asked for more than {MAX_CALLS_A_ROUND} function calls at once, or {MAX_CALLS} in all; "
    "the others were not carried out."
)
_QUOTES_ONLY = "extractive"
"""The engine's own model: it quotes, and leaves empty what it cannot quote for."""
_ONLY_THOUGHT = (
    "The model gave no answer, only its thinking: read it in .thinking, or ask with more max_tokens."
)
_NOTHING = "The model gave no answer."


def is_parts(answers: Answers) -> bool:
    """Return whether answers are those to the parts of one question, as an error of :meth:`Asker.ask` has."""
    return all(PART in key and "first_turn" in key for key in answers.keys)


class Asker:
    """Asks questions through one gateway.

    Parameters
    ----------
    gateway : Gateway
    default : str, optional
        Model when a question names none (the setting ``llm_model``).
    """

    def __init__(self, gateway: Gateway, *, default: str | None = None) -> None:
        self.gateway = gateway
        self.default = default

    async def prepare(self, question: Question, *, shrink: float = 1.0) -> Prepared:
        """Prepare a question, see :func:`prepare`; the catalog is reloaded once for an unknown model."""
        catalog = await self.gateway.models()
        wanted = question.model or self.default
        if wanted and not catalog.has(wanted):
            catalog = await self.gateway.models(refresh=True)
        return prepare(question, catalog, self.default, shrink=shrink)

    async def ask(
        self,
        question: Question,
        *,
        resume: Answers | None = None,
        on_text: OnText | None = None,
        on_stage: OnStage | None = None,
        on_tool: OnTool | None = None,
    ) -> Answer:
        """Answer one question.

        Parameters
        ----------
        resume : Answers, optional
            Answers to the parts of a transcript that is longer than the model reads at once, as the error of
            an earlier call has them: they are not asked for again.
        on_text : callable, optional
            Gets the text of the final answer piece by piece.

        Raises
        ------
        AaiError
            What kept the question from being answered. An answer that does not fit its schema is not an
            error: see ``Answer.problem``. When the transcript was read in parts, ``answers`` has those that
            are answered.
        """
        began = time.monotonic()
        shrink, stage = 1.0, on_stage or (lambda stage, message: None)
        for left in reversed(range(SHRINKS)):
            ready = await self.prepare(question, shrink=shrink)
            run = _Run(self.gateway, ready, on_text, stage, on_tool)
            try:
                await run.answer(resume)
                break
            except BadRequestError as error:
                if not left or not question.turns or _OVERFLOW not in (error.detail or "").lower():
                    raise
                shrink /= 2
                stage("again", "the model's context was too small for it: asking in smaller parts")
        answer = run.made
        answer.seconds = time.monotonic() - began
        return answer

    async def merge(
        self, question: Question, answers: Sequence[tuple[str, str]], *, on_text: OnText | None = None
    ) -> Answer:
        """Answer a question over many answers, each with the name of its recording (``reduce``)."""
        began = time.monotonic()
        ready = await self.prepare(replace(question, turns=()))
        run = _Run(self.gateway, ready, on_text, lambda stage, message: None, None)
        await run.merged(list(answers), reduce=True)
        run.made.seconds = time.monotonic() - began
        return run.made


class _Run:
    """The requests of one question."""

    def __init__(
        self,
        gateway: Gateway,
        ready: Prepared,
        on_text: OnText | None,
        stage: OnStage,
        on_tool: OnTool | None,
    ) -> None:
        self.gateway, self.ready, self.on_text, self.stage = gateway, ready, on_text, stage
        self.on_tool = on_tool
        q = ready.question
        self.made = Answer(q.text, "", ready.model.id, schema=q.schema, turns=[*q.turns, *q.quoted])

    async def answer(self, resume: Answers | None = None) -> None:
        parts = self.ready.parts
        if len(parts) == 1:
            await self._take(self.ready.messages(parts[0]), self.on_text)
            return
        self.made.notes.append(
            f"The transcript is longer than the model reads at once: it was read in {len(parts)} parts, cut "
            "between turns, and the answers were merged."
        )
        found = self._begun(parts, resume)

        async def one(place: int) -> None:
            sub = _Run(self.gateway, self.ready, None, self.stage, self.on_tool)
            try:
                await sub._take(self.ready.messages(parts[place]), None)
            except AaiError as error:
                found.errors[place] = error
                raise
            found.answers[place] = sub.made
            self.stage("part", f"part {place + 1} of {len(parts)}")

        missing = [place for place, answer in enumerate(found.answers) if answer is None]
        try:
            await run_all([partial(one, place) for place in missing], at_once=PARTS_AT_ONCE)
            await self._put_together(list(found))
        except Exception as error:
            found.keep_on(error)
            raise

    def _begun(self, parts: list[list[PromptTurn]], resume: Answers | None) -> Answers:
        """Return answers to the parts of the question, with those that are known from before."""
        q = self.ready.question
        keys = [
            {PART: n, "first_turn": part[0].number, "last_turn": part[-1].number}
            for n, part in enumerate(parts, 1)
        ]
        found = Answers(q.text, q.schema, keys)
        if resume is not None and (resume.question, resume.schema, resume.keys) == (q.text, q.schema, keys):
            found.answers = [
                answer if answer is not None and list(answer.turns) == self.made.turns else None
                for answer in resume.answers
            ]
        return found

    async def _put_together(self, answers: list[Answer]) -> None:
        """Merge the answers to all parts."""
        for number, answer in enumerate(answers, 1):
            self.made.calls += answer.calls
            self.made.tool_runs += answer.tool_runs
            if answer.problem:
                self.made.notes.append(f"Part {number} is missing: {answer.problem}.")
        good = [(f"Part {n}", a) for n, a in enumerate(answers, 1) if a.problem is None]
        schema = self.ready.question.schema
        if schema is not None and schema.many:  # lists need no model to be put together
            self.made.rows = [row for _, answer in good for row in answer.rows]
            self.made.text = "\n".join(answer.text for _, answer in good if answer.text)
            if not any(answer.text for _, answer in good):
                self.made.problem = "no part gave an answer that fits the schema"
            return
        self.stage("merging", f"{len(answers)} answers")
        await self.merged([(name, answer.text) for name, answer in good if answer.text])

    async def merged(self, answers: list[tuple[str, str]], *, reduce: bool = False) -> None:
        """Merge partial answers, in several rounds when they are too long for the model themselves."""
        q, ready = self.ready.question, self.ready

        def made_of(some: list[tuple[str, str]], last: bool) -> list[prompt.Message]:
            schema = q.schema if last or not reduce else None
            return prompt.merging(q.text, some, schema=schema, in_prompt=not ready.by_service, reduce=reduce)

        context = q.context or ready.model.context_length or UNKNOWN_CONTEXT
        room = context * ROOM - int(ready.parameters.get("max_tokens", context // 4))
        while len(answers) > 2 and prompt.tokens(made_of(answers, True)) > room:
            groups: list[list[tuple[str, str]]] = [[]]
            for one in answers:
                if len(groups[-1]) > 1 and prompt.tokens(made_of([*groups[-1], one], False)) > room:
                    groups.append([])
                groups[-1].append(one)
            if len(groups) == 1:
                break
            self.made.notes.append(f"The {len(answers)} answers were merged in {len(groups)} groups first.")
            nexts = []
            for number, some in enumerate(groups, 1):
                sub = _Run(self.gateway, ready, None, self.stage, None)
                await sub._take(made_of(some, False), None)
                self.made.calls += sub.made.calls
                nexts.append((f"Group {number}", sub.made.text))
            answers = nexts
        await self._take(made_of(answers, True), self.on_text)

    async def _take(self, messages: list[prompt.Message], on_text: OnText | None) -> None:
        """Complete messages with tools; asks once more when the answer does not fit the schema."""
        q = self.ready.question
        completion = await self._with_tools(messages, on_text)
        if q.schema is not None:
            quotes = self.ready.model.id == _QUOTES_ONLY
            found = read(completion.text, q.schema, cut_short=completion.cut_short, gaps=quotes)
            if found.problem is not None:
                self.stage("again", found.problem)
                again = prompt.AGAIN.format(problem=found.problem)
                try:
                    completion, found = await self._once_more(messages, completion, again, q.schema)
                except AaiError as error:  # the first answer is paid: it is kept as it is
                    if spoils_all(error):
                        raise
                    self.made.notes.append(f"Asking again failed: {error.short}")
            self.made.rows, self.made.problem = found.rows, found.problem
            self._note(*found.notes)
        elif completion.cut_short:
            self._note("The answer reached max_tokens and is cut short: ask with more.")
        self.made.text, self.made.thinking = completion.text, completion.thinking
        if not completion.text.strip():
            self._note(_ONLY_THOUGHT if completion.thinking else _NOTHING)
        self._note(*completion.warnings)

    def _note(self, *lines: str) -> None:
        self.made.notes += [line for line in lines if line not in self.made.notes]

    async def _once_more(
        self, messages: list[prompt.Message], first: Completion, again: str, schema: Schema
    ) -> tuple[Completion, Reading]:
        talk = [*messages]
        if first.text.strip():
            talk.append({"role": "assistant", "content": first.text})
        talk.append({"role": "user", "content": again})
        second = await self._send(talk, None)
        return second, read(second.text, schema, cut_short=second.cut_short)

    async def _with_tools(self, messages: list[prompt.Message], on_text: OnText | None) -> Completion:
        tools = self.ready.question.tools
        talk = list(messages)
        for turn in range(MAX_ROUNDS + 1):
            completion = await self._send(talk, on_text)
            if not completion.tool_calls:
                return completion
            if not tools or turn == MAX_ROUNDS:
                self.made.notes.append("The model asked for more function calls; they were not carried out.")
                return completion
            calls = [call.as_json() for call in completion.tool_calls]
            talk.append({"role": "assistant", "content": completion.text or "", "tool_calls": calls})
            for number, call in enumerate(completion.tool_calls):
                if number >= MAX_CALLS_A_ROUND or len(self.made.tool_runs) >= MAX_CALLS:
                    refusal = "Too many calls: this one was not carried out."
                    talk.append({"role": "tool", "tool_call_id": call.id, "content": refusal})
                    if _TOO_MANY not in self.made.notes:
                        self.made.notes.append(_TOO_MANY)
                    continue
                run = await tools.run(call)
                self.made.tool_runs.append(run)
                self.stage("tool", run.name)
                if self.on_tool is not None:
                    self.on_tool(run)
                talk.append({"role": "tool", "tool_call_id": call.id, "content": run.result})
        raise AssertionError("unreachable")

    async def _send(self, messages: list[prompt.Message], on_text: OnText | None) -> Completion:
        def piece(delta: Delta) -> None:
            if on_text is not None and delta.text:
                on_text(delta.text)

        completion = await self.gateway.chat(
            self.ready.model.id,
            messages,
            on_delta=piece if on_text is not None else None,
            extra=self.ready.question.extra,
            **self.ready.parameters,
        )
        # Not looked up anew: a catalog that does not come must not cost an answer that did.
        self._account(self.gateway.known_models, completion)
        return completion

    def _account(self, catalog: Catalog | None, completion: Completion) -> None:
        """Record tokens at the price of the model that answered, which may be a fallback."""
        asked = self.ready.model
        by = completion.answered_by
        model = catalog[by] if catalog is not None and catalog.has(by) and by != asked.id else asked
        region = self.ready.parameters.get("model_region") or self.gateway.region
        price = model.price(region)
        cost = completion.usage.cost(price) if completion.usage else None
        if price is not None and price.free:
            cost = Decimal(0)  # also when the tokens are not told, as by some servers of one's own
        self.made.calls.append(
            CallCost(model.id, completion.usage, cost, completion.seconds, completion.request_id)
        )
        if cost is None and completion.usage is None:
            line = "The service did not tell how many tokens a request took."
            if line not in self.made.notes:
                self.made.notes.append(line)
