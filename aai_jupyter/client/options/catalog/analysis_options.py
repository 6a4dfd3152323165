"""Request parameters of guardrails and analysis."""

from __future__ import annotations

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.vocabulary import PII_POLICIES

_GUARD = "Privacy and safety"
_ANALYSIS = "Analysis"

_REDACTION = ("redact_pii",)
_AUDIO = ("redact_pii_audio",)


ANALYSIS = (
    Option(
        "redact_pii",
        "bool",
        _GUARD,
        "Replace personal data in the text; entities and sentiments are not redacted.",
        default=False,
        requires=("format_text",),
        price=0.08,
    ),
    Option(
        "redact_pii_policies",
        "list",
        _GUARD,
        "The kinds of personal data to replace; which of them are found depends on the language.",
        choices=PII_POLICIES,
        strict="the service would redact nothing for it",
        requires=_REDACTION,
    ),
    Option(
        "redact_pii_sub",
        "str",
        _GUARD,
        "What stands in its place: #### or [PERSON_NAME].",
        default="hash",
        choices=("hash", "entity_name"),
        requires=_REDACTION,
    ),
    Option(
        "redact_pii_audio",
        "bool",
        _GUARD,
        "Also make a copy of the audio with personal data beeped out (files up to 1 GB).",
        default=False,
        requires=_REDACTION,
        price=0.05,
    ),
    Option(
        "redact_pii_audio_quality",
        "str",
        _GUARD,
        "File type of the redacted audio.",
        default="mp3",
        choices=("mp3", "wav"),
        requires=_AUDIO,
    ),
    Option(
        "redact_pii_audio_options",
        "object",
        _GUARD,
        "Settings of redact_pii_audio, as one object.",
        requires=_AUDIO,
    ),
    Option(
        "redact_pii_audio_options.override_audio_redaction_method",
        "str",
        _GUARD,
        "Silence in place of the beep.",
        choices=("silence",),
    ),
    Option(
        "redact_pii_audio_options.return_redacted_no_speech_audio",
        "bool",
        _GUARD,
        "Return redacted audio also for files without speech.",
        default=False,
    ),
    Option(
        "redact_pii_return_unredacted",
        "bool",
        _GUARD,
        "Return the unredacted text, words and utterances too.",
        default=False,
        requires=_REDACTION,
    ),
    Option(
        "redact_static_entities",
        "object",
        _GUARD,
        'Your own terms to redact: {"LABEL": ["term", ...]}.',
        max_items=100,
        requires=_REDACTION,
    ),
    Option("content_safety", "bool", _GUARD, "Find sensitive content.", default=False, price=0.15),
    Option(
        "content_safety_confidence",
        "int",
        _GUARD,
        "Least confidence for content_safety.",
        default=50,
        minimum=25,
        maximum=100,
        unit="%",
        requires=("content_safety",),
    ),
    Option(
        "entity_detection",
        "bool",
        _ANALYSIS,
        "Find names, places, dates and so on.",
        default=False,
        price=0.08,
    ),
    Option(
        "sentiment_analysis",
        "bool",
        _ANALYSIS,
        "Sentiment of each sentence.",
        default=False,
        requires=("punctuate",),
        price=0.02,
    ),
    Option("auto_highlights", "bool", _ANALYSIS, "Find key phrases.", default=False, price=0.01),
    Option("iab_categories", "bool", _ANALYSIS, "Find topics (IAB taxonomy).", default=False, price=0.15),
)
