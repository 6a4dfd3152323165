"""The engine answers as the service does: paths, statuses, bodies, error texts."""

from __future__ import annotations

import re
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aai_jupyter.local import fetch, uploads
from aai_jupyter.local.echo import transcript_object
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.fields import FIELDS
from aai_jupyter.local.params import decode_params
from tests.local.conftest import KEY, run_engine, wait_for

SCRIPT = "A: Good morning. How are you?\nB: Fine, thanks. Good morning, Ann."
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def error(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


# --- who may ask


@pytest.mark.parametrize("header", [None, "", "wrong", f"Bearer {KEY}", KEY + " "[:0] + "x"])
def test_a_missing_or_wrong_key_is_401(idle_engine, header):
    headers = {} if header is None else {"authorization": header}
    for method, path in [
        ("GET", "/v2/transcript"),
        ("POST", "/v2/upload"),
        ("DELETE", "/v2/local/everything"),
    ]:
        answer = httpx.request(method, idle_engine.url + path, headers=headers)
        assert error(answer, 401) == "Authentication error, API token missing/invalid"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "10.0.0.1"])
def test_a_foreign_host_name_is_refused(idle_engine, host):
    assert idle_engine.client.get("/v2/transcript", headers={"host": host}).status_code == 400


def test_a_page_of_another_origin_gets_no_permission(engine):
    ask = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    preflight = engine.client.request("OPTIONS", "/v2/transcript", headers=ask)
    answer = engine.client.get("/v2/transcript", headers={"origin": "https://evil.example"})
    for got in (preflight, answer):
        assert not [name for name in got.headers if name.startswith("access-control")]
    assert preflight.status_code == 405


def test_unknown_paths_and_methods(engine):
    assert error(engine.client.get("/v2/nothing"), 404) == "Not found"
    assert error(engine.client.get("/"), 404) == "Not found"
    assert error(engine.client.get("/v2/transcript/"), 404) == "Not found"
    assert engine.client.put("/v2/transcript").status_code == 405


# --- upload


def test_upload_takes_anything_and_gives_a_url_that_only_the_engine_reads(engine):
    url = engine.upload(b'{"not": "audio"}')
    assert re.fullmatch(rf"{engine.url}/upload/[0-9a-f]{{32}}/{UUID}", url)
    assert error(engine.client.get(url), 403) == "Cannot access uploaded file"
    stored = engine.app.state.engine.storage.upload_path(url.rpartition("/")[2])
    assert stored.read_bytes() == b'{"not": "audio"}'
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.parents[1].stat().st_mode) == 0o700
    assert stat.S_IMODE((stored.parents[1] / "engine.sqlite").stat().st_mode) == 0o600


def test_a_chunked_upload_of_unknown_length(engine):
    blocks = [bytes([n]) * 300_000 for n in range(10)]
    answer = engine.client.post("/v2/upload", content=iter(blocks))
    stored = engine.app.state.engine.storage.upload_path(answer.json()["upload_url"].rpartition("/")[2])
    assert stored.read_bytes() == b"".join(blocks)


def test_uploads_above_the_limit_leave_nothing(engine, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 1000)
    assert "limit" in error(engine.client.post("/v2/upload", content=bytes(1001)), 413)
    assert "limit" in error(engine.client.post("/v2/upload", content=iter([bytes(600), bytes(600)])), 413)
    folder = engine.app.state.engine.storage.folder / "uploads"
    wait_for(lambda: not list(folder.iterdir()))


