"""The query of the real-time socket and its updates, read as strictly as the service does.

The wire's own table, kept apart from the client's options on purpose: the engine stands in for the service.
Unknown names are passed over in silence, wrong values end the session with 3006.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

PRO_MODELS = ("universal-3-6-pro", "universal-3-5-pro", "u3-rt-pro")
PLAIN_MODELS = ("universal-streaming-english", "universal-streaming-multilingual")
SERVICE_MODELS = (*PRO_MODELS, *PLAIN_MODELS, "whisper-rt")
ENCODINGS = ("pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac")
_LANGUAGES = """
af ar yue ca da nl en et fi fr gl de he hi it ja ko zh mr no nn fa pt ro ru es sv tr ur vi xh zu multi
"""
LANGUAGES = frozenset(_LANGUAGES.split())
MAX_TEXT = 1750

# (least silence, most silence) in ms. The least is longer than the service's: Whisper ends every piece of
# sound like a sentence, so a short pause says less here.
_SILENCE = {"min_latency": (250, 640), "balanced": (400, 1280), "max_accuracy": (700, 2560)}
_SILENCE_WITH_SPEAKERS = (640, 768)

_NO_MODEL = "the local engine has no model for it. Use the service, or leave it out."
_REFUSED = {
    "domain": _NO_MODEL,
    "voice_focus": _NO_MODEL,
    "noise_suppression_model": _NO_MODEL,
    "redact_pii": "the local engine redacts recordings only, not live speech. Leave it out.",
}
_WITHOUT_EFFECT = {
    "llm_gateway": "llm_gateway: the local engine has no language model; no LLMGatewayResponse will be sent.",
    "webhook_url": "webhook_url: the local engine calls no webhook for live speech.",
    "previous_context_n_turns": "previous_context_n_turns: the local engine hears each turn by itself.",
    "interruption_delay": "interruption_delay: partial turns of the local engine come about every second.",
    "speaker_labels_revision_interval_ms": (
        "speaker_labels_revision_interval_ms: the local engine revises speakers at the end only."
    ),
}


class InvalidInput(Exception):
    """What ends a session with 3006; the text is the service's."""


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
    "mode": _Rule("str", choices=tuple(_SILENCE), live=True),
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


