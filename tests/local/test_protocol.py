"""The engine answers as the service does: who may ask, and what is refused in which words."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.fields import FIELDS
from aai_jupyter.local.transcript_object import transcript_object
from aai_jupyter.local.transcript_params import decode_params
from tests.local.conftest import KEY, SCRIPT, UUID, error

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


# --- submit

GOOD = "http://127.0.0.1:9/a.wav"
KNOWN_MODELS = (
    '"speech_models" must be a non-empty list containing one or more of: "assemblyai-stt-3-7", '
    '"universal-3-5-pro", "universal-2"'
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
            'Use speech_models: ["assemblyai-stt-3-7", "universal-2"] instead.',
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
    assert shown["speech_models"] == ["assemblyai-stt-3-7", "universal-2"]


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


# --- whatever is sent


def test_a_fault_of_the_engine_is_a_500_in_json(engine, monkeypatch):
    monkeypatch.setattr(engine.app.state.engine.storage, "get", lambda *_: 1 / 0)
    told = error(engine.client.get("/v2/transcript/x"), 500)
    assert told.startswith("The local engine failed: ZeroDivisionError")
    assert engine.client.get("/v2/transcript").status_code == 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


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


@pytest.mark.parametrize("models", [["assemblyai-stt-3-7"], ["universal-3-5-pro"], ["universal-2"]])
def test_ids_of_the_service_are_taken_as_there(engine, models):
    assert engine.submit(SCRIPT, speech_models=models)["speech_models"] == models
