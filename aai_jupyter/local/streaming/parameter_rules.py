"""Parameters of the real-time socket: types, limits, and errors of wrong ones.

The wire's own table, kept apart from the client's options on purpose: the engine stands in for the service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aai_jupyter.text.json_faults import NOT_JSON

MAX_TEXT = 1750
MODES = ("min_latency", "balanced", "max_accuracy")


class InvalidInput(Exception):
    """Error that ends a session with 3006; the text is the service's."""


@dataclass(frozen=True)
class _Rule:
    kind: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False
    longest: int | None = None


_BOOL, _LIVE = _Rule("bool"), _Rule("bool", live=True)
_TEXT = _Rule("str", live=True, longest=MAX_TEXT)
_SILENT = _Rule("int", live=True)
RULES: dict[str, _Rule] = {
    "sample_rate": _Rule("int", 8000, 96000),
    "encoding": _Rule("str"),
    "speech_model": _Rule("str"),
    "mode": _Rule("str", choices=MODES, live=True),
    "min_turn_silence": _SILENT,
    "min_end_of_turn_silence_when_confident": _SILENT,
    "max_turn_silence": _SILENT,
    "end_of_turn_confidence_threshold": _Rule("float", 0, 1, live=True),
    "format_turns": _LIVE,
    "vad_threshold": _Rule("float", 0, 1, live=True),
    "interruption_delay": _Rule("int", 0, 1000, live=True),
    "continuous_partials": _LIVE,
    "include_partial_turns": _BOOL,
    "prompt": _TEXT,
    "keyterms_prompt": _Rule("list", live=True),
    "agent_context": _TEXT,
    "previous_context_n_turns": _Rule("int", 0, 100),
    "language_codes": _Rule("list", live=True),
    "language_code": _Rule("str"),
    "language_detection": _BOOL,
    "speaker_labels": _BOOL,
    "max_speakers": _Rule("int", 1, 10),
    "speaker_labels_revision_interval_ms": _Rule("int", 0, 86_400_000),
    "domain": _Rule("str", choices=("medical-v1",)),
    "filter_profanity": _LIVE,
    "redact_pii": _BOOL,
    "redact_pii_policies": _Rule("list"),
    "redact_pii_sub": _Rule("str", choices=("hash", "entity_name")),
    "voice_focus": _Rule("str", choices=("near-field", "far-field")),
    "voice_focus_threshold": _Rule("float", 0, 1),
    "noise_suppression_model": _Rule("str", choices=("near-field", "far-field")),
    "inactivity_timeout": _Rule("int", 5, 3600),
    "session_heartbeat": _LIVE,
    "acknowledge_silence": _LIVE,
    "turn_left_pad_ms": _Rule("int", 0, 5000, live=True),
    "llm_gateway": _Rule("object"),
    "webhook_url": _Rule("str"),
}


def invalid(name: str, what: str) -> InvalidInput:
    """Return the error of an invalid parameter."""
    return InvalidInput(f"Invalid '{name}': {what}")


def read(name: str, value: Any) -> Any:
    """Parse one parameter and check its range."""
    rule = RULES[name]
    found: Any = _KINDS[rule.kind](name, value)
    if rule.low is not None and found < rule.low:
        raise invalid(name, f"Input should be greater than or equal to {rule.low:g}")
    if rule.high is not None and found > rule.high:
        raise invalid(name, f"Input should be less than or equal to {rule.high:g}")
    if rule.choices and found not in rule.choices:
        *first, last = (f"'{choice}'" for choice in rule.choices)
        raise invalid(name, f"Input should be {' or '.join(filter(None, [', '.join(first), last]))}")
    if rule.longest is not None and len(found) > rule.longest:
        raise InvalidInput(f"{name} exceeds maximum length of {rule.longest} characters (got {len(found)})")
    return found


def _bool(name: str, value: Any) -> bool:
    word = str(value).lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise invalid(name, "Input should be a valid boolean")


def _int(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(value)
    except (TypeError, ValueError):
        raise invalid(name, "Input should be a valid integer") from None


def _float(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != number:
        raise invalid(name, "Input should be a valid number")
    return number


def _list(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            value = (
                json.loads(value) if value.lstrip().startswith("[") else [p for p in value.split(",") if p]
            )
        except NOT_JSON:
            raise invalid(name, "Input should be a valid list") from None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(name, "Input should be a list of strings")
    return value


def _object(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except NOT_JSON:
            value = None
    if not isinstance(value, dict):
        raise invalid(name, "Input should be a valid dictionary")
    return value


def _str(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(name, "Input should be a valid string")
    return value


_KINDS = {"bool": _bool, "int": _int, "float": _float, "list": _list, "object": _object, "str": _str}
