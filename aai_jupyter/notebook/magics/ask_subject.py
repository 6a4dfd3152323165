"""Subject of a question of the magic: what is named, what its text holds, or the only recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.asking.prompt_parts import render
from aai_jupyter.asking.prompt_turns import PromptTurn, estimate_tokens, numbered, turns_of
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import expand_body

MAX_TOKENS = 16_000
"""Estimated tokens of one value in the text of a question; what is asked about with -t has no such bound."""
MAX_ROWS = 200


def is_recording(value: Any) -> bool:
    """Return whether Tab offers a variable behind ``-t``, and a session's only one is the default."""
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    return isinstance(value, Transcript | TranscriptSet)


def can_be_asked(value: Any) -> bool:
    """Return whether a variable may stand behind ``-t``."""
    import pandas as pd

    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.transcripts.live_transcript import LiveTranscript

    if isinstance(value, pd.DataFrame):
        return "text" in value
    return is_recording(value) or isinstance(value, LiveStream | LiveTranscript)


def only_recording(namespace: Mapping[str, Any], outputs: Mapping[Any, Any] | None = None) -> tuple[str, Any]:
    """Return the only transcript or set of the session, with its name.

    Parameters
    ----------
    namespace : mapping
        Variables; those that begin with an underscore are not looked at.
    outputs : mapping, optional
        Results of cells (``Out``), looked at when no variable holds one.

    Raises
    ------
    UsageError
        There is none, or more than one.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> only_recording({"call": Transcript.from_json({"text": "Hello."}), "n": 3})[0]
    'call'
    """
    found = {name: value for name, value in namespace.items() if name[:1] != "_" and is_recording(value)}
    if not found:
        found = {f"Out[{n}]": value for n, value in (outputs or {}).items() if is_recording(value)}
    distinct = {id(value): name for name, value in found.items()}
    if len(distinct) == 1:
        name = next(reversed(found))
        return name, found[name]
    if not distinct:
        raise UsageError(
            "There is no transcript to ask about.",
            hint="Name one with -t, make one with %transcribe, or ask with --alone about none.",
        )
    names = list(distinct.values())
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    raise UsageError(f"Which one is meant: {shown}?", hint=f"Say it: -t {names[-1]}")


@dataclass
class ExpandedQuestion:
    """The text of a question with its values put in.

    Attributes
    ----------
    text : str
    turns : list of PromptTurn
        Turns that stand in the text; their numbers are what the answer may cite.
    notes : list of str
        What was left out.
    """

    text: str = ""
    turns: list[PromptTurn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def expand_question(
    body: str, namespace: Mapping[str, Any], *, first: int = 1, redact: bool = False
) -> ExpandedQuestion:
    """Put values into a question: ``{{name}}``, and nothing else, means a variable.

    Transcripts, sets and frames of speech become numbered turns with speaker and time, other frames CSV; each
    is cut at :data:`MAX_TOKENS`.

    Parameters
    ----------
    first : int
        Number of the first turn.
    redact : bool
        As :func:`aai_jupyter.ask` takes it: a transcript that is not redacted is refused.

    Examples
    --------
    >>> expand_question('Is {"a": {{n}}} JSON, isn\\'t it?', {"n": 3}).text
    'Is {"a": 3} JSON, isn\\'t it?'
    """
    question = ExpandedQuestion()

    def text_of(value: Any) -> str:
        import pandas as pd

        if can_be_asked(value):
            turns = numbered(turns_of(value, redact=redact), first + len(question.turns))
            return _turns(turns, question)
        if isinstance(value, pd.DataFrame | pd.Series):
            if redact:
                turns_of(pd.DataFrame(value), redact=True)  # says that a frame cannot be told
            return _frame(value, question)
        return str(value)

    question.text = expand_body(body.strip("\n"), namespace, render=text_of).strip()
    return question


def _turns(turns: list[PromptTurn], question: ExpandedQuestion) -> str:
    kept, size = 0, 0
    for turn in turns:
        size += estimate_tokens(turn.line()) + 1
        if size > MAX_TOKENS and kept:
            break
        kept += 1
    question.turns += turns[:kept]
    if kept < len(turns):
        question.notes.append(
            f"{len(turns) - kept:,} of {len(turns):,} turns did not fit into the question: -t reads them all."
        )
    return f"<transcript>\n{render(turns[:kept])}\n</transcript>"


def _frame(frame: Any, question: ExpandedQuestion) -> str:
    shown = frame.head(MAX_ROWS)
    text = str(shown.to_csv(index=frame.index.name is not None or frame.ndim == 1))
    while estimate_tokens(text) > MAX_TOKENS and len(shown) > 1:
        shown = shown.head(len(shown) // 2)
        text = str(shown.to_csv(index=frame.index.name is not None or frame.ndim == 1))
    if len(shown) < len(frame):
        question.notes.append(
            f"{len(frame) - len(shown):,} of {len(frame):,} rows did not fit into the question."
        )
    return text.strip()
