"""Options of one flat table against what was given, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.client.options.option_values import Problem, coerce
from aai_jupyter.errors import OptionError

_SYNONYMS = {
    "diarization": "speaker_labels",
    "model": "speech_model",
    "keyterms": "keyterms_prompt",
    "word_boost": "keyterms_prompt",
    "context": "conversation_context",
    "language": "language_codes",
    "language_code": "language_codes",
}


def checked(
    table: Mapping[str, Option], options: Mapping[str, Any], what: str
) -> tuple[dict[str, Any], list[Problem], list[str]]:
    """Check options one by one.

    Parameters
    ----------
    table : mapping of str to Option
    options : mapping
        By API name or short name. None: not given.
    what : str
        What they are options of, for the error text.

    Returns
    -------
    params : dict
        By API name, as JSON types.
    problems : list of Problem
    warnings : list of str
    """
    by_name = {**table, **{option.short: option for option in table.values()}}
    params: dict[str, Any] = {}
    problems: list[Problem] = []
    warnings: list[str] = []
    for name, value in options.items():
        if value is None:
            continue
        option = by_name.get(name.replace("-", "_"))
        try:
            if option is None:
                raise _unknown(name, table, what)
            if option.deprecated is not None:
                warnings.append(f"{option.name} is deprecated: {option.deprecated}.")
            if option.replaced_by is not None:
                option = table[option.replaced_by]
            params[option.name] = coerce(option, value, warnings)
        except Problem as problem:
            problems.append(problem)
    return params, problems, warnings


def _unknown(name: str, table: Mapping[str, Option], what: str) -> Problem:
    known = _SYNONYMS.get(name)
    near = known if known in table else closest(name, [option.short for option in table.values()])
    hint = f"Did you mean {near}? " if near else ""
    # The service ignores what it does not know, so a slip would only show in the text.
    return Problem(
        f"{name} is not an option of {what}.",
        f"{hint}To send a parameter this version does not know: extra={{{name!r}: ...}}.",
    )


def raise_problems(problems: list[Problem]) -> None:
    """Raise what was found, if anything.

    Raises
    ------
    OptionError
        Names everything that is wrong.
    """
    if len(problems) == 1:
        raise OptionError(problems[0].text, hint=problems[0].hint)
    if problems:
        lines = [f"  • {problem.text}{' ' + problem.hint if problem.hint else ''}" for problem in problems]
        raise OptionError("\n".join([f"{len(problems)} options are wrong.", *lines]))
