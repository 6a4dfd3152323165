"""Values of flags: text, a number, an object of the notebook, or one more item of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_values import Problem, coerce
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import MISSING, expand_word, lookup, undefined
from aai_jupyter.notebook.line.spec import Flag
from aai_jupyter.text.line_words import LineWord


def value_of(what: Flag | Option, word: LineWord, namespace: Mapping[str, Any] | None) -> Any:
    """Return the text of a word, or the objects that it names; without a namespace nothing is looked up.

    Raises
    ------
    UsageError
        A name is not defined.
    """
    if namespace is None:
        return word.text
    value = expand_word(word, namespace)
    if value is not word.text:
        return value
    if not word.quoted and word.text[:1] == "$" and word.text[1:] in namespace:
        raise UsageError(f"{word.text} is not expanded here.", hint=f"Write {{{word.text[1:]}}}")
    if what.kind == "value":
        found = MISSING if word.quoted else lookup(word.text, namespace)
        return value if found is MISSING else found
    if what.kind == "variable":
        return [_variable(name.strip(), namespace) for name in _names(word.text)]
    return value


def kept_value(what: Flag | Option, old: Any, value: Any) -> Any:
    """Merge the value of a repeated flag with the value `old` of its earlier uses.

    Raises
    ------
    Problem
        A flag of the magic itself cannot have this value. Options of the service are checked all together.
    """
    if what.kind == "variable":
        return [*(old or []), *(value if isinstance(value, list) else [value])]
    if what.kind == "value":
        return value
    if isinstance(what, Flag):
        if what.completes == "path" and not isinstance(value, str):
            return value  # a source may be an object: a Path, bytes, samples
        try:
            value = coerce(what.option, value)
        except Problem as problem:
            raise Problem(problem.text.replace(what.name, what.flag, 1), problem.hint) from None
        return [*old, *value] if what.kind == "list" and old else value
    if what.kind == "list" and old is not None:
        return [*_as_list(old, what), *_as_list(value, what)]
    return value


def may_be_bare(what: Flag | Option) -> bool:
    """Return whether a flag of an object may stand without a value: ``--action-items``."""
    return isinstance(what, Option) and what.kind == "object" and what.path[-1] == "action_items"


def switch_hint(what: Flag | Option) -> str:
    """Say how a flag that is on or off is written."""
    off = f"; --no-{what.flag[2:]} switches it off" if isinstance(what, Option) else ""
    return f"{what.flag} alone switches it on{off}."


def choices_hint(what: Flag | Option) -> str | None:
    """List the values that a flag takes; None when they are not known."""
    choices = what.choices if isinstance(what.choices, tuple) else tuple(what.choices())
    if not choices:
        return None
    shown = ", ".join(choices[:8])
    return f"One of: {shown}{', …' if len(choices) > 8 else ''}."


def _variable(name: str, namespace: Mapping[str, Any]) -> Any:
    found = lookup(name, namespace)
    if found is MISSING:
        raise undefined(name, namespace, name)
    return found


def _names(text: str) -> list[str]:
    """Split a list of variables: ``a, b`` is two; the comma in ``a["x, y"]`` separates nothing."""
    return re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text)


def _as_list(value: Any, option: Option) -> list[Any]:
    if isinstance(value, str) and option.items == "str" and not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",")] if option.commas else [value]
    if isinstance(value, str) or not hasattr(value, "__iter__") or isinstance(value, Mapping):
        return [value]
    return list(value)
