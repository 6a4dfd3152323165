"""What libraries and upload widgets give as recordings, names that are hard to write, and short refusals."""

import array
import contextlib
import io
import os
import sys
import unicodedata
import wave
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.transcription_call import _is_plain
from aai_jupyter.client.sources.reading import is_collection, resolve_sources
from aai_jupyter.errors import SourceError
from tests.client.conftest import wav_bytes

SOUND = wav_bytes()
ONE = {"name": "a.wav", "type": "audio/wav", "size": len(SOUND), "content": memoryview(SOUND)}


@pytest.fixture
def talks(in_folder: Path) -> Path:
    for name in ("a.wav", "b.wav"):
        (in_folder / name).write_bytes(SOUND)
    return in_folder


class SoundFile:
    """What ``soundfile.SoundFile`` offers."""

    samplerate, format = 8000, "WAV"

    def __init__(self, name: Any, mode: str = "r") -> None:
        self.name, self.mode, self.at = name, mode, 7

    def tell(self) -> int:
        return self.at

    def seek(self, place: int) -> None:
        self.at = place

    def read(self, frames: int = -1, **how: Any) -> Any:
        if self.mode == "w":
            raise RuntimeError("File 'x' was not opened for reading")
        assert how == {"dtype": "float32", "always_2d": True}
        return np.zeros((4000, 2), "f4")


class Segment:
    """What ``pydub.AudioSegment`` offers; it is iterable too, by milliseconds."""

    raw_data, sample_width, channels, frame_rate = bytes(16000), 2, 2, 8000

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("a recording is not a list")


class Tensor:
    """A tensor with a gradient, on another device."""

    shape, dtype = (1, 8000), "torch.bfloat16"

    def __array__(self, *args: Any, **how: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self) -> Any:
        return self

    cpu = detach

    def float(self) -> Any:
        return np.zeros((1, 8000), "f4")


def open_wave(width: int) -> wave.Wave_read:
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(width)
        w.setframerate(8000)
        w.writeframes(bytes(4000 * width))
    file.seek(0)
    return wave.open(file)


@pytest.mark.parametrize(
    ("given", "label", "kind", "seconds"),
    [
        (([0.0] * 8000, 16000), "array", "array", 0.5),
        ((16000, [0, 3, -7, 32767] * 2000), "array", "array", 0.5),
        ([[0.0] * 8000, 16000], "array", "array", 0.5),
        (([[0.0] * 8000, [0.5] * 8000], 16000), "array", "array", 0.5),
        ((array.array("h", [0] * 8000), 16000), "array", "array", 0.5),
        ((Tensor(), 16000), "array", "array", 0.5),
        (SoundFile("b.wav"), "b.wav", "file", 0.5),
        (SoundFile(io.BytesIO(SOUND)), "array", "array", 0.5),
        (open_wave(2), "array", "array", 0.5),
        (open_wave(3), "array", "array", 0.5),
        (open_wave(1), "array", "array", 0.5),
        (Segment(), "array", "array", 0.5),
        (SimpleNamespace(data=np.zeros((1, 8000), "f4"), sample_rate=8000), "array", "array", 1.0),
        ({"waveform": np.zeros((1, 8000)), "sample_rate": 16000}, "array", "array", 0.5),
        ({"raw": [0.0] * 8000, "sampling_rate": 16000}, "array", "array", 0.5),
        ({"audio": {"array": np.zeros(8000), "sampling_rate": 16000}, "text": "hi"}, "array", "array", 0.5),
        ({"audio": "b.wav", "uri": "one"}, "b.wav", "file", 0.5),
        (ONE, "a.wav", "bytes", 0.5),
        (SimpleNamespace(content=SOUND, url="https://x.org/a.wav"), "https://x.org/a.wav", "bytes", 0.5),
        (SimpleNamespace(name="a.wav", contents=SOUND), "a.wav", "bytes", 0.5),
        (SimpleNamespace(data=SOUND, autoplay=False), "bytes", "bytes", 0.5),
        (SimpleNamespace(file=io.BytesIO(SOUND), filename="up.wav"), "up.wav", "stream", 0.5),
    ],
)
def test_objects_that_hold_one_recording(
    talks: Path, given: Any, label: str, kind: str, seconds: float
) -> None:
    (source,) = resolve_sources(given)
    assert (source.label, source.kind, source.seconds) == (label, kind, seconds)
    with source.open() as file:
        assert file.read(4) == b"RIFF"
    assert _is_plain(given, source)


