"""Events of asking while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aai_jupyter.asking.answer import Answer
from aai_jupyter.errors import (
    AaiError,
    AccessError,
    AuthenticationError,
    BadRequestError,
    OfflineError,
    OptionError,
)
from aai_jupyter.text.public_class import public

Stage = Literal["asking", "part", "merging", "again", "tool", "completed", "error"]


@public
@dataclass(frozen=True, slots=True)
class AskEvent:
    """One step of one question. Emitted on the loop's thread.

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


def spoils_all(error: AaiError) -> bool:
    """Return whether an error would fail every recording, not only this one."""
    if isinstance(error, BadRequestError):  # the schema is the same for all of them
        return (error.detail or "").startswith("response_format is invalid")
    return isinstance(error, AuthenticationError | AccessError | OptionError | OfflineError)
