"""What counts as a file of a recording, and what is refused before anything is sent."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.errors import SourceError
from tests.client.conftest import wav_bytes


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


def test_no_script_is_offered_for_a_recording_that_is_not_there(tmp_path: Path) -> None:
    for name in ("tolk.py", "talks.mp3"):
        (tmp_path / name).write_bytes(wav_bytes())
    with pytest.raises(SourceError, match=r"Did you mean .*talks\.mp3"):
        resolve_sources(str(tmp_path / "tolk.mp3"))
    (tmp_path / "talks.mp3").unlink()
    with pytest.raises(SourceError) as caught:
        resolve_sources(str(tmp_path / "tolk.mp3"))
    assert "Did you mean" not in str(caught.value)


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
        (
            "s3://bucket/a.wav",
            r"cannot fetch|be read|needs another package|not an address[\s\S]*pre-signed",
        ),
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
