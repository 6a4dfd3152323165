"""Erasure reaches every copy: no byte of what was said, edited, asked or heard is left below the home."""

from __future__ import annotations

import json
import sqlite3
import wave
import zlib
from pathlib import Path

import numpy as np
import pytest

import aai_jupyter as aai
from aai_jupyter import cli
from aai_jupyter.api.erase import _find
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.transcripts.transcripts_api import Transcripts
from aai_jupyter.errors import ServerError
from aai_jupyter.jobs import erasure
from aai_jupyter.jobs.cache_keys import cache_keys
from aai_jupyter.jobs.erasure_intent import FOLDER, ErasureIntent, IntentFile, pending
from aai_jupyter.jobs.home_folders import FOLDERS
from aai_jupyter.jobs.journal import SUBMITTING
from aai_jupyter.jobs.store import FILE, Store
from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT
from aai_jupyter.text.urls import stable_address
from tests.jobs.conftest import speech
from tests.local.conftest import KEY, run_engine
from tests.streaming_server import RATE, Script, scripted_beside
from tests.streaming_server import speech as sound

SAID, EDITED, ASKED = "Quagmire zeppelin forty-one", "Obfuscating marzipan", "Where is the heliotrope kept"
PHRASES = (SAID, EDITED, ASKED)


def unpacked(data: bytes) -> bytes:
    """The bytes, and what zlib and gzip packed within them, as far as it can be unpacked."""
    found = [data]
    for head, bits in ((b"\x78", 15), (b"\x1f\x8b", 31)):
        at = data.find(head)
        while at >= 0:
            try:
                found.append(zlib.decompressobj(bits).decompress(data[at : at + 65_536], 1 << 20))
            except zlib.error:  # cut by a page of the database, or nothing packed at all
                packed = zlib.decompressobj(bits)
                for byte in range(at, min(at + 4096, len(data))):
                    try:
                        found.append(packed.decompress(data[byte : byte + 1]))
                    except zlib.error:
                        break
            at = data.find(head, at + 1)
    return b"".join(found)