def test_an_upload_that_breaks_off_leaves_nothing(engine):
    def broken():
        yield bytes(100_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        engine.client.post("/v2/upload", content=broken())
    folder = engine.app.state.engine.storage.folder / "uploads"
    wait_for(lambda: not list(folder.iterdir()))


def test_uploads_of_another_key_or_of_the_service_are_403(engine):
    url = engine.upload(SCRIPT)
    unknown = re.sub(r"[0-9a-f]{12}$", "0" * 12, url)
    cdn = f"https://cdn.assemblyai.com/upload/{url.partition('/upload/')[2]}"
    with engine.as_other() as other:
        assert (
            error(other.post("/v2/transcript", json={"audio_url": url}), 403) == "Cannot access uploaded file"
        )
    for foreign in (unknown, cdn):
        answer = engine.client.post("/v2/transcript", json={"audio_url": foreign})
        assert error(answer, 403) == "Cannot access uploaded file"


# --- submit

GOOD = "http://127.0.0.1:9/a.wav"
KNOWN_MODELS = (
    '"speech_models" must be a non-empty list containing one or more of: "universal-3-5-pro", "universal-2"'
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"format_text": "yes"}, "format_text must be a Boolean"),
        ({"speakers_expected": True}, "speakers_expected must be an Integer"),
        ({"speech_threshold": "0.5"}, "speech_threshold must be a Number"),
        ({"prompt": 1}, "prompt must be a String"),
        ({"keyterms_prompt": "Zarr"}, "keyterms_prompt must be a List"),
        ({"keyterms_prompt": [1]}, "keyterms_prompt items must be a String"),
        ({"speaker_options": []}, "speaker_options must be an Object"),
        (
            {"speaker_options": {"max_speakers_expected": "3"}},
            "speaker_options.max_speakers_expected must be an Integer",
        ),
        ({"speech_threshold": 1.5}, "speech_threshold must be between 0 and 1"),
        ({"content_safety_confidence": 5}, "content_safety_confidence must be between 25 and 100"),
        ({"redact_pii_sub": "stars"}, "redact_pii_sub must be one of: hash, entity_name"),
        ({"audio_url": "/home/me/a.wav"}, "Transcript creation error, audio_url should start with http"),
        ({"audio_url": "file:///etc/passwd"}, "Transcript creation error, audio_url should start with http"),
        ({"audio_url": None}, "Transcript creation error, audio_url is required"),
        ({"speech_model": "best"}, 'speech_model is deprecated. Use "speech_models" instead.'),
        (
            {"speech_models": []},
            KNOWN_MODELS,
        ),
        (
            {"speech_models": ["universal-9"]},
            KNOWN_MODELS,
        ),
        (
            {"speech_models": ["universal-3-pro", "universal-2"]},
            'The "universal-3-pro" speech model(s) have been deprecated. '
            'Use speech_models: ["universal-3-5-pro", "universal-2"] instead.',
        ),
        (
            {"speakers_expected": 2, "speaker_options": {}},
            "Both speaker_options and speakers_expected can not be used in the same request.",
        ),
        (
            {"redact_pii_return_unredacted": True},
            "`redact_pii_return_unredacted` can only be set to True if `redact_pii` is True",
        ),
        (
            {"auto_chapters": True, "summarization": True},
            "Only one of the following models can be enabled at a time: auto_chapters, summarization.",
        ),
        (
            {"speech_understanding": {"request": {"speaker_identification": {}}}},
            "speaker_labels or multichannel required",
        ),
        (
            {"words": True},
            "Invalid endpoint schema, please refer to documentation for examples. Unknown parameter: words",
        ),
        ({"iab_categories": True}, "iab_categories: the local engine has no topic model"),
    ],
)
def test_refusals_at_submit(idle_engine, body, message):
    assert error(idle_engine.client.post("/v2/transcript", json={"audio_url": GOOD, **body})) == message
    assert idle_engine.client.get("/v2/transcript").json()["transcripts"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"audio_start_from": 500, "audio_end_at": 500},
        {"language_code": "en", "language_detection": True},
        {"language_codes": ["de", "es"]},
        {"custom_spelling": [{"from": "k8s", "to": "Kubernetes"}]},
        {"custom_spelling": [{"from": ["k8s"], "to": "two words"}]},
        {"keyterms_prompt": ["one two three four five six seven"]},
        {"speech_models": ["universal-2"], "keyterms_prompt": ["x"] * 201},
        {"prompt": "word " * 1501},
        {"speaker_labels": True, "punctuate": False},
        {"redact_pii": True, "format_text": False},
        {"redact_pii_audio": True},
        {"speaker_options": {"min_speakers_expected": 3, "max_speakers_expected": 2}},
        {"content_safety_confidence": 50},
        {"webhook_url": "https://example.org/hook"},
        {"webhook_url": "http://127.0.0.1.example.org/"},
        {"webhook_url": "http://127.0.0.1/", "webhook_auth_header_name": "X-Secret"},
        {"webhook_auth_header_name": "X Y", "webhook_auth_header_value": "v"},
        {"webhook_auth_header_name": "X", "webhook_auth_header_value": "v\r\nHost: evil"},
    ],
)
def test_conflicts_and_limits_are_400_and_name_the_parameter(idle_engine, body):
    message = error(idle_engine.client.post("/v2/transcript", json={"audio_url": GOOD, **body}))
    assert any(name in message for name in body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_object(idle_engine, body):
    answer = idle_engine.client.post("/v2/transcript", content=body)
    assert error(answer).startswith("Invalid endpoint schema")


def test_null_means_not_set(engine):
    shown = engine.submit(SCRIPT, punctuate=None, speakers_expected=None, speech_models=None)
    assert shown["punctuate"] is True
    assert shown["speech_models"] == ["universal-3-5-pro", "universal-2"]


def test_the_request_is_echoed_and_secrets_are_not(engine):
    shown = engine.submit(
        SCRIPT,
        language_code="en",
        speaker_labels=True,
        speaker_options={"max_speakers_expected": 3},
        webhook_url="http://127.0.0.1:9/",
        webhook_auth_header_name="X-Secret",
        webhook_auth_header_value="hush",
    )
    assert shown["status"] == "queued"
    assert re.fullmatch(UUID, shown["id"])
    assert shown["language_code"] == "en_us"
    assert shown["language_detection"] is False
    assert shown["speaker_options"] == {"max_speakers_expected": 3}
    assert shown["webhook_auth"] is True
    assert shown["webhook_auth_header_name"] == "X-Secret"
    assert "hush" not in str(shown)
    assert shown["iab_categories_result"]["status"] == "unavailable"
    unset = ("text", "words", "utterances", "confidence", "audio_duration", "entities", "custom_spelling")
    assert all(shown[name] is None for name in unset)
    assert "error" not in shown
    assert "metadata" not in shown


def test_language_is_detected_unless_something_is_said_about_it(engine):
    assert engine.submit(SCRIPT)["language_detection"] is True
    assert engine.submit(SCRIPT, language_detection=False)["language_code"] == "en_us"
    assert engine.submit(SCRIPT, language_codes=["en", "es"])["language_detection"] is False


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
        ("CRASH", "Server error, developers have been alerted"),
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
        assert other.delete("/v2/local/everything").json() == {"deleted": 2}
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


# --- audio by URL


class Files(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body, status = {
            "/talk": ("audio/wav", SCRIPT.encode(), 200),
            "/page": ("text/html; charset=utf-8", b"<html>", 200),
            "/moved": ("", b"", 302),
            "/cut": ("audio/wav", b"A: Hello", 200),
        }.get(self.path, ("text/plain", b"no", 404))
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body) + 10 * (self.path == "/cut")))
        if self.path == "/moved":
            self.send_header("location", "/talk")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def files():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def by_url(engine, url):
    answer = engine.client.post("/v2/transcript", json={"audio_url": url})
    return engine.wait(answer.raise_for_status().json()["id"])


