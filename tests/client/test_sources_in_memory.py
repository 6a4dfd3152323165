"""Recordings that are no files of their own: bytes, file objects, arrays, columns, datasets."""

import contextlib
import io
import os
import struct
import tempfile
import wave
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.sources.formats import not_audio
from aai_jupyter.client.sources.reading import check_upload_size, resolve_sources
from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES, Source
from aai_jupyter.client.sources.wav import WavReader
from aai_jupyter.errors import SourceError
from tests.client.conftest import wav_bytes


class Odd(io.BytesIO):
    """A file object of somebody's own: it fails at its third read with whatever its library raises."""

    def __init__(self, data: bytes, error: Exception) -> None:
        super().__init__(data)
        self.error, self.reads = error, 0

    def read(self, *size: int | None) -> bytes:
        self.reads += 1
        if self.reads > 2:
            raise self.error
        return super().read(*size)


@pytest.mark.parametrize("error", [OSError(107, "not connected"), RuntimeError("x"), EOFError(), KeyError(1)])
def test_whatever_a_file_object_raises_is_an_unreadable_source(error: Exception) -> None:
    (source,) = resolve_sources(Odd(wav_bytes(), error))
    with pytest.raises(SourceError, match="cannot be read") as caught:
        source.sha256()
    assert caught.value.__cause__ is error
    assert source.seconds is None
    first = Odd(wav_bytes(), error)
    first.reads = 2
    with pytest.raises(SourceError, match="cannot be read"):
        resolve_sources(first)


def test_direct_media_urls_of_page_hosts_are_taken() -> None:
    urls = ["https://vimeo.com/x/video.mp4", "https://player.vimeo.com/progressive/1", "http://h/a?b=c#d"]
    sources = resolve_sources(urls)
    assert [s.url for s in sources] == urls
    assert {(s.kind, s.size, s.seconds) for s in sources} == {("url", None, None)}
    with pytest.raises(SourceError, match="URL"):
        sources[0].open()


def test_bytes_and_file_objects_are_read_whole_and_again() -> None:
    data = wav_bytes()
    written = io.BytesIO()
    written.write(data)  # its position is at the end
    with tempfile.TemporaryFile() as file:
        file.write(data)
        for form in (data, bytearray(data), memoryview(data), written, file):
            (source,) = resolve_sources(form)
            assert source.size == len(data)
            assert source.open().read() == data
            assert source.open().read(4) == b"RIFF"
            assert source.seconds == 0.5
            assert len(source.sha256()) == 64


def test_a_file_object_can_be_read_in_two_places_at_once() -> None:
    data = bytes(range(256)) * 40
    (source,) = resolve_sources(io.BytesIO(b"ID3" + data))
    first, second = source.open(), source.open()
    assert first.read(3) == second.read(3) == b"ID3"
    assert first.read(4) == data[:4]
    assert second.seek(-2, io.SEEK_END) == len(data) + 1
    assert (second.read(), first.read(2)) == (data[-2:], data[4:6])


def test_a_stream_that_cannot_rewind_is_kept() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream:
        with os.fdopen(write_end, "wb") as out:
            out.write(wav_bytes())
        (source,) = resolve_sources(stream)
    assert source.open().read() == source.open().read() == wav_bytes()


def test_columns_and_lists_are_flattened_in_order(folder: Path) -> None:
    frame = pd.DataFrame({"path": ["b.wav", "a.MP3"]})
    for form in (
        frame["path"],
        frame["path"].to_numpy(),
        ["b.wav", ["a.MP3"]],
        ("b.wav", "a.MP3"),
        frame["path"].astype("string"),
        frame["path"].astype("category"),
    ):
        assert [s.label for s in resolve_sources(form)] == ["b.wav", "a.MP3"]


def test_unnamed_sources_are_numbered() -> None:
    labels = [s.label for s in resolve_sources(wav_bytes(), "https://x.org/a.mp3", wav_bytes())]
    assert labels == ["bytes 1", "https://x.org/a.mp3", "bytes 2"]


def test_hugging_face_audio(folder: Path) -> None:
    class Decoder:
        class _Samples:
            data, sample_rate = np.zeros((1, 8000), "f4"), 8000

        def get_all_samples(self) -> object:
            return self._Samples()

    array = {"path": "x/row.wav", "array": np.zeros(8000), "sampling_rate": 16000}
    sources = resolve_sources(
        array, {"path": "b.wav", "bytes": None}, {"bytes": wav_bytes(), "path": None}, Decoder()
    )
    assert [s.label for s in sources] == ["x/row.wav", "b.wav", "bytes", "array"]
    assert [s.seconds for s in sources] == [0.5, 0.5, 0.5, 1.0]


