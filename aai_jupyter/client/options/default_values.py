"""Requests without what the service does by itself, so that one meaning has one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS

_ANY_ORDER = frozenset(
    {"keyterms_prompt", "language_detection_options.expected_languages", "redact_pii_policies"}
)
"""Lists that are sets."""
_TASKS = "speech_understanding"
"""In it an empty object is a task with nothing but defaults: it stays."""


def without_defaults(params: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a request what it would mean without, and sort the lists that are sets.

    The model stays: which one is meant when none is named is ours to decide, and changes.

    Parameters
    ----------
    params : mapping
        As of :attr:`TranscriptRequest.params`.

    Examples
    --------
    >>> without_defaults({"language_code": "de", "punctuate": True, "speaker_labels": False})
    {'language_code': 'de'}
    """
    found = _plain(params, "")
    if found.get("language_detection") is False:  # then a language is given, which says the same
        del found["language_detection"]
    return found


def _plain(params: Mapping[str, Any], above: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in params.items():
        name = above + key
        option = OPTIONS.get(name)
        if isinstance(value, Mapping) and value:
            inner = _plain(value, f"{name}.")
            if inner or name.startswith(_TASKS):
                found[key] = inner
            continue
        if name in _ANY_ORDER and isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = sorted(set(value))
        if option is None or name == "speech_models" or not _is_default(value, option.default):
            found[key] = value
    return found


def _is_default(value: Any, default: Any) -> bool:
    if default is None or isinstance(value, bool) != isinstance(default, bool):
        return False
    return bool(value == (list(default) if isinstance(default, tuple) else default))
