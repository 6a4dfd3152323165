"""A variable of the notebook that takes each new text."""

from __future__ import annotations

import sys
from typing import Any

from aai_jupyter.errors import UsageError


class Variable:
    """A variable of the notebook.

    Raises
    ------
    UsageError
        There is no notebook, or nothing can have this name.
    """

    def __init__(self, name: str) -> None:
        from aai_jupyter.notebook.line.arguments import identifier

        ipython = sys.modules.get("IPython")
        self._shell: Any = ipython.get_ipython() if ipython is not None else None
        if self._shell is None:
            raise UsageError("as_ needs a notebook, whose variable it sets.", hint="Use the result's .text.")
        self._name = identifier(name)
        if not isinstance(self._shell.user_ns.get(self._name), str):
            self.set("")  # a text of an earlier run stays until there is a new one

    def set(self, text: str) -> None:
        self._shell.user_ns[self._name] = text
