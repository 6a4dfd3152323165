"""Input transformers for two spellings that IPython would not pass on to a magic.

``%%transcribe talk.mp3`` with nothing below it works like ``%transcribe talk.mp3``: IPython refuses a cell
magic with an empty body before the magic is asked (7.34 and 9 alike). Most people type two percent signs out
of habit, so such a cell loses one of them on its way in.

``%aai_ask How did it go?`` asks, and so does ``%aai_search``: IPython takes a question mark at the end of a
line for a request of help.
"""

from __future__ import annotations

import re
from typing import Any

from IPython.core.inputtransformer2 import EscapedCommand, MagicAssign

from aai_jupyter.notebook.magics.registry import BOTH_FORMS

_FIRST_LINE = re.compile(rf"%%(?:{'|'.join(BOTH_FORMS)})(?:\s+\S|\s*$)")


def bodiless(lines: list[str]) -> list[str]:
    r"""Turn a cell magic with a blank body into the line magic; leave every other cell as it is.

    ``%%transcribe?`` asks IPython for help and is left alone too.

    Examples
    --------
    >>> bodiless(["%%transcribe a.wav\n", "\n"])
    ['%transcribe a.wav\n', '\n']
    >>> bodiless(["%%transcribe calls\n", "a.wav\n"])
    ['%%transcribe calls\n', 'a.wav\n']
    """
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None or not _FIRST_LINE.match(lines[first]):
        return lines
    if any(line.strip() for line in lines[first + 1 :]):
        return lines
    return [*lines[:first], lines[first][1:], *lines[first + 1 :]]


_ASKS = re.compile(r"(?:^|=)\s*%aai_(?:ask|search)\s+\S.*\?\s*$", re.DOTALL)


def _if_it_asks(found: Any, tokens_by_line: Any) -> Any:
    """Return the transformer that was found, if its line ends a question."""
    if found is None:
        return None
    tokens = (token for line in tokens_by_line for token in line)
    text = next((token.line for token in tokens if token.start[0] - 1 == found.start_line), "")
    return found if _ASKS.search(text) else None


class AskLine(EscapedCommand):
    """Transforms ``%aai_ask ... ?`` before IPython makes help of it."""

    priority = 1

    @classmethod
    def find(cls, tokens_by_line: Any) -> Any:
        """Find the first such line; others are left to IPython, which changes them one by one."""
        return _if_it_asks(super().find(tokens_by_line), tokens_by_line)  # type: ignore[no-untyped-call]


class AskAssigned(MagicAssign):
    """Transforms ``answer = %aai_ask ... ?`` before IPython makes help of it.

    IPython takes the transformer that begins first in the line, and help begins with the line.
    """

    priority = 1

    @classmethod
    def find(cls, tokens_by_line: Any) -> Any:
        """Find the first such line."""
        found = _if_it_asks(super().find(tokens_by_line), tokens_by_line)  # type: ignore[no-untyped-call]
        if found is not None:
            found.begins, found.start_col = found.start_col, -1
        return found

    def transform(self, lines: list[str]) -> list[str]:
        """Rewrite the line as a call of the magic."""
        self.start_col: int = self.begins  # type: ignore[attr-defined]
        changed: list[str] = super().transform(lines)
        return changed
