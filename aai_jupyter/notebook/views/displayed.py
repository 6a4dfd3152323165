"""Detection of whether IPython shows a magic's result."""

from __future__ import annotations

import ast
from typing import Any


def is_displayed(shell: Any) -> bool:
    """Return whether the magic ends the cell, so that IPython would show its result.

    In ``t = %transcribe talk.mp3;`` it does not, and t must get the result. IPython itself reads the cell's
    text in the same place to see a semicolon; ours is inside the magic's line, where it does not look.
    """
    try:
        last = ast.parse(shell.history_manager.input_hist_parsed[-1]).body[-1]
    except (SyntaxError, IndexError):
        return False
    return isinstance(last, ast.Expr) and "_magic" in ast.unparse(last.value).partition("(")[2][:40]
