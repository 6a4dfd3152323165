"""Saved transcripts (``.aai``) from strangers: loaded and shown, they open, write and fill nothing."""

from __future__ import annotations

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from aai_jupyter.analysis import pace
from aai_jupyter.errors import AaiError, SourceError, UsageError
from aai_jupyter.reports.page import transcript_html, transcript_text
from aai_jupyter.transcripts import archive
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player.audio_route import route
from aai_jupyter.widgets.player.peaks import Peaks
from aai_jupyter.widgets.player.player_content import TranscriptContent
from tests.examples import examples
from tests.local.models.models_clips import CLIPS
from tests.widgets.conftest import FrontEnd, page  # noqa: F401 (a fixture)

URL = "https://evil.example/beacon.wav"
SAID = {"id": "x", "status": "completed", "text": "Hi.", "words": [{"text": "Hi.", "start": 0, "end": 900}]}


def saved(folder: Path, audio: Any = None, *, said: Any = SAID, **manifest: Any) -> Path:
    path = folder / "stranger.aai"
    head = {"format": archive.FORMAT, "version": 1, "source": "talk.wav", "audio": audio, "answers": []}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", json.dumps(head | manifest))
        file.writestr("transcript.json", said if isinstance(said, str | bytes) else json.dumps(said))
    return path


def test_an_address_out_of_a_file_waits_for_a_click_and_is_never_the_kernels(tmp_path, page: FrontEnd):  # noqa: F811
    t = Transcript.load(saved(tmp_path, {"label": "talk", "url": URL}))
    player = t.player()
    page.ask(player, "ready")
    assert player.meta["has_audio"] == "ask"
    assert player.meta["audio_url"] == ""
    assert "evil.example" in player.meta["audio_hint"]
    assert URL not in json.dumps(player.get_state(), default=repr)
    assert URL not in json.dumps(t._repr_mimebundle_()[0], default=repr)
    for ask in (
        {"type": "audio", "from_ms": 0, "to_ms": 100},
        {"type": "peaks", "level": 10, "from_ms": 0, "to_ms": 9},
    ):
        reply, _ = page.ask(player, **ask)
        assert "came out of a file" in reply["error"]["title"]
    reply, _ = page.ask(player, "allow")
    assert reply["ok"]
    assert (player.meta["has_audio"], player.meta["audio_url"]) == ("url", URL)
    reply, _ = page.ask(player, type="audio", from_ms=0, to_ms=100)  # what a page does that cannot play it
    assert "came out of a file" in reply["error"]["title"]
    with pytest.raises(SourceError, match="came out of a file"):
        t.audio.open()
    player.close()
    t.audio = URL  # the user's own word
    assert t.audio.open() == URL
    again = Transcript.load(t.save(tmp_path / "again.aai"))
    assert route(again.audio) == ("ask", "")


def test_rows_of_it_are_not_fetched_either(tmp_path, page: FrontEnd):  # noqa: F811
    t = Transcript.load(saved(tmp_path, {"label": "talk", "url": URL}))
    player = t.words.aai.play(t)
    assert player.meta["has_audio"] == "none"
    player.close()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "tcp://h:1",
            "concat:/etc/passwd|/etc/hosts",
            "subfile,,start,0,end,0,,:/etc/passwd",
            "unix:/run/x",
        ),
        *(
            "file:///etc/passwd",
            "async:http://h/",
            "data:audio/wav;base64,AAAA",
            "javascript:alert(1)",
            "",
            5,
        ),
    ],
)
def test_only_web_addresses_are_addresses(url):
    for ours in (True, False):
        assert Recording.from_facts({"label": "x", "url": url}, ours=ours) is None


@pytest.mark.parametrize("path", ["\\\\host\\share\\x.wav", "//host/share/x.wav", "\\/host/x", "a\0b"])
def test_network_paths_out_of_a_file_are_not_looked_at(path):
    assert Recording.from_facts({"label": "x", "path": path}, ours=False) is None


def test_a_digest_out_of_a_file_is_no_path(tmp_path, page: FrontEnd):  # noqa: F811
    (tmp_path / "talk.flac").write_bytes((CLIPS / "goforward.flac").read_bytes())
    labels = tmp_path / "project" / "labels.npy"
    labels.parent.mkdir()
    np.save(labels, np.arange(3))
    before = labels.read_bytes()
    for digest in (
        str(labels.with_suffix("")),
        "../project/labels",
        str(tmp_path / "new" / "x"),
        "A" * 64,
        "",
    ):
        t = Transcript.load(saved(tmp_path, {"path": str(tmp_path / "talk.flac"), "sha256": digest}))
        for recording in (t.audio, Recording("x", str(tmp_path / "talk.flac"), sha256=digest)):
            peaks = Peaks(recording, tmp_path / "peaks")
            peaks._run(lambda: None)
            assert peaks.ready
    assert labels.read_bytes() == before
    assert not (tmp_path / "new").exists()
    assert {file.parent for file in tmp_path.rglob("*.npy")} == {labels.parent, tmp_path / "peaks"}


def test_a_claimed_digest_does_not_take_the_outline_of_another_recording(tmp_path):
    (tmp_path / "talk.flac").write_bytes((CLIPS / "goforward.flac").read_bytes())
    t = Transcript.load(saved(tmp_path, {"path": str(tmp_path / "talk.flac"), "sha256": "a" * 64}))
    Peaks(t.audio, tmp_path / "peaks")._run(lambda: None)
    assert not (tmp_path / "peaks" / f"{'a' * 64}.npy").exists()


