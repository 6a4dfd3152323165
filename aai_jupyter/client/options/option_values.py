"""One value against one `Option`: conversion to the JSON type, range, vocabulary, lengths."""

from __future__ import annotations

import enum
import json
import math
import numbers
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aai_jupyter.client.options.known_values import fold, meant
from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.text.json_faults import NOT_JSON

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


class Problem(ValueError):
    """What is wrong with one option, and what to do about it."""

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


def coerce(option: Option, value: Any, warnings: list[str] | None = None) -> Any:
    """Convert `value` to the option's JSON type and check it; raise `Problem` if it cannot be meant.

    Text is understood as it stands on a magic's line: ``"true"``, ``"2"``, ``"a,b"`` or JSON. A value that
    this version does not know, and that is no misspelling of a known one, is left; `warnings` gets a line.

    Examples
    --------
    >>> from aai_jupyter.client.options.option_table import OPTIONS
    >>> coerce(OPTIONS["keyterms_prompt"], ("Borealis", "Zarr"))
    ['Borealis', 'Zarr']
    """
    if isinstance(value, enum.Enum):
        value = value.value
    result = _CONVERT[option.kind](option, value)
    if option.kind in ("int", "float"):
        _check_range(option, result)
    elif option.kind == "str":
        result = _check_text(option, result)
    elif option.kind == "list":
        if option.items == "str":
            result = [_check_text(option, item) for item in result]
        if option.max_total is not None and (total := sum(map(len, result))) > option.max_total:
            raise Problem(
                f"{show(option)} has {total} characters in all its items; {option.max_total} are allowed."
            )
    if not option.unpublished and (text := exceeded(option, result)):
        raise Problem(text)
    texts = result if isinstance(result, list) else [result]
    unknown = [text for text in texts if option.choices and text not in option.choices]
    if unknown and warnings is not None:
        names = ", ".join(map(repr, unknown))
        warnings.append(f"{show(option)}: {names} is not known to this version; it is sent as it is.")
    return result


def exceeded(option: Option, value: Any) -> str | None:
    """What a value is too long in, if it is; None otherwise."""
    if isinstance(value, list) and option.max_items is not None and len(value) > option.max_items:
        return f"{show(option)} takes at most {option.max_items} items, not {len(value)}."
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            continue
        shown = "the value" if option.secret else _quoted(text)
        if option.max_length is not None and len(text) > option.max_length:
            return f"{show(option)}: {shown} has {len(text)} characters; {option.max_length} are allowed."
        if option.max_words is not None and (words := len(text.split())) > option.max_words:
            return f"{show(option)}: {shown} has {words} words; {option.max_words} are allowed."
    return None


def show(option: Option | str) -> str:
    """The name as people know it: the wrapper of Speech Understanding says nothing."""
    name = option if isinstance(option, str) else option.name
    return name.removeprefix("speech_understanding.request.")


