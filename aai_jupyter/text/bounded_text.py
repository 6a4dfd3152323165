"""Plain text of a display: short enough for an agent, a log or a terminal; the rest is there by a call."""

from __future__ import annotations

from typing import Any

MOST = 2000
"""Characters of the ``text/plain`` of any result."""


def bounded(text: str, rest: str, most: int = MOST) -> str:
    """Return a text that has at most so many characters; what is left out is counted, with where to find it.

    Parameters
    ----------
    text : str
    rest : str
        The call that gives all of it.

    Examples
    --------
    >>> print(bounded("One line.\\n" * 9, "print(t.text)", most=60))
    One line.
    One line.
    … 70 more characters: print(t.text)
    >>> bounded("short", "print(t.text)")
    'short'
    """
    if len(text) <= most:
        return text
    room = most - len(_left_out(len(text), rest)) - 1
    head = text[:room]
    line, word = head.rfind("\n"), head.rfind(" ")
    cut = line if line > room // 2 else max(line, word)
    head = head[: cut if cut > 0 else room].rstrip()
    return f"{head}\n{_left_out(len(text) - len(head) - 1, rest)}"


def repr_pretty(self: object, printer: Any, cycle: bool) -> None:
    """Print an object whose ``repr`` may be long, as IPython asks for it: ``_repr_pretty_ = repr_pretty``.

    In each class that has a ``__repr__`` of its own: IPython prefers that to what a base class has.
    """
    printer.text(bounded(repr(self), "print(...) shows all"))


def _left_out(count: int, rest: str) -> str:
    return f"… {count:,} more characters: {rest}"
