"""Form of the options of a request: described for the front end, and parsed from its values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS, Option
from aai_jupyter.client.options.option_values import show
from aai_jupyter.client.options.prices import PRICE_LIST_DATE, hourly
from aai_jupyter.errors import OptionError
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.widgets.studio.option_words import WORDS

COMMON = (
    "speaker_labels",
    "language_code",
    "speech_models",
    "keyterms_prompt",
    "sentiment_analysis",
    "entity_detection",
    "auto_chapters",
    "redact_pii",
    "redact_pii_policies",
)
"""Shown at once; the others are behind their groups' headings."""
OF_SERVICE = ("speech_models", "language_detection_options.language_detection_model")
"""Names of models of the service: the local engine takes the first, and runs the model of its setting."""


def form(*, local: bool) -> list[dict[str, Any]]:
    """Return one description per option, from which the front end makes a field.

    Options that are deprecated, secret, or name a place that results are sent to are not for a form; nor are
    the service's models where the local engine has one of its own.
    """
    return [
        _described(option)
        for option in OPTIONS.values()
        if _in_form(option) and not (local and option.name in OF_SERVICE)
    ]


def _in_form(option: Option) -> bool:
    if option.deprecated or option.removed or option.secret or option.name.startswith("webhook"):
        return False
    # An object whose parts are options is filled in by its parts.
    return not any(name.startswith(f"{option.name}.") for name in OPTIONS)


def _described(option: Option) -> dict[str, Any]:
    facts = {
        "name": option.name,
        "title": WORDS.get(option.name) or show(option).rpartition(".")[2].replace("_", " "),
        "flag": option.flag,
        "kind": option.kind,
        "items": option.items,
        "group": option.group,
        "help": option.help,
        "default": option.default,
        "choices": list(option.choices),
        "minimum": option.minimum,
        "maximum": option.maximum,
        "unit": option.unit,
        "price": option.price,
        "requires": list(option.requires),
        "common": option.name in COMMON,
    }
    return {name: value for name, value in facts.items() if value not in (None, [], "")}


def given(values: Any) -> dict[str, Any]:
    """Parse the form's values: empty fields are left out, texts of objects are JSON.

    Raises
    ------
    OptionError
        A value is for no option of the form, or is not JSON where it should be.
    """
    if not isinstance(values, Mapping):
        raise OptionError("The form sent no options.")
    found: dict[str, Any] = {}
    for name, value in values.items():
        option = OPTIONS.get(name)
        if option is None or not _in_form(option):
            raise OptionError(f"{name!r} is no option of the form.")
        if value in (None, "", [], {}):
            continue
        objects = option.kind == "object" or (option.kind == "list" and option.items == "object")
        if objects and isinstance(value, str):
            try:
                value = json.loads(value)
            except NOT_JSON as error:
                raise OptionError(f"{name} must be JSON: {error}.") from None
        found[name] = value
    return found


def price(params: Mapping[str, Any], seconds: float | None, *, local: bool) -> dict[str, Any]:
    """Describe the price of a request for the front end.

    Parameters
    ----------
    params : mapping
        The request's body.
    seconds : float, optional
        Length of all recordings, when known.
    local : bool
        It runs on this machine.
    """
    if local:
        return {"text": "free on this machine", "items": [], "unknown": []}
    cost = hourly(params)
    text = f"${cost.total:.2f} per hour"
    if seconds:
        total = cost.total * seconds / 3600
        text = f"about ${total:.{2 if total >= 0.1 else 4}f} for {seconds / 60:.1f} min ({text})"
    items = [[label, usd] for label, usd in cost.items]
    return {"text": f"{text}, prices of {PRICE_LIST_DATE}", "items": items, "unknown": list(cost.unknown)}
