from __future__ import annotations

import json

import pytest

from aai_jupyter.client.options.catalog.streaming_options import STREAMING
from aai_jupyter.client.streaming.streaming_request import (
    STREAMING_OPTIONS,
    build_streaming_request,
    check_update,
    streaming_price,
)
from aai_jupyter.errors import OptionError


def test_what_guards_the_bill_and_the_text_is_always_sent():
    query = build_streaming_request().query()
    assert query == {
        "speech_model": "universal-3-6-pro",
        "sample_rate": "16000",
        "encoding": "pcm_s16le",
        "inactivity_timeout": "60",
    }


def test_lists_and_objects_go_as_json_and_booleans_in_lower_case():
    query = build_streaming_request(
        {
            "keyterms_prompt": ["Zürich", "a, b"],
            "speaker_labels": True,
            "llm_gateway": {
                "model": "m",
                "messages": [{"role": "user", "content": "{{turn}}"}],
                "max_tokens": 9,
            },
        }
    ).query()
    assert json.loads(query["keyterms_prompt"]) == ["Zürich", "a, b"]
    assert query["speaker_labels"] == "true"
    assert json.loads(query["llm_gateway"])["max_tokens"] == 9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keyterms_prompt": ["x"] * 101}, "at most 100"),
        ({"keyterms_prompt": ["x" * 51]}, "50 are allowed"),
        ({"prompt": "x" * 1751}, "1750 are allowed"),
        ({"sample_rate": 7999}, "8000 to 96000"),
        ({"encoding": "flac"}, "not one of its values"),
        ({"inactivity_timeout": 4}, "5 to 3600"),
        ({"max_speakers": 3}, "needs speaker_labels"),
        ({"voice_focus_threshold": 0.5}, "needs voice_focus"),
        ({"speaker_lables": True}, "Did you mean speaker_labels"),
        ({"language_codes": ["german"]}, "not one of its values"),
        ({"speaker_labels_revision_interval_ms": 86_400_001}, "from 0 to"),
    ],
)
def test_what_the_service_would_end_the_session_for_is_found_before(options, words):
    with pytest.raises(OptionError, match=words):
        build_streaming_request(options)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(OptionError) as error:
        build_streaming_request({"mode": "min-latncy", "vad_threshold": 2, "nope": 1})
    assert "3 options are wrong" in str(error.value)


def test_a_model_or_value_that_is_not_known_is_sent_with_one_warning():
    for name, value in (
        ("speech_model", "universal-4-pro"),
        ("mode", "fast"),
        ("language_codes", ["tlh", "xx"]),
    ):
        request = build_streaming_request({name: value})
        assert request.params[name] == value
        assert len(request.warnings) == 1
    newest = build_streaming_request({"speech_model": "assemblyai-stt-3-7-realtime", "prompt": "a talk"})
    assert not newest.warnings
    price = streaming_price({**newest.params, "speaker_labels": True})
    assert (price.total, price.unknown) == (0, ["assemblyai-stt-3-7-realtime", "prompt", "speaker_labels"])
    with pytest.raises(OptionError, match="assemblyai-stt-3-7-realtime"):
        build_streaming_request({"speech_model": "assemblyai-stt-3-7"})
    with pytest.raises(OptionError, match="would redact nothing"):
        build_streaming_request({"redact_pii": True, "redact_pii_policies": ["shoe_size"]})


def test_an_option_that_the_model_does_not_take_is_a_warning():
    request = build_streaming_request({"speech_model": "universal-streaming-english", "prompt": "a talk"})
    assert "prompt has no effect with universal-streaming-english" in request.warnings[0]


def test_old_names_are_sent_under_the_new_ones():
    request = build_streaming_request({"min_end_of_turn_silence_when_confident": 300})
    assert request.params["min_turn_silence"] == 300
    assert "deprecated" in request.warnings[0]


def test_extra_goes_out_unchecked():
    assert build_streaming_request(extra={"new_thing": [1]}).query()["new_thing"] == "[1]"


def test_only_what_may_change_can_be_updated():
    assert check_update({"prompt": "", "keyterms_prompt": [], "min_turn_silence": 200}) == {
        "prompt": "",
        "keyterms_prompt": [],
        "min_turn_silence": 200,
    }
    with pytest.raises(OptionError, match="cannot be changed while a session runs"):
        check_update({"speaker_labels": True})
    with pytest.raises(OptionError, match="Nothing to change"):
        check_update({})


def test_updates_are_the_list_of_the_service():
    live = {option.name for option in STREAMING if option.live}
    assert live == {
        "mode", "prompt", "keyterms_prompt", "min_turn_silence", "max_turn_silence", "continuous_partials",
        "vad_threshold", "interruption_delay", "agent_context", "language_codes", "filter_profanity",
        "format_turns", "end_of_turn_confidence_threshold", "session_heartbeat", "acknowledge_silence",
        "turn_left_pad_ms", "min_end_of_turn_silence_when_confident",
    }  # fmt: skip


def test_prices_add_up_and_depend_on_the_model():
    def price(**params):
        return round(streaming_price(params).total, 2)

    assert price(speech_model="universal-3-6-pro") == 0.45
    assert price(speech_model="universal-3-6-pro", keyterms_prompt=["a"], speaker_labels=True) == 0.57
    assert price(speech_model="universal-streaming-english", keyterms_prompt=["a"]) == 0.19
    assert streaming_price({"speech_model": "whisper-rt"}).unknown == ["whisper-rt"]
    assert price(speech_model="whisper-base", speaker_labels=True) == 0


def test_the_secret_is_marked():
    assert STREAMING_OPTIONS["webhook_auth_header_value"].secret
