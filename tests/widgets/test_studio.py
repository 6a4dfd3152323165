"""The studio takes recordings from a page, runs them through the jobs, and shows what comes back."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aai_jupyter.api.sample import sample
from aai_jupyter.api.studio import studio as make_studio
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics.transcribe_magic import SPEC
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.line_words import split
from aai_jupyter.widgets.studio.cell_source import transcribe_cell
from tests.jobs.conftest import Service, speech
from tests.local.conftest import KEY
from tests.widgets.conftest import FrontEnd


@pytest.fixture
def studio(page: FrontEnd) -> Any:
    made = make_studio()
    yield made
    made.close()


def upload(page: FrontEnd, studio: Any, name: str, data: bytes, piece: int = 1 << 16) -> str:
    key = page.ask(studio, "upload_begin", name=name, size=len(data))[0]["key"]
    for at in range(0, len(data), piece):
        page.ask(studio, "upload_piece", key=key, offset=at, buffers=[memoryview(data[at : at + piece])])
    reply = page.ask(studio, "upload_end", key=key)[0]
    assert "error" not in reply, reply
    return key


def test_a_dropped_file_arrives_whole_and_private(page: FrontEnd, studio: Any) -> None:
    data = sample().read_bytes()
    key = upload(page, studio, "../../a:b\n.flac", data)
    (entry,) = studio.files
    assert (entry["key"], entry["name"], entry["size"]) == (key, "a_b_.flac", len(data))
    assert 67 < entry["seconds"] < 68
    (file,) = studio.folder.iterdir()
    assert file.read_bytes() == data
    assert file.stat().st_mode & 0o777 == 0o600
    assert studio.folder.stat().st_mode & 0o777 == 0o700
    assert str(file) in studio.plan["cell"]
    page.ask(studio, "remove", key=key)
    assert studio.files == []
    assert not file.exists()


def test_the_same_name_twice_is_two_files(page: FrontEnd, studio: Any) -> None:
    for _ in range(2):
        upload(page, studio, "talk.flac", sample().read_bytes(), 1 << 20)
    assert [entry["name"] for entry in studio.files] == ["talk.flac", "talk (2).flac"]


def test_what_is_no_recording_is_refused_and_removed(page: FrontEnd, studio: Any) -> None:
    key = page.ask(studio, "upload_begin", name="notes.mp3", size=5)[0]["key"]
    page.ask(studio, "upload_piece", key=key, offset=0, buffers=[b"hello"])
    title = page.ask(studio, "upload_end", key=key)[0]["error"]["title"]
    assert "not audio" in title
    assert title.startswith("notes.mp3 ")  # by its name, not where it was kept
    assert list(studio.folder.iterdir()) == []
    assert "empty" in page.ask(studio, "upload_begin", name="x", size=0)[0]["error"]["title"]
    assert "at most" in page.ask(studio, "upload_begin", name="x", size=10**13)[0]["error"]["title"]
    key = page.ask(studio, "upload_begin", name="x.wav", size=10)[0]["key"]
    assert (
        "do not follow"
        in page.ask(studio, "upload_piece", key=key, offset=3, buffers=[b"a"])[0]["error"]["title"]
    )
    assert (
        "More bytes"
        in page.ask(studio, "upload_piece", key=key, offset=0, buffers=[b"a" * 11])[0]["error"]["title"]
    )
    assert "without its bytes" in page.ask(studio, "upload_piece", key=key, offset=0)[0]["error"]["title"]


def test_files_of_the_notebook_are_in_the_cell_as_one_writes_them(
    page: FrontEnd, studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls").mkdir()
    names = ["talk.flac", "calls/my talk.flac", "calls/[1] -x {y}.flac", "~one.flac", "-x.flac"]
    for name in names:
        (tmp_path / name).write_bytes(sample().read_bytes())
    for name in names:
        page.ask(studio, "add", text=str(tmp_path / name))
    options, body = studio.plan["cell"].split("\n", 1)
    assert options == "%%transcribe result"
    home = str(tmp_path / "~one.flac")
    assert body.split("\n") == ["talk.flac", *(f"'{name}'" for name in names[1:3]), home, "'-x.flac'"]
    written = [word for line in body.split("\n") for word in split(line)]
    found = resolve_sources(*written)
    assert [Path(str(one.path)).resolve() for one in found] == [(tmp_path / name).resolve() for name in names]


def test_the_microphone_is_a_file_that_is_whole_at_any_moment(page: FrontEnd, studio: Any) -> None:
    key = page.ask(studio, "record_begin", rate=16_000, name="memo.wav")[0]["key"]
    tone = (8000 * np.sin(np.arange(8000) / 5)).astype("<i2")
    for seq, seconds in ((2, 0.0), (1, 1.0), (1, 1.0), (3, 1.5)):  # two threads may have swapped them
        sent = page.ask(studio, "record_frames", key=key, seq=seq, buffers=[tone.tobytes()])
        assert sent[0]["seconds"] == seconds
    (file,) = studio.folder.iterdir()
    with wave.open(str(file)) as early:
        assert early.getnframes() == 24_000
    page.ask(studio, "record_frames", key=key, seq=5, buffers=[tone.tobytes()])  # what came after a lost one
    page.ask(studio, "record_end", key=key)
    assert studio.files[0]["seconds"] == 2.0
    assert "samples per second" in page.ask(studio, "record_begin", rate=1)[0]["error"]["title"]


def test_options_change_price_and_cell(page: FrontEnd, studio: Any) -> None:
    assert studio.plan["price"]["text"] == "free on this machine"
    settings.login(KEY)
    page.ask(
        studio,
        "options",
        values={"speaker_labels": True, "keyterms_prompt": "Zarr, it's", "language_code": ""},
    )
    assert studio.engine == {"local": False, "label": "AssemblyAI, region global"}
    assert studio.plan["price"]["text"].startswith("$0.")
    assert "speaker_labels" in studio.plan["price"]["unknown"]  # not published for the newest model
    assert studio.plan["cell"].startswith("%%transcribe result --speaker-labels --keyterms-prompt")
    page.ask(studio, "options", values={"language_code": "enn"})
    assert "language_code" in studio.plan["problems"][0]
    page.ask(studio, "options", values={"webhook_url": "https://example.org"})
    assert "no option of the form" in studio.plan["problems"][0]
    assert KEY not in repr(studio.get_state())


def test_every_field_of_the_form_is_an_option() -> None:
    from aai_jupyter.widgets.studio.option_form import form
    from aai_jupyter.widgets.studio.option_words import WORDS

    fields = form(local=False)
    assert {field["name"] for field in fields} <= set(OPTIONS)
    assert all(field["help"] for field in fields)
    assert {field["name"] for field in fields} == set(WORDS)
    assert len({field["title"] for field in fields}) == len(fields)
    assert sum(field["common"] for field in fields) >= 5
    # Where the local engine runs nobody is asked for a model of the service.
    of_service = {field["name"] for field in fields} - {field["name"] for field in form(local=True)}
    assert of_service == {"speech_models", "language_detection_options.language_detection_model"}


@pytest.mark.parametrize(
    "options",
    [
        {"speaker_labels": True, "disfluencies": True, "format_text": False},
        {"keyterms_prompt": ["a b", "it's"], "language_code": "en_us"},
        {"keyterms_prompt": ["a, b", "c"]},
        {"custom_spelling": [{"from": ["k8s"], "to": "Kubernetes"}]},
        {"speech_threshold": 0.5, "prompt": 'say "hi" {x}'},
    ],
)
def test_the_cell_means_what_the_form_says(options: dict[str, Any]) -> None:
    from aai_jupyter.client.options.transcript_request import build_request

    line, *body = transcribe_cell(["a b.mp3", "https://example.org/x?y=1#z"], options, "talk").splitlines()
    found = parse(SPEC, line.removeprefix("%%transcribe"), {})
    assert found.words == ["talk"]
    assert build_request(found.options).params == build_request(options).params
    assert body == ["'a b.mp3'", "'https://example.org/x?y=1#z'"]


def test_a_run_shows_progress_results_and_a_player(
    page: FrontEnd,
    logged_in: Service,
    tmp_path: Path,
) -> None:
    studio = make_studio()
    upload(page, studio, "call.wav", speech("good morning"))
    other = tmp_path / "other.wav"
    other.write_bytes(speech("and good bye"))
    assert page.ask(studio, "add", text=str(other))[0]["keys"]
    assert "/no/such.wav" in page.ask(studio, "add", text="/no/such.wav")[0]["error"]["title"]
    page.ask(studio, "options", values={"speaker_labels": True, "language_code": "en"})
    assert page.ask(studio, "run")[0] == {"type": "reply", "uuid": page.messages[-1][0]["uuid"], "ok": True}
    page.until(lambda: len(studio.results) == 2 and len(studio.rows) == 2)
    page.until(lambda: all(row["stage"] == "completed" for row in studio.rows))
    assert [row["name"].rpartition("/")[2] for row in studio.rows] == ["call.wav", "other.wav"]
    assert studio.rows[0]["preview"]
    assert not studio.running
    assert page.ask(studio, "open", index=0)[0]["id"] == studio.opened
    assert "good morning" in page.ask(studio, "export", index=0, format="srt")[0]["text"]
    assert "not there" in page.ask(studio, "export", index=9, format="srt")[0]["error"]["title"]
    assert studio.opened
    assert "not there" in page.ask(studio, "open", index=9)[0]["error"]["title"]
    page.ask(studio, "remove", key=studio.files[0]["key"])
    assert KEY not in repr(page.sent)
    studio.close()


def test_nothing_to_run_is_said(page: FrontEnd, studio: Any) -> None:
    assert "nothing to transcribe" in page.ask(studio, "run")[0]["error"]["title"]


def test_edits_and_the_recording_come_back_with_the_transcript(
    page: FrontEnd,
    logged_in: Service,
    tmp_path: Path,
) -> None:
    import aai_jupyter as aai

    file = tmp_path / "talk.wav"
    file.write_bytes(speech("good morning"))
    first = aai.transcribe(file, speaker_labels=True, language_code="en")
    first.speakers["A"] = "Ann"
    first.edit.set_word(0, "Fine")
    again = aai.transcribe(file, speaker_labels=True, language_code="en")
    got = aai.get(first.id)
    for t in (again, got):
        assert t.words["text"].tolist()[0] == "Fine"
        assert t.speakers["A"] == "Ann"
        assert Path(t.audio.path) == file
        assert t.audio.sha256
    got.edit.accept_word(1)
    first.edit.undo()  # takes up what the other object did, and takes that back
    assert first.words["text"].tolist()[0] == "Fine"
    assert aai.get(first.id).edits["operation"].tolist() == ["rename_speaker", "set_word"]
    runtime().store.forget(first.id)
    assert runtime().store.layer(first.id, "edits") == b""


def test_a_short_recording_has_a_price_too() -> None:
    from aai_jupyter.widgets.studio.option_form import price

    text = price({"speaker_labels": True}, 68.0, local=False)["text"]
    assert float(text.split("$")[1].split()[0]) > 0
