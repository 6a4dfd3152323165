"""What options mean to each other: needs, conflicts, limits of models, and the choices always sent."""

from __future__ import annotations

from aai_jupyter.client.options.given_options import Examination
from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.options.option_values import exceeded, show
from aai_jupyter.client.options.vocabulary import (
    DEFAULT_MODELS,
    DOCUMENTED_MODELS,
    LOCAL_MODELS,
    MEDICAL_LANGUAGES,
)


def check(request: Examination, *, unchecked: frozenset[str]) -> None:
    """Fill in the choices that are always sent, and check options against each other.

    `unchecked` names what is sent at the user's own risk (``extra``).
    """
    if "speech_models" not in unchecked | request.failed:
        _models(request)
    _language(request)
    _needs(request)
    _conflicts(request)
    _ranges(request)


def _models(request: Examination) -> None:
    limited = [option for option in request.options() if option.models]
    if "speech_models" not in request.given:
        able = [model for model in DEFAULT_MODELS if all(model in option.models for option in limited)]
        if not able:
            request.problem(
                "No model takes all of "
                + ", ".join(f"{show(option)} ({'/'.join(option.models)})" for option in limited)
                + ".",
                "Leave some of them out.",
            )
            return
        first = DEFAULT_MODELS[0]
        request.params["speech_models"] = able if first not in able else list(DEFAULT_MODELS)
        if first not in able:
            names = [show(option) for option in limited if first not in option.models]
            request.warn(f"Only {able[0]} takes {', '.join(names)}: it is the model used.")
    models = [model for model in request.value("speech_models") if model not in LOCAL_MODELS]
    if not models:
        return
    undocumented = [model for model in models if model not in DOCUMENTED_MODELS]
    for option in limited:
        if not set(models) & set(option.models) and undocumented:
            request.warn(
                f"{show(option)} is known of {', '.join(option.models)} only; "
                f"whether {undocumented[0]} takes it is not published."
            )
        elif not set(models) & set(option.models):
            request.problem(
                f"{show(option)} is taken by {', '.join(option.models)} only, and speech_models is "
                f"{', '.join(models)}.",
                f"Add {_documented(option)} to speech_models, or leave {show(option)} out.",
            )
        elif models[0] not in option.models:
            request.warn(
                f"{show(option)} has an effect only if {', '.join(option.models)} runs, "
                f"and {models[0]} comes first."
            )
    for option in request.options():
        if option.unpublished and (text := exceeded(option, request.value(option.name))):
            if undocumented:
                request.warn(f"{text} That of {undocumented[0]} is not published: it is sent as it is.")
            else:
                request.problem(text)
                continue
        if option.model_max_items:
            _count(request, option, len(request.value(option.name)), models)


def _documented(option: Option) -> str:
    return next(model for model in reversed(option.models) if model in DOCUMENTED_MODELS)


def _count(request: Examination, option: Option, number: int, models: list[str]) -> None:
    limits = {model: option.model_max_items.get(model, number) for model in models}
    over = [model for model, limit in limits.items() if number > limit]
    if len(over) == len(limits):
        model = max(limits, key=lambda name: limits[name])
        request.problem(f"{show(option)} has {number} items; {model} takes at most {limits[model]}.")
    elif over:
        request.warn(
            f"{show(option)} has {number} items; {over[0]} takes at most {limits[over[0]]}, "
            "should the language need that model."
        )


def _language(request: Examination) -> None:
    params = request.params
    chosen = {"language_code", "language_codes"} & (params.keys() | request.failed)
    if params.get("language_detection") is None and "language_detection" not in request.failed:
        if not chosen:
            params["language_detection"] = True
    elif params.get("language_detection") is False and not chosen:
        params["language_code"] = "en_us"  # what the service then assumes, said aloud
    code = params.get("language_code")
    if "domain" in request.given and code and str(code)[:2] not in MEDICAL_LANGUAGES:
        request.warn(f"domain has no effect for {code}, and is not charged.")
    fallback = "language_detection_options.fallback_language"
    on_silence = "language_detection_options.on_no_speech_detected"
    if (
        request.given.get(on_silence) == "fallback"
        and request.value(fallback) == "auto"
        and fallback not in request.failed
    ):
        request.problem(
            f"{on_silence}='fallback' needs a language to fall back to.", "Add fallback_language='en'."
        )
    variants = request.given.get("language_detection_options.localization", [])
    bases = [variant.split("_")[0] for variant in variants]
    if len(set(bases)) < len(bases):
        request.problem(
            "language_detection_options.localization takes one variant for each language, not "
            + " and ".join(variants)
            + "."
        )


def _needs(request: Examination) -> None:
    missing: dict[str, list[str]] = {}
    for option in request.options():
        above = [".".join(option.path[:length]) for length in range(1, len(option.path) + 1)]
        if option.name in {name.rpartition(".")[0] for name in request.given}:
            continue  # its parts speak for it
        for needed in dict.fromkeys(
            name for part in above if part in OPTIONS for name in OPTIONS[part].requires
        ):
            if not request.on(needed):
                missing.setdefault(needed, []).append(show(option))
    for needed, names in missing.items():
        verb = "needs" if len(names) == 1 else "need"
        if OPTIONS[needed].default is True or needed == "language_detection":
            off = "which is off" if needed != "language_detection" else "and a language is given"
            hint = f"Leave {needed} on." if needed != "language_detection" else "Leave language_code out."
            text = f"{', '.join(names)} {verb} {needed}, {off}."
        else:
            sample = "=True" if OPTIONS[needed].kind == "bool" else ""
            text, hint = f"{', '.join(names)} {verb} {show(needed)}.", f"Add {show(needed)}{sample}."
            if needed == "redact_pii" and not request.on("redact_pii_policies"):
                hint = "Add redact_pii=True, and redact_pii_policies: what to redact."
        request.problem(text, hint)


def _conflicts(request: Examination) -> None:
    seen: set[frozenset[str]] = set()
    for option in request.options():
        for other in option.conflicts:
            pair = frozenset({option.name, other})
            if pair in seen or not request.on(other):
                continue
            seen.add(pair)
            request.problem(
                f"{show(option)} and {show(other)} cannot be used together.", "Leave one of them out."
            )


def _ranges(request: Examination) -> None:
    for low, high, strict in (
        ("audio_start_from", "audio_end_at", True),
        ("speaker_options.min_speakers_expected", "speaker_options.max_speakers_expected", False),
    ):
        first, last = request.given.get(low), request.given.get(high)
        if first is None or last is None:
            continue
        if last < first or (strict and last == first):
            relation = "greater than" if strict else "at least"
            request.problem(f"{show(high)} ({last}) must be {relation} {show(low)} ({first}).")
