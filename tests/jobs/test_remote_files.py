"""Recordings in stores: streamed, hashed on the way, recognised by their address and version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.jobs.cache_keys import audio_key
from tests.jobs.conftest import Service, speech

fsspec: Any = pytest.importorskip("fsspec")
EN: Any = {"language_code": "en"}


@pytest.fixture
def memory() -> Iterator[Any]:
    store = fsspec.filesystem("memory")
    store.store.clear()
    for name in ("ann", "ben"):
        store.pipe(f"/calls/{name}.wav", speech(f"My name is {name}."))
    store.pipe("/calls/notes.txt", b"nothing")
    yield store
    store.store.clear()


class Reads:
    """Counts the bytes that are read of a store."""

    def __init__(self, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        cls = type(store)
        plain = cls._open

        def opened(fs: Any, *arguments: Any, **options: Any) -> Any:
            file = plain(fs, *arguments, **options)
            read = file.read

            def counted(size: int = -1) -> bytes:
                data: bytes = read(size)
                self.count += len(data)
                return data

            file.read = counted
            return file

        monkeypatch.setattr(cls, "_open", opened)


def test_they_are_read_once_and_known_by_address_and_version(
    logged_in: Service, in_folder: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(memory, monkeypatch)
    found = aai.transcribe(["memory://calls/*.wav"], **EN)
    assert found.sources == ["memory://calls/ann.wav", "memory://calls/ben.wav"]
    whole = sum(memory.size(f"/calls/{name}.wav") for name in ("ann", "ben"))
    assert reads.count == whole
    logged_in.proxy.requests.clear()
    assert aai.transcribe(["memory://calls/*.wav"], **EN).ids == found.ids
    assert reads.count == whole
    (in_folder / "same.wav").write_bytes(memory.cat("/calls/ann.wav"))
    assert aai.transcribe("same.wav", **EN).id == found.ids[0]  # its bytes were hashed on the way
    assert not logged_in.proxy.requests
    memory.pipe("/calls/ann.wav", speech("My name is another."))
    assert aai.transcribe("memory://calls/ann.wav", **EN).text.endswith("another.")
    assert logged_in.made == 3


def test_folders_patterns_and_what_is_not_there(memory: Any) -> None:
    notes: list[str] = []
    assert [s.label for s in resolve_sources("memory://calls", notes=notes)] == [
        "memory://calls/ann.wav",
        "memory://calls/ben.wav",
    ]
    assert "neither audio nor video: 1 file" in notes[0]
    memory.pipe("/calls/empty.wav", b"")
    with pytest.raises(aai.SourceError, match=r"memory://calls/empty\.wav is empty"):
        resolve_sources("memory://calls/empty.wav")
    with pytest.raises(aai.SourceError, match="does not exist"):
        resolve_sources("memory://calls/gone.wav")
    with pytest.raises(aai.SourceError, match="not an address"):
        resolve_sources("papyrus://calls/gone.wav")
    aai.settings.offline = True
    with pytest.raises(aai.AaiError, match="Nothing leaves this machine"):
        resolve_sources("s3://calls/a.wav")
    assert len(resolve_sources("memory://calls/ann.wav")) == 1


def test_passwords_are_neither_shown_nor_stored(monkeypatch: pytest.MonkeyPatch, memory: Any) -> None:
    from aai_jupyter.client.sources import remote_files

    monkeypatch.setattr(remote_files, "_HERE", frozenset())
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda text: (memory, "/calls/ann.wav"))
    (source,) = resolve_sources("sftp://ann:s3cret@127.0.0.1/calls/ann.wav")
    assert source.label == "sftp://ann@127.0.0.1/calls/ann.wav"
    assert "s3cret" not in audio_key(source) + repr(source)