# --- archives


def test_one_entry_is_read_once(tmp_path):
    path = saved(tmp_path, answers=["transcript.json"] * 2000)
    with pytest.raises(UsageError, match="once more"):
        Transcript.load(path)


def test_entries_are_read_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000_000)
    with pytest.raises(UsageError, match="more than 1 MB"):
        Transcript.load(saved(tmp_path, said=b"[" + b" " * 2_000_000 + b"]"))


def test_many_answers_are_refused(tmp_path):
    path = saved(tmp_path, answers=[f"answers/{n:03}-sentences.json" for n in range(300)])
    with zipfile.ZipFile(path, "a") as file:
        for n in range(300):
            file.writestr(f"answers/{n:03}-sentences.json", "{}")
    with pytest.raises(UsageError, match="damaged"):
        Transcript.load(path)


def damaged(folder: Path, kind: str) -> Path:
    path = saved(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    if kind == "encrypted":
        data[at + 8] |= 1
        data[6] |= 1
    elif kind == "unknown packing":
        data[at + 10] = data[8] = 97
    elif kind == "spoiled":
        data[60:90] = bytes(30)
    elif kind == "nested":
        return saved(folder, audio=None, nested=json.loads("[" * 500 + "]" * 500))
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["encrypted", "unknown packing", "spoiled"])
def test_archives_that_cannot_be_read_say_so(tmp_path, kind):
    with pytest.raises(UsageError, match=r"damaged|Cannot read"):
        Transcript.load(damaged(tmp_path, kind))


@pytest.mark.parametrize("entry", ["manifest.json", "transcript.json", "edits.json"])
def test_json_that_is_nested_without_end_says_so(tmp_path, entry):
    path = tmp_path / "nested.aai"
    deep = "[" * 100_000 + "]" * 100_000
    with zipfile.ZipFile(path, "w") as file:
        for name in ("manifest.json", "transcript.json"):
            text = json.dumps({"format": archive.FORMAT, "version": 1} if name == "manifest.json" else SAID)
            file.writestr(name, deep if name == entry else text)
        if entry == "edits.json":
            file.writestr(entry, deep)
    with pytest.raises(AaiError):
        Transcript.load(path)


@examples(12, HealthCheck.function_scoped_fixture)
@given(
    changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=8), cut=st.integers(0, 700)
)
def test_damaged_archives_load_or_say_why(tmp_path, changes, cut):
    data = bytearray(saved(tmp_path, {"path": "/x"}).read_bytes())
    for at, value in changes:
        data[at % len(data)] = value
    path = tmp_path / "damaged.aai"
    path.write_bytes(data[: cut or None] if len(changes) % 2 else data)
    with contextlib.suppress(AaiError):
        repr(Transcript.load(path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@examples(12, HealthCheck.function_scoped_fixture)
@given(
    source=json_values,
    audio=json_values,
    facts=st.dictionaries(st.sampled_from(["path", "url", "label", "size", "sha256"]), json_values),
)
def test_manifests_of_any_values(tmp_path, source, audio, facts):
    for given_audio in (audio, facts):
        t = Transcript.load(saved(tmp_path, given_audio, source=source))
        show(t)


# --- transcripts

ODD = {
    "nulls": {"utterances": [dict.fromkeys(("text", "start", "end", "speaker", "words"))] * 100},
    "nothing": {"text": "x", "utterances": [None] * 100, "words": [None] * 5},
    "far times": {"words": [{"text": "w", "start": -(2**53), "end": 2**53, "speaker": "A"}]},
    "times that are none": {"words": [{"text": "x", "start": 1e300, "end": -5, "speaker": "B"}]},
    "other types": {"status": 5, "text": [1], "words": {"a": 1}, "utterances": "x", "audio_duration": "nan"},
    "speakers": {
        "words": [{"text": "w", "start": n, "end": n + 1, "speaker": f"S{n}"} for n in range(10_000)]
    },
}


def show(t: Transcript) -> None:
    repr(t)
    transcript_html(t)
    transcript_text(t)
    for made in (t.to_text, t.to_srt, t.to_vtt, t.to_markdown):
        made()
    content = TranscriptContent(t)
    content.traits()
    content.meta()


@pytest.mark.parametrize("name", ODD)
def test_odd_transcripts_are_shown(name):
    show(Transcript.from_json({"status": "completed"} | ODD[name]))


def test_times_that_are_wrong_by_far_are_refused_by_pace():
    with pytest.raises(UsageError, match="too many"):
        pace(Transcript.from_json(ODD["far times"]).words)


def test_an_edit_without_a_date_is_an_edit(tmp_path):
    t = Transcript.from_json(SAID | {"words": [{"text": "Hi.", "start": 0, "end": 900, "speaker": "A"}]})
    t.speakers = {"A": "Ann"}
    path = t.save(tmp_path / "edited.aai")
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    edits = json.loads(entries["edits.json"])
    for edit in edits:
        edit["time"] = "no date"
    with zipfile.ZipFile(path, "w") as file:
        for name, data in entries.items():
            file.writestr(name, json.dumps(edits) if name == "edits.json" else data)
    back = Transcript.load(path)
    assert back.speakers["A"] == "Ann"
    assert back.edits["time"].isna().all()
