"""Subject of a question: the recordings it is about, and their turns, built once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from aai_jupyter.asking.ask_each import AskItem, items_of
from aai_jupyter.asking.prompt_turns import PromptTurn, turns_of
from aai_jupyter.errors import UsageError


class AskSubject:
    """Recordings that a question is about, with their turns. For hours of speech those take a while.

    Parameters
    ----------
    about : sequence
        As for :func:`aai_jupyter.ask`.
    each : bool
        It is asked about each of them.
    redact : bool
        Only redacted transcripts.

    Examples
    --------
    >>> subject = AskSubject(["Ben: We open in April.", "Eve: Good."])
    >>> [turn.line() for turn in subject.turns], subject.last
    (['[1] -:--: Ben: We open in April.', '[2] -:--: Eve: Good.'], 2)
    """

    def __init__(self, about: Sequence[Any], *, each: bool = False, redact: bool = False) -> None:
        self.about, self.each, self.redact = tuple(about), each, redact

    @cached_property
    def turns(self) -> list[PromptTurn]:
        """Turns of all of them, numbered through. Raises UsageError as `turns_of` does."""
        return turns_of(*self.about, redact=self.redact)

    @cached_property
    def items(self) -> list[AskItem]:
        """The recordings one by one, each with turns of its own. Raises UsageError as `items_of` does."""
        return items_of(self.about[0] if len(self.about) == 1 else list(self.about), redact=self.redact)

    @property
    def last(self) -> int:
        """Number of the last turn; of the longest recording when it is asked about each."""
        if self.each and self.about:
            return max((len(item.turns) for item in self.items), default=0)
        return len(self.turns)

    def spoken(self) -> list[PromptTurn]:
        """Turns of all of them: a question about silence would be paid for, too.

        Raises
        ------
        UsageError
            There are none.
        """
        if not self.turns:
            raise UsageError("There is nothing to ask about: nothing was said in it.")
        return self.turns
