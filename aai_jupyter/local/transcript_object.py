"""Construction of the transcript object from the request, the state and the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.local.fields import FIELDS

DELETED_URL = "http://deleted_by_user"
DELETED_TEXT = "Deleted by user."

_NOT_RUN = {"status": "unavailable", "results": [], "summary": {}}

# Fields that the transcript shows besides the request's, before anything is known.
_BLANK: dict[str, Any] = {
    "id": None,
    "status": "queued",
    "language_model": "assemblyai_default",
    "acoustic_model": "assemblyai_default",
    "language_confidence": None,
    "language_detection_results": None,
    "speech_model_used": None,
    "text": None,
    "words": None,
    "utterances": None,
    "confidence": None,
    "audio_duration": None,
    "webhook_status_code": None,
    "webhook_auth": False,
    "auto_highlights_result": None,
    "content_safety_labels": _NOT_RUN | {"severity_score_summary": {}},
    "iab_categories_result": _NOT_RUN,
    "chapters": None,
    "summary": None,
    "entities": None,
    "sentiment_analysis_results": None,
    "translated_texts": None,
    "throttled": None,
    "speed_boost": None,
}

# Secrets are taken, never shown; null fields that the service leaves out entirely stay out.
_NEVER_SHOWN = ("webhook_auth_header_value",)
_SHOWN_WHEN_SET = ("redact_static_entities", "redact_pii_return_unredacted", "keyterms_prompt_options")


def transcript_object(
    params: Mapping[str, Any],
    result: Mapping[str, Any] | None = None,
    *,
    id: str,
    status: str,
    error: str | None = None,
    webhook_status_code: int | None = None,
) -> dict[str, Any]:
    """Return the body of ``GET /v2/transcript/{id}``.

    Examples
    --------
    >>> asked = {"audio_url": "http://127.0.0.1/a.wav", "language_code": "en"}
    >>> shown = transcript_object(asked, id="1", status="queued")
    >>> shown["language_code"], shown["punctuate"], shown["text"]
    ('en_us', True, None)
    """
    shown = _BLANK | {name: field.unset for name, field in FIELDS.items()} | dict(params)
    for name in _SHOWN_WHEN_SET:
        if name not in params:
            del shown[name]
    for name in _NEVER_SHOWN:
        del shown[name]
    shown |= {"id": id, "status": status, "webhook_auth": "webhook_auth_header_name" in params}
    if params.get("language_code") == "en":
        shown["language_code"] = "en_us"
    shown |= {name: value for name, value in (result or {}).items() if not name.startswith("_")}
    shown["webhook_status_code"] = webhook_status_code
    if error is not None:
        shown["error"] = error
    return shown


def deleted_object(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a transcript object after DELETE: the record stays, its content is gone."""
    kept = ("id", "status", "audio_duration", "language_model", "acoustic_model")
    blank = {name: False if value is False else None for name, value in shown.items()}
    if "error" in shown:
        blank["error"] = shown["error"]
    return (
        blank
        | {name: shown[name] for name in kept}
        | {
            "audio_url": DELETED_URL,
            "text": DELETED_TEXT,
            "webhook_url": DELETED_URL if shown.get("webhook_url") else None,
        }
    )
