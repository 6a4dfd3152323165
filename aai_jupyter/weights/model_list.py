"""The list of speech models as a user sees it: which are installed, which can be had, and how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aai_jupyter.plugins.installed_plugins import DIARIZERS, RECOGNIZERS, plugins
from aai_jupyter.weights.find_weights import is_installed
from aai_jupyter.weights.speech_models import NOT_TRIED, speech_models


def model_rows(home: Path) -> Iterator[dict[str, str | int | None]]:
    """Yield a row for each model: its name, kind, state, size and so on; then those of other packages.

    Of them only what their packages state is known: nothing of theirs is imported.

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
            "kind": model.kind,
            "state": state,
            "megabytes": model.megabytes,
            "licence": model.licence,
            "languages": model.languages,
            "measured": model.measured or NOT_TRIED,
            "command": command,
        }
    for plugin in (*plugins(RECOGNIZERS), *plugins(DIARIZERS)):
        taken = plugin.group == RECOGNIZERS and plugin.name in speech_models()
        yield {
            "model": plugin.name,
            "kind": plugin.kind,
            "state": "its name is taken" if taken else f"installed: {plugin.package}",
            "megabytes": None,
            "licence": plugin.licence,
            "languages": "",
            "measured": NOT_TRIED,
            "command": "",
        }
