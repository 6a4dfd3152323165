"""Source of a ``%%transcribe`` cell with the options and sources of a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.text.line_words import quote


def transcribe_cell(sources: Iterable[str], options: Mapping[str, Any], name: str = "") -> str:
    """Return the source of a cell that transcribes these sources with these options.

    Parameters
    ----------
    sources : iterable of str
        Paths and URLs.
    options : mapping
        By full API name, dotted where nested. Secret values are left out.
    name : str
        Variable for the result.

    Examples
    --------
    >>> print(transcribe_cell(["my talk.mp3"], {"speaker_labels": True, "language_code": "en"}, "talk"))
    %%transcribe talk --speaker-labels --language-code en
    'my talk.mp3'
    """
    words = ["%%transcribe", *([name] if name else [])]
    for key, value in options.items():
        option = OPTIONS[key]
        if option.secret or value is None:
            continue
        if option.kind == "bool":
            words.append(option.flag if value else f"--no-{option.flag[2:]}")
        else:
            words += [option.flag, quote(_written(value))]
    return "\n".join([" ".join(words), *map(quote, sources)])


def _written(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        text = ",".join(value)
        return text if not text.startswith("[") else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
