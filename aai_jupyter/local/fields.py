"""Every parameter of ``POST /v2/transcript``: type, limits, and default in the transcript.

This is the wire's own table, kept apart from the client's options on purpose: the engine stands in
for the service, so it must not share the client's idea of what is right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_SPEECH_MODELS = ["assemblyai-stt-3-7", "universal-2"]
SERVICE_SPEECH_MODELS = ("assemblyai-stt-3-7", "universal-3-5-pro", "universal-2")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: its JSON type, its limits, and what the transcript shows when it was not sent."""

    kind: str
    unset: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    items: str | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)


_BOOL = Field("bool", False)
_FRACTION = Field("float", low=0, high=1)
_TEXTS = Field("list", items="str")

FIELDS: dict[str, Field] = {
    "audio_url": Field("str"),
    "speech_model": Field("str"),
    "speech_models": Field("list", DEFAULT_SPEECH_MODELS, items="str"),
    "audio_start_from": Field("int", low=0),
    "audio_end_at": Field("int", low=1),
    "multichannel": _BOOL,
    "dual_channel": Field("bool"),
    "domain": Field("str", choices=("medical-v1",)),
    "webhook_url": Field("str"),
    "webhook_auth_header_name": Field("str"),
    "webhook_auth_header_value": Field("str"),
    "speech_threshold": _FRACTION,
    "language_code": Field("str"),
    "language_codes": _TEXTS,
    "language_detection": _BOOL,
    "language_confidence_threshold": _FRACTION,
    "language_detection_options": Field(
        "object",
        fields={
            "expected_languages": _TEXTS,
            "fallback_language": Field("str"),
            "code_switching": _BOOL,
            "code_switching_confidence_threshold": _FRACTION,
            "localization": _TEXTS,
            "on_no_speech_detected": Field("str", choices=("error", "fallback")),
            "on_low_language_confidence": Field("str", choices=("error", "fallback")),
            "swiss_german": _BOOL,
            "language_detection_model": Field("str"),
        },
    ),
    "punctuate": Field("bool", True),
    "format_text": Field("bool", True),
    "disfluencies": _BOOL,
    "filter_profanity": _BOOL,
    "custom_spelling": Field("list", items="object"),
    "keyterms_prompt": _TEXTS,
    "keyterms_prompt_options": Field(
        "object", fields={"keyterms_match_strength": Field("str", choices=("high", "standard"))}
    ),
    "prompt": Field("str"),
    "temperature": _FRACTION,
    "remove_audio_tags": Field("str", choices=("all", "speaker")),
    "word_boost": Field("list", [], items="str"),
    "boost_param": Field("str", choices=("low", "default", "high")),
    "speaker_labels": _BOOL,
    "speakers_expected": Field("int", low=1),
    "speaker_options": Field(
        "object",
        fields={
            "min_speakers_expected": Field("int", low=1),
            "max_speakers_expected": Field("int", low=1),
            "include_speaker_confidence": _BOOL,
            "advanced_speaker_segmentation": _BOOL,
            "short_file_diarization_method": Field(
                "str", choices=("deliberate", "balanced", "conservative", "aggressive")
            ),
            "long_file_diarization_method": Field("str", choices=("standard", "experimental")),
            "use_two_stage_clustering": _BOOL,
        },
    ),
    "redact_pii": _BOOL,
    "redact_pii_policies": _TEXTS,
    "redact_pii_sub": Field("str", choices=("hash", "entity_name")),
    "redact_pii_audio": _BOOL,
    "redact_pii_audio_quality": Field("str", choices=("mp3", "wav")),
    "redact_pii_audio_options": Field(
        "object",
        fields={
            "override_audio_redaction_method": Field("str", choices=("silence",)),
            "return_redacted_no_speech_audio": _BOOL,
        },
    ),
    "redact_pii_return_unredacted": Field("bool"),
    "redact_static_entities": Field("object"),
    "content_safety": _BOOL,
    "content_safety_confidence": Field("int", low=25, high=100),
    "entity_detection": _BOOL,
    "sentiment_analysis": _BOOL,
    "auto_highlights": _BOOL,
    "iab_categories": _BOOL,
    "speech_understanding": Field("object"),
    "auto_chapters": _BOOL,
    "summarization": _BOOL,
    "summary_model": Field("str", choices=("informative", "conversational", "catchy")),
    "summary_type": Field("str", choices=("bullets", "bullets_verbose", "gist", "headline", "paragraph")),
    "custom_topics": _BOOL,
    "topics": Field("list", [], items="str"),
}