@given(
    st.integers(1, 3000),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["f4", "f8", "i2", "i4", "i1", "u1"]),
    st.integers(1, 997),
)
def test_arrays_become_the_wav_that_the_wave_module_reads(
    frames: int, channels: int, turned: bool, dtype: str, step: int
) -> None:
    if frames <= channels:
        frames = channels + 1
    rng = np.random.default_rng(frames)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        samples = rng.uniform(-1, 1, (frames, channels)).astype(kind)
        expected = np.rint(samples * samples.dtype.type(32767)).astype("i2")
    else:
        info = np.iinfo(kind)
        samples = rng.integers(info.min, info.max, (frames, channels), kind, endpoint=True)
        wide = samples.astype("i8") - (128 if kind.kind == "u" else 0)
        expected = (wide >> 16 if kind.itemsize == 4 else wide * 256 if kind.itemsize == 1 else wide).astype(
            "i2"
        )
    (source,) = resolve_sources((samples.T if turned else samples, 16000))
    with source.open() as file:
        data = b"".join(iter(lambda: file.read(step), b""))
    assert len(data) == source.size
    with wave.open(io.BytesIO(data)) as w:
        assert (w.getnchannels(), w.getframerate(), w.getsampwidth()) == (channels, 16000, 2)
        read = np.frombuffer(w.readframes(frames), "<i2").reshape(-1, channels)
    assert np.abs(read.astype(int) - expected).max() <= (1 if kind.kind == "f" else 0)
    assert source.seconds == frames / 16000


@given(st.lists(st.tuples(st.integers(0, 2100), st.integers(0, 90)), max_size=10))
def test_the_wav_view_seeks_anywhere(reads: list[tuple[int, int]]) -> None:
    samples = np.arange(2000).reshape(1000, 2).astype("i2")
    view = WavReader(samples, 8000)
    whole = view.read()
    assert whole is not None
    for position, size in reads:
        view.seek(position)
        buffered = io.BufferedReader(view, 16)
        assert buffered.read(size) == whole[position : position + size]
        buffered.detach()


def test_scipy_order_and_mono_are_taken() -> None:
    (source,) = resolve_sources((16000, np.zeros(8000, "i2")))
    assert (source.kind, source.seconds) == ("array", 0.5)


def test_the_upload_limit_is_stated() -> None:
    check_upload_size(Source("a.wav", "file", MAX_UPLOAD_BYTES))
    with pytest.raises(SourceError, match=r"a\.wav has 2\.20 GB[\s\S]*URL"):
        check_upload_size(Source("a.wav", "file", MAX_UPLOAD_BYTES + 1))


@given(st.text(min_size=1, max_size=200))
def test_text_is_never_taken_for_sound_unless_it_starts_like_it(text: str) -> None:
    data = ("# " + text.replace("\0", "") + "\n").encode()
    printable = all(c >= " " or c in "\t\n\r\f\v\x1b" for c in text)
    assert not printable or not_audio(data[:4096]) is not None


@given(st.binary(max_size=400), st.integers(0, 400))
def test_sniffing_never_fails(data: bytes, cut: int) -> None:
    not_audio(data[:cut])


def test_utf16_text_is_text_and_mpeg_frames_are_not() -> None:
    assert not_audio("a table of words".encode("utf-16")) == "plain text"
    assert not_audio(b"\xff\xfe" + bytes(range(200))) is None
    assert not_audio(b"\xff\xfb\x90\x64" + bytes(100)) is None


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.none(), st.integers(), st.floats()))
def test_anything_else_is_a_source_error(thing: object) -> None:
    with contextlib.suppress(SourceError):
        resolve_sources(thing, base="/nonexistent")


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0, 0x7FFFF000, 32_000])
@pytest.mark.parametrize("form", ["pcm", "extensible", "float", "rf64"])
def test_a_wav_through_a_pipe_has_the_length_of_its_sound(size: int, form: str) -> None:
    width = 4 if form == "float" else 2
    tag = {"extensible": 0xFFFE, "float": 3}.get(form, 1)
    fmt = struct.pack("<HHIIHH", tag, 1, 8000, 8000 * width, width, 8 * width)
    if form == "extensible":
        fmt += struct.pack("<HHIH", 22, 16, 0, 1) + bytes(14)
    head = (b"RF64" if form == "rf64" else b"RIFF") + struct.pack("<I", 0xFFFFFFFF) + b"WAVE"
    if form == "rf64":
        head += b"ds64" + struct.pack("<IQQQI", 28, 0, 0, 0, 0)
    data = head + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"LIST" + struct.pack("<I", 4) + b"INFO"
    data += b"data" + struct.pack("<I", size) + bytes(32_000)
    (source,) = resolve_sources(data)
    assert source.seconds == pytest.approx(32_000 / 8000 / width)
