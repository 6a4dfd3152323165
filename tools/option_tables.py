"""Tables of the request parameters, their prices and their values."""

from __future__ import annotations

from collections.abc import Iterable

from aai_jupyter.client.options.catalog.clip_options import CLIP_PRICES, CLIPS
from aai_jupyter.client.options.catalog.streaming_options import STREAMING
from aai_jupyter.client.options.catalog.streaming_vocabulary import STREAMING_PRICES
from aai_jupyter.client.options.option_table import OPTIONS, Option
from aai_jupyter.client.options.prices import MODEL_PRICES, OTHER_SOURCES, PRICE_LIST_DATE, PRICE_LIST_SOURCE
from aai_jupyter.client.options.vocabulary import LOCAL_MODELS, PII_POLICIES
from tools.markdown import table


def options_table() -> str:
    """Every request parameter of a recording, by group."""
    return _options(OPTIONS.values())


def streaming_table() -> str:
    """Every parameter of a real-time session, by group."""
    return _options(STREAMING)


def clips_table() -> str:
    """Every option of a short clip."""
    return _options(CLIPS)


def prices_table() -> str:
    """Base rates of models; add-ons stand in the options tables."""
    kinds = {"recorded": MODEL_PRICES, "real-time": STREAMING_PRICES, "short clips": CLIP_PRICES}
    rows = [
        (f"`{model}`", kind, "free (local engine)" if model in LOCAL_MODELS else f"{price:.2f}")
        for kind, prices in kinds.items()
        for model, price in prices.items()
    ]
    others = "".join(f" `{model}`: {source}." for model, source in OTHER_SOURCES.items())
    return f"Prices of {PRICE_LIST_DATE}, from <{PRICE_LIST_SOURCE}>.{others}\n\n" + table(
        ("Model", "Speech", "USD per hour of audio"), rows
    )


def policies_table() -> str:
    """The names that redact_pii_policies takes."""
    return ", ".join(f"`{policy}`" for policy in PII_POLICIES) + "\n"


def _options(options: Iterable[Option]) -> str:
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    head = ("Parameter and flag", "Value", "USD/h", "Meaning")
    parts = []
    for group, members in groups.items():
        rows = [
            (
                f"`{option.name}`" + ("" if option.removed else f"<br>`{_shown_flag(option)}`"),
                _type(option) + _default(option),
                _price(option),
                _meaning(option),
            )
            for option in members
        ]
        parts.append(f"## {group}\n\n{table(head, rows)}")
    return "\n".join(parts)


def _shown_flag(option: Option) -> str:
    return f"--no-{option.flag[2:]}" if option.default is True else option.flag


def _type(option: Option) -> str:
    low, high = option.minimum, option.maximum
    parts = [f"{option.kind} of objects" if option.items == "object" else option.kind]
    if low is not None and high is not None:
        parts.append(f"{low:.10g} to {high:.10g}")
    elif low is not None:
        parts.append(f"from {low:.10g}")
    if option.unit:
        parts.append(option.unit)
    if option.max_items:
        parts.append(f"at most {option.max_items} items")
        parts += [f"{limit} for {model}" for model, limit in option.model_max_items.items()]
    if option.max_words:
        parts.append(f"at most {option.max_words} words{' each' if option.kind == 'list' else ''}")
    if option.max_length:
        parts.append(f"at most {option.max_length} characters{' each' if option.kind == 'list' else ''}")
    if option.max_total:
        parts.append(f"at most {option.max_total} characters in all")
    if 0 < len(option.choices) <= 8:
        parts.append("one of " + ", ".join(f"`{choice}`" for choice in option.choices))
    elif option.choices:
        parts.append(f"one of {len(option.choices)} values")
    return "; ".join(parts)


def _default(option: Option) -> str:
    if option.default is None:
        return ""
    if isinstance(option.default, bool):
        return f"; default: {'on' if option.default else 'off'}"
    values = option.default if isinstance(option.default, tuple) else (option.default,)
    return "; default: " + ", ".join(f"`{value}`" for value in values)


def _price(option: Option) -> str:
    if option.price is not None:
        return f"+{option.price:g}"
    return "not published" if option.price_unknown else ""


def _meaning(option: Option) -> str:
    notes = [option.help]
    if len(option.models) == 1:
        notes.append(f"{option.models[0]} only.")
    if option.requires:
        notes.append("Needs " + ", ".join(f"`{name}`" for name in option.requires) + ".")
    if option.conflicts:
        notes.append("Not with " + ", ".join(f"`{name}`" for name in option.conflicts) + ".")
    if option.replaced_by:
        notes.append(f"Sent as `{option.replaced_by}`: {option.deprecated}.")
    elif option.deprecated:
        notes.append(f"{'Refused' if option.removed else 'Deprecated'}: {option.deprecated}.")
    return " ".join(notes)
