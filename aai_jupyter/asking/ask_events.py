"""What asking tells while it runs, and how it ends when it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aai_jupyter.errors import AaiError

if TYPE_CHECKING:
    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.answers import Answers

Stage = Literal["asking", "part", "merging", "again", "tool", "completed", "error"]


@dataclass(frozen=True, slots=True)
class AskEvent:
    """One step of one question. Sent from the loop's thread.

    Attributes
    ----------
    index : int
        Place of the question among many; 0 for a single one.
    label : str
        Recording or group, for people.
    stage : str
        asking, part (a part of a long transcript is answered), merging, again (the answer did not fit the
        schema, or the context was too small), tool (a function was called), completed, error.
    done, total : int
        Questions that are finished, and all of them.
    message : str, optional
    answer : Answer, optional
        With "completed".
    """

    index: int
    label: str
    stage: Stage
    done: int = 0
    total: int = 1
    message: str | None = None
    answer: Answer | None = None


OnEvent = Callable[[AskEvent], None]


def _lines(answers: Answers) -> list[str]:
    done = sum(answer is not None for answer in answers.answers)
    return [
        f"Stopped asking: {done} of {len(answers)} are answered, and kept.",
        "  → They are in sys.last_value.answers; aai.ask(..., resume=sys.last_value.answers) asks the rest.",
    ]


class AskInterrupted(KeyboardInterrupt):
    """Asking many was interrupted.

    Attributes
    ----------
    answers : Answers
        With every row that was finished.
    """

    def __init__(self, answers: Answers) -> None:
        super().__init__("\n".join(_lines(answers)))
        self.answers = answers

    def _render_traceback_(self) -> list[str]:
        return _lines(self.answers)


class AskCancelled(asyncio.CancelledError):
    """The same for ``await``: the task was cancelled; ``answers`` has what was finished."""

    def __init__(self, answers: Answers) -> None:
        super().__init__("\n".join(_lines(answers)))
        self.answers = answers


def spoils_all(error: AaiError) -> bool:
    """Whether an error has nothing to do with the single recording: then none can be answered."""
    from aai_jupyter.errors import AccessError, AuthenticationError, BadRequestError, OptionError

    if isinstance(error, BadRequestError):  # the schema is the same for all of them
        return (error.detail or "").startswith("response_format is invalid")
    return isinstance(error, AuthenticationError | AccessError | OptionError)
