"""Runs questions of the magic, and shows them in the calling cell while they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.api.ask import ask
from aai_jupyter.asking.prompt_turns import turns_of
from aai_jupyter.asking.recordings import recordings
from aai_jupyter.errors import AaiError, AskInterrupted, AskStopped
from aai_jupyter.notebook.magics.ask_subject import ExpandedQuestion
from aai_jupyter.notebook.views.ask_each_progress import EachProgress
from aai_jupyter.notebook.views.streaming_answer import StreamingAnswer, show_answers

if TYPE_CHECKING:
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.conversation import Conversation


def ask_one(
    shell: Any,
    question: ExpandedQuestion,
    about: list[Any],
    talk: Conversation | None,
    options: Mapping[str, Any],
    *,
    hidden: bool,
) -> Answer:
    """Ask once; show the answer while it is written."""
    answer: Answer
    if hidden:
        answer = ask(question.text, *about, **options)
        answer.notes[:0] = question.notes
        return answer
    # Turns are made here as well as by asking itself: citations become links while the answer is written.
    turns = turns_of(*about, redact=bool(options.get("redact"))) if about else talk.known if talk else []
    turns = [*turns, *question.turns]
    screen = StreamingAnswer(shell, recordings(about), turns, structured=options.get("schema") is not None)
    try:
        answer = ask(question.text, *about, on_text=screen.piece, on_event=screen, **options)
    except KeyboardInterrupt:
        screen.stopped("Interrupted: the answer is not whole.")
        raise
    except AaiError:
        screen.stopped("The answer broke off." if screen.text else "No answer came.")
        raise
    answer.notes[:0] = question.notes
    screen.done(answer)
    return answer


def ask_each(
    shell: Any,
    question: ExpandedQuestion,
    about: list[Any],
    options: Mapping[str, Any],
    *,
    hidden: bool,
    keep: Callable[[Answers], str],
) -> Answers:
    """Ask about each; show a line for each, and the rows at the end.

    Parameters
    ----------
    keep : callable
        Stores what is finished when the cell is interrupted; gives its name.
    """
    screen = None if hidden else EachProgress(shell)
    on_text = None if screen is None else screen.piece
    try:
        answers: Answers = ask(question.text, *about, on_text=on_text, on_event=screen, **options)
    except AskInterrupted as stopped:
        raise AskStopped(stopped.answers, keep(stopped.answers)) from None
    if not hidden:
        show_answers(answers, recordings(about))
    return answers
