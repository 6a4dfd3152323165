"""What the engine answers about one transcript: its states, exports, deletion, redacted recording."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.local.conftest import SCRIPT, error, wait_for

# --- one transcript


def test_a_completed_transcript(engine):
    done = engine.finished(SCRIPT, speaker_labels=True)
    assert done["status"] == "completed"
    assert done["text"] == "Good morning. How are you? Fine, thanks. Good morning, Ann."
    assert [u["speaker"] for u in done["utterances"]] == ["A", "B"]
    assert done["speech_model_used"] == "script reader"
    assert not [name for name in done if name.startswith("_")]


@pytest.mark.parametrize(
    "path", ["", "/sentences", "/paragraphs", "/srt", "/vtt", "/word-search", "/redacted-audio"]
)
def test_an_unknown_id_and_one_of_another_key(engine, path):
    theirs = engine.submit(SCRIPT)["id"]
    with engine.as_other() as other:
        for id in ("nothing", "00000000-0000-0000-0000-000000000000", theirs):
            answer = other.get(f"/v2/transcript/{id}{path}", params={"words": "x"})
            assert error(answer) == "Transcript lookup error, transcript id not found"
        assert error(other.delete(f"/v2/transcript/{theirs}"))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (b"\xff\xfe\xfd", "Transcoding failed. File type application/octet-stream"),
        ("", "Audio duration is too short."),
        ("CRASH", "The local engine failed: RuntimeError: a fault of the models"),
    ],
)
def test_a_job_that_fails_is_a_normal_answer(engine, script, message):
    failed = engine.finished(script)
    assert (failed["status"], failed["error"], failed["text"]) == ("error", message, None)
    listed = engine.client.get("/v2/transcript").json()["transcripts"][0]
    assert (listed["status"], listed["error"], listed["completed"]) == ("error", message, None)
    answer = engine.client.get(f"/v2/transcript/{failed['id']}/srt")
    assert error(answer) == (
        "This transcript has a status of 'error'. "
        "Transcripts must have a status of 'completed' before requesting captions."
    )


def test_exports_wait_for_completion(engine):
    engine.reader.hold.set()
    id = engine.submit(SCRIPT)["id"]
    engine.wait(id, ("processing",))
    for path in ("sentences", "paragraphs", "srt", "vtt", "word-search?words=x"):
        message = error(engine.client.get(f"/v2/transcript/{id}/{path}"))
        assert message.startswith("This transcript has a status of 'processing'.")


def test_sentences_and_paragraphs(engine):
    done = engine.finished(SCRIPT, speaker_labels=True)
    body = engine.client.get(f"/v2/transcript/{done['id']}/sentences").json()
    texts = [(s["text"], s["speaker"]) for s in body["sentences"]]
    assert texts[:2] == [("Good morning.", "A"), ("How are you?", "A")]
    assert body["sentences"][1]["words"] == done["words"][2:5]
    assert (body["sentences"][1]["start"], body["sentences"][1]["end"]) == (800, 1900)
    assert body["sentences"][0]["confidence"] == pytest.approx(0.9)
    assert {name: body[name] for name in ("id", "confidence", "audio_duration", "speech_model_used")} == {
        name: done[name] for name in ("id", "confidence", "audio_duration", "speech_model_used")
    }
    body = engine.client.get(f"/v2/transcript/{done['id']}/paragraphs").json()
    assert " ".join(p["text"] for p in body["paragraphs"]) == done["text"]
    assert [word for p in body["paragraphs"] for word in p["words"]] == done["words"]
    assert not any("speaker" in p for p in body["paragraphs"])


def test_captions(engine):
    done = engine.finished(SCRIPT, speaker_labels=True)
    path = f"/v2/transcript/{done['id']}"
    srt = engine.client.get(f"{path}/srt")
    assert srt.headers["content-type"].startswith("text/plain")
    assert srt.text.startswith("1\n00:00:00,000 --> 00:00:01,900\nGood morning. How are you?\n\n2\n")
    assert engine.client.get(f"{path}/vtt").text.startswith("WEBVTT\n")
    narrow = engine.client.get(f"{path}/srt", params={"chars_per_caption": 14}).text
    lines = [line for line in narrow.splitlines() if line and "-->" not in line and not line.isdigit()]
    assert max(map(len, lines)) <= 14
    for bad in ("0", "-1", "x", "1.5", ""):
        assert "chars_per_caption" in error(
            engine.client.get(f"{path}/vtt", params={"chars_per_caption": bad})
        )


def test_word_search(engine):
    done = engine.finished("Good morning, good people. Don't say good-morning; say GOOD MORNING again.")

    def search(words):
        return engine.client.get(f"/v2/transcript/{done['id']}/word-search", params={"words": words})

    body = search("good morning,people, nothing ,don't,good-morning").json()
    assert body["id"] == done["id"]
    assert body["total_count"] == 5
    assert [(m["text"], m["count"], m["indexes"]) for m in body["matches"]] == [
        ("good morning", 2, [0, 8]),
        ("people", 1, [3]),
        ("don't", 1, [4]),
        ("good-morning", 1, [6]),
    ]
    assert body["matches"][0]["timestamps"] == [[0, 700], [3200, 3900]]
    assert search("nothing").json()["matches"] == []
    assert search("...").json()["matches"] == []
    assert search("good people don't say good-morning").json()["total_count"] == 1
    assert "words" in error(search("one two three four five six"))
    assert "words" in error(search(" , "))
    assert "words" in error(engine.client.get(f"/v2/transcript/{done['id']}/word-search"))


# --- delete


def test_delete_clears_the_data_and_keeps_the_record(engine):
    submitted = engine.submit(SCRIPT, webhook_url=None, disfluencies=True)
    done = engine.wait(submitted["id"])
    stored = engine.app.state.engine.storage.upload_path(done["audio_url"].rpartition("/")[2])
    assert stored.exists()
    answer = engine.client.delete(f"/v2/transcript/{done['id']}")
    gone = answer.raise_for_status().json()
    assert (gone["status"], gone["text"], gone["audio_url"]) == (
        "completed",
        "Deleted by user.",
        "http://deleted_by_user",
    )
    assert gone["audio_duration"] == done["audio_duration"]
    assert all(gone[name] is None for name in ("words", "utterances", "confidence", "speech_models"))
    assert not stored.exists()
    assert engine.get(done["id"]) == gone
    assert engine.client.delete(f"/v2/transcript/{done['id']}").json() == gone
    listed = engine.client.get("/v2/transcript").json()["transcripts"]
    assert [(t["id"], t["audio_url"]) for t in listed] == [(done["id"], "http://deleted_by_user")]
    assert "deleted" in error(engine.client.get(f"/v2/transcript/{done['id']}/srt"))
    database = (engine.app.state.engine.storage.folder / "engine.sqlite").read_bytes()
    assert b"Ann" not in database


def test_everything_is_removed_by_one_call(engine):
    done = engine.finished(SCRIPT, redact_pii=True, redact_pii_audio=True)
    engine.reader.hold.set()
    waiting = engine.submit(SCRIPT)["id"]
    with engine.as_other() as other:
        assert other.delete("/v2/local/everything").json() == {"deleted": 0}  # each key has its own data
    assert engine.client.get(f"/v2/transcript/{done['id']}").status_code == 200
    assert engine.client.delete("/v2/local/everything").json() == {"deleted": 2}
    for id in (done["id"], waiting):
        assert error(engine.client.get(f"/v2/transcript/{id}"))
    folder = engine.app.state.engine.storage.folder
    wait_for(lambda: engine.reader.cancelled)
    assert not [*(folder / "uploads").iterdir(), *(folder / "redacted").iterdir()]


# --- redacted audio


def test_redacted_audio(engine):
    engine.reader.hold.set()
    id = engine.submit("My Secret is safe.", redact_pii=True, redact_pii_audio=True)["id"]
    path = f"/v2/transcript/{id}/redacted-audio"
    assert engine.client.get(path).status_code == 202
    engine.reader.hold.clear()
    assert engine.wait(id)["text"] == "My #### is safe."
    body = wait_for(lambda: (got := engine.client.get(path)).status_code == 200 and got.json())
    assert body["status"] == "redacted_audio_ready"
    url = body["redacted_audio_url"]
    assert httpx.get(url).text == "beeps at 400-700"  # no key needed, as for the service's signed URL
    part = httpx.get(url, headers={"range": "bytes=0-4"})
    assert (part.status_code, part.text) == (206, "beeps")
    assert httpx.head(url).status_code == 403
    for bad in (url[:-1] + "x", url.partition("?")[0], re.sub(r"Expires=\d", "Expires=9", url)):
        assert httpx.get(bad).status_code == 403
    assert engine.client.get(path).json()["redacted_audio_url"].startswith(url.partition("?")[0])


def test_redacted_audio_that_there_is_none_of(engine):
    for params in ({}, {"redact_pii": True}):
        done = engine.finished(SCRIPT, **params)
        assert "redact_pii_audio" in error(engine.client.get(f"/v2/transcript/{done['id']}/redacted-audio"))
