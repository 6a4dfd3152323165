"""The catalogue of speech models: what is installed, what can be had, under which licence."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from aai_jupyter.errors import EngineError

RUN_HERE = "whisper"
"""The kind of models that this engine runs: Whisper as CTranslate2 converts it."""
NOT_TRIED = "not tried"
FACTS = "pulled.json"
"""What was pulled, beside its files: repository, commit, and the hash of each file."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """One entry.

    Attributes
    ----------
    name : str
        What the setting ``local_model`` calls it.
    repo, revision : str
        Of the Hugging Face hub; without a revision its newest.
    engine : str
        What runs it.
    package : str
        The command that installs it from elsewhere; empty without one.
    languages : str
        A code, or how many.
    measured : str
        What was measured here; empty for what was not tried.
    kind : str
        ``recognizer``: writes words; ``diarizer``: tells who speaks.
    """

    name: str
    repo: str
    engine: str
    licence: str
    languages: str
    megabytes: int
    revision: str = "main"
    package: str = ""
    measured: str = ""
    kind: str = "recognizer"

    @property
    def runs(self) -> bool:
        """Whether this engine can run it."""
        return self.engine == RUN_HERE


def pulled_folder(home: Path, name: str) -> Path:
    """Return where a model of the catalogue lies once it was pulled."""
    return home / "weights" / f"pulled-{name}"


@cache
def speech_models() -> dict[str, SpeechModel]:
    """Return all by name.

    >>> speech_models()["tiny.en"].languages
    'en'
    """
    text = (files("aai_jupyter.weights") / "speech_models.toml").read_text("utf-8")
    return {row["name"]: SpeechModel(**row) for row in tomllib.loads(text)["model"]}


def speech_model(name: str) -> SpeechModel:
    """Return the model of a name.

    Raises
    ------
    EngineError
        There is none, or this engine does not run it.
    """
    known = speech_models()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise EngineError(
            f"There is no speech model called {name!r}.",
            hint=f"Did you mean {near[0]}?" if near else "aai-jupyter models lists them.",
        )
    if not known[name].runs:
        raise EngineError(
            f"{name} needs {known[name].engine}, which this engine does not run.",
            hint="aai-jupyter models lists what it does.",
        )
    return known[name]