def plain(value: Any) -> Any:
    """Turn mappings, sequences, arrays, Series and enums into what JSON holds."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if hasattr(value, "tolist"):  # numpy scalars and arrays, pandas Series and Index
        return plain(value.tolist())
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item) for item in value]
    raise Problem(f"{_quoted(value)} cannot be sent as JSON.")


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _wrong(option: Option, value: Any, wanted: str, hint: str | None = None) -> Problem:
    shown = "the value" if option.secret else _quoted(value)
    return Problem(f"{show(option)}: {shown} is not {wanted}.", hint or option.mistaken)


def _bool(option: Option, value: Any) -> bool:
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    else:
        value = plain(value) if hasattr(value, "tolist") else value
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
    raise _wrong(option, value, "true or false")


def _int(option: Option, value: Any) -> int:
    wanted = f"a whole number{f' ({option.unit})' if option.unit else ''}"
    if isinstance(value, bool):
        raise _wrong(option, value, wanted)
    try:
        if isinstance(value, str):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return operator.index(value)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(option, value, wanted) from None


def _float(option: Option, value: Any) -> float:
    if isinstance(value, str | numbers.Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise _wrong(option, value, "a number")


def _str(option: Option, value: Any) -> str:
    if isinstance(value, str):
        if not value.strip():
            raise Problem(f"{show(option)} is empty.", "Leave it out, or give a text.")
        return value
    hint = None
    if value is False and "no" in option.choices:
        hint = 'YAML reads an unquoted no as false: write "no" for Norwegian.'
    raise _wrong(option, value, "text", hint)


def _list(option: Option, value: Any) -> list[Any]:
    if isinstance(value, str):
        value = _from_json(option, value) if _looks_json(option, value) else _texts(option, value)
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str | bytes | bool | numbers.Number) or not isinstance(value, Iterable):
        raise _wrong(option, value, "a list")
    items: list[Any] = []
    for item in plain(value):
        # Flags given more than once arrive as a list of texts, each possibly JSON of its own.
        if option.items == "object" and isinstance(item, str):
            found = _from_json(option, item)
            items += found if isinstance(found, list) else [found]
        else:
            items.append(item)
    wanted: type = dict if option.items == "object" else str
    for item in items:
        if not isinstance(item, wanted):
            raise _wrong(option, item, "an object" if wanted is dict else "text")
    if wanted is str:
        items = [text for item in items if (text := item.strip())]
        if not items:
            raise Problem(f"{show(option)} is empty.", "Leave it out, or give at least one value.")
    return items


def _object(option: Option, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = _from_json(option, value)
    if value is True:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(
            option, value, "an object", f"Give a dict, or JSON text such as '{option.flag} {{...}}'."
        )
    return dict(value)


_CONVERT: dict[str, Callable[[Option, Any], Any]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "str": _str,
    "list": _list,
    "object": _object,
}


def _looks_json(option: Option, text: str) -> bool:
    return text.lstrip().startswith("[") or option.items == "object"


def _texts(option: Option, text: str) -> list[str]:
    return [text] if not option.commas else [part.strip() for part in text.split(",") if part.strip()]


def _from_json(option: Option, text: str) -> Any:
    try:
        return json.loads(text)
    except NOT_JSON as error:
        where = "it is too large"
        if isinstance(error, json.JSONDecodeError):
            where = f"{error.msg}, character {error.pos + 1}"
        raise Problem(
            f"{show(option)}: {_quoted(text)} is not JSON ({where}).",
            f'On a magic\'s line, put it in single quotes: {option.flag} \'{{"name": "value"}}\'.',
        ) from None


def _check_range(option: Option, number: float) -> None:
    low, high = option.minimum, option.maximum
    unit = f" {option.unit}" if option.unit else ""
    if low is not None and high is not None and not low <= number <= high:
        raise Problem(f"{show(option)} must be from {low:.10g} to {high:.10g}{unit}, not {number:.10g}.")
    if low is not None and number < low:
        raise Problem(f"{show(option)} must be at least {low:.10g}{unit}, not {number:.10g}.")
    if high is not None and number > high:
        raise Problem(f"{show(option)} must be at most {high:.10g}{unit}, not {number:.10g}.")


def _check_text(option: Option, text: str) -> str:
    shown = "the value" if option.secret else _quoted(text)
    if option.choices:
        return _choose(option, text)
    if option.pattern is not None and not re.fullmatch(option.pattern, text):
        raise Problem(f"{show(option)}: {shown} is not valid; it must be {option.pattern_help}.")
    return text


def _choose(option: Option, text: str) -> str:
    if text in option.choices:
        return text
    folded = {fold(choice): choice for choice in option.choices}
    if fold(text) in folded:
        return folded[fold(text)]
    if text in option.refused:
        raise Problem(f"{show(option)}: {_quoted(text)} is refused: {option.refused[text]}.")
    near = closest(text, option.choices) if option.strict else meant(option, text)
    if near is None and not option.strict:
        return text
    message = f"{show(option)}: {_quoted(text)} is not one of its values."
    few = f"Its values: {', '.join(option.choices)}." if len(option.choices) <= 8 else None
    if near is None and few is None:
        few = f"In a notebook, Tab after the flag lists all {len(option.choices)}."
    hints = [f"Did you mean {near!r}?" if near else None, few]
    if option.strict:
        message = f"{message[:-1]}; {option.strict}."
    if not option.group:  # a flag of a command, not a parameter
        raise Problem(message.partition(";")[0].rstrip(".") + ".", " ".join(filter(None, hints)) or None)
    sent: Any = [text] if option.kind == "list" else text
    for key in reversed(option.path):
        sent = {key: sent}
    hints.append(f"To send it all the same: extra={sent!r}.")
    raise Problem(message, " ".join(hint for hint in hints if hint) or None)