def test_audio_by_url(engine, files):
    assert by_url(engine, f"{files}/talk")["text"].endswith("Ann.")
    assert by_url(engine, f"{files}/moved")["text"].endswith("Ann.")
    work = engine.app.state.engine.storage.work
    wait_for(lambda: not list(work.iterdir()))


def test_a_page_is_not_audio(engine, files):
    failed = by_url(engine, f"{files}/page")
    assert failed["error"] == "File does not appear to contain audio. File type is text/html"


@pytest.mark.parametrize("path", ["/missing", "/cut", ":1/closed"])
def test_a_url_that_cannot_be_read(engine, files, path):
    url = files + path if path.startswith("/") else "http://127.0.0.1:1/closed"
    assert by_url(engine, url)["error"] == (
        f"Download error, unable to download {url}. "
        "Please make sure the file exists and is accessible from the internet."
    )


def test_a_url_with_too_much_behind_it(engine, files, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 10)
    assert by_url(engine, f"{files}/talk")["error"].startswith("Download error, unable to download")


def test_an_upload_url_of_an_earlier_port_still_works(tmp_path):
    with run_engine(tmp_path) as engine:
        url = engine.upload(SCRIPT)
    with run_engine(tmp_path) as engine:
        assert by_url(engine, url)["status"] == "completed"


def test_a_fault_of_the_engine_is_a_500_in_json(engine, monkeypatch):
    monkeypatch.setattr(engine.app.state.engine.storage, "get", lambda *_: 1 / 0)
    assert error(engine.client.get("/v2/transcript/x"), 500) == "Server error, developers have been alerted"
    assert engine.client.get("/v2/transcript").status_code == 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # it reads its tables of characters once
@given(
    st.dictionaries(st.sampled_from(sorted(FIELDS)), anything, max_size=6),
    st.sampled_from(["http://127.0.0.1/a.wav", "http://[bad", "http:///x", "HTTP://h/", "ftp://h/", "\x00"]),
)
def test_a_request_is_either_understood_or_refused_in_words(body, url):
    try:
        params = decode_params({**body, "audio_url": url})
    except ApiError as refusal:
        params, status = None, refusal.status
        message = refusal.message
    if params is None:
        assert status == 400
        assert message
    else:
        assert None not in params.values()
        assert transcript_object(params, id="1", status="queued")["audio_url"] == url
