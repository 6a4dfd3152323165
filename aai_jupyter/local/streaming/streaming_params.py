"""Query of the real-time socket and its updates, validated as strictly as by the service.

Unknown names are passed over in silence, wrong values end the session with 3006.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.pii import check_policies
from aai_jupyter.local.streaming.parameter_rules import RULES, InvalidInput, invalid, read

__all__ = ["InvalidInput", "StreamParams"]

PRO_MODELS = ("assemblyai-stt-3-7-realtime", "universal-3-6-pro", "universal-3-5-pro", "u3-rt-pro")
PLAIN_MODELS = ("universal-streaming-english", "universal-streaming-multilingual")
SERVICE_MODELS = (*PRO_MODELS, *PLAIN_MODELS, "whisper-rt")
ENCODINGS = ("pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac")
_LANGUAGES = """
af ar yue ca da nl en et fi fr gl de he hi it ja ko zh mr no nn fa pt ro ru es sv tr ur vi xh zu multi
"""
LANGUAGES = frozenset(_LANGUAGES.split())

# (least silence, most silence) in ms. The least is longer than the service's: Whisper ends every piece of
# sound like a sentence, so a short pause says less here.
_SILENCE = {"min_latency": (250, 640), "balanced": (400, 1280), "max_accuracy": (700, 2560)}
_SILENCE_WITH_SPEAKERS = (640, 768)

_NO_MODEL = "the local engine has no model for it. Use the service, or leave it out."
_REFUSED = {
    "domain": _NO_MODEL,
    "voice_focus": _NO_MODEL,
    "noise_suppression_model": _NO_MODEL,
}
_NAME_THEM = (
    "the local engine does not find every kind of personal data, so it has to be told which ones to take out."
)
_WITHOUT_EFFECT = {
    "webhook_url": "webhook_url: the local engine calls no webhook for live speech.",
    "previous_context_n_turns": "previous_context_n_turns: the local engine hears each turn by itself.",
    "interruption_delay": "interruption_delay: partial turns of the local engine come about every second.",
    "speaker_labels_revision_interval_ms": (
        "speaker_labels_revision_interval_ms: the local engine revises speakers at the end only."
    ),
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
        """Parse and validate a query.

        Raises
        ------
        InvalidInput
        """
        given = {name: read(name, value) for name, value in query.items() if name in RULES}
        params = cls(given)
        params._check()
        return params

    def updated(self, message: Mapping[str, Any]) -> StreamParams:
        """Return the settings after an ``UpdateConfiguration``.

        Raises
        ------
        InvalidInput
        """
        changes = {
            name: read(name, value)
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
            raise invalid("keyterms_prompt", f"List should have at most 100 items, not {len(terms)}")
        if any(len(term) > 50 for term in terms):
            raise invalid("keyterms_prompt", "Each term should have at most 50 characters")
        codes = self.language_codes
        if len(codes) > 10:
            raise invalid("language_codes", f"List should have at most 10 items, not {len(codes)}")
        for code in codes:
            if code not in LANGUAGES:
                raise invalid("language_codes", f"'{code}' is not a supported language")
        if "voice_focus_threshold" in given and not given.get("voice_focus"):
            raise invalid("voice_focus_threshold", "voice_focus is required")
        for name, reason in _REFUSED.items():
            if given.get(name):
                raise invalid(name, reason)
        self._check_redaction()

    def _check_redaction(self) -> None:
        given = self.given
        for name in ("redact_pii_policies", "redact_pii_sub"):
            if name in given and not given.get("redact_pii"):
                raise invalid(name, "redact_pii is required")
        if not given.get("redact_pii"):
            return
        policies = given.get("redact_pii_policies")
        if not policies:
            raise invalid("redact_pii_policies", _NAME_THEM)
        try:
            check_policies(policies, english=self.english)
        except Unsupported as error:
            more = "" if self.english else " Say that it is English: language_codes with en alone."
            raise invalid("redact_pii_policies", f"{error}{more}") from None

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
            raise invalid("speech_model", f"Input should be {names} or '{known[-1]}'")

    def warnings(self) -> list[str]:
        """Warnings of parameters that are accepted but do nothing here."""
        return [text for name, text in _WITHOUT_EFFECT.items() if self.given.get(name)]

    @property
    def english(self) -> bool:
        """Whether the session was requested to be English only."""
        model = str(self.given.get("speech_model", ""))
        return model.endswith((".en", "-english")) or self.language_codes == ["en"]

    @property
    def encoding(self) -> str:
        return str(self.given.get("encoding", "pcm_s16le"))

    @property
    def sample_rate(self) -> int:
        return int(self.given.get("sample_rate", 16000))

    @property
    def plain_model(self) -> bool:
        """Whether the model writes lower case without punctuation unless asked to format."""
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
        """Seconds between two partial turns; None for no partials."""
        if not self.given.get("include_partial_turns", not self.given.get("redact_pii")):
            return None
        often = self.given.get("continuous_partials", not self.speaker_labels)
        return 1.0 if often or self.plain_model else 3.0

    @property
    def vad_threshold(self) -> float:
        return float(self.given.get("vad_threshold", 0.5))

    @property
    def prompt(self) -> str | None:
        """The prompt of Whisper."""
        terms = ", ".join(self.given.get("keyterms_prompt") or [])
        parts = [self.given.get("agent_context"), self.given.get("prompt"), terms]
        return " ".join(part for part in parts if part).strip() or None
