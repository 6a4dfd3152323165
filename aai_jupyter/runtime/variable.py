"""A variable of the notebook that is assigned each new text."""

from __future__ import annotations

import keyword
import re
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.cell import shell


class Variable:
    """A variable of the notebook.

    Raises
    ------
    UsageError
        There is no notebook, or nothing can have this name.
    """

    def __init__(self, name: str) -> None:
        self._shell = shell()
        if self._shell is None:
            raise UsageError("as_ needs a notebook, whose variable it sets.", hint="Use the result's .text.")
        self._name = identifier(name)
        if not isinstance(self._shell.user_ns.get(self._name), str):
            self.set("")  # a text of an earlier run stays until there is a new one

    def set(self, text: str) -> None:
        self._shell.user_ns[self._name] = text


def identifier(name: Any) -> str:
    """Return `name` if a variable can be called that; raise UsageError otherwise."""
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        shown = name if isinstance(name, str) else type(name).__name__
        near = re.sub(r"\W+", "_", str(shown)).strip("_") or "result"
        near = near if near.isidentifier() and not keyword.iskeyword(near) else f"x_{near}"
        raise UsageError(f"{shown!r} cannot be the name of a variable.", hint=f"Use a name such as {near}.")
    return name
