"""Validation of a request to transcribe, as strict as the service's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from aai_jupyter.local.errors import BAD_SCHEMA, ApiError
from aai_jupyter.local.fields import DEFAULT_SPEECH_MODELS, FIELDS, SERVICE_SPEECH_MODELS, Field
from aai_jupyter.plugins.installed_plugins import RECOGNIZERS, plugins
from aai_jupyter.text.loopback import is_loopback_url
from aai_jupyter.text.urls import is_web_url

_HEADER_NAME = re.compile(r"[A-Za-z0-9_-]{1,1000}")
_MAX_URL = 8192
_LABEL = re.compile(r"[A-Za-z0-9 _-]{1,80}")
RETIRED_SPEECH_MODELS = ("universal-3-pro", "slam-1", "best", "nano", "universal")

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "a Boolean"),
    "int": ((int,), "an Integer"),
    "float": ((int, float), "a Number"),
    "str": ((str,), "a String"),
    "list": ((list,), "a List"),
    "object": ((dict,), "an Object"),
}


def decode_params(body: object) -> dict[str, Any]:
    """Validate a request body and return its parameters, without nulls, with the defaults that matter.

    Raises
    ------
    ApiError
        400 with the service's words, or with words of the same pattern.

    Examples
    --------
    >>> decode_params({"audio_url": "http://127.0.0.1:9/a.wav", "language_code": "de"})["language_detection"]
    False
    """
    if not isinstance(body, dict):
        raise ApiError(400, BAD_SCHEMA)
    given = _checked(body, FIELDS, "")
    if "audio_url" not in given:
        raise ApiError(400, "Transcript creation error, audio_url is required")
    if len(given.get("webhook_url", "")) > _MAX_URL:
        raise ApiError(400, f"webhook_url must be at most {_MAX_URL} characters")
    if not _is_web_url(given["audio_url"]):
        raise ApiError(400, "Transcript creation error, audio_url should start with http")
    _check_models(given)
    for rule in (
        _check_audio,
        _check_language,
        _check_text,
        _check_speakers,
        _check_redaction,
        _check_webhook,
    ):
        rule(given)
    if given.get("auto_chapters") and given.get("summarization"):
        raise ApiError(
            400, "Only one of the following models can be enabled at a time: auto_chapters, summarization."
        )
    if "content_safety_confidence" in given and not given.get("content_safety"):
        raise ApiError(400, "`content_safety_confidence` can only be set if `content_safety` is True")
    given.setdefault("speech_models", DEFAULT_SPEECH_MODELS)
    if given.pop("dual_channel", False):
        given["multichannel"] = True
    # The newest rule of the service: without any word on the language it is detected; an explicit
    # `false` means American English.
    spoken = "language_code" in given or "language_codes" in given
    given.setdefault("language_detection", not spoken)
    if not spoken and not given["language_detection"]:
        given["language_code"] = "en_us"
    return given


def parse_date(text: str) -> date:
    """Parse ``YYYY-MM-DD`` of a list query."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "created_on must be a date of the form YYYY-MM-DD") from None


