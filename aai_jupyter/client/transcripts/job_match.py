"""Whether a job is the one that was asked for, by the parameters that the service gives back with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS

_MASK = "…"
# Secrets, and what the service leaves out or shows in another shape.
_NOT_GIVEN_BACK = frozenset(
    {
        "audio_url",
        "dual_channel",
        "keyterms_prompt_options",
        "redact_static_entities",
        "redact_pii_return_unredacted",
        "speech_model",
        "speech_models",
        "speech_understanding",
        "webhook_auth_header_value",
    }
)
_ON = frozenset({"punctuate", "format_text"})
"""What is on unless it is switched off."""
_LANGUAGES = {"en": "en_us"}
# Without any word on them the service sets or derives these itself.
_SET_BY_SERVICE = frozenset(
    {
        "boost_param",
        "content_safety_confidence",
        "language_code",
        "language_codes",
        "language_confidence_threshold",
        "language_detection",
        "language_detection_options",
        "redact_pii_audio_options",
        "redact_pii_audio_quality",
        "redact_pii_sub",
        "remove_audio_tags",
        "speaker_options",
        "speech_threshold",
        "summary_model",
        "summary_type",
        "temperature",
    }
)


def is_job_of(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Tell whether a transcript of the service was made by this request.

    Parameters
    ----------
    asked : mapping
        The parameters as they were sent; masked values are not compared.
    shown : mapping
        The transcript, which repeats the parameters (null or false where they were not set).

    Examples
    --------
    >>> is_job_of({"speaker_labels": True}, {"speaker_labels": True, "punctuate": True, "text": None})
    True
    >>> is_job_of({"speaker_labels": True}, {"speaker_labels": False})
    False
    >>> is_job_of({"language_code": "en"}, {"language_code": "en_us", "redact_pii": True})
    False
    """
    names = {name for name, option in OPTIONS.items() if "." not in name and not option.removed}
    if names.isdisjoint(shown):
        return True  # a host that gives nothing back: the address of the upload has to do
    for name in names | set(asked):
        wanted, found = asked.get(name), shown.get(name)
        if wanted == _MASK or name == "audio_url":
            continue
        if found is None and (name in _NOT_GIVEN_BACK or name not in names):
            continue
        if name not in asked and (
            name in _SET_BY_SERVICE or name in _NOT_GIVEN_BACK - {"redact_static_entities"}
        ):
            continue
        if not _same(_plain(name, wanted), _plain(name, found)):
            return False
    return True


def _plain(name: str, value: Any) -> Any:
    if name == "language_code" and isinstance(value, str):
        return _LANGUAGES.get(value, value)
    if value is None:
        return name in _ON or None
    if value is False or value == [] or value == {} or value == "":
        return False if name in _ON else None
    return value


def _same(asked: Any, shown: Any) -> bool:
    if isinstance(asked, Mapping) and isinstance(shown, Mapping):
        # The service adds what it sets itself.
        return all(
            key not in shown or value == _MASK or _same(value, shown[key]) for key, value in asked.items()
        )
    if isinstance(asked, list) and isinstance(shown, list):
        if all(isinstance(item, str) for item in [*asked, *shown]):
            return sorted(asked) == sorted(shown)
        return len(asked) == len(shown) and all(map(_same, asked, shown))
    return bool(asked == shown)
