"""``%aai_ask`` and ``%%aai_ask``: from their text to one call of :func:`aai_jupyter.ask`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.gateway.chat_request import PARAMETERS
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec, identifier
from aai_jupyter.notebook.line.model_ids import model_ids
from aai_jupyter.notebook.line.spec import FlagKind
from aai_jupyter.notebook.views.displayed import is_displayed
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.process import runtime

EFFORTS = ("low", "medium", "high")


_MODULES = (
    *("aai_jupyter.asking.conversation", "aai_jupyter.asking.subject"),
    *("aai_jupyter.notebook.magics.ask_subject", "aai_jupyter.notebook.magics.ask_runner"),
)
"""Loaded by the first question, before it is sent; where there is a transcript, half of them are there."""


def _can_be_asked(value: Any) -> bool:
    from aai_jupyter.notebook.magics.ask_subject import can_be_asked

    return can_be_asked(value)


def _parameter(name: str, kind: FlagKind, **more: Any) -> Flag:
    return Flag(name, PARAMETERS[name].help, kind, **more)


SPEC = MagicSpec(
    "aai_ask",
    "Ask a language model about what was said; the answer cites the seconds that it rests on.",
    (
        "%aai_ask [options] QUESTION",
        "%%aai_ask [options]               and below it the question; {{name}} puts in a value",
    ),
    words="QUESTION",
    words_help="Behind the options, or in quotes. Taken as it stands: only {{name}} has a meaning in it.",
    max_words=1,
    flags=(
        Flag("model", "Model; %aai_models lists them.", "str", short="-m", choices=model_ids),
        Flag(
            "transcript",
            "What is asked about: transcripts, sets, live sessions, frames with a column text. Else the only"
            " one there is.",
            "variable",
            short="-t",
            metavar="NAME",
            completes="variable",
            fits=_can_be_asked,
        ),
        Flag("alone", "Ask about no recording."),
        Flag("chat", "Take part in the conversation of this name; it begins with its first question.", "str"),
        Flag(
            "schema", 'For rows: "name: str, score: int", [that] for several per answer, or a class.', "value"
        ),
        Flag("each", "Ask about each transcript of a set, each group of a groupby: a row for each."),
        Flag("reduce", "With --each: then ask the same over all answers."),
        Flag("reduce_with", "With --each: then ask this over all answers.", "str", metavar="QUESTION"),
        Flag("resume", "With --each: ask only what is not answered in this result.", "value", metavar="NAME"),
        Flag("at_once", "With --each: questions on their way at once.", "int", metavar="N", minimum=1),
        Flag(
            "tools",
            "Functions that the model may have called.",
            "variable",
            completes="variable",
            fits=callable,
        ),
        Flag("redact", "Only redacted transcripts; names of speakers and files stay here."),
        Flag("dry_run", "Send nothing: show what would be sent, where to, and what it would cost at most."),
        Flag("no_display", "Do not show the answer; so does ; at the end of the line."),
        _parameter("max_tokens", "int", metavar="N", minimum=1),
        _parameter("temperature", "float", metavar="X", minimum=0, maximum=2),
        _parameter("top_p", "float", metavar="X", minimum=0, maximum=1),
        _parameter("top_k", "int", metavar="N", minimum=1),
        _parameter("reasoning", "str", metavar="EFFORT", choices=EFFORTS),
        _parameter("fallbacks", "list", metavar="A,B", choices=model_ids),
        _parameter("model_region", "str", metavar="REGION", choices=("global",)),
        _parameter("zero_data_retention", "bool"),
        Flag("context", "Tokens that the model reads at once, if the catalog is wrong.", "int", metavar="N"),
        Flag("extra", "Fields of the request that are not listed here, as JSON.", "object", metavar="JSON"),
    ),
    assigns=True,
    prose=True,
    notes=(
        "Transcripts go out as text with speakers and times; audio never does. The result is an Answer"
        " (.text, .citations, .frame, .cost), with --each Answers (.frame, .failed); without a name it is _."
    ),
    examples=(
        "%aai_ask -t call What's still open?",
        '%aai_ask "Who complains?" -t calls --each --schema "who: str, why: str" --as complaints',
        "%%aai_ask -t call --chat talk --max-tokens 500",
    ),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    opening = runtime().part(Opening)
    hidden = arguments.silent or arguments.no_display
    opening.load("" if hidden or arguments.dry_run else "asking …", *_MODULES)
    try:
        return _run(shell, arguments, cell, namespace)
    finally:
        opening.close()


def _run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    from aai_jupyter.asking.conversation import Conversation
    from aai_jupyter.asking.subject import AskSubject
    from aai_jupyter.notebook.magics.ask_subject import expand_question, only_recording

    body = _body(arguments, cell)
    talk: Conversation | None = _conversation(arguments, namespace)
    about = list(arguments.transcript or ())
    if arguments.alone and about:
        raise UsageError("--alone asks about no recording, -t about one: leave one out.")
    subject = AskSubject(about, each=arguments.each, redact=arguments.redact)
    known = [] if about or talk is None else talk.known
    last = max((turn.number for turn in known), default=subject.last)
    question = expand_question(body, namespace, first=last + 1, redact=arguments.redact)
    if not question.text:
        raise UsageError("There is no question.", hint="%aai_ask -t call What was agreed?")
    if not (about or question.turns or arguments.alone or (talk is not None and talk.turns)):
        name, only = only_recording(namespace, namespace.get("_oh"))
        subject = AskSubject([only], each=arguments.each, redact=arguments.redact)
        if not arguments.dry_run:
            print(f"Asking about {name}.", flush=True)
    if talk is None and arguments.chat is not None:
        talk = Conversation(redact=arguments.redact)
    options = _options(arguments, talk)
    if question.turns:
        options["quoted"] = question.turns
    result: Any
    if arguments.dry_run:
        from aai_jupyter.api.ask import wait_for
        from aai_jupyter.asking.ask_job import AskJob

        result = wait_for(AskJob.of(question.text, subject, {**options, "dry_run": True}))
        _keep(shell, arguments, result)
        return result
    widget = namespace.get(arguments.chat) if arguments.chat is not None else None
    if arguments.chat is not None and widget is None:  # before the first answer: it may be an error
        shell.push({arguments.chat: talk})
    from aai_jupyter.notebook.magics.ask_runner import ask_each, ask_one

    hidden = arguments.silent or arguments.no_display
    if arguments.each:
        result = ask_each(
            shell, question, subject, options, hidden=hidden, keep=lambda part: _keep(shell, arguments, part)
        )
    else:
        result = ask_one(shell, question, subject, talk, options, hidden=hidden)
        if widget is not None and hasattr(widget, "refresh"):
            widget.refresh()
    _keep(shell, arguments, result)
    return None if is_displayed(shell) else result


def _body(arguments: Arguments, cell: str | None) -> str:
    if cell is None or not cell.strip():
        return str(arguments.words[0]) if arguments.words else ""
    if arguments.words:
        raise UsageError(
            f"{str(arguments.words[0])[:40]!r} stands on the first line of %%aai_ask, the question below it.",
            hint="Only options go there; a transcript is named with -t.",
        )
    return cell


def _conversation(arguments: Arguments, namespace: Mapping[str, Any]) -> Any:
    from aai_jupyter.asking.conversation import Conversation

    if arguments.chat is None:
        return None
    found = namespace.get(identifier(arguments.chat))
    found = getattr(found, "conversation", found)  # the chat of a page has one
    if found is not None and not isinstance(found, Conversation):
        raise UsageError(
            f"{arguments.chat} is a {type(found).__name__}, no conversation.",
            hint="Give --chat a name that is not taken; the conversation begins with it.",
        )
    return found


def _options(arguments: Arguments, talk: Any) -> dict[str, Any]:
    """Return the keyword arguments of :func:`aai_jupyter.ask` that were given."""
    flags = arguments.flags
    names = ("model", "schema", "resume", "at_once", "context", "extra")
    sent = ("max_tokens", "temperature", "top_p", "top_k", "model_region")
    options = {name: flags[name] for name in (*names, *sent) if flags[name] is not None}
    if flags["reasoning"]:
        options["reasoning"] = {"effort": flags["reasoning"]}
    if flags["fallbacks"]:
        options["fallbacks"] = [{"model": id} for id in flags["fallbacks"]]
    options |= {name: True for name in ("each", "redact", "zero_data_retention") if flags[name]}
    if flags["reduce_with"] or flags["reduce"]:
        options["reduce"] = flags["reduce_with"] or True
    if flags["tools"]:
        options["tools"] = flags["tools"]
    if talk is not None:
        options["chat"] = talk
    return options


def _keep(shell: Any, arguments: Arguments, result: Any) -> str:
    """Store the result by its name, else where IPython stores the output of a cell; print where."""
    if arguments.target is not None:
        shell.push({arguments.target: result})
        return str(arguments.target)
    if not arguments.dry_run:  # a plan is returned, and kept by IPython itself
        shell.displayhook.update_user_ns(result)
    return "_"
