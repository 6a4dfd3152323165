"""Language of speech: requested, detected, or chosen between several for each interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.local.models.failures import JobFailed

NO_SPEECH = "language_detection cannot be performed on files with no spoken audio."


def whisper_code(code: str) -> str:
    """Return Whisper's code for one of the service's.

    >>> whisper_code("en_uk"), whisper_code("de_ch"), whisper_code("fr")
    ('en', 'de', 'fr')
    """
    return code.partition("_")[0]


def service_code(code: str) -> str:
    """Return the code as a transcript shows it: plain ``en`` becomes ``en_us``.

    >>> service_code("en"), service_code("de")
    ('en_us', 'de')
    """
    return "en_us" if code == "en" else code


@dataclass
class Languages:
    """Language parameters of a request.

    Attributes
    ----------
    given : str or None
        The one language; None: detect it.
    choices : tuple of str
        Languages to choose between for each stretch of speech; empty: one language for the whole.
    """

    given: str | None
    detect: bool = False
    choices: tuple[str, ...] = ()
    switching: bool = False
    threshold: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Languages:
        """Parse a request.

        >>> Languages.of({"language_code": "fr"}).given
        'fr'
        >>> Languages.of({}).given
        'en_us'
        """
        options = params.get("language_detection_options") or {}
        codes = tuple(params.get("language_codes") or ())
        detect = bool(params.get("language_detection")) and not codes
        given = params.get("language_code") or (None if detect or codes else "en_us")
        return cls(
            given=None if detect or len(codes) > 1 else given or codes[0],
            detect=detect,
            choices=codes if len(codes) > 1 else (),
            switching=len(codes) > 1 or (detect and bool(options.get("code_switching"))),
            threshold=params.get("language_confidence_threshold") or 0.0,
            options=options,
        )

    @property
    def fallback(self) -> str | None:
        """The concrete language to fall back to, if the request names one."""
        named = self.options.get("fallback_language")
        return None if named in (None, "auto") else named

    def without_speech(self) -> str:
        """The language of audio without speech.

        Raises
        ------
        JobFailed
            When the language was to be detected and the request names none to fall back to.
        """
        if self.given or self.choices:
            return self.given or self.choices[0]
        if self.options.get("on_no_speech_detected") == "fallback" and self.fallback:
            return self.fallback
        raise JobFailed(NO_SPEECH)

    def decide(self, found: Sequence[Mapping[str, float]]) -> tuple[str, float]:
        """Return language and confidence from the probabilities of some windows of speech.

        Raises
        ------
        JobFailed
            With the service's text, when the confidence is below the threshold asked for.

        Examples
        --------
        >>> Languages.of({"language_detection": True}).decide([{"en": 0.9, "de": 0.1}])
        ('en', 0.9)
        """
        mean = {code: sum(window[code] for window in found) / len(found) for code in found[0]}
        if self.choices:
            return self.choose(mean)
        best = max(mean, key=lambda code: mean[code])
        expected = [whisper_code(code) for code in self.options.get("expected_languages") or ["all"]]
        if "all" not in expected and best not in expected:
            if self.fallback:
                return self.fallback, mean.get(whisper_code(self.fallback), 0.0)
            best = max(expected, key=lambda code: mean.get(code, 0.0))
        confidence = mean.get(best, 0.0)
        if confidence < self.threshold:
            if self.options.get("on_low_language_confidence") == "fallback" and self.fallback:
                return self.fallback, mean.get(whisper_code(self.fallback), 0.0)
            raise JobFailed(
                f"detected language '{best}', confidence {confidence:.4f}, is below the requested "
                f"confidence threshold value of '{self.threshold}'"
            )
        return best, confidence

    def choose(self, found: Mapping[str, float]) -> tuple[str, float]:
        """Return the most probable language of one interval, among those that may be spoken.

        >>> Languages.of({"language_codes": ["en", "de"]}).choose({"en": 0.25, "de": 0.25, "nl": 0.5})
        ('en', 0.5)
        """
        codes = [whisper_code(code) for code in self.choices or self.options.get("expected_languages") or ()]
        allowed = {code: found.get(code, 0.0) for code in codes if code != "all"} or dict(found)
        best = max(allowed, key=lambda code: allowed[code])
        return best, allowed[best] / max(sum(allowed.values()), 1e-9)


def language_fields(
    code: str, confidence: float | None, params: Mapping[str, Any], switched: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Return the fields of a transcript about its language.

    Parameters
    ----------
    switched : mapping
        With code switching: confidence of each stretch, by language.

    Examples
    --------
    >>> language_fields("en", 0.98765, {}, {})["language_confidence"]
    0.9877
    """
    ranked = sorted(switched.items(), key=lambda item: -len(item[1]))
    languages = [
        {"language_code": language, "confidence": round(sum(sure) / len(sure), 4)}
        for language, sure in ranked
    ]
    return {
        "language_code": service_code(code),
        "language_confidence": None if confidence is None else round(confidence, 4),
        "language_codes": params.get("language_codes"),
        "language_detection_results": {"code_switching_languages": languages} if languages else None,
    }