@pytest.mark.parametrize(
    ("give", "labels"),
    [
        (lambda: (ONE, {**ONE, "name": "z.wav"}), ["a.wav", "z.wav"]),
        (lambda: (ONE,), ["a.wav"]),
        (lambda: {"up.wav": {"metadata": {"name": "up.wav"}, "content": SOUND}}, ["up.wav"]),
        (lambda: [{"metadata": {"name": "up.wav"}, "content": SOUND}], ["up.wav"]),
        (lambda: SimpleNamespace(value=(ONE,), accept="", multiple=True), ["a.wav"]),
        (lambda: {"a.flac": SOUND, "b": bytearray(SOUND)}, ["a.flac", "b"]),
        (lambda: {"ann": "a.wav", "bob": Path("b.wav")}, ["ann", "bob"]),
        (lambda: {"ann": ([0.0] * 8000, 16000), "bob": io.BytesIO(SOUND)}, ["ann", "bob"]),
        (lambda: Path().glob("?.wav"), ["a.wav", "b.wav"]),
        (lambda: (name for name in ("a.wav", "b.wav")), ["a.wav", "b.wav"]),
        (lambda: map(Path, ["a.wav"]), ["a.wav"]),
        (lambda: deque(["b.wav", "a.wav"]), ["b.wav", "a.wav"]),
        (lambda: {"x": "a.wav", "y": "b.wav"}.values(), ["a.wav", "b.wav"]),
        (lambda: os.scandir(), ["a.wav", "b.wav"]),
    ],
)
def test_collections_of_recordings(talks: Path, give: Any, labels: list[str]) -> None:
    found = sorted if isinstance(give(), Iterator) else list
    sources = resolve_sources(give())
    assert found(Path(s.label).name for s in sources) == labels
    assert is_collection(give())
    assert not _is_plain(give(), sources[0])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([0.0] * 16000, "16,000 numbers alone have no sample rate"),
        (range(100), "100 numbers"),
        (array.array("h", [0] * 9), "9 numbers"),
        ((np.zeros(9) for _ in range(5000)), r"no sample rate\. \(5,000 times\)"),
        ([None] * 3000, r"missing value .*\(3,000 times\)"),
        ([f"no-{i}.wav" for i in range(3000)], "3,000 sources cannot be used[\\s\\S]*and 2,990 more"),
        (([0, 99999] * 100, 16000), "whole numbers outside"),
        (([[0.0] * 9, [0.0] * 8], 16000), "no array of numbers"),
        (SoundFile("x.wav", "w"), "not opened for reading"),
        ({"waveform": np.zeros(9)}, "no sampling_rate"),
        ({"name": "Ann", "age": "7"}, "The dict is not audio"),
        ({}, "The dict is not audio"),
        ((1 for _ in ()), "no source"),
    ],
)
def test_refusals_are_short(in_folder: Path, given: Any, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        resolve_sources(given)
    assert len(str(caught.value)) < 900


async def _read(size: int = -1) -> bytes:
    return SOUND


def test_a_file_that_is_awaited_says_so() -> None:
    with pytest.raises(SourceError, match="await"):
        resolve_sources(SimpleNamespace(read=_read))


def test_a_file_in_an_archive(in_folder: Path) -> None:
    with zipfile.ZipFile("talks.zip", "w") as archive:
        archive.writestr("deep/a.wav", SOUND)
    (source,) = resolve_sources(zipfile.Path("talks.zip", "deep/a.wav"))
    assert (source.label, source.size) == ("a.wav", len(SOUND))


@pytest.mark.skipif(os.name == "nt", reason="names there do not end with spaces")
@pytest.mark.parametrize(
    "name", [" lead.wav", "trail.wav ", " both.wav  ", "\ttab.wav", "a\nb.wav", "#1 a?.wav"]
)
def test_a_name_is_taken_as_it_stands(in_folder: Path, name: str) -> None:
    (in_folder / name).write_bytes(SOUND)
    (in_folder / "other.wav").write_bytes(SOUND + b"\0\0")
    by_hand = [f"file://{in_folder}/{name}"] if name == name.strip() else []
    for form in (name, Path(name), (in_folder / name).as_uri(), *by_hand):
        assert resolve_sources(form)[0].path == in_folder / name
    (in_folder / name).unlink()
    with pytest.raises(SourceError, match=r"does not exist|control characters|No file matches"):
        resolve_sources(name)
    assert resolve_sources(" other.wav\n")[0].path == in_folder / "other.wav"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as Unicode")
@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"caf\xe9.wav", "caf\ufffd.wav"), (b"\x93M\xfcller\x94.wav", "\ufffdM\ufffdller\ufffd.wav")],
)
def test_a_name_in_an_older_encoding(in_folder: Path, raw: bytes, shown: str) -> None:
    Path(os.fsdecode(raw)).write_bytes(SOUND)
    (source,) = resolve_sources(os.listdir()[0])
    assert source.label == shown
    assert source.open().read() == SOUND
    (listed,) = resolve_sources(in_folder)
    assert listed.label.encode().decode().endswith(shown)
    with pytest.raises(SourceError, match=r"n.\.wav does not exist"):
        resolve_sources(os.fsdecode(b"n\xf6.wav"))


def test_accents_may_be_composed_otherwise(in_folder: Path) -> None:
    for form, other in (("NFD", "NFC"), ("NFC", "NFD")):
        name = unicodedata.normalize(form, f"Gespräch {form}.wav")
        (in_folder / name).write_bytes(SOUND)
        found = resolve_sources(unicodedata.normalize(other, name))
        assert found[0].size == len(SOUND)


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be deleted there")
def test_a_deleted_working_folder_is_named(talks: Path) -> None:
    gone = talks / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    for form in ("a.wav", "./a.wav", Path("a.wav"), "*.wav", "deep/a.wav"):
        with pytest.raises(SourceError) as caught:
            resolve_sources(form)
        assert caught.value.hint
        assert caught.match("working folder")
    assert resolve_sources(talks / "a.wav")[0].size == len(SOUND)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("$FOLDER/a.wav", "os.path.expandvars gives calls/a.wav"),
        ("${NIX}/a.wav", "not expanded"),
        ("{folder}/a.wav", "f-string"),
        ("calls/{name}.wav", "f-string"),
    ],
)
def test_names_that_nothing_expanded(
    in_folder: Path, given: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLDER", "calls")
    with pytest.raises(SourceError) as caught:
        resolve_sources(given)
    assert hint in (caught.value.hint or "")


_THINGS = st.recursive(
    st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=9), st.binary(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(iter),
        st.dictionaries(
            st.sampled_from(["path", "bytes", "array", "audio", "name", "x", "sr"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@given(_THINGS)
def test_whatever_is_nested_gives_sources_or_a_refusal(thing: Any) -> None:
    with contextlib.suppress(SourceError):
        resolve_sources(thing, base="/nonexistent")
