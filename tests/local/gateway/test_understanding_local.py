"""Speech Understanding on this machine: through a server that the user names, in the service's own shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import assemblyai as sdk
import pytest

from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.local.gateway.inline_understanding import Understanding
from aai_jupyter.transcripts.transcript import Transcript
from tests.local.conftest import KEY, Running, ScriptReader, run_engine
from tests.scripted_llm import Say, ScriptedLlm, running

SCRIPT = "A: We met on May 5th. I am Ann.\nB: Agreed. I will send the revised numbers on Friday."


def writes(answers: dict[str, Any]) -> Callable[[dict[str, Any]], Say]:
    """Answers by the form that is asked for; a list is used up from its front."""

    def say(body: dict[str, Any]) -> Say:
        found = answers[body["response_format"]["json_schema"]["name"]]
        made = found.pop(0) if isinstance(found, list) else found
        return Say(made if isinstance(made, str) else json.dumps(made))

    return say


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm()) as made:
        made.models = [{"id": "text-embedding"}, {"id": "llama3", "max_model_len": 8192}]
        yield made


@pytest.fixture(scope="module")
def engine(llm, tmp_path_factory) -> Iterator[Running]:
    reader = Understanding(ScriptReader(), llm.url)
    reader.hold = reader._inner.hold  # type: ignore[attr-defined]  # what the fixture lets go at the end
    with run_engine(
        tmp_path_factory.mktemp("home"), recogniser=reader, routes=gateway_routes(llm.url)
    ) as made:
        yield made


@pytest.fixture(scope="module")
def call(engine) -> dict[str, Any]:
    return engine.finished(SCRIPT, speaker_labels=True)


FOUND = {
    "lines": {"lines": ["Wir trafen uns am 5. Mai. Ich bin Ann.", "Einverstanden. Ich schicke die Zahlen."]},
    "speakers": {"speakers": [{"label": "A", "name": "Ann"}, {"label": "B", "name": None}]},
    "changes": {"changes": [{"original": "May 5th", "formatted": "05/05"}]},
    "chapters": {"chapters": [{"first": 1, "last": 2, "headline": "Numbers", "points": ["Ann met B.", ""]}]},
    "items": {"items": [{"action_item": "Send the numbers", "quote": "send the revised numbers"}]},
}
WANTED = {
    "translation": {"target_languages": ["de"], "match_original_utterance": True},
    "speaker_identification": {"speaker_type": "name"},
    "custom_formatting": {"date": "mm/dd", "format_utterances": True},
    "summarization": {"summary_type": "bullets", "effort": "low"},
    "action_items": {},
}


def check(found: dict[str, Any], words: list[dict[str, Any]]) -> None:
    response = found["speech_understanding"]["response"]
    assert found["translated_texts"] == {"de": " ".join(FOUND["lines"]["lines"])}
    assert [u["translated_texts"]["de"] for u in found["utterances"]] == FOUND["lines"]["lines"]
    assert [u["speaker"] for u in found["utterances"]] == ["Ann", "B"]
    assert response["speaker_identification"] == {"status": "success", "mapping": {"A": "Ann"}}
    assert response["custom_formatting"]["mapping"] == {"May 5th": "05/05"}
    assert "We met on 05/05." in response["custom_formatting"]["formatted_text"]
    assert response["custom_formatting"]["formatted_utterances"][0]["text"].startswith("We met on 05/05.")
    (section,) = response["summarization"]["summary"]
    assert section["bullets"] == ["Ann met B."]
    assert (section["start"], section["end"]) == (words[0]["start"], words[-1]["end"])
    assert response["summarization"]["effort"] == "low"
    (item,) = response["action_items"]["items"]
    said = next(word for word in words if word["text"] == "send")
    assert item["timestamp"] == said["start"]


def test_all_five_afterwards_and_inline(llm, engine, call, monkeypatch):
    llm.scripts = [writes(FOUND)]
    llm.bodies.clear()
    monkeypatch.setattr(sdk.settings, "api_key", KEY)
    monkeypatch.setattr(sdk.settings, "llm_gateway_base_url", engine.url)
    gateway = sdk.LLMGateway()
    gateway.understanding.validate(request=WANTED, transcript_id=call["id"])
    assert llm.bodies == []  # a look costs nothing
    made = gateway.understanding.create(transcript_id=call["id"], request=WANTED)
    assert made.speech_understanding is not None
    body = {"transcript_id": call["id"], "speech_understanding": {"request": WANTED}}
    found = engine.client.post("/v1/understanding", json=body).json()
    check(found, call["words"])
    assert {b["model"] for b in llm.bodies} == {"llama3"}  # a model of vectors writes nothing
    inline = engine.finished(SCRIPT, speaker_labels=True, speech_understanding={"request": WANTED})
    check(inline, inline["words"])
    assert {word["speaker"] for word in inline["words"]} == {"Ann", "B"}
    t = Transcript.from_json(inline)
    assert t.utterances["speaker"].unique().tolist() == ["Ann", "B"]
    assert t.translations["text"].tolist() == FOUND["lines"]["lines"]
    assert t.summary["headline"].tolist() == ["Numbers"]
    assert t.action_items["action_item"].tolist() == ["Send the numbers"]


def test_without_speakers_sentences_are_worked_on(llm, engine):
    llm.scripts = [writes({"lines": {"lines": ["Eins.", "Zwei.", "Drei.", "Vier."]}})]
    wanted = {"translation": {"target_languages": ["de"]}}
    inline = engine.finished(
        SCRIPT.replace("A: ", "").replace("B: ", ""), speech_understanding={"request": wanted}
    )
    assert inline["status"] == "completed", inline["error"]
    assert inline["translated_texts"] == {"de": "Eins. Zwei. Drei. Vier."}


@pytest.mark.parametrize(
    ("feature", "form", "wrong", "words"),
    [
        ("translation", "lines", {"lines": ["Nur eine."]}, "there are 1 lines, not 2"),
        ("translation", "lines", "Gern! Hier ist die Übersetzung.", "JSON"),
        ("speaker_identification", "speakers", {"speakers": [{"label": "B", "name": "Zoe"}]}, "Zoe is not"),
        ("speaker_identification", "speakers", {"speakers": [{"label": "C", "name": "Ann"}]}, "no speaker C"),
        ("custom_formatting", "changes", {"changes": [{"original": "June", "formatted": "06"}]}, "'June'"),
        ("summarization", "chapters",
         {"chapters": [{"first": 1, "last": 9, "headline": "x", "points": []}]}, "from 1 to 2, not"),
        ("action_items", "items", {"items": [{"action_item": "x", "quote": "I resign"}]}, "was not"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_asked_for_once_more_and_is_then_an_error(
    llm, engine, call, feature, form, wrong, words
):
    body = {"transcript_id": call["id"], "speech_understanding": {"request": {feature: WANTED[feature]}}}
    llm.scripts = [writes({form: [wrong, FOUND[form]]})]
    llm.bodies.clear()
    assert engine.client.post("/v1/understanding", json=body).status_code == 200
    assert words.split(" ")[0] in llm.bodies[1]["messages"][-1]["content"]
    llm.scripts = [writes({form: [wrong, wrong]})]
    reply = engine.client.post("/v1/understanding", json=body)
    assert reply.status_code == 502
    assert reply.json()["message"] == "model llama3 did not answer in the form that was asked for"
    assert words in reply.json()["metadata"]["errors"][0]
    llm.scripts = [writes({form: [wrong, wrong]})]
    failed = engine.finished(SCRIPT, speaker_labels=True, speech_understanding=body["speech_understanding"])
    assert failed["status"] == "error"
    assert "did not answer in the form" in failed["error"]


def test_a_smaller_context_than_was_told_gives_smaller_parts(llm, engine, call):
    small = Say(
        status=400, body={"error": {"message": "This model's maximum context length is 1024 tokens."}}
    )
    llm.scripts = [small, writes(FOUND)]
    body = {"transcript_id": call["id"], "speech_understanding": {"request": {"action_items": {}}}}
    llm.bodies.clear()
    assert engine.client.post("/v1/understanding", json=body).status_code == 200
    assert llm.bodies[1]["max_tokens"] <= llm.bodies[0]["max_tokens"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "speech_understanding.request is required"),
        ({"poetry": {}}, "poetry: there is no such feature"),
        ({"translation": {}}, "translation.target_languages is required"),
        ({"summarization": {}}, "summary_type must be bullets or paragraph"),
        ({"custom_formatting": {}}, "needs date, phone_number or email"),
        ({"speaker_identification": {"speaker_type": "role"}}, "known_values or speakers is required"),
    ],
)
def test_wrong_requests_are_refused_in_all_three_places(engine, call, wanted, words):
    for path in ("/v1/understanding", "/v1/understanding/validate"):
        body = {"transcript_id": call["id"], "speech_understanding": {"request": wanted}}
        reply = engine.client.post(path, json=body)
        assert reply.status_code == 400
        assert words in str(reply.json()["metadata"]["errors"])
    inline = engine.client.post(
        "/v2/transcript",
        json={
            "audio_url": engine.upload(SCRIPT),
            "speaker_labels": True,
            "speech_understanding": {"request": wanted},
        },
    )
    assert inline.status_code == 400
    assert words in inline.json()["error"]


def test_a_server_that_is_gone_is_named(tmp_path):
    url, gone = "http://127.0.0.1:9", "the server at 127.0.0.1:9 does not answer"
    reader = Understanding(ScriptReader(), url)
    reader.hold = reader._inner.hold  # type: ignore[attr-defined]
    with run_engine(tmp_path, recogniser=reader, routes=gateway_routes(url)) as engine:
        call = engine.finished(SCRIPT, speaker_labels=True)
        request = {"speech_understanding": {"request": {"action_items": {}}}}
        reply = engine.client.post("/v1/understanding", json={"transcript_id": call["id"], **request})
        assert gone in str(reply.json()["metadata"]["errors"])
        inline = {"audio_url": engine.upload(SCRIPT), **request}
        refused = engine.client.post("/v2/transcript", json=inline)
        assert gone in refused.json()["error"]
        assert engine.client.get("/v1/models").json()["missing"] == gone