def _checked(body: Mapping[str, Any], fields: Mapping[str, Field], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in body.items():
        name = prefix + key
        if key not in fields:
            raise ApiError(400, f"{BAD_SCHEMA} Unknown parameter: {name}")
        if value is not None:
            found[key] = _value(name, value, fields[key])
    return found


def _value(name: str, value: Any, field: Field) -> Any:
    _typed(name, value, field.kind)
    if field.choices and value not in field.choices:
        raise ApiError(400, f"{name} must be one of: {', '.join(field.choices)}")
    if (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        limits = (
            f"at least {field.low:g}" if field.high is None else f"between {field.low:g} and {field.high:g}"
        )
        raise ApiError(400, f"{name} must be {limits}")
    if field.items:
        for item in value:
            _typed(f"{name} items", item, field.items)
    return _checked(value, field.fields, name + ".") if field.fields else value


def _typed(name: str, value: Any, kind: str) -> None:
    types, shown = _KINDS[kind]
    # JSON's true is not a number, although Python's True is one.
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise ApiError(400, f"{name} must be {shown}")


def _check_models(given: dict[str, Any]) -> None:
    if "speech_model" in given:
        raise ApiError(400, 'speech_model is deprecated. Use "speech_models" instead.')
    models = given.get("speech_models", DEFAULT_SPEECH_MODELS)
    if retired := [model for model in models if model in RETIRED_SPEECH_MODELS]:
        names = ", ".join(f'"{model}"' for model in retired)
        raise ApiError(
            400,
            f"The {names} speech model(s) have been deprecated. "
            'Use speech_models: ["assemblyai-stt-3-7", "universal-2"] instead.',
        )
    # The engine's own models may be named too; whether it has the one that is named, it says itself.
    strange = {
        model for model in models if model not in SERVICE_SPEECH_MODELS and not model.startswith("whisper-")
    }
    if not models or (strange and not strange <= {one.name for one in plugins(RECOGNIZERS)}):
        names = ", ".join(f'"{model}"' for model in SERVICE_SPEECH_MODELS)
        raise ApiError(400, f'"speech_models" must be a non-empty list containing one or more of: {names}')


def _check_audio(given: dict[str, Any]) -> None:
    if "audio_end_at" in given and given["audio_end_at"] <= given.get("audio_start_from", 0):
        raise ApiError(400, "audio_end_at must be greater than audio_start_from")


def _check_language(given: dict[str, Any]) -> None:
    if "language_code" in given and given.get("language_detection"):
        raise ApiError(400, "language_code and language_detection can not be used in the same request.")
    if "language_codes" in given and "en" not in {code.split("_")[0] for code in given["language_codes"]}:
        raise ApiError(400, "language_codes must include en")


def _check_text(given: dict[str, Any]) -> None:
    for rule in given.get("custom_spelling", []):
        from_, to = rule.get("from"), rule.get("to")
        if (
            not isinstance(from_, list)
            or not all(isinstance(word, str) and word for word in from_)
            or not from_
        ):
            raise ApiError(400, "custom_spelling from must be a List of Strings")
        if any(len(word.split()) > 5 for word in from_):
            raise ApiError(400, "custom_spelling from must have at most 5 words each")
        if not isinstance(to, str) or len(to.split()) != 1:
            raise ApiError(400, "custom_spelling to must be one word")
    terms = given.get("keyterms_prompt", [])
    most = 200 if given.get("speech_models") == ["universal-2"] else 1000
    if len(terms) > most or any(len(term.split()) > 6 for term in terms):
        raise ApiError(400, f"keyterms_prompt must have at most {most} terms of at most 6 words each")
    if len(given.get("prompt", "").split()) > 1500:
        raise ApiError(400, "prompt must have at most 1500 words")
    for feature in ("speaker_labels", "sentiment_analysis"):
        if given.get(feature) and given.get("punctuate") is False:
            raise ApiError(400, f"`{feature}` can only be set to True if `punctuate` is True")


def _check_speakers(given: dict[str, Any]) -> None:
    options = given.get("speaker_options", {})
    if "speaker_options" in given and "speakers_expected" in given:
        raise ApiError(400, "Both speaker_options and speakers_expected can not be used in the same request.")
    if options.get("max_speakers_expected", 10**9) < options.get("min_speakers_expected", 1):
        raise ApiError(400, "speaker_options.max_speakers_expected must be at least min_speakers_expected")
    wanted = given.get("speech_understanding", {}).get("request", {})
    asks_names = isinstance(wanted, dict) and "speaker_identification" in wanted
    if asks_names and not (given.get("speaker_labels") or given.get("multichannel")):
        raise ApiError(400, "speaker_labels or multichannel required")


def _check_redaction(given: dict[str, Any]) -> None:
    if given.get("redact_pii"):
        if given.get("format_text") is False:
            raise ApiError(400, "`redact_pii` can only be set to True if `format_text` is True")
        _check_static_entities(given.get("redact_static_entities", {}))
    elif given.get("redact_pii_return_unredacted"):
        raise ApiError(400, "`redact_pii_return_unredacted` can only be set to True if `redact_pii` is True")
    elif given.get("redact_pii_audio") or given.get("redact_static_entities"):
        name = "redact_pii_audio" if given.get("redact_pii_audio") else "redact_static_entities"
        raise ApiError(400, f"`{name}` can only be set if `redact_pii` is True")


def _check_static_entities(labels: Mapping[str, Any]) -> None:
    if len(labels) > 100 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ApiError(
            400, "redact_static_entities must have at most 100 labels of 1 to 80 characters of [A-Za-z0-9 _-]"
        )
    for terms in labels.values():
        _typed("redact_static_entities values", terms, "list")
        if len(terms) > 200 or not all(isinstance(term, str) and 0 < len(term) <= 200 for term in terms):
            raise ApiError(
                400, "redact_static_entities must have at most 200 terms of 1 to 200 characters for a label"
            )


def _check_webhook(given: dict[str, Any]) -> None:
    url = given.get("webhook_url")
    if url is not None and not (is_web_url(url) and is_loopback_url(url)):
        raise ApiError(
            400,
            "webhook_url: the local engine calls addresses of this machine only (127.0.0.1, localhost, ::1)",
        )
    name, value = given.get("webhook_auth_header_name"), given.get("webhook_auth_header_value")
    if (name is None) != (value is None):
        raise ApiError(400, "webhook_auth_header_name and webhook_auth_header_value must be set together")
    if name is not None and not _HEADER_NAME.fullmatch(name):
        raise ApiError(400, "webhook_auth_header_name must be 1 to 1000 characters of [A-Za-z0-9_-]")
    if value is not None and (len(value) > 1000 or not value.isascii() or not value.isprintable()):
        raise ApiError(400, "webhook_auth_header_value must be at most 1000 printable ASCII characters")


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # brackets that hold no address
        return False
