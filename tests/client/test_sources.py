"""What counts as a recording, and what is refused before anything is sent."""

import contextlib
import io
import os
import struct
import sys
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


def wav_bytes(seconds: float = 0.5, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(bytes(2 * int(seconds * rate)))
    return file.getvalue()


@pytest.fixture
def folder(in_folder: Path) -> Path:
    for name in ("b.wav", "a.MP3", "deep/c.flac", ".hidden.wav", "interview one.wav"):
        path = in_folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wav_bytes())
    (in_folder / "notes.txt").write_text("not sound")
    (in_folder / "empty.wav").touch()
    (in_folder / "quiet").mkdir()
    return in_folder


def test_a_path_keeps_its_name_size_and_duration(folder: Path) -> None:
    (source,) = resolve_sources("b.wav")
    assert (source.label, source.kind, source.size, source.seconds) == ("b.wav", "file", 8044, 0.5)
    assert source.path == folder / "b.wav"
    os.chdir("/")  # a cell may change the folder before the upload
    assert source.open().read() == wav_bytes()
    assert source.open().read() == wav_bytes()


def test_paths_come_in_many_forms(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for form in ("~/b.wav", Path("b.wav"), (folder / "b.wav").as_uri(), str(folder / "b.wav"), " b.wav "):
        (source,) = resolve_sources(form)
        assert source.path == folder / "b.wav"
    (source,) = resolve_sources("c.flac", base=folder / "deep")
    assert source.path == folder / "deep" / "c.flac"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_broken_link_is_named(folder: Path) -> None:
    (folder / "link.wav").symlink_to("gone.wav")
    with pytest.raises(SourceError, match=r"link\.wav is a link to gone\.wav, which does not exist"):
        resolve_sources("link.wav")


def test_folders_and_globs_give_their_sound_in_order(folder: Path) -> None:
    (folder / "empty.wav").unlink()
    assert [Path(s.label).name for s in resolve_sources(folder)] == ["a.MP3", "b.wav", "interview one.wav"]
    assert [s.label for s in resolve_sources("*.wav")] == ["b.wav", "interview one.wav"]
    assert [s.label for s in resolve_sources("**/*.flac")] == [os.path.join("deep", "c.flac")]
    assert [Path(s.label).name for s in resolve_sources("*")] == ["a.MP3", "b.wav", "interview one.wav"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(in_folder: Path) -> None:
    (in_folder / "take[1].wav").write_bytes(wav_bytes())
    assert [s.label for s in resolve_sources("take[1].wav")] == ["take[1].wav"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("b.wax", r"does not exist[\s\S]*Did you mean b\.wav\?"),
        ("noise.wav", r"does not exist\.$"),
        ("b.wav a.MP3", r"more than one: put each on a line of its own"),
        ("nowhere/b.wav", r"folder nowhere does not exist"),
        ("empty.wav", "empty.wav is empty"),
        ("notes.txt", "notes.txt is plain text"),
        ("*.ogg", r"No file matches"),
        ("quiet", "no audio or video"),
        ("", "empty string"),
        ("s3://bucket/a.wav", r"cannot fetch|needs another package|not an address[\s\S]*pre-signed"),
        ("https://www.youtube.com/watch?v=x", "web page"),
        ("https://youtu.be/x", "web page"),
        ("https://drive.google.com/file/d/x/view", "preview page"),
        ("https://www.dropbox.com/s/x/a.mp3?dl=0", "dl=1"),
        ("https://", "not a URL"),
        ("https://exa mple.org/a.mp3", "%20"),
        ("https://example.org:port/a.mp3", "not a URL"),
        ("C:\talks\new.wav", "control characters"),
        ("a\0b.wav", "not a path"),
        ("x" * 5000, "not a path"),
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "HTML page"),
        (b'{"error": "no"}', "JSON"),
        (b"%PDF-1.7", "PDF"),
        (io.StringIO("text"), "opened as text"),
        (None, "missing value"),
        (float("nan"), "missing value"),
        (pd.NA, "missing value"),
        (17, "type int is not"),
        (np.zeros(10), "no sample rate"),
        (pd.DataFrame({"path": ["b.wav"]}), "column"),
        ({"text": "x"}, "not audio"),
        ({"array": [0.0] * 100, "sampling_rate": None}, "sampling_rate"),
        ((np.zeros(0), 16000), "no samples"),
        ((np.zeros((2, 3, 4)), 16000), "shape"),
        ((np.full(10, 2000.0), 16000), r"\[-1, 1\]"),
        ((np.full(10, np.nan), 16000), "finite"),
        ((np.zeros(10, complex), 16000), "complex"),
        ((np.zeros(10), 0), "sample rate"),
        ((np.zeros(10), 44.1), "sample rate"),
        ([], "no source"),
    ],
)
def test_bad_sources_say_what_is_wrong(folder: Path, given: object, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        resolve_sources(given)
    assert caught.match(says)
    assert ("is not a path" in str(caught.value)) == (says == "not a path")
    assert len(str(caught.value).splitlines()) <= 3


def test_sound_in_subfolders_is_pointed_at(folder: Path) -> None:
    (folder / "quiet" / "more").mkdir()
    (folder / "quiet" / "more" / "x.ogg").write_bytes(b"OggS")
    with pytest.raises(SourceError, match=r"\*\.ogg"):
        resolve_sources("quiet")


def test_all_bad_sources_are_listed_at_once(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        resolve_sources("b.wav", "nix.wav", ["empty.wav", "notes.txt"])
    assert all(name in str(caught.value) for name in ("3 sources", "nix.wav", "empty.wav", "notes.txt"))
    (folder / "page.mp3").write_text("<html>")
    with pytest.raises(SourceError) as caught:
        resolve_sources(folder)
    assert all(name in str(caught.value) for name in ("2 sources", "empty.wav", "page.mp3"))


def test_an_unreadable_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # as root, as tests may run, every file is readable
    with pytest.raises(SourceError, match="Permission denied"):
        resolve_sources("b.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(in_folder: Path) -> None:
    os.mkfifo(in_folder / "p.wav")
    with pytest.raises(SourceError, match="not a regular file"):
        resolve_sources("p.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_file_that_became_a_pipe_is_an_error_and_no_wait(in_folder: Path) -> None:
    (in_folder / "p.wav").write_bytes(wav_bytes())
    (source,) = resolve_sources("p.wav")
    (in_folder / "p.wav").unlink()
    os.mkfifo(in_folder / "p.wav")
    for read in (source.open, source.sha256):
        with pytest.raises(SourceError, match="not a regular file"):
            read()
    assert source.seconds is None


def test_partly_bad_ones_stay_at_their_places_with_a_reason(folder: Path) -> None:
    given = ["b.wav", "nix.wav", None, "empty.wav", "quiet", (np.zeros(0), 16000), io.StringIO("x"), "a.MP3"]
    sources = resolve_sources(given, partly=True)
    assert [s.label for s in sources] == [
        "b.wav", "nix.wav", "source 3", "empty.wav", "quiet", "source 6", "source 7", "a.MP3",
    ]  # fmt: skip
    assert [s.error is None for s in sources] == [True, *[False] * 6, True]
    with pytest.raises(SourceError, match=r"nix\.wav does not exist"):
        sources[1].sha256()
    assert sources[1].seconds is None
    with pytest.raises(SourceError, match="2 sources"):
        resolve_sources("nix.wav", "empty.wav", partly=True)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_folder_names_what_is_called_sound_and_is_none(in_folder: Path) -> None:
    (in_folder / "good.wav").write_bytes(wav_bytes())
    (in_folder / "gone.wav").symlink_to("nowhere")
    (in_folder / "loop.wav").symlink_to("loop.wav")
    (in_folder / "session.wav").mkdir()
    os.mkfifo(in_folder / "pipe.wav")
    for named in (in_folder, "*.wav"):
        sources = resolve_sources(named, partly=True)
        assert {Path(s.label).name: s.error is None for s in sources} == {
            "gone.wav": False, "good.wav": True, "loop.wav": False, "pipe.wav": False,
        }  # fmt: skip


@pytest.mark.parametrize("name", [" lead.wav", "trail .wav ", "  both.wav\t", " "])
@pytest.mark.skipif(os.name == "nt", reason="names do not end with spaces there")
def test_spaces_at_the_ends_belong_to_a_name_that_has_them(in_folder: Path, name: str) -> None:
    (in_folder / name).write_bytes(wav_bytes())
    for named in (name, Path(name), in_folder / name):
        (source,) = resolve_sources(named)
        assert source.label == str(named)
        assert source.path == in_folder / name
    (in_folder / "plain.wav").write_bytes(wav_bytes())
    assert resolve_sources("  plain.wav ")[0].label == "plain.wav"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf_8_can_be_written_and_found(in_folder: Path) -> None:
    (in_folder / os.fsdecode(b"a\xff.wav")).write_bytes(wav_bytes())
    for named in (in_folder, "*.wav", os.fsdecode(b"a\xff.wav")):
        (source,) = resolve_sources(named)
        assert source.label.encode().endswith("a\ufffd.wav".encode())
        assert len(source.sha256()) == 64
    with pytest.raises(SourceError, match="not a URL"):
        resolve_sources("https://example.org/a\udcff.mp3")


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


def test_folders_take_what_the_engines_read_in_natural_order(tmp_path: Path) -> None:
    head = b"fLaC" + bytes(100)
    names = [
        "part10.wav",
        "part2.wav",
        "a.mkv",
        "b.caf",
        "c.aifc",
        "d.weba",
        "e.3gp",
        "f.avi",
        "g.wmv",
        "memo",
    ]
    for name in names:
        (tmp_path / name).write_bytes(head)
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / ".hidden.wav").write_bytes(head)
    for named in (tmp_path, str(tmp_path / "*")):
        notes: list[str] = []
        found = [source.path.name for source in resolve_sources(named, notes=notes) if source.path]
        assert sorted(found) == sorted(names)
        assert found.index("part2.wav") < found.index("part10.wav")
        assert len(notes) == 1
        assert "cover.jpg, notes.txt" in notes[0]


@pytest.mark.parametrize(
    "names",
    [["1.wav", "2.wav", "10.wav"], ["Track 9b.mp3", "track 10a.mp3"], ["2024-3-1.ogg", "2024-12-1.ogg"]],
)
def test_numbers_in_names_count_by_value(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"OggS" + bytes(50))
    assert [source.path.name for source in resolve_sources(tmp_path) if source.path] == names
