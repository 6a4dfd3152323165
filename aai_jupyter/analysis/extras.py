"""Import of what an extra brings, with the line that installs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from aai_jupyter.errors import UsageError

COMPARE = 'pip install "aai-jupyter[compare]"'


def compare_extra(module: str) -> Any:
    """Return a module of the ``compare`` extra (jiwer, rapidfuzz, scipy, whisper-normalizer).

    Raises
    ------
    UsageError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(f"Error rates need {error.name}.", hint=COMPARE) from None
