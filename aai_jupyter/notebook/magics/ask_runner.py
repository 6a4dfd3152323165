"""Runs questions of the magic, and shows them in the calling cell while they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.api.ask import wait_for
from aai_jupyter.asking.ask_job import AskJob
from aai_jupyter.asking.recordings import recordings
from aai_jupyter.errors import AaiError, AskInterrupted, AskStopped
from aai_jupyter.notebook.magics.ask_subject import ExpandedQuestion
from aai_jupyter.notebook.views.ask_each_progress import EachProgress
from aai_jupyter.notebook.views.streaming_answer import StreamingAnswer, show_answers

if TYPE_CHECKING:
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.conversation import Conversation
    from aai_jupyter.asking.subject import AskSubject


def ask_one(
    shell: Any,
    question: ExpandedQuestion,
    subject: AskSubject,
    talk: Conversation | None,
    options: Mapping[str, Any],
    *,
    hidden: bool,
) -> Answer:
    """Ask one question; show the answer while it is streamed."""
    answer: Answer
    if hidden:
        answer = wait_for(AskJob.of(question.text, subject, options))
        answer.notes[:0] = question.notes
        return answer
    known = talk.known if talk is not None and not subject.about else subject.turns
    screen = StreamingAnswer(
        shell,
        recordings(subject.about),
        [*known, *question.turns],  # citations become links while the answer is written
        structured=options.get("schema") is not None,
    )
    callbacks = {"on_text": screen.piece, "on_event": screen}
    try:
        answer = wait_for(AskJob.of(question.text, subject, {**options, **callbacks}))
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
    subject: AskSubject,
    options: Mapping[str, Any],
    *,
    hidden: bool,
    keep: Callable[[Answers], str],
) -> Answers:
    """Ask about each recording; show a line for each, and the rows at the end.

    Parameters
    ----------
    keep : callable
        Stores what is finished when the cell is interrupted or an error ends all; gives its name.
    """
    screen = None if hidden else EachProgress(shell)
    on_text = None if screen is None else screen.piece
    try:
        callbacks = {"on_text": on_text, "on_event": screen}
        answers: Answers = wait_for(AskJob.of(question.text, subject, {**options, **callbacks}))
    except AskInterrupted as stopped:
        raise AskStopped(stopped.answers, keep(stopped.answers)) from None
    except AaiError as error:
        if error.answers is not None and any(error.answers):
            name = keep(error.answers)
            told = f"The answers are in {name}, too: the same with --resume {name} asks the rest."
            error.hint = f"{error.hint}\n  → {told}" if error.hint else told
        raise
    if not hidden:
        show_answers(answers, recordings(subject.about))
    return answers
