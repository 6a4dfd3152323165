"""Rules inside the parameters that are objects: redaction, spelling, Speech Understanding."""

from __future__ import annotations

from typing import Any

from aai_jupyter.client.options.given_options import Examination
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.options.option_values import show
from aai_jupyter.client.options.vocabulary import PII_POLICIES

_SU = "speech_understanding.request."
_COMMON_POLICIES = ("person_name", "phone_number", "email_address", "location", "credit_card_number")
# Formats of custom_formatting, and the policies that would redact the same words.
_FORMATTED_POLICIES = {"date": "date", "phone_number": "phone_number", "email": "email_address"}


def check(request: Examination) -> None:
    """Check redaction, custom spelling and Speech Understanding."""
    _redaction(request)
    _spelling(request)
    _understanding(request)


def _redaction(request: Examination) -> None:
    if request.value("redact_pii") is not True:
        return
    entities = request.given.get("redact_static_entities")
    if not (request.on("redact_pii_policies") or request.on("redact_static_entities")):
        request.problem(
            "redact_pii needs redact_pii_policies: what to redact.",
            f"For example {', '.join(_COMMON_POLICIES)}; all {len(PII_POLICIES)} names complete with Tab.",
        )
    open_results = [name for name in ("entity_detection", "sentiment_analysis") if request.on(name)]
    if open_results:
        request.warn(f"redact_pii does not touch the results of {' and '.join(open_results)}.")
    for label, terms in (entities or {}).items():
        _static_entity(request, label, terms)
    if entities is not None and len(entities) > (OPTIONS["redact_static_entities"].max_items or 0):
        request.problem(f"redact_static_entities has {len(entities)} labels; 100 are allowed.")


def _static_entity(request: Examination, label: str, terms: Any) -> None:
    name = f"redact_static_entities[{label!r}]"
    if not label or len(label) > 80 or not all(c.isascii() and (c.isalnum() or c in " _-") for c in label):
        request.problem(f"{name}: a label is at most 80 of letters, digits, space, _ and - (A to Z).")
    if not isinstance(terms, list) or not terms or not all(isinstance(term, str) for term in terms):
        request.problem(f"{name} must be a list of terms.")
    elif len(terms) > 200 or any(len(term) > 200 for term in terms):
        request.problem(f"{name}: at most 200 terms of at most 200 characters.")


def _spelling(request: Examination) -> None:
    for number, entry in enumerate(request.given.get("custom_spelling", []), 1):
        name = f"custom_spelling, entry {number}"
        if isinstance(entry.get("from"), str):
            entry["from"] = [entry["from"]]
        words, to = entry.get("from"), entry.get("to")
        if set(entry) != {"from", "to"} or not isinstance(words, list) or not isinstance(to, str):
            text = f'{name}: it must be {{"from": ["k8s", "kates"], "to": "Kubernetes"}}.'
        elif not words or not all(isinstance(word, str) and 1 <= len(word.split()) <= 5 for word in words):
            text = f'{name}: each text of "from" has one to five words.'
        elif len(to.split()) != 1:
            text = f'{name}: "to" is one word.'
        else:
            continue
        request.problem(text)


def _understanding(request: Examination) -> None:
    for option in OPTIONS.values():
        parent = option.name.rpartition(".")[0]
        if option.required and request.on(parent) and not request.on(option.name):
            values = f": {', '.join(option.choices)}" if option.choices else ""
            request.problem(f"{show(parent)} needs {option.path[-1]}{values}.")
    identify = _SU + "speaker_identification"
    if request.on(identify):
        _identification(request, identify)
    if request.on(_SU + "translation.match_original_utterance") and not _told_apart(request):
        request.problem(
            "translation.match_original_utterance needs speaker_labels.", "Add speaker_labels=True."
        )
    policies = request.given.get("redact_pii_policies", [])
    for part, policy in _FORMATTED_POLICIES.items():
        if request.on(f"{_SU}custom_formatting.{part}") and policy in policies:
            request.problem(
                f"custom_formatting.{part} and redact_pii_policies '{policy}' exclude each other."
            )


def _told_apart(request: Examination) -> bool:
    return request.on("speaker_labels") or request.on("multichannel")


def _identification(request: Examination, name: str) -> None:
    if not _told_apart(request):
        request.problem(
            "speaker_identification needs speaker_labels or multichannel.", "Add speaker_labels=True."
        )
    kind = request.given.get(f"{name}.speaker_type")
    speakers = request.given.get(f"{name}.speakers", [])
    if kind == "role" and not (speakers or request.on(f"{name}.known_values")):
        request.problem("speaker_identification by role needs known_values or speakers: the roles.")
    if kind and not all(speaker.get(kind) for speaker in speakers):
        request.problem(f"Each of speaker_identification.speakers needs a {kind!r}.")
