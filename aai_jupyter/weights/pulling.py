"""Download of a speech model from a Hugging Face hub: only when asked, resumed, and checked by its hashes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from aai_jupyter.errors import EngineError, NetworkError, OfflineError
from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.network.http_client import http_client
from aai_jupyter.network.offline_lock import lock
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.weights.find_weights import pinned
from aai_jupyter.weights.speech_models import FACTS, SpeechModel, pulled_folder

HUB = "https://huggingface.co"
_WANTED = (
    "config.json",
    "model.bin",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.txt",
    "vocabulary.json",
)
_NEEDED = frozenset(("config.json", "model.bin", "tokenizer.json"))
_BLOCK = 1 << 20
_TRIES = 5
OnBytes = Callable[[int, int], None]
"""Gets the bytes that are here, and those that there will be."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository, with what tells that it is whole.

    Attributes
    ----------
    sha256 : str
        Of large files; empty where only the Git hash is known.
    git : str
        SHA-1 of the Git blob; empty for large files.
    """

    name: str
    size: int
    sha256: str = ""
    git: str = ""

    def fits(self, path: Path) -> bool:
        """Whether a file has this content."""
        if path.stat().st_size != self.size:
            return False
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(b"blob %d\0" % self.size)  # Git's
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.git)


async def pull(model: SpeechModel, home: Path, on_bytes: OnBytes = lambda here, all: None) -> Path:
    """Download a model into the engine's folder; what an earlier try has left is gone on with.

    The hub is that of ``HF_ENDPOINT``; a token of ``HF_TOKEN`` is sent to it, and to no other host. Proxies
    and certificates are those of all connections.

    Parameters
    ----------
    home : Path
        Folder of the engine.
    on_bytes : callable, optional

    Returns
    -------
    Path
        The folder, whole and checked.

    Raises
    ------
    OfflineError
        Nothing may leave this machine.
    NetworkError, EngineError
        It cannot be reached, or what came is not what the hub says it is.
    """
    hub = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    lock.check(hub)
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "on", "yes", "true"):
        raise OfflineError("HF_HUB_OFFLINE is set: nothing is downloaded.", hint="Unset it, and try again.")
    folder = pulled_folder(home, model.name)
    part = folder.with_name(f"{folder.name}.part")
    token = os.environ.get("HF_TOKEN")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with http_client(headers=headers, follow_redirects=True, timeout=60) as client:
        commit, wanted = await _listed(client, hub, model)
        whole = sum(one.size for one in wanted)
        _check_room(home, whole)
        private_folder(part)
        done = 0
        for one in wanted:
            address = f"{hub}/{model.repo}/resolve/{commit}/{one.name}"
            await _download(client, address, one, part / one.name, partial(_tell, on_bytes, done, whole))
            done += one.size
    hashes = {one.name: {"sha256": _sha256(part / one.name), "size": one.size} for one in wanted}
    facts = {"repo": model.repo, "commit": commit, "licence": model.licence, "files": hashes}
    (part / FACTS).write_text(json.dumps(facts, indent=1), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder


async def _listed(client: httpx.AsyncClient, hub: str, model: SpeechModel) -> tuple[str, list[HubFile]]:
    """Return the commit and the files of a model, as the hub lists them."""
    address = f"{hub}/api/models/{model.repo}/revision/{model.revision}?blobs=true"
    try:
        answer = await client.get(address)
    except httpx.HTTPError as error:
        raise _unreached(hub, error) from None
    if answer.status_code in (401, 403):
        raise EngineError(f"{hub} gives {model.repo} only to those with access.", hint="Set HF_TOKEN.")
    if answer.status_code == 404:
        other = f" Or: {model.package}" if model.package else ""
        raise EngineError(f"{hub} has no {model.repo} any more.", hint=f"Another hub: HF_ENDPOINT.{other}")
    try:
        answer.raise_for_status()
        found = answer.json()
        known = pinned(model.name)
        files = [_file(row, known) for row in found["siblings"] if row["rfilename"] in _WANTED]
        commit = str(found["sha"])
    except (httpx.HTTPError, *NOT_JSON, KeyError, TypeError) as error:
        raise EngineError(f"{hub} does not answer as a hub does: {error}.") from None
    names = {one.name for one in files}
    if not names >= _NEEDED or not names & {"vocabulary.txt", "vocabulary.json"}:
        raise EngineError(f"{model.repo} holds no CTranslate2 Whisper model.")
    return commit, files


def _file(row: Mapping[str, Any], known: Mapping[str, str]) -> HubFile:
    name, large = str(row["rfilename"]), row.get("lfs") or {}
    sha256 = known.get(name) or str(large.get("sha256") or "")
    return HubFile(name, int(row["size"]), sha256, str(row["blobId"] or ""))


async def _download(
    client: httpx.AsyncClient, address: str, file: HubFile, path: Path, on_bytes: Callable[[int], None]
) -> None:
    """Download one file behind what there is of it, and check it; a broken connection is taken up again."""
    for left in reversed(range(_TRIES)):
        try:
            if (here := _size(path)) < file.size:
                await _append(client, address, path, here, on_bytes)
            break
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            lasting = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
            if lasting or not left:
                raise _unreached(address, error) from None
    on_bytes(file.size)
    _check(path, file)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check(path: Path, file: HubFile) -> None:
    if not file.fits(path):
        path.unlink()
        raise EngineError(
            f"{file.name} came damaged or changed: its hash is not the one that is stated.",
            hint="Try again; another hub: HF_ENDPOINT.",
        )


def _tell(on_bytes: OnBytes, before: int, whole: int, here: int) -> None:
    on_bytes(before + here, whole)


async def _append(
    client: httpx.AsyncClient, address: str, path: Path, here: int, on_bytes: Callable[[int], None]
) -> None:
    headers = {"range": f"bytes={here}-"} if here else {}
    async with client.stream("GET", address, headers=headers) as answer:
        answer.raise_for_status()
        here = here if answer.status_code == 206 else 0
        with path.open("r+b" if here else "wb") as out:
            out.seek(here)
            async for block in answer.aiter_bytes():  # as it comes: what is here is not lost
                here += out.write(block)
                on_bytes(here)


def _check_room(home: Path, size: int) -> None:
    private_folder(home)
    free = shutil.disk_usage(home).free
    if free < size * 1.05:
        raise EngineError(
            f"It takes {size / 1e6:.0f} MB, and {home} has {free / 1e6:.0f} MB free.",
            hint="Set AAI_JUPYTER_HOME to a folder on a disk with room.",
        )


def _unreached(address: str, error: Exception) -> NetworkError:
    return NetworkError(
        f"{address} cannot be reached.",
        detail=str(error) or type(error).__name__,
        hint="Run it again: it goes on.",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
