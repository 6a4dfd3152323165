"""The list of speech models as a user sees it: which are installed, which can be had, and how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aai_jupyter.weights.find_weights import is_installed
from aai_jupyter.weights.speech_models import NOT_TRIED, speech_models


def model_rows(home: Path) -> Iterator[dict[str, str | int]]:
    """Yield a row for each model: its name, state, size and so on.

    Parameters
    ----------
    home : Path
        Folder of the engine.
    """
    for model in speech_models().values():
        if not model.runs:
            state, command = "not run by this engine", ""
        elif is_installed(model.name, home):
            state, command = "installed", ""
        else:
            state, command = "can be had", f"aai-jupyter pull {model.name}"
        yield {
            "model": model.name,
            "state": state,
            "megabytes": model.megabytes,
            "licence": model.licence,
            "languages": model.languages,
            "measured": model.measured or NOT_TRIED,
            "command": command,
        }
