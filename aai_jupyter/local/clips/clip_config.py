"""The ``config`` part of a clip's request, validated as strictly as by the service.

The wire's own table, kept apart from the client's options on purpose: the engine stands in for the service.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.local.clips.errors import bad_request
from aai_jupyter.text.json_faults import NOT_JSON

_LANGUAGES = "en es de fr it pt tr nl sv no da fi hi vi ar he ja ur zh"
LANGUAGES = frozenset(_LANGUAGES.split())
RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
MAX_PROMPT = 6000
MAX_TERMS, MAX_TERM_CHARACTERS = 100, 8000
MAX_TURNS, MAX_TURN_CHARACTERS = 500, 16_000
_FIELDS = (
    "prompt",
    "keyterms_prompt",
    "word_boost",
    "conversation_context",
    "language_codes",
    "sample_rate",
    "channels",
    "timestamps",
)


@dataclass(frozen=True)
class ClipConfig:
    """Validated configuration of a clip's request.

    Examples
    --------
    >>> ClipConfig.of(b'{"keyterms_prompt": [" Zarr ", ""]}').terms
    ['Zarr']
    """

    given: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: bytes) -> ClipConfig:
        """Parse and validate the part.

        Raises
        ------
        ClipError
            400 ``bad_request``.
        """
        try:
            found = json.loads(raw or b"{}")
        except NOT_JSON:
            raise bad_request("config is not valid JSON") from None
        if not isinstance(found, dict):
            raise bad_request("config must be a JSON object")
        unknown = [name for name in found if name not in _FIELDS]
        if unknown:
            raise bad_request(f"config: unknown field {unknown[0]!r}")
        config = cls({name: value for name, value in found.items() if value is not None})
        config._check()
        return config

    def _check(self) -> None:
        given = self.given
        _is("prompt", given.get("prompt", ""), str, "a string")
        if len(given.get("prompt", "")) > MAX_PROMPT:
            raise bad_request(f"prompt must have at most {MAX_PROMPT} characters")
        for name in ("keyterms_prompt", "word_boost", "language_codes"):
            _texts(name, given.get(name, []))
        context = given.get("conversation_context", [])
        _texts("conversation_context", [context] if isinstance(context, str) else context)
        if len(self.terms) > MAX_TERMS or sum(map(len, self.terms)) > MAX_TERM_CHARACTERS:
            raise bad_request(
                f"keyterms_prompt must have at most {MAX_TERMS} terms and {MAX_TERM_CHARACTERS} characters"
            )
        for code in given.get("language_codes", []):
            if code not in LANGUAGES:
                raise bad_request(f"language_codes: {code!r} is not supported")
        _is("timestamps", given.get("timestamps", False), bool, "a boolean")
        for name, allowed in (("sample_rate", RATES), ("channels", (1, 2))):
            value = given.get(name)
            if value is not None and (isinstance(value, bool) or value not in allowed):
                raise bad_request(f"{name} must be one of {', '.join(map(str, allowed))}")

    @property
    def terms(self) -> list[str]:
        """Key terms, without the empty ones."""
        found = [*self.given.get("keyterms_prompt", []), *self.given.get("word_boost", [])]
        return [term.strip() for term in found if term.strip()]

    @property
    def context(self) -> list[str]:
        """The previous turns; of too long a context the newest."""
        given = self.given.get("conversation_context", [])
        turns = [given] if isinstance(given, str) else list(given)
        kept: list[str] = []
        for turn in reversed(turns[-MAX_TURNS:]):
            if sum(map(len, kept)) + len(turn) > MAX_TURN_CHARACTERS:
                break
            kept.append(turn)
        return kept[::-1]

    @property
    def language_codes(self) -> list[str]:
        """Candidate languages; ignored beside a prompt."""
        return [] if self.given.get("prompt") else list(self.given.get("language_codes", []))

    @property
    def timestamps(self) -> bool:
        return bool(self.given.get("timestamps", False))

    @property
    def sample_rate(self) -> int | None:
        return self.given.get("sample_rate")

    @property
    def channels(self) -> int | None:
        return self.given.get("channels")

    @property
    def prompt(self) -> str | None:
        """The prompt of Whisper. It has room for about 160 words, so the last turn of the context only."""
        parts = [*self.context[-1:], self.given.get("prompt"), ", ".join(self.terms)]
        return " ".join(part for part in parts if part).strip() or None


def _is(name: str, value: Any, kind: type, shown: str) -> None:
    if not isinstance(value, kind):
        raise bad_request(f"{name} must be {shown}")


def _texts(name: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request(f"{name} must be a list of strings")
