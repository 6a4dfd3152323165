"""The help text of a magic: what ``%transcribe?`` and ``%transcribe --help`` show."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from aai_jupyter.client.options.option import Option
from aai_jupyter.notebook.line.spec import Flag, MagicSpec

_WIDTH = 100
_COLUMN = 34


def docstring(spec: MagicSpec) -> str:
    """Return the help text of a magic.

    Examples
    --------
    >>> print(docstring(MagicSpec("aai_status", "Show the settings.", ("%aai_status",))))
    Show the settings.
    <BLANKLINE>
        %aai_status
    <BLANKLINE>
    Flags
      -h, --help                      Show this text.
    """
    blocks = [spec.summary]
    if spec.examples:
        blocks.append("\n".join(f"    {example}" for example in spec.examples[:3]))
        blocks.append(_way_on(spec))
    if spec.usage:
        blocks.append("\n".join(f"    {form}" for form in spec.usage))
    if spec.words:
        blocks.append(_row(spec.words, spec.words_help))
    blocks.append(
        "\n".join(["Flags", *(_row(_flag_name(flag), _flag_help(flag)) for flag in spec.own_flags)])
    )
    blocks += _option_blocks(spec)
    if spec.notes:
        blocks.append(spec.notes)
    if spec.examples[3:]:
        blocks.append("\n".join(["More examples", *(f"    {example}" for example in spec.examples[3:])]))
    return "\n\n".join(blocks)


def _way_on(spec: MagicSpec) -> str:
    """Say what else there is to read; the same everywhere, so that it is found once for all."""
    tab = "Tab completes flags and values. " if spec.options else ""
    return f"{tab}%aai_status shows what is used and where it came from; aai? has the way into the rest."


def option_help(option: Option) -> str:
    """Describe one parameter in a sentence or two: meaning, unit, range, default, values, price, needs."""
    notes = [option.help]
    if option.minimum is not None and option.maximum is not None:
        notes.append(f"From {option.minimum:g} to {option.maximum:g}{_unit(option)}.")
    elif option.unit:
        notes.append(f"In {option.unit}.")
    if option.default is True:
        notes.append("Default: on.")
    elif option.default not in (None, False):
        shown = option.default if not isinstance(option.default, tuple) else ",".join(option.default)
        notes.append(f"Default: {shown}.")
    if 0 < len(option.choices) <= 8:
        notes.append(f"Values: {', '.join(option.choices)}.")
    elif option.choices:
        notes.append(f"One of {len(option.choices)} values (Tab lists them).")
    if len(option.models) == 1:
        notes.append(f"{option.models[0]} only.")
    if option.requires:
        notes.append(f"Needs {', '.join(option.requires)}.")
    if option.price is not None:
        notes.append(f"+${option.price:.3g}/h.")
    if option.deprecated is not None:
        notes.append(f"Deprecated: {option.deprecated}.")
    return " ".join(notes)


def _option_blocks(spec: MagicSpec) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for option in spec.options.values():
        if not option.removed:
            groups.setdefault(option.group, []).append(_row(_option_name(option), option_help(option)))
    for group, rows in groups.items():
        yield "\n".join([group, *rows])


def _option_name(option: Option) -> str:
    if option.kind == "bool":
        return f"{option.flag}, --no-{option.flag[2:]}" if option.default is True else option.flag
    kinds = {"int": "N", "float": "X", "str": "TEXT", "list": "A,B", "object": "JSON"}
    shown = kinds[option.kind] if option.commas else kinds["str"]
    return f"{option.flag} {'JSON' if option.items == 'object' else shown}"


def _flag_name(flag: Flag) -> str:
    value = "" if flag.kind == "bool" else f" {flag.metavar or flag.name.upper()}"
    return f"{flag.short}, {flag.flag}{value}" if flag.short else f"{flag.flag}{value}"


def _flag_help(flag: Flag) -> str:
    notes = [flag.help]
    if isinstance(flag.choices, tuple) and flag.choices:
        notes.append(f"Values: {', '.join(flag.choices)}.")
    if flag.default is not None:
        notes.append(f"Default: {flag.default}.")
    return " ".join(notes)


def _unit(option: Option) -> str:
    return f" {option.unit}" if option.unit else ""


def _row(name: str, text: str) -> str:
    head = f"  {name:<{_COLUMN - 2}}"
    lines = textwrap.wrap(text, _WIDTH - _COLUMN, break_on_hyphens=False) or [""]
    if len(name) > _COLUMN - 4:
        lines = ["", *lines]
    first, *rest = lines
    return "\n".join([(head + first).rstrip(), *(" " * _COLUMN + line for line in rest)])
