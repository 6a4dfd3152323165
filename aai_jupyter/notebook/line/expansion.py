"""Python values in the text of a magic: ``{expression}`` in its line, ``{{name}}`` in its body.

IPython's own expansion is not used: it takes the whole line at once, so that it changes URLs, breaks quoting,
and leaves an undefined name as it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from aai_jupyter.client.options.option_table import closest
from aai_jupyter.errors import UsageError
from aai_jupyter.text.line_words import LineWord

MISSING: Any = object()
_SHELLS = ("In", "Out", "exit", "quit", "get_ipython", "open")

# name, name.attribute, name[0], name["key"], and these after each other
_PATH = re.compile(r"""[^\W\d]\w*(?:\.[^\W\d]\w*|\[(?:-?\d+|"[^"\]]*"|'[^'\]]*')\])*""")
_IN_BODY = re.compile(r"\{\{\s*(" + _PATH.pattern + r")\s*\}\}")
_F_STRING = re.compile(r"""(?:[fF][rR]?|[rR][fF])["']""")
_DOLLAR = re.compile(r"\$\{([^\W\d]\w*)\}")
_SUFFIX = re.compile(r"(?:!([rsa]))?(?::([^:{}]*))?$")


def lookup(path: str, namespace: Mapping[str, Any]) -> Any:
    """Find the object that ``name``, ``name.attribute`` or ``name["key"]`` stands for, or `MISSING`.

    Only such paths are followed; nothing is called.

    Examples
    --------
    >>> lookup('files["new"]', {"files": {"new": "a.wav"}})
    'a.wav'
    """
    if not _PATH.fullmatch(path):
        return MISSING
    tree = ast.parse(path, mode="eval").body
    try:
        return _follow(tree, namespace)
    except (AttributeError, LookupError, TypeError):
        return MISSING


def expand_word(word: LineWord, namespace: Mapping[str, Any]) -> Any:
    """Expand the ``{expressions}`` of one word.

    A word that is one expression and nothing else becomes the object itself, so that lists, arrays and
    Series can be passed. Otherwise values stand in the text as `str`, or as ``{x!r}`` and ``{x:03d}`` say.
    Single-quoted text, JSON and what else is not Python stay as they are; so does an undefined name in a
    URL.

    Raises
    ------
    UsageError
        A name is not defined, the expression fails, or it is an f-string or ``${name}``.

    Examples
    --------
    >>> expand_word(LineWord("take{n:02d}.wav", 0, 15), {"n": 7})
    'take07.wav'
    """
    text = word.text
    if word.literal or "{" not in text:
        return text
    _refuse_other_braces(text, namespace)
    parts: list[Any] = []
    place = 0
    while place < len(text):
        opened = text.find("{", place)
        closed = _matching(text, opened) if opened >= 0 else -1
        if closed < 0:
            break
        parts.append(text[place:opened])
        inner = text[opened + 1 : closed]
        if inner.startswith("{") and inner.endswith("}"):  # {{name}}, the form of bodies
            inner = inner[1:-1]
        value = _evaluate(inner, namespace, in_url="://" in text)
        if value is MISSING:
            value = text[opened : closed + 1]
        elif opened == 0 and closed == len(text) - 1:
            return value
        parts.append(value)
        place = closed + 1
    return "".join(str(part) for part in parts) + text[place:]


def _refuse_other_braces(text: str, namespace: Mapping[str, Any]) -> None:
    """Refuse the braces of f-strings and shells: what is around them would become a part of the name."""
    if _F_STRING.match(text):
        inside = _F_STRING.sub("", text).rstrip("\"'")
        raise UsageError("A line of a magic takes no f-strings.", hint=f'Write {inside} (in "" with spaces).')
    dollar = next((found for found in _DOLLAR.finditer(text) if found[1] in namespace), None)
    if dollar is not None:
        meant = text.replace(dollar[0], dollar[0][1:])
        raise UsageError(f"{dollar[0]} is not written so here.", hint=f"Write {meant}")


def expand_body(body: str, namespace: Mapping[str, Any], *, render: Callable[[Any], str] = str) -> str:
    """Replace each ``{{name}}``, ``{{name.attribute}}`` or ``{{name[0]}}`` of a cell's body.

    Single braces are left alone: bodies hold JSON and code.

    Parameters
    ----------
    render : callable
        Turns a value into text, for example a transcript into bounded text.

    Raises
    ------
    UsageError
        Names the first name that is not defined.

    Examples
    --------
    >>> expand_body('Ask {{who}} about {"a": 1}', {"who": "Ann"})
    'Ask Ann about {"a": 1}'
    """

    def value(match: re.Match[str]) -> str:
        found = lookup(match[1], namespace)
        if found is MISSING:
            raise undefined(match[1], namespace, "{{" + match[1] + "}}")
        return render(found)

    return _IN_BODY.sub(value, body)


def _follow(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return namespace[node.id]
    if isinstance(node, ast.Attribute):
        return getattr(_follow(node.value, namespace), node.attr)
    if isinstance(node, ast.Subscript):
        return _follow(node.value, namespace)[ast.literal_eval(node.slice)]
    raise LookupError


def _matching(text: str, opened: int) -> int:
    depth = 0
    for place in range(opened, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    return -1


def _evaluate(inner: str, namespace: Mapping[str, Any], *, in_url: bool) -> Any:
    expression, convert, layout = _parse(inner)
    if expression is None:
        return MISSING
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    if not names:
        return MISSING  # JSON, {3}, {"text"}
    body = expression.body
    if isinstance(body, ast.Name) and body.id not in namespace:  # {id} means a variable, not the builtin
        if in_url:
            return MISSING
        raise undefined(body.id, namespace, "{" + inner + "}")
    try:
        value = eval(compile(expression, "<magic line>", "eval"), dict(namespace))
        if convert:
            value = repr(value) if convert == "r" else ascii(value) if convert == "a" else str(value)
        return format(value, layout) if layout is not None else value
    except NameError as error:
        if in_url:
            return MISSING
        raise undefined(error.name or inner, namespace, "{" + inner + "}") from error
    except Exception as error:
        raise UsageError(f"{{{inner}}} failed: {type(error).__name__}: {error}") from error


def _parse(inner: str) -> tuple[ast.Expression | None, str | None, str | None]:
    """Split into the expression, its conversion (!r) and its format (:03d)."""
    whole = _expression(inner)
    if whole is not None:
        return whole, None, None
    suffix = _SUFFIX.search(inner)
    if suffix is not None and suffix[0]:
        return _expression(inner[: suffix.start()]), suffix[1], suffix[2]
    return None, None, None


def _expression(text: str) -> ast.Expression | None:
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return None


def undefined(name: str, namespace: Mapping[str, Any], shown: str) -> UsageError:
    """Return the error for a name, or a part of an object, that does not exist."""
    root = re.split(r"[.\[]", name)[0]
    if root in namespace:
        return UsageError(f"{shown}: {root} has no such part.")
    near = closest(root, [known for known in namespace if not known.startswith("_") and known not in _SHELLS])
    hint = f"Did you mean {near}?" if near else "Define it in a cell above."
    return UsageError(f"{shown}: the name {root} is not defined.", hint=hint)
