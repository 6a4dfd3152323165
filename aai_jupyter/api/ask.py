"""``aai.ask`` and ``aai.ask_async``: questions to language models about what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_each import AT_ONCE
from aai_jupyter.asking.ask_events import OnEvent
from aai_jupyter.asking.ask_job import OPTIONS, AskJob
from aai_jupyter.asking.asker import OnText
from aai_jupyter.asking.conversation import Conversation
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.tool_calls import OnTool
from aai_jupyter.errors import AskCancelled, AskInterrupted
from aai_jupyter.runtime.imports import import_beside
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import AskKeywords
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.ask_plan import Plan


@overload
def ask(
    question: str, *about: Any, dry_run: Literal[True], each: bool = False, **options: Unpack[AskKeywords]
) -> Plan: ...
@overload
def ask(
    question: str,
    *about: Any,
    each: Literal[True],
    dry_run: Literal[False] = False,
    **options: Unpack[AskKeywords],
) -> Answers: ...
@overload
def ask(
    question: str,
    *about: Any,
    each: Literal[False] = False,
    dry_run: Literal[False] = False,
    **options: Unpack[AskKeywords],
) -> Answer: ...
@overload
def ask(
    question: str, *about: Any, each: bool = False, dry_run: bool = False, **options: Unpack[AskKeywords]
) -> Answer | Answers | Plan: ...
def ask(
    question: str,
    *about: Any,
    model: str | None = None,
    schema: Any = None,
    each: bool = False,
    reduce: str | bool | None = None,
    chat: Conversation | None = None,
    tools: Iterable[Callable[..., Any]] = (),
    redact: bool = False,
    dry_run: bool = False,
    resume: Answers | None = None,
    on_text: OnText | None = None,
    on_event: OnEvent | None = None,
    on_tool: OnTool | None = None,
    at_once: int = AT_ONCE,
    context: int | None = None,
    quoted: Sequence[PromptTurn] = (),
    extra: Mapping[str, Any] | None = None,
    **parameters: Any,
) -> Answer | Answers | Plan:
    """Ask a language model about what was said.

    Transcripts go out as text with speakers and times, in numbered turns; audio never does. The answer's
    citations are checked against those turns. A transcript longer than the model's context is cut between
    turns, and the answers are merged, which the answer says.

    Parameters
    ----------
    question : str
    *about : Transcript, TranscriptSet, LiveStream, LiveTranscript, DataFrame, DataFrameGroupBy, str
        What is asked about.
    model : str, optional
        An id of ``%aai_models``; else the setting ``llm_model``, else a default that the catalog has.
    schema : optional
        For rows instead of text: ``"name: str, score: int"``, a JSON schema, a dict of types, a pydantic
        model, a dataclass, a msgspec struct; in brackets or ``list[...]`` for several rows per answer.
    each : bool
        Ask about each transcript of a set, each recording of a frame, or each group of a ``groupby``.
    reduce : str or True, optional
        With ``each``: then ask this (or the same) over all answers; the result is in ``.reduced``.
    chat : Conversation, optional
        Take part in a conversation; `about` replaces what it is about.
    tools : iterable of functions
        Python functions with type hints that the model may have called, and nothing else.
    redact : bool
        Only transcripts made with ``redact_pii`` are taken; names of speakers and files stay here.
    dry_run : bool
        Give a :class:`~aai_jupyter.asking.ask_plan.Plan` of what would be sent; nothing is.
    resume : Answers, optional
        With ``each``: what was answered there is not asked again.
    on_text : callable, optional
        Gets the answer piece by piece, on another thread.
    on_event : callable, optional
        Gets an :class:`~aai_jupyter.asking.ask_events.AskEvent` for each step, on another thread. If it has a
        method ``draw``, that is called about ten times a second in the calling thread, and with
        ``last=True`` at the end.
    on_tool : callable, optional
        Gets each :class:`~aai_jupyter.asking.tool_calls.ToolRun`, on another thread.
    at_once : int
        Questions on their way at once with ``each``; the service's rate limit holds them back further.
    context : int, optional
        Tokens that the model reads at once, where the catalog does not tell or tells wrong.
    quoted : sequence of PromptTurn
        Turns that stand in the question itself, so that the answer can cite them.
    extra : mapping, optional
        Fields of the request that this version does not know; sent unchecked.
    **parameters
        Parameters of the LLM Gateway by their own names, such as ``max_tokens=2000, temperature=0``.

    Returns
    -------
    Answer, Answers or Plan
        Answers with ``each``, a Plan with ``dry_run``.

    Raises
    ------
    OptionError, UsageError
        Before anything is sent.
    AaiError
        What kept the question from being answered; with ``each`` only what concerns all of them.
    AskInterrupted
        A KeyboardInterrupt with ``each``: finished rows are in its ``answers``.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> answer = aai.ask("Who will send the numbers, and when?", call)  # doctest: +SKIP
    >>> answer.citations  # doctest: +SKIP
    >>> aai.ask("How did it go?", calls, schema="mood: good|bad", each=True).frame  # doctest: +SKIP
    """
    given = locals()  # the keywords above are those of AskOptions; a test holds it
    options = {**{name: given[name] for name in OPTIONS}, **parameters}
    found: Answer | Answers | Plan = wait_for(AskJob.of(question, about, options))
    return found


def wait_for(job: AskJob) -> Any:
    """Run a job on the background loop and wait for it; an ``on_event`` that can draw does meanwhile."""
    import_beside("httpx", "aai_jupyter.client.gateway.gateway_api", "aai_jupyter.asking.answer")
    draw: Callable[..., None] | None = getattr(job.options.on_event, "draw", None)
    try:
        return runtime().run(job.run(), tick=draw)
    except KeyboardInterrupt:
        if job.answers is None:
            raise
    finally:
        if draw is not None:
            draw(last=True)
    raise AskInterrupted(job.answers)


@overload
async def ask_async(
    question: str, *about: Any, dry_run: Literal[True], each: bool = False, **options: Unpack[AskKeywords]
) -> Plan: ...
@overload
async def ask_async(
    question: str,
    *about: Any,
    each: Literal[True],
    dry_run: Literal[False] = False,
    **options: Unpack[AskKeywords],
) -> Answers: ...
@overload
async def ask_async(
    question: str,
    *about: Any,
    each: Literal[False] = False,
    dry_run: Literal[False] = False,
    **options: Unpack[AskKeywords],
) -> Answer: ...
@overload
async def ask_async(
    question: str, *about: Any, each: bool = False, dry_run: bool = False, **options: Unpack[AskKeywords]
) -> Answer | Answers | Plan: ...
async def ask_async(question: str, *about: Any, **given: Any) -> Answer | Answers | Plan:
    """The same as :func:`ask`, to be awaited; the caller's loop stays free.

    Raises
    ------
    AskCancelled
        An ``asyncio.CancelledError`` with ``each``: finished rows are in its ``answers``.

    Examples
    --------
    >>> answer = await aai.ask_async("What was agreed?", call)  # doctest: +SKIP
    """
    job = await asyncio.to_thread(AskJob.of, question, about, given)
    try:
        return await asyncio.wrap_future(runtime().bridge.submit(job.run()))
    except asyncio.CancelledError:
        if job.answers is None:
            raise
    raise AskCancelled(job.answers)
