"""Speech Understanding afterwards: checked before it is sent, its results in the transcript's frames."""

from __future__ import annotations

import json

import pytest

import aai_jupyter as aai
from aai_jupyter.errors import BadRequestError, OptionError, UsageError
from aai_jupyter.transcripts.transcript import Transcript
from tests.asking.recordings import meeting
from tests.scripted_llm import Say

REPLY = {
    "request_id": "r",
    "speech_understanding": {
        "request": {},
        "response": {
            "translation": {"status": "success"},
            "speaker_identification": {"mapping": {"Anna": "Anna Lee", "Ben": "Ben Fox"}},
            "custom_formatting": {"status": "success", "mapping": {"twelve thousand": "12,000"}},
            "summarization": {"status": "success", "summary": [
                {"start": 2000, "end": 32000, "headline": "Budget", "bullets": ["cut print"]}]},
            "action_items": {"status": "success", "items": [
                {"action_item": "Send numbers", "quote": "I will send", "timestamp": 27000}]},
        },
    },
    "translated_texts": {"de": "Fangen wir an."},
}  # fmt: skip


def test_results_land_in_the_frames(llm, tmp_path):
    llm.scripts = [Say(body=REPLY)]
    t = meeting()
    made = t.understand(
        translation={"target_languages": ["de"]},
        speaker_identification={"speaker_type": "name", "known_values": ["Anna Lee", "Ben Fox"]},
        custom_formatting={"date": "yyyy-mm-dd"},
        summarization={"summary_type": "bullets"},
        action_items=True,
    )
    assert made is t
    sent = llm.bodies[0]
    assert sent["transcript_id"] == "t1"
    assert sent["speech_understanding"]["request"]["action_items"] == {}
    assert t.translations["text"].tolist() == ["Fangen wir an."]
    assert t.utterances["speaker"].unique().tolist() == ["Anna Lee", "Ben Fox"]
    assert t.frame("formatting")["formatted"].tolist() == ["12,000"]
    assert t.summary["headline"].tolist() == ["Budget"]
    assert t.action_items["start"].tolist() == [27.0]
    again = Transcript.load(t.save(tmp_path / "t.json"))
    assert again.action_items["action_item"].tolist() == ["Send numbers"]
    assert "Anna Lee:" in json.dumps(aai.ask("Who?", again, dry_run=True, model="smart").messages)


@pytest.mark.parametrize(
    ("features", "kind", "words"),
    [
        ({}, UsageError, "Nothing is asked for"),
        ({"translate": {}}, OptionError, "Did you mean translation"),
        ({"translation": {}}, OptionError, "target_languages"),
        ({"summarization": {"summary_type": "bulets"}}, OptionError, "summary_type"),
        (
            {"summarization": {"summary_type": "bullets", "headline_length": 99}},
            OptionError,
            "headline_length",
        ),
    ],
)
def test_wrong_requests_send_nothing(llm, features, kind, words):
    with pytest.raises(kind, match=words):
        meeting().understand(**features)
    assert llm.bodies == []


def test_a_transcript_without_id_cannot_be_worked_on(llm):
    with pytest.raises(UsageError, match="completed transcript"):
        Transcript.from_json({"words": []}).understand(action_items=True)


async def test_the_client_validates(llm):
    async with aai.Client() as client:
        llm.scripts = [Say(body={})]
        await client.gateway.validate({"action_items": {}}, "t1")
        llm.scripts = [
            Say(status=400, body={"code": 400, "message": "invalid", "metadata": {"errors": ["a", "b"]}})
        ]
        with pytest.raises(BadRequestError, match="a; b"):
            await client.gateway.validate({"action_items": {}})
        assert client.gateway.limits.state()[0].name == "understanding"
