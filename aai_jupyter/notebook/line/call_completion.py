"""Tab completion in Python code: names of options in our calls, and methods after ``.aai.``.

The functions take the service's parameters as ``**options``, and ``.aai`` is made by pandas when it is asked
for: neither IPython nor Jedi can see what may stand there.
"""

from __future__ import annotations

import inspect
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

OPTIONS_OF = {
    "transcribe": "TranscribeOptions",
    "transcribe_async": "TranscribeOptions",
    "stream": "StreamingOptions",
    "stream_async": "StreamingOptions",
    "dictate": "ClipOptions",
    "dictate_async": "ClipOptions",
    "ask": "AskParameters",
    "ask_async": "AskParameters",
}
"""Functions that take the service's parameters, and the types that list these."""
_PACKAGE = "aai_jupyter"
_ACCESSOR = re.compile(r"[\w\])]\.aai\.(\w*)$")
_NAME = re.compile(r"(?<![\w.])(?!\d)(\w*)$")
_MOST = 20_000  # characters of a cell


def method_names(before: str) -> tuple[str, list[str]]:
    """Return what stands after ``.aai.`` at the end of a text, and the methods that begin so.

    Examples
    --------
    >>> method_names("calls.words.aai.talk")
    ('talk', ['talk_time'])
    """
    found = _ACCESSOR.search(before)
    if found is None:
        return "", []
    from aai_jupyter.transcripts.accessor import AaiAccessor

    return found[1], [
        name for name in dir(AaiAccessor) if name.startswith(found[1] or "") and not name.startswith("_")
    ]


def option_names(before: str, namespace: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the beginning of a keyword at the end of a call of ours, and the keywords that begin so.

    Parameters
    ----------
    before : str
        The cell up to the cursor.
    namespace : mapping
        The user's variables, by which the function is found.

    Returns
    -------
    fragment : str
        The end of `before` that a keyword replaces.
    names : list of str
        With an equals sign.

    Examples
    --------
    >>> import aai_jupyter
    >>> option_names("aai.transcribe('talk.mp3', speaker_l", {"aai": aai_jupyter})
    ('speaker_l', ['speaker_labels='])
    """
    fragment = _NAME.search(before)
    if fragment is None or len(before) > _MOST:
        return "", []
    function = _called(before[: fragment.start()], namespace)
    if function is None:
        return "", []
    listed = getattr(import_module(f"{_PACKAGE}.client.options.option_types"), OPTIONS_OF[function.__name__])
    own = inspect.signature(function).parameters.values()
    keywords = {one.name for one in own if one.kind is one.KEYWORD_ONLY} | {*listed.__annotations__}
    return fragment[1], sorted(f"{one}=" for one in keywords if one.startswith(fragment[1]))


def _called(before: str, namespace: Mapping[str, Any]) -> Any:
    """Return our function in whose call a text ends, where a keyword may begin; None elsewhere."""
    opened: list[tuple[str, str]] = []  # brackets, and the name before each
    name = last = ""
    for kind, text in _tokens(before):
        if kind == tokenize.ERRORTOKEN:  # in a string that is not finished
            return None
        if kind == tokenize.NAME:
            name = f"{name}{text}" if last == "." else text
        elif text == ".":
            name = f"{name}." if name else ""
        else:
            if text in ("(", "[", "{"):
                opened.append((text, name))
            elif text in (")", "]", "}") and opened:
                opened.pop()
            name = ""
        last = text
    if last not in ("(", ",") or not opened or opened[-1][0] != "(":
        return None
    *module, function = opened[-1][1].split(".")
    if function not in OPTIONS_OF or len(module) > 1:
        return None
    # Nothing of the user's is evaluated: only a function of this package, by its name or that of the module.
    found = namespace.get(module[0] if module else function)
    if module:
        is_ours = isinstance(found, ModuleType) and found.__name__ == _PACKAGE
        return getattr(found, function) if is_ours else None
    if not inspect.isfunction(found) or not found.__module__.startswith(f"{_PACKAGE}."):
        return None
    return found if found.__name__ in OPTIONS_OF else None


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Yield kinds and texts of tokens up to where the text, which is not finished, cannot be read."""
    skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in skipped and token.string:
                yield token.type, token.string
    except (tokenize.TokenError, SyntaxError) as error:
        if "multi-line statement" not in str(
            error
        ):  # a bracket that is open is what we are in; not so a string
            yield tokenize.ERRORTOKEN, "?"
