"""Capabilities of this engine, by the service's parameter names; the rest is refused at submit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aai_jupyter.errors import EngineError
from aai_jupyter.local.errors import told
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.language import whisper_code
from aai_jupyter.local.unsupported import ENGLISH_ONLY, NO_MODEL
from aai_jupyter.plugins.installed_plugins import RECOGNIZERS, plugins
from aai_jupyter.weights.find_weights import MODELS, find_weights, model_id, recognizer_plugin

SERVICE_MODELS = ("assemblyai-stt-3-7", "universal-3-5-pro", "universal-2")
"""Accepted, so that the same request runs here and there; the transcript says which model really ran."""
UNASKED = ("assemblyai-stt-3-7", "universal-2")
"""What is sent where nobody has named a model: that this engine ran its own is no news there."""
LOCAL_MODELS = {model_id(name): name for name in MODELS}

_NO_MODEL = "the local engine has no model for it. Use the service, or leave it out."
_ONE_WAY = "the local engine separates speakers in one way only. Leave it out."
_REFUSED = {
    **dict.fromkeys(NO_MODEL, _NO_MODEL),
    "keyterms_prompt_options": "the local engine weighs all key terms alike. Leave it out.",
    "language_detection_options.localization": "the local engine has one spelling of English.",
    "language_detection_options.swiss_german": _NO_MODEL,
    "language_detection_options.language_detection_model": _NO_MODEL,
    "speaker_options.advanced_speaker_segmentation": _ONE_WAY,
    "speaker_options.short_file_diarization_method": _ONE_WAY,
    "speaker_options.long_file_diarization_method": _ONE_WAY,
    "speaker_options.use_two_stage_clustering": _ONE_WAY,
}


def check_params(params: Mapping[str, Any], model: str = "base", home: Path | None = None) -> None:
    """Refuse every parameter that this engine cannot honour.

    Parameters
    ----------
    params : mapping
        The body of ``POST /v2/transcript``.
    model : str
        The engine's own model.
    home : Path, optional
        Folder of the engine, to look for the weights of another model that the request names.

    Raises
    ------
    Unsupported
        Names the parameter and says why.

    Examples
    --------
    >>> check_params({"summarization": True})
    Traceback (most recent call last):
    aai_jupyter.local.models.failures.Unsupported: summarization: the local engine has no model for it. \
Use the service, or leave it out.
    """
    for name, reason in _REFUSED.items():
        if _value(params, name):
            raise Unsupported(name, f"{name}: {reason}")
    name = chosen_model(params, model)
    if name != model and home is not None:
        _require_weights(name, home)
    languages = _languages(params, name)
    if any(code != "en" for code in languages):
        for name in ENGLISH_ONLY:
            if params.get(name):
                raise Unsupported(
                    name, f"The following models are not available in this language: {name} (local engine)."
                )
    if params.get("redact_pii"):
        from aai_jupyter.local.models.pii import check_policies

        check_policies(params.get("redact_pii_policies") or (), english=all(c == "en" for c in languages))
    if params.get("entity_detection"):
        from aai_jupyter.local.models.names import require_names

        require_names("entity_detection")


def _require_weights(name: str, home: Path) -> None:
    try:
        if recognizer_plugin(name) is None:
            find_weights(name, home)
    except EngineError as error:
        raise Unsupported("speech_models", f"speech_models: {told(error)}") from None


def chosen_model(params: Mapping[str, Any], model: str) -> str:
    """Return the model of a request: the first local id it names, else the engine's own.

    >>> chosen_model({"speech_models": ["universal-2", "whisper-tiny.en"]}, "base")
    'tiny.en'
    """
    asked = params.get("speech_models") or []
    known = {**LOCAL_MODELS, model_id(model): model}
    if any(name not in known and name not in SERVICE_MODELS for name in asked):
        known |= {one.name: one.name for one in plugins(RECOGNIZERS) if one.name not in known}
    for name in asked:
        if name not in known and name not in SERVICE_MODELS:
            names = ", ".join(f'"{one}"' for one in (*SERVICE_MODELS, *known))
            raise Unsupported(
                "speech_models",
                f'"speech_models" must be a non-empty list containing one or more of: {names}',
            )
    return next((known[name] for name in asked if name in known), model)


def replaced_model(params: Mapping[str, Any], ran: str) -> str | None:
    """Return the model that somebody named and that did not run; ``ran`` is an id.

    >>> replaced_model({"speech_models": ["universal-2"]}, "whisper-base")
    'universal-2'
    >>> replaced_model({"speech_models": ["assemblyai-stt-3-7", "universal-2"]}, "whisper-base")
    """
    asked = [name for name in params.get("speech_models") or [] if name != ran]
    return asked[0] if asked and tuple(asked) != UNASKED else None


def _value(params: Mapping[str, Any], dotted: str) -> Any:
    value: Any = params
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _languages(params: Mapping[str, Any], model: str) -> set[str]:
    """Return Whisper's codes of the requested languages; those the model does not know are refused."""
    options = params.get("language_detection_options") or {}
    named = {
        "language_code": [params.get("language_code")],
        "language_codes": params.get("language_codes") or [],
        "language_detection_options.expected_languages": options.get("expected_languages") or [],
        "language_detection_options.fallback_language": [options.get("fallback_language")],
    }
    found = set()
    for name, codes in named.items():
        for code in codes:
            if code in (None, "all", "auto"):
                continue
            if model.endswith(".en") and whisper_code(code) != "en":
                raise Unsupported(name, f"{name}: {model_id(model)} knows English only, not {code!r}.")
            if name in ("language_code", "language_codes"):
                found.add(whisper_code(code))
    return found