def files_with(folder: Path, *phrases: str) -> list[str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = {str(path.relative_to(folder)): unpacked(path.read_bytes()) for path in files}
    return [f"{name}: {text}" for name, data in contents.items() for text in phrases if text.encode() in data]


@pytest.fixture
def engine(in_folder):
    """A service with transcripts and a gateway that answers; its data lies in the folder ``engine``."""
    with run_engine(in_folder / "engine", routes=gateway_routes()) as running:
        settings.login(KEY)
        settings.base_url = settings.llm_gateway_base_url = running.url
        settings.home = in_folder / "home"
        yield running
        runtime().close()


@pytest.fixture
def home(engine, in_folder):
    return in_folder / "home"


@pytest.fixture
def talk(in_folder):
    (in_folder / "talk.wav").write_bytes(speech(SAID))
    return "talk.wav"


def test_no_byte_of_a_recording_is_left(engine, home, in_folder, talk):
    t = aai.transcribe(talk, language_code="en", speaker_labels=True)
    t.edit.set_turn_text(0, EDITED)
    t.speakers = {t.speakers.labels[0]: EDITED} if hasattr(t.speakers, "labels") else {}
    aai.ask(ASKED, t)
    (home / "peaks").mkdir()
    np.save(home / "peaks" / f"{t.audio.sha256}.npy", np.zeros((2, 2), np.int8))
    (home / "audio").mkdir()
    (home / "audio" / f"{t.id}_redacted.wav").write_bytes(SAID.encode())
    assert {line.rpartition(": ")[2] for line in files_with(home, *PHRASES)} >= {SAID, EDITED}
    assert files_with(in_folder / "engine", SAID)

    receipt = aai.erase(t)
    assert files_with(home, *PHRASES) == files_with(in_folder / "engine", *PHRASES) == []
    assert [path.name for path in home.rglob("*") if path.is_file() and path.suffix in (".npy", ".wav")] == []
    assert not list(pending(home))
    assert receipt.unreached == []
    assert receipt.kept == [f"{in_folder / talk} is your own recording."]
    assert (in_folder / talk).exists()
    assert engine.get(t.id)["text"] == "Deleted by user."

    t.edit.set_turn_text(0, EDITED)  # an object that is still there brings nothing back
    assert files_with(home, EDITED) == []


def test_a_recording_is_erased_with_all_its_transcripts(engine, home, in_folder, talk):
    first, second = aai.transcribe(talk, language_code="en"), aai.transcribe(talk, speaker_labels=True)
    other = aai.transcribe(speech("Something else entirely"))
    assert first.id != second.id
    receipt = aai.erase(in_folder / talk)
    assert [id for id, _ in runtime().store] == [other.id]
    assert receipt.count("store") == 2
    assert engine.get(other.id)["text"]


def test_a_set_or_an_id_can_be_named(engine, home, talk):
    batch = aai.transcribe([talk, speech("one more")], language_code="en")
    aai.erase(batch[0].id)
    assert len(runtime().store) == 1
    aai.erase(batch)
    assert len(runtime().store) == 0
    assert files_with(home, SAID, "one more") == []


def test_live_sound_goes_with_its_session(in_folder):
    with scripted_beside(Script()) as script:
        settings.login(KEY)
        settings.base_url, settings.streaming_base_url = script.endpoint.base_url, script.url
        settings.home = in_folder / "home"
        with wave.open("live.wav", "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(sound(6))
        live = aai.stream("live.wav", speed=1e4, sample_rate=RATE)
        assert live.audio.exists()
        receipt = aai.erase(live)
        assert not live.audio.exists()
        assert "1 sound of a live session" in repr(receipt)
        assert Path("live.wav").exists()
        runtime().close()


def test_a_recording_of_the_page_goes_with_its_only_transcript(engine, home):
    (home / "studio").mkdir(parents=True)
    (home / "studio" / "memo.wav").write_bytes(speech(SAID))
    first = aai.transcribe(home / "studio" / "memo.wav", language_code="en")
    second = aai.transcribe(home / "studio" / "memo.wav", speaker_labels=True)
    receipt = aai.erase(first)
    assert (home / "studio" / "memo.wav").exists()
    assert any("also belongs to another transcript" in line for line in receipt.kept)
    aai.erase(second)
    assert not (home / "studio" / "memo.wav").exists()
    assert files_with(home, SAID) == []


def test_a_dry_run_deletes_nothing(engine, home, talk):
    t = aai.transcribe(talk, language_code="en")
    receipt = aai.erase(t, dry_run=True)
    assert "Would be erased: 1 transcript (store)" in repr(receipt)
    assert not receipt.complete
    assert len(runtime().store) == 1
    assert engine.get(t.id)["text"] == t.text
    assert not (home / FOLDER).exists()


@pytest.mark.parametrize("step", ["_delete_rows", "scrub", "finish"])
def test_a_killed_erasure_is_finished_by_the_next_process(engine, home, in_folder, talk, step, monkeypatch):
    class Killed(BaseException):
        """What no clean-up of ours catches."""

    def die(*_):
        raise Killed

    t = aai.transcribe(talk, language_code="en")
    with monkeypatch.context() as patched:
        patched.setattr(erasure, step, die)
        patched.setattr("aai_jupyter.jobs.service_deletion.finish", die)
        with pytest.raises(Killed):
            aai.erase(t)
    assert len(list(pending(home))) == 1
    runtime().close()  # the next process
    assert len(runtime().store) == 0
    runtime().bridge.run(runtime().client())
    assert aai.erase().unreached == []
    assert files_with(home, SAID) == files_with(in_folder / "engine", SAID) == []
    assert not list(pending(home))


def test_what_is_not_reached_is_named_and_tried_again(engine, home, talk):
    t = aai.transcribe(talk, language_code="en")
    settings.login("another-key-0123456789")
    settings.base_url = engine.url
    receipt = aai.erase(t.id)
    assert "belongs to another key" in receipt.unreached[0]
    assert not receipt.complete
    assert "Not reached" in repr(receipt)
    assert "Not reached" in receipt._repr_html_()
    settings.login(KEY)
    settings.base_url = engine.url
    assert aai.erase().unreached == []
    assert engine.get(t.id)["text"] == "Deleted by user."


def test_saved_notebooks_and_exports_are_named(engine, in_folder, talk):
    t = aai.transcribe(talk, language_code="en")
    t.save("talk.aai")
    Path("notebook.ipynb").write_text(f'{{"outputs": "{t.text}"}}')
    Path("other.ipynb").write_text("{}")
    receipt = aai.erase(t)
    assert sorted(Path(path).name for path in receipt.exports) == ["notebook.ipynb", "talk.aai"]
    assert not receipt.complete


def test_another_kernel_that_reads_is_named_until_it_ends(engine, home, talk, monkeypatch):
    monkeypatch.setattr(erasure, "_BUSY_SECONDS", 0.2)
    t = aai.transcribe(talk, language_code="en")
    reader = sqlite3.connect(home / FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM transcripts").fetchone()
    assert "another kernel uses the store" in " ".join(aai.erase(t).unreached)
    reader.close()
    assert aai.erase().unreached == []
    assert files_with(home, SAID) == []


def test_an_intent_deletes_nothing_outside_the_home(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    (tmp_path / "home" / "streams").mkdir(parents=True)
    (tmp_path / "home" / "streams" / "link.wav").symlink_to(outside)
    names = [str(outside), str(tmp_path / "home/../outside.txt"), str(tmp_path / "home/streams/link.wav")]
    store = Store(tmp_path / "home")
    kept = IntentFile.create(tmp_path / "home", ErasureIntent(files=names))
    (tmp_path / "home" / FOLDER / "bad.json").write_text('{"ids": 5}')
    assert erasure.erase_here(store, [kept]) == []
    store.close()
    assert outside.read_text() == "mine"
    assert not (tmp_path / "home" / "streams" / "link.wav").is_symlink()


def age(home: Path, id: str, days: float) -> None:
    with sqlite3.connect(home / FILE) as db:
        db.execute("UPDATE transcripts SET saved = saved - ? WHERE id = ?", (days * 86400, id))


def test_what_is_older_than_keep_days_goes(engine, home, talk):
    old = aai.transcribe(talk, language_code="en")
    new = aai.transcribe(speech("Something else entirely"), language_code="en")
    age(home, old.id, 31)
    assert aai.erase(older_than=30, dry_run=True).count("store") == 1
    assert len(runtime().store) == 2
    runtime().close()
    settings.keep_days = 30
    said = []
    runtime().announce = said.append
    assert [id for id, _ in runtime().store] == [new.id]
    assert said == ["keep_days = 30: 1 transcripts and 0 files of sound were erased here"]
    assert engine.get(old.id)["text"]  # the service keeps its own time
    runtime().announce = None


def test_forget_takes_live_sound_and_waveforms(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AAI_JUPYTER_HOME", str(tmp_path))
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.flac").write_bytes(b"sound")
    store = Store(tmp_path)
    store.keep(LOCAL_ACCOUNT, "t1", SAID.encode())
    store.keep("paid", "t2", SAID.encode())
    store.keep_layer("t1", "edits", EDITED.encode())
    store.close()
    assert cli.main(["forget", "--dry-run"]) == 0
    assert "Would be erased: 1 transcript (store)" in capsys.readouterr().out
    assert cli.main(["forget"]) == 0
    shown = capsys.readouterr().out
    assert "1 sound of a live session" in shown
    assert [path for name in FOLDERS for path in (tmp_path / name).iterdir()] == []
    store = Store(tmp_path)
    assert [id for id, _ in store] == ["t2"]
    store.close()
    assert files_with(tmp_path, EDITED) == []
    assert cli.main(["forget", "--all", "--keep-at-service"]) == 0
    assert files_with(tmp_path, SAID) == []


def test_the_service_deletes_what_was_downloaded(engine, home, talk):
    t = aai.transcribe(talk, language_code="en", delete_at_service="after_download")
    assert t.text
    assert engine.get(t.id)["text"] == "Deleted by user."
    runtime().close()
    assert aai.transcribe(talk, language_code="en").text == t.text  # from here, and not paid again
    settings.delete_at_service = "after_download"
    job = aai.transcribe(speech("another one"), wait=False)
    assert engine.get(job.result().id)["text"] == "Deleted by user."
    assert not list(pending(home))


def test_what_is_kept_nowhere_here_is_not_deleted_there(engine, home, talk):
    job = aai.transcribe(talk, language_code="en", wait=False)
    assert job.id is not None
    runtime().close()
    with sqlite3.connect(home / FILE) as newer:
        newer.execute("PRAGMA user_version = 99")  # of a newer package: read, and not written
    settings.delete_at_service = "after_download"
    with pytest.warns(UserWarning, match="not kept in a file here"):
        t = aai.get(job.id)
    assert SAID in t.text
    assert engine.get(t.id)["text"] == t.text


def test_a_deletion_that_failed_is_tried_again(engine, home, talk):
    async def fail(self, id):
        raise ServerError("The service is busy.")

    patched = pytest.MonkeyPatch()
    patched.setattr(Transcripts, "delete", fail)
    with pytest.warns(UserWarning, match="The service is busy"):
        t = aai.transcribe(talk, language_code="en", delete_at_service="after_download")
    patched.undo()
    assert engine.get(t.id)["text"] == t.text
    assert aai.erase().unreached == []
    assert engine.get(t.id)["text"] == "Deleted by user."
    assert len(runtime().store) == 1


def test_with_a_conversation_go_the_transcripts_of_its_tracks(in_folder):
    settings.home = in_folder / "home"
    tracks = [{"channel": "1", "speaker": "Ann", "id": "track-1"}, {"channel": "2", "id": "track-2"}]
    whole = aai.Transcript.from_json({"words": [], "tracks": [*tracks, {"id": None}, "odd"]})
    copies, _ = _find(runtime(), [whole], None)
    assert set(copies.accounts) == {"track-1", "track-2"}
    runtime().close()


def test_a_view_with_pseudonyms_does_not_know_its_original(in_folder):
    settings.home = in_folder / "home"
    view = aai.Transcript.from_json({"id": "recording-01", "words": [], "pseudonymised": True})
    receipt = aai.erase(view)
    assert "recording-01, which the key" in " ".join(receipt.unreached)
    assert not receipt.erased
    runtime().close()


def test_a_signed_address_is_erased_by_any_of_its_signatures(in_folder):
    """Finished and failed, and kept under the address as it was by earlier versions."""
    settings.home = in_folder / "home"
    signed = "https://b.s3.amazonaws.com/a.mp3?X-Amz-Signature={}"
    store = runtime().store
    request = build_request({"language_code": "en"})
    for number, address in enumerate((stable_address(signed), signed.format(1))):
        key = cache_keys(f"url:{address}", request, "acc")[0]
        job = store.begin(key, "acc", signed.format(1), request.canonical().decode())
        store.fail(store.record(job, SUBMITTING), f"no {number}")
    store.keep_layer("t1", "audio", json.dumps({"url": signed.format(1)}).encode())
    aai.erase(signed.format(2), at_service=False)
    assert files_with(in_folder / "home", "X-Amz-Signature") == []
    runtime().close()
