"""Writes the types of all options, for editors and type checkers, from the option tables.

``python tools/option_types.py`` rewrites ``aai_jupyter/client/options/option_types.py``; ``--check`` writes
nothing and fails if something would change.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from aai_jupyter.asking.ask_job import RESERVED  # noqa: E402
from aai_jupyter.client.clips.clip_request import CLIP_OPTIONS  # noqa: E402
from aai_jupyter.client.gateway.chat_request import PARAMETERS  # noqa: E402
from aai_jupyter.client.options.catalog.clip_options import CLIP_LANGUAGES, CLIP_MODELS  # noqa: E402
from aai_jupyter.client.options.catalog.streaming_vocabulary import (  # noqa: E402
    STREAMING_LANGUAGES,
    STREAMING_MODELS,
)
from aai_jupyter.client.options.option import Option  # noqa: E402
from aai_jupyter.client.options.option_table import OPTIONS, find_option  # noqa: E402
from aai_jupyter.client.options.vocabulary import PII_POLICIES  # noqa: E402
from aai_jupyter.client.streaming.streaming_request import STREAMING_OPTIONS  # noqa: E402

TARGET = ROOT / "aai_jupyter" / "client" / "options" / "option_types.py"
HEAD = '''"""Options as types: what an editor completes and a type checker checks. For type checkers only.

Written by tools/option_types.py from the option tables (``make tables``); not by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

# fmt: off
'''
VOCABULARIES = {
    "LanguageCode": OPTIONS["language_code"].choices,
    "ExpectedLanguage": OPTIONS["language_detection_options.expected_languages"].choices,
    "FallbackLanguage": OPTIONS["language_detection_options.fallback_language"].choices,
    "SpeechModel": OPTIONS["speech_models"].choices,
    "PiiPolicy": PII_POLICIES,
    "StreamingModel": STREAMING_MODELS,
    "StreamingLanguage": STREAMING_LANGUAGES,
    "ClipModel": CLIP_MODELS,
    "ClipLanguage": CLIP_LANGUAGES,
}
"""Names of the larger sets of values."""
WIDTH = 110


def written() -> str:
    """The whole module."""
    parts = [HEAD]
    parts += [_vocabulary(name, values) for name, values in VOCABULARIES.items()]
    parts += [
        _class(
            "TranscribeOptions",
            "Parameters of a recording, nested ones by their short names.",
            {name: option for option in OPTIONS.values() for name in _names(option)},
        ),
        _class(
            "StreamingOptions",
            "Parameters of a real-time session.",
            {option.short: option for option in STREAMING_OPTIONS.values()},
        ),
        _class(
            "StreamingChanges",
            "Parameters that can be changed while a real-time session runs.",
            {option.short: option for option in STREAMING_OPTIONS.values() if option.live},
        ),
        _class("ClipOptions", "Options of a short clip.", CLIP_OPTIONS),
        _gateway(
            "AskParameters",
            "Parameters of the LLM Gateway that a question may have.",
            [name for name in PARAMETERS if name not in RESERVED],
        ),
        _gateway("GatewayParameters", "All parameters of the LLM Gateway.", PARAMETERS),
    ]
    return "\n".join(parts)


def _vocabulary(name: str, values: Iterable[str]) -> str:
    lines = textwrap.wrap(", ".join(f'"{value}"' for value in values), WIDTH - 5, break_on_hyphens=False)
    return f"{name} = Literal[\n" + "".join(f"    {line}\n" for line in lines) + "]\n"


def _names(option: Option) -> list[str]:
    """What can be written as a keyword for it."""
    found = find_option(option.short)
    name = option.name if "." not in option.name else option.short
    return [name] if found is option or name == option.name else []


def _class(name: str, meaning: str, options: Mapping[str, Option]) -> str:
    fields = {key: (_type(option), _help(option)) for key, option in options.items() if not option.removed}
    return _typed_dict(name, meaning, fields)


def _gateway(name: str, meaning: str, names: Iterable[str]) -> str:
    return _typed_dict(name, meaning, {key: (PARAMETERS[key].type, PARAMETERS[key].help) for key in names})


def _typed_dict(name: str, meaning: str, fields: Mapping[str, tuple[str, str]]) -> str:
    lines = [f"class {name}(TypedDict, total=False):", f'    """{meaning}"""', ""]
    for key, (kind, text) in fields.items():
        lines += [f"    {key}: {kind} | None", *_docstring(text)]
    return "\n" + "\n".join(lines) + "\n"


def _docstring(text: str) -> list[str]:
    text = text.replace("\\", "\\\\")
    if len(text) + 10 <= WIDTH and not text.endswith('"'):
        return [f'    """{text}"""']
    return ['    """', *(f"    {line}" for line in textwrap.wrap(text, WIDTH - 4)), '    """']


def _type(option: Option) -> str:
    """What may be given, as an annotation. Text that stands for a number or a flag is for magics only."""
    values = next((name for name, known in VOCABULARIES.items() if known == option.choices), None)
    text = "str" if not option.choices else values or _literal(option.choices)
    if option.kind == "list":
        if option.items == "object":
            return "Iterable[Mapping[str, Any]]"
        return f"Iterable[{text}] | str" if option.choices else "Iterable[str]"
    return {"str": text, "object": "Mapping[str, Any] | bool"}.get(option.kind, option.kind)


def _literal(values: Iterable[str]) -> str:
    quoted = (f'"{value}"' for value in values)
    return f"Literal[{', '.join(quoted)}]"


def _help(option: Option) -> str:
    notes = [option.help]
    if option.unit:
        notes.append(f"In {option.unit}.")
    if option.default is not None and option.default != ():
        default = option.default
        shown = default if isinstance(default, str | bool | int | float) else ", ".join(map(str, default))
        notes.append(f"Default: {shown}.")
    if option.requires:
        notes.append(f"Needs {', '.join(option.requires)}.")
    if option.deprecated:
        notes.append(f"Deprecated: {option.deprecated}.")
    return " ".join(notes)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the types of all options.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if they are out of date")
    given = parser.parse_args(arguments)
    new = written()
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == new:
        return 0
    if not given.check:
        TARGET.write_text(new, encoding="utf-8")
    print(f"{'out of date' if given.check else 'written'}: {TARGET.relative_to(ROOT)}")
    return 1 if given.check else 0


if __name__ == "__main__":
    sys.exit(main())
