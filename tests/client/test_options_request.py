"""Options become a request, or one error that names everything wrong and the remedy."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.options.transcript_request import build_request, overlay
from aai_jupyter.errors import OptionError
from aai_jupyter.local.models.supported import UNASKED

BOTH = ["assemblyai-stt-3-7", "universal-2"]
OLDER = ["universal-3-5-pro", "universal-2"]


def params(**options: Any) -> dict[str, Any]:
    return build_request(options).params


def error(extra: dict[str, Any] | None = None, /, **options: Any) -> str:
    with pytest.raises(OptionError) as caught:
        build_request(options, extra=extra)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("verbatim", "disfluencies=True keeps the fillers"), ("events", "has no model that tells them")],
)
def test_what_no_model_can_promise_is_refused_with_the_reason(name: str, reason: str) -> None:
    assert reason in error(**{name: True})


def test_models_and_language_are_always_sent() -> None:
    assert params() == {"speech_models": BOTH, "language_detection": True}
    assert params(language_code="de") == {"speech_models": BOTH, "language_code": "de"}
    assert params(language_codes=["en", "es"]) == {"speech_models": BOTH, "language_codes": ["en", "es"]}
    assert params(language_detection=False) == {
        "speech_models": BOTH,
        "language_code": "en_us",
        "language_detection": False,
    }


def test_a_nested_parameter_has_many_spellings_and_one_place() -> None:
    wanted = params(speaker_labels=True, speaker_options={"min_speakers_expected": 2})
    assert wanted["speaker_options"] == {"min_speakers_expected": 2}
    assert params(speaker_labels=True, min_speakers_expected=2) == wanted
    assert build_request({"speaker_labels": 1, "speaker_options.min_speakers_expected": "2"}).params == wanted
    assert params(speaker_labels="true", speaker_options='{"min_speakers_expected": 2}') == wanted


def test_types_are_converted_where_the_meaning_is_clear() -> None:
    class Models(Enum):
        TWO = "universal-2"

    np = pytest.importorskip("numpy")
    pd = pytest.importorskip("pandas")
    assert params(speech_models=Models.TWO)["speech_models"] == ["universal-2"]
    assert params(keyterms_prompt=("a", "b"))["keyterms_prompt"] == ["a", "b"]
    assert params(keyterms_prompt=pd.Series(["a", "b"]))["keyterms_prompt"] == ["a", "b"]
    assert params(keyterms_prompt="New York, Zarr")["keyterms_prompt"] == ["New York", "Zarr"]
    assert params(keyterms_prompt='["Portland, Oregon"]')["keyterms_prompt"] == ["Portland, Oregon"]
    assert params(speaker_labels=np.True_)["speaker_labels"] is True
    assert params(audio_end_at=np.int64(5000))["audio_end_at"] == 5000
    assert params(temperature=1)["temperature"] == 1.0
    assert params(language_code="EN-US")["language_code"] == "en_us"
    assert params(custom_spelling={"from": "k8s", "to": "Kubernetes"})["custom_spelling"] == [
        {"from": ["k8s"], "to": "Kubernetes"}
    ]
    assert "prompt" not in params(prompt=None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"speaker_labels": "maybe"}, "not true or false"),
        ({"speakers_expected": True}, "not a whole number"),
        ({"audio_start_from": 1.5}, "not a whole number (ms)"),
        ({"temperature": 1.5}, "from 0 to 1"),
        ({"temperature": float("nan")}, "not a number"),
        ({"prompt": ""}, "empty"),
        ({"prompt": "word " * 1501, "speech_models": OLDER}, "1501 words"),
        ({"keyterms_prompt": []}, "empty"),
        ({"keyterms_prompt": ["one two three four five six seven"], "speech_models": OLDER}, "7 words"),
        ({"keyterms_prompt": [1]}, "not text"),
        ({"content_safety_confidence": 20}, "from 25 to 100"),
        ({"redact_pii_audio_quality": "wave"}, "mp3, wav"),
        ({"language_code": "english"}, "'en'"),
        ({"language_code": "pt-BR"}, "'pt'"),
        ({"language_code": False}, "YAML"),
        ({"webhook_url": "http://example.org"}, "https://"),
        ({"speaker_options": 2}, "not an object"),
        ({"speaker_options": "{"}, "not JSON"),
        ({"custom_spelling": [{"from": ["a"]}]}, "entry 1"),
        ({"custom_spelling": [{"from": ["a"], "to": "b c"}]}, "one word"),
        ({"audio_url": "x"}, "source"),
        ({"speech_understanding": {"translation": {}}}, "speech_understanding.request.translation"),
        ({"speaker_lables": True}, "speaker_labels"),
        ({"speaker_options": {"max_speakers": 2}}, "max_speakers_expected"),
    ],
)
def test_a_wrong_name_or_value_is_named_with_what_would_be_right(options: dict[str, Any], said: str) -> None:
    assert said in error(**options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"speakers_expected": 2}, "needs speaker_labels"),
        ({"min_speakers_expected": 2}, "needs speaker_labels"),
        (
            {"speaker_labels": True, "speakers_expected": 2, "min_speakers_expected": 2},
            "speakers_expected and speaker_options",
        ),
        (
            {"speaker_labels": True, "min_speakers_expected": 3, "max_speakers_expected": 2},
            "at least",
        ),
        ({"speaker_labels": True, "punctuate": False}, "needs punctuate"),
        ({"language_code": "en", "language_detection": True}, "cannot be used together"),
        ({"language_code": "en", "language_confidence_threshold": 0.4}, "needs language_detection"),
        ({"on_no_speech_detected": "fallback"}, "fallback_language"),
        ({"localization": ["en_au", "en_uk"]}, "one variant"),
        ({"redact_pii": True}, "redact_pii_policies"),
        ({"redact_pii": True, "redact_pii_policies": ["person_nam"]}, "'person_name'"),
        ({"redact_pii_policies": ["date"]}, "needs redact_pii"),
        ({"redact_pii": True, "redact_pii_policies": ["date"], "format_text": False}, "needs format_text"),
        ({"redact_pii_audio": True}, "Add redact_pii=True, and redact_pii_policies"),
        ({"redact_pii_return_unredacted": True}, "needs redact_pii"),
        ({"redact_pii": True, "redact_static_entities": {"Ä": ["x"]}}, "label"),
        ({"redact_pii": True, "redact_static_entities": {"A": "x"}}, "list of terms"),
        ({"content_safety_confidence": 60}, "needs content_safety"),
        ({"auto_chapters": True, "summarization": True}, "cannot be used together"),
        ({"auto_chapters": True, "prompt": "x"}, "No model"),
        ({"prompt": "x", "speech_models": ["universal-2"]}, "universal-3-5-pro only, and"),
        ({"keyterms_prompt": ["x"] * 201, "speech_models": ["universal-2"]}, "at most 200"),
        ({"audio_start_from": 5, "audio_end_at": 5}, "greater than"),
        ({"webhook_auth_header_name": "X"}, "webhook_auth_header_value"),
        ({"custom_topics": True}, "refused"),
        ({"target_languages": "de", "match_original_utterance": True}, "needs speaker_labels"),
        ({"translation_formal": True}, "needs target_languages"),
        ({"headline_length": 7}, "needs summary_type"),
        ({"speaker_type": "role", "speaker_labels": True}, "known_values"),
        ({"speaker_type": "name"}, "speaker_labels or multichannel"),
        (
            {"speaker_type": "name", "speaker_labels": True, "speakers": [{"role": "host"}]},
            "needs a 'name'",
        ),
        (
            {"redact_pii": True, "redact_pii_policies": "date", "custom_formatting_date": "yyyy"},
            "exclude each other",
        ),
        ({"speech_model": "best", "speech_models": ["universal-2"]}, "given twice"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_upload(
    options: dict[str, Any], said: str
) -> None:
    assert said in error(**options)


def test_all_problems_are_told_at_once() -> None:
    text = error(speaker_lables=True, language_code="english", temperature=3, redact_pii_audio=True)
    assert "4 options are wrong" in text
    for name in ("speaker_lables", "language_code", "temperature", "redact_pii_audio"):
        assert name in text


def test_one_mistake_is_told_once() -> None:
    assert "speaker_labels: 'maybe'" in error(speaker_labels="maybe", speakers_expected=2)
    assert "wrong" not in error(speaker_labels="maybe", speakers_expected=2)


def test_old_names_are_translated_with_a_warning() -> None:
    for options, name, value in (
        ({"speech_model": "best"}, "speech_models", OLDER),
        ({"speech_model": "nano"}, "speech_models", ["universal-2"]),
        ({"speech_models": ["universal-3-pro"]}, "speech_models", OLDER),
        ({"dual_channel": True}, "multichannel", True),
        ({"word_boost": ["Zarr"]}, "keyterms_prompt", ["Zarr"]),
    ):
        request = build_request(options)
        assert request.params[name] == value
        assert not options.keys() - {"speech_models"} & request.params.keys()
        assert request.warnings
    assert "+$0.05" in build_request({"word_boost": ["Zarr"]}).warnings[0]


def test_what_only_the_older_model_takes_selects_that_model() -> None:
    request = build_request({"auto_chapters": True})
    assert request.params["speech_models"] == ["universal-2"]
    assert any("universal-2" in warning for warning in request.warnings)


def test_redaction_warns_of_results_it_does_not_touch() -> None:
    request = build_request({"redact_pii": True, "redact_pii_policies": ["date"], "entity_detection": True})
    assert "entity_detection" in request.warnings[0]


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("speech_models", ["universal-9"], ["universal-9"]),
        ("speech_models", "assemblyai-stt-3-8,universal-2", ["assemblyai-stt-3-8", "universal-2"]),
        ("speech_models", "assemblyai-stt-3-7-medical", ["assemblyai-stt-3-7-medical"]),
        ("speech_models", ["swan-1", "swan-2"], ["swan-1", "swan-2"]),
        ("domain", "medical-v2", "medical-v2"),
        ("language_code", "yue", "yue"),
        ("language_codes", ["en", "xh", "zu"], ["en", "xh", "zu"]),
        ("remove_audio_tags", "music", "music"),
    ],
)
def test_values_that_are_new_are_sent_with_one_warning(name: str, value: Any, sent: Any) -> None:
    request = build_request({name: value})
    assert request.params[name] == sent
    assert len([warning for warning in request.warnings if "not known to this version" in warning]) == 1


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [
        ("speech_models", "univeral-2", "universal-2"),
        ("speech_models", "universal-2 ,universal3-5-pro", "universal-3-5-pro"),
        ("speech_models", "assemblyai-sst-3-7", "assemblyai-stt-3-7"),
        ("speech_models", "assemblyai-stt-3.7", "assemblyai-stt-3-7"),
        ("speech_models", "stt-3-7", "assemblyai-stt-3-7"),
        ("speech_models", "universal-3-5", "universal-3-5-pro"),
        ("speech_models", "univrsal-9", "universal-"),
        ("speech_models", "wisper-base", "whisper-base"),
        ("speech_models", "assemblyai-stt-3-7-realtime", "assemblyai-stt-3-7"),
        ("domain", "medcal-v1", "medical-v1"),
        ("language_code", "germn", "de"),
        ("language_code", "en_gb", "en_uk"),
        ("redact_pii_sub", "entity", "entity_name"),
    ],
)
def test_near_misspellings_are_caught_before_anything_is_paid(name: str, value: Any, near: str) -> None:
    text = error(**{name: value})
    assert f"{near}" in text
    assert "extra=" in text or "live speech" in text


def test_limits_that_are_not_published_refuse_nothing() -> None:
    for name, value in (("prompt", "word " * 1501), ("keyterms_prompt", ["x"] * 1001)):
        for models in (None, ["assemblyai-stt-3-7"], ["universal-9"]):
            request = build_request({name: value, "speech_models": models})
            assert request.params[name] == value
            assert any("is not published" in warning for warning in request.warnings)
        with pytest.raises(OptionError):
            build_request({name: value, "speech_models": OLDER})
    alone = build_request({"speech_models": "assemblyai-stt-3-7", "code_switching": True})
    assert any("whether assemblyai-stt-3-7 takes it" in warning for warning in alone.warnings)
    polish = build_request({"speech_models": "assemblyai-stt-3-7", "language_code": "pl"})
    assert not polish.warnings


def test_a_policy_that_is_not_known_is_sent_by_extra_only() -> None:
    for policy in ("person_nam", "shoe_size"):
        text = error(redact_pii=True, redact_pii_policies=[policy])
        assert f"extra={{'redact_pii_policies': ['{policy}']}}" in text
    new = "corporate_action day effect financial_metric "
    new += "medical_code month organization_id product project trend year"
    assert build_request({"redact_pii": True, "redact_pii_policies": new.split()}).warnings == ()
    sent = build_request({"redact_pii": True}, extra={"redact_pii_policies": ["date", "shoe_size"]}).params
    assert sent["redact_pii_policies"] == ["date", "shoe_size"]


def test_extra_is_sent_as_it_is_and_wins() -> None:
    request = build_request(
        {"speaker_labels": True, "min_speakers_expected": 2, "punctuate": True},
        extra={
            "brand_new": [1],
            "speaker_options": {"newer": True},
            "punctuate": None,
            "language_code": "xx",
        },
    )
    assert request.params == {
        "brand_new": [1],
        "language_code": "xx",
        "punctuate": None,
        "speaker_labels": True,
        "speaker_options": {"min_speakers_expected": 2, "newer": True},
        "speech_models": BOTH,
    }
    assert "cannot be sent" in error({"x": object()})


def test_models_of_the_local_engine_are_known() -> None:
    request = build_request({"speech_models": "whisper-tiny.en", "prompt": "x"})
    assert request.params["speech_models"] == ["whisper-tiny.en"]


def test_a_secret_is_sent_but_never_shown_or_stored() -> None:
    options = {
        "webhook_url": "https://example.org/?a=1",
        "webhook_auth_header_name": "X-Token",
        "webhook_auth_header_value": "s3cret",
    }
    request = build_request(options)
    assert request.params["webhook_auth_header_value"] == "s3cret"
    assert "s3cret" not in repr(request)
    assert b"s3cret" not in request.canonical()
    assert "s3cret" not in error(**{**options, "webhook_auth_header_value": "s3cret\r\n"})
    assert "s3cret" not in error(**options, **{"webhook-auth-header-value": "other"})


def test_a_line_lies_over_a_profile_whatever_the_spelling() -> None:
    profile = {"speaker-labels": True, "speaker_options": {"min_speakers_expected": 2}, "prompt": "x"}
    merged = overlay(profile, {"min_speakers_expected": "4", "prompt": None})
    sent = build_request(merged).params
    assert sent["speaker_options"] == {"min_speakers_expected": 4}
    assert sent["prompt"] == "x"


def test_a_request_survives_pickling() -> None:
    request = build_request({"speaker_labels": True})
    assert pickle.loads(pickle.dumps(request)) == request


# -- properties ----------------------------------------------------------------------------------

TEXT = st.text("abcdefghij", min_size=1, max_size=8)


def values(option: Option) -> st.SearchStrategy[Any]:
    choice = st.sampled_from(option.choices) if option.choices else TEXT
    low = 1 if option.minimum is None else option.minimum
    high = low + 100 if option.maximum is None else option.maximum
    return {
        "bool": st.booleans(),
        "int": st.integers(int(low), int(high)),
        "float": st.floats(low, high),
        "str": choice,
        "list": st.lists(choice, min_size=1, max_size=4, unique=True),
        "object": st.just({}),
    }[option.kind]


# Parameters that mean something alone: any choice of them is a valid request.
FREE = {
    name: option
    for name, option in OPTIONS.items()
    if not (option.requires or option.conflicts or option.deprecated or option.models or "." in name)
    and option.pattern is None
    and option.items == "str"
    and name not in ("speech_models", "speech_understanding", "audio_start_from", "audio_end_at")
}
VALID = st.fixed_dictionaries({}, optional={name: values(option) for name, option in FREE.items()})


@given(VALID)
def test_a_valid_request_stays_valid_and_unchanged(options: dict[str, Any]) -> None:
    request = build_request(options)
    assert request.params.items() >= options.items()
    again = build_request(request.params)
    assert (again.params, again.canonical()) == (request.params, request.canonical())
    assert json.loads(request.canonical()) == request.params


@given(VALID, st.randoms(use_true_random=False))
def test_canonical_bytes_do_not_depend_on_order(options: dict[str, Any], chance: random.Random) -> None:
    names = list(options)
    chance.shuffle(names)
    shuffled = {name: options[name] for name in names}
    assert build_request(shuffled).canonical() == build_request(options).canonical()


@given(st.dictionaries(st.text(max_size=20), st.none() | st.booleans() | st.integers() | st.text(max_size=9)))
def test_anything_else_is_an_option_error_and_nothing_worse(options: dict[str, Any]) -> None:
    with contextlib.suppress(OptionError):
        build_request(options)


def test_the_local_engine_knows_which_models_nobody_named() -> None:
    assert tuple(build_request({}).params["speech_models"]) == UNASKED