@dataclass(frozen=True)
class StreamParams:
    """The settings of a session.

    Examples
    --------
    >>> StreamParams.of({"min_turn_silence": "20"}).min_silence
    50
    """

    given: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> StreamParams:
        """Read a query.

        Raises
        ------
        InvalidInput
        """
        given = {name: _read(name, value) for name, value in query.items() if name in RULES}
        params = cls(given)
        params._check()
        return params

    def updated(self, message: Mapping[str, Any]) -> StreamParams:
        """The settings after an ``UpdateConfiguration``.

        Raises
        ------
        InvalidInput
        """
        changes = {
            name: _read(name, value)
            for name, value in message.items()
            if name in RULES and RULES[name].live and value is not None
        }
        params = replace(self, given={**self.given, **changes})
        params._check()
        return params

    def _check(self) -> None:
        given = self.given
        if self.encoding not in ENCODINGS:
            raise InvalidInput(f"'{self.encoding}' is not a valid Encoding")
        terms = given.get("keyterms_prompt") or []
        if len(terms) > 100:
            raise _invalid("keyterms_prompt", f"List should have at most 100 items, not {len(terms)}")
        if any(len(term) > 50 for term in terms):
            raise _invalid("keyterms_prompt", "Each term should have at most 50 characters")
        codes = self.language_codes
        if len(codes) > 10:
            raise _invalid("language_codes", f"List should have at most 10 items, not {len(codes)}")
        for code in codes:
            if code not in LANGUAGES:
                raise _invalid("language_codes", f"'{code}' is not a supported language")
        if "voice_focus_threshold" in given and not given.get("voice_focus"):
            raise _invalid("voice_focus_threshold", "voice_focus is required")
        for name, reason in _REFUSED.items():
            if given.get(name):
                raise _invalid(name, reason)

    def check_model(self, local: Mapping[str, str]) -> None:
        """Refuse a model that neither the service nor this engine has.

        Raises
        ------
        InvalidInput
        """
        known = (*SERVICE_MODELS, *local)
        asked = self.given.get("speech_model")
        if asked is not None and asked not in known:
            names = ", ".join(f"'{name}'" for name in known[:-1])
            raise _invalid("speech_model", f"Input should be {names} or '{known[-1]}'")

    def warnings(self) -> list[str]:
        """What is accepted but does nothing here."""
        return [text for name, text in _WITHOUT_EFFECT.items() if self.given.get(name)]

    @property
    def encoding(self) -> str:
        return str(self.given.get("encoding", "pcm_s16le"))

    @property
    def sample_rate(self) -> int:
        return int(self.given.get("sample_rate", 16000))

    @property
    def plain_model(self) -> bool:
        """A model that writes lower case without punctuation unless asked to format."""
        return self.given.get("speech_model") in PLAIN_MODELS

    @property
    def speaker_labels(self) -> bool:
        return bool(self.given.get("speaker_labels"))

    @property
    def language_codes(self) -> list[str]:
        code = self.given.get("language_code")
        return list(self.given.get("language_codes") or ([code] if code else []))

    @property
    def min_silence(self) -> int:
        """Milliseconds of silence after which a turn that sounds finished ends."""
        given = self.given
        value = given.get("min_turn_silence", given.get("min_end_of_turn_silence_when_confident"))
        return min(max(int(value), 50), 10000) if value is not None else self._silence[0]

    @property
    def max_silence(self) -> int:
        """Milliseconds of silence after which any turn ends."""
        value = self.given.get("max_turn_silence")
        return (
            max(int(value), self.min_silence)
            if value is not None
            else max(self._silence[1], self.min_silence)
        )

    @property
    def _silence(self) -> tuple[int, int]:
        if self.speaker_labels:
            return _SILENCE_WITH_SPEAKERS
        return _SILENCE[self.given.get("mode", "balanced")]

    @property
    def partials_every(self) -> float | None:
        """Seconds between two partial turns; None: none are wanted."""
        if self.given.get("include_partial_turns") is False:
            return None
        often = self.given.get("continuous_partials", not self.speaker_labels)
        return 1.0 if often or self.plain_model else 3.0

    @property
    def vad_threshold(self) -> float:
        return float(self.given.get("vad_threshold", 0.5))

    @property
    def prompt(self) -> str | None:
        """What Whisper leans to."""
        terms = ", ".join(self.given.get("keyterms_prompt") or [])
        parts = [self.given.get("agent_context"), self.given.get("prompt"), terms]
        return " ".join(part for part in parts if part).strip() or None


def _invalid(name: str, what: str) -> InvalidInput:
    return InvalidInput(f"Invalid '{name}': {what}")


def _read(name: str, value: Any) -> Any:
    rule = RULES[name]
    found: Any = _KINDS[rule.kind](name, value)
    if rule.low is not None and found < rule.low:
        raise _invalid(name, f"Input should be greater than or equal to {rule.low:g}")
    if rule.high is not None and found > rule.high:
        raise _invalid(name, f"Input should be less than or equal to {rule.high:g}")
    if rule.choices and found not in rule.choices:
        *first, last = (f"'{choice}'" for choice in rule.choices)
        raise _invalid(name, f"Input should be {' or '.join(filter(None, [', '.join(first), last]))}")
    if rule.longest is not None and len(found) > rule.longest:
        raise InvalidInput(f"{name} exceeds maximum length of {rule.longest} characters (got {len(found)})")
    return found


def _bool(name: str, value: Any) -> bool:
    word = str(value).lower()
    if word in ("true", "1", "yes", "on"):
        return True
    if word in ("false", "0", "no", "off"):
        return False
    raise _invalid(name, "Input should be a valid boolean")


def _int(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(value)
    except (TypeError, ValueError):
        raise _invalid(name, "Input should be a valid integer") from None


def _float(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != number:
        raise _invalid(name, "Input should be a valid number")
    return number


def _list(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            value = (
                json.loads(value) if value.lstrip().startswith("[") else [p for p in value.split(",") if p]
            )
        except json.JSONDecodeError:
            raise _invalid(name, "Input should be a valid list") from None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _invalid(name, "Input should be a list of strings")
    return value


def _object(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            value = None
    if not isinstance(value, dict):
        raise _invalid(name, "Input should be a valid dictionary")
    return value


def _str(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _invalid(name, "Input should be a valid string")
    return value


_KINDS = {"bool": _bool, "int": _int, "float": _float, "list": _list, "object": _object, "str": _str}
