"""``aai-jupyter models`` and ``aai-jupyter pull``: which speech models there are, and how to get another."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aai_jupyter.text.readable_numbers import size_text
from aai_jupyter.weights.find_weights import find_weights
from aai_jupyter.weights.model_list import model_rows
from aai_jupyter.weights.pulling import pull
from aai_jupyter.weights.speech_models import speech_model

_COLUMNS = ("model", "kind", "state", "size", "licence", "languages", "measured")
_HINT = "To have another: aai-jupyter pull NAME. To use it: local_model = NAME, or local_diarizer = NAME."


def models_table(home: Path) -> str:
    """Return the table of all models as text.

    Parameters
    ----------
    home : Path
        Folder of the engine.
    """
    rows = [
        tuple(_size(row["megabytes"]) if name == "size" else str(row[name]) for name in _COLUMNS)
        for row in model_rows(home)
    ]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (_COLUMNS, *rows)]
    return "\n".join([*lines, "", _HINT])


def _size(megabytes: object) -> str:
    return "" if megabytes is None else f"{megabytes} MB"


def pull_model(name: str, home: Path) -> str:
    """Download a model and return what to say of it.

    Raises
    ------
    AaiError
    """
    model = speech_model(name)
    print(f"{model.name}: {model.megabytes} MB, {model.licence}, from {model.repo}.", file=sys.stderr)
    folder = asyncio.run(pull(model, home, _Progress()))
    find_weights(name, home)  # hashed now, so that the engine need not when it starts
    return f"{folder}\nUse it: aai.settings.local_model = {name!r}"


class _Progress:
    """Percent on one line of a terminal, else one line each tenth."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, here: int, whole: int) -> None:
        percent = 100 * here // max(whole, 1)
        live = sys.stderr.isatty()
        step = percent if live else percent // 10
        if step == self._told:
            return
        self._told = step
        end = "\r" if live and percent < 100 else "\n"
        print(
            f"{percent:3d} %  {size_text(here)} of {size_text(whole)}", end=end, file=sys.stderr, flush=True
        )
