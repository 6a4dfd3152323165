"""The table of parameters: complete, unambiguous, and what a name finds in it."""

from __future__ import annotations

import pytest

from aai_jupyter.client.options.option_table import OPTIONS, closest, find_option
from aai_jupyter.client.options.option_values import Problem, coerce
from aai_jupyter.client.options.vocabulary import LANGUAGE_CODES, MODELS, PII_POLICIES

TOP_LEVEL = """
    speech_models speech_model audio_start_from audio_end_at multichannel dual_channel domain
    webhook_url webhook_auth_header_name webhook_auth_header_value speech_threshold language_code
    language_codes language_detection language_confidence_threshold language_detection_options punctuate
    format_text disfluencies filter_profanity custom_spelling keyterms_prompt keyterms_prompt_options
    prompt temperature remove_audio_tags word_boost boost_param speaker_labels speakers_expected
    speaker_options redact_pii redact_pii_policies redact_pii_sub redact_pii_audio
    redact_pii_audio_quality redact_pii_audio_options redact_pii_return_unredacted
    redact_static_entities content_safety content_safety_confidence entity_detection sentiment_analysis
    auto_highlights iab_categories speech_understanding auto_chapters summarization summary_model
    summary_type custom_topics topics
"""


def test_every_documented_parameter_is_there_once() -> None:
    top = [name for name in OPTIONS if "." not in name]
    assert sorted(top) == sorted(TOP_LEVEL.split())
    for nested in (
        "speaker_options.min_speakers_expected",
        "language_detection_options.on_no_speech_detected",
        "redact_pii_audio_options.override_audio_redaction_method",
        "keyterms_prompt_options.keyterms_match_strength",
        "speech_understanding.request.translation.target_languages",
        "speech_understanding.request.action_items.include_decisions",
    ):
        assert nested in OPTIONS


def test_no_two_parameters_share_a_flag() -> None:
    flags = [option.flag for option in OPTIONS.values()]
    assert len(flags) == len(set(flags))
    assert not {f"--no-{flag[2:]}" for flag in flags} & set(flags)


def test_table_refers_only_to_itself() -> None:
    for option in OPTIONS.values():
        assert set(option.requires) | set(option.conflicts) <= OPTIONS.keys(), option.name
        assert set(option.models) <= set(MODELS), option.name
        assert option.replaced_by is None or option.replaced_by in OPTIONS, option.name
        assert option.help.endswith(".") or option.help.endswith("}]."), option.name
        above = option.name.rpartition(".")[0]
        assert not above or above in OPTIONS or above == "speech_understanding.request", option.name


def test_vocabulary_has_the_published_sizes() -> None:
    assert len(LANGUAGE_CODES) == 103  # 102 of the request enum and Swiss German
    assert "no" in LANGUAGE_CODES
    assert len(PII_POLICIES) == len(set(PII_POLICIES)) == 65


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("speaker_labels", "speaker_labels"),
        ("speaker-labels", "speaker_labels"),
        ("min_speakers_expected", "speaker_options.min_speakers_expected"),
        ("translation.effort", "speech_understanding.request.translation.effort"),
        ("action_items_effort", "speech_understanding.request.action_items.effort"),
        ("summary_type", "summary_type"),
        ("effort", None),
        ("nonsense", None),
    ],
)
def test_a_name_finds_its_parameter(name: str, found: str | None) -> None:
    option = find_option(name)
    assert (option and option.name) == found


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("speaker_lables", "speaker_labels"),
        ("Speaker-Label", "speaker_labels"),
        ("diarization", "speaker_labels"),
        ("sentiment", "sentiment_analysis"),
        ("xyzzy", None),
    ],
)
def test_closest_is_what_was_meant(word: str, meant: str | None) -> None:
    assert closest(word, OPTIONS) == meant


def test_a_number_of_speakers_leads_to_the_option_for_it() -> None:
    with pytest.raises(Problem) as refused:
        coerce(OPTIONS["speech_understanding.request.speaker_identification.speakers"], 2)
    assert "speakers_expected" in str(refused.value.hint)
