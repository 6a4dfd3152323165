"""Every regular expression of the package, and texts built to make each of them slow.

Run as a script: tries all of them and names each before it, so that the one that does not end is known.
"""

from __future__ import annotations

import ast
import re
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    sre: Any = import_module("re._constants")
    sre_parser: Any = import_module("re._parser")

PACKAGE = Path(__file__).parents[2] / "aai_jupyter"
FUNCTIONS = ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
SIZES, QUICK_SIZES = (64 << 10, 128 << 10, 256 << 10), (8 << 10, 64 << 10)
"""Of the smallest, a square of it shows already which text is the worst."""
MANY = 4
"""A repetition of at least so many is one that a text can make long."""


@dataclass
class Regex:
    """One expression, where it stands, and how it is used."""

    place: str
    pattern: str
    flags: int
    uses: set[str] = field(default_factory=set)

    @property
    def compiled(self) -> re.Pattern[str]:
        """The expression on text."""
        return re.compile(self.pattern, self.flags & ~re.DEBUG)


def regexes(package: Path = PACKAGE) -> tuple[list[Regex], list[str]]:
    """Expressions that are written out, and the places of those that are put together."""
    found, dynamic = [], []
    for path in sorted(package.rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        text = path.read_text("utf-8")
        if "import re\n" not in text:
            continue
        tree = ast.parse(text)
        constants = _constants(tree)
        uses = _uses(tree)
        names = {id(node.value): target.id for node in ast.walk(tree) if isinstance(node, ast.Assign)
                 for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            module = node.func.value
            if node.func.attr not in FUNCTIONS or not (isinstance(module, ast.Name) and module.id == "re"):
                continue
            place = f"{path.relative_to(package)}:{node.lineno}"
            pattern = _text(node.args[0], constants)
            if pattern is None:
                dynamic.append(f"{path.relative_to(package)}: {ast.unparse(node.args[0])[:60]}")
                continue
            regex = Regex(place, pattern, _flags(node))
            if node.func.attr != "compile":
                regex.uses = {node.func.attr}
            else:
                regex.uses = uses.get(names.get(id(node), ""), set()) or {"search"}
            found.append(regex)
    return found, dynamic


def _constants(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _text(node.value, found)
            if text is not None:
                found[node.targets[0].id] = text
    return found


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    """A text that is written out: also joined ones, and those with other such texts in them."""
    if isinstance(node, ast.Constant):
        value = node.value
        return (
            value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else None
        )
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, constants), _text(node.right, constants)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [
            _text(part.value if isinstance(part, ast.FormattedValue) else part, constants)
            for part in node.values
        ]
        return None if None in parts else "".join(str(part) for part in parts)
    return None


def _flags(node: ast.Call) -> int:
    flags = 0
    for part in (*node.args[1:], *(word.value for word in node.keywords if word.arg == "flags")):
        for name in ast.walk(part):
            if isinstance(name, ast.Attribute) and ast.unparse(name.value) == "re":
                flags |= int(getattr(re, name.attr, 0))
    return flags


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """Name of an expression -> the methods that are called on it in its module."""
    found = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in FUNCTIONS:
            found[node.value.id].add(node.attr)
    return found


_LITERAL = re.compile(
    r"[(=,:!&|?]\s*/(?![*/ ])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+)/([dgimsuvy]*)[.,;)\s]"
)


def of_the_page(package: Path = PACKAGE) -> Iterator[Regex]:
    """Literals in the TypeScript sources, which are written alike in Python."""
    for path in sorted((package / "widgets" / "frontend" / "src").rglob("*.ts")):
        for match in _LITERAL.finditer(path.read_text("utf-8")):
            flags = (re.IGNORECASE if "i" in match[2] else 0) | (re.DOTALL if "s" in match[2] else 0)
            yield Regex(
                f"{path.relative_to(package)}", match[1], flags, {"finditer" if "g" in match[2] else "search"}
            )


# -- texts ---------------------------------------------------------------------------------------------------


def hostile(pattern: str, flags: int) -> list[tuple[str, str, str]]:
    """Beginning, what is repeated, and end of texts that reach a repetition and fail there."""
    tree = sre_parser.parse(pattern, flags)
    pumps: dict[tuple[str, str], None] = {}
    _visit(list(tree), "", pumps)
    whole = _sample(list(tree))
    for text in {whole, whole[: len(whole) // 2]}:
        pumps[("", text)] = None
    return [(head, pump, end) for head, pump in pumps if pump for end in ("", "\0", "\n!")]


def _visit(nodes: list[Any], before: str, pumps: dict[tuple[str, str], None]) -> None:
    head = before
    for operator, value in nodes:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, item = value
            if most >= MANY:
                for one in _samples(list(item)):
                    pumps[(head, one)] = None
                    pumps[("", head + one)] = None
                    pumps[("", one)] = None
            _visit(list(item), head, pumps)
        elif operator is sre.BRANCH:
            for branch in value[1]:
                _visit(list(branch), head, pumps)
        elif operator is sre.SUBPATTERN:
            _visit(list(value[3]), head, pumps)
        elif operator is sre.ATOMIC_GROUP:
            _visit(list(value), head, pumps)
        elif operator in (sre.ASSERT, sre.ASSERT_NOT):
            _visit(list(value[1]), head, pumps)
        head = (head + _sample([(operator, value)]))[-200:]


def _samples(nodes: list[Any]) -> list[str]:
    """Some texts that fit: each alternative, and several characters of a set."""
    found = [_sample(nodes)]
    if len(nodes) == 1:
        operator, value = nodes[0]
        if operator is sre.IN:
            found += _characters(value)
        elif operator is sre.SUBPATTERN:
            found += _samples(list(value[3]))
        elif operator is sre.BRANCH:
            found += [_sample(list(branch)) for branch in value[1]]
        elif operator in (sre.ANY, sre.NOT_LITERAL):
            found += [" ", "a", "<", "\n"]
    return list(dict.fromkeys(found))


def _sample(nodes: list[Any]) -> str:
    text = ""
    for operator, value in nodes:
        if operator is sre.LITERAL:
            text += chr(value)
        elif operator is sre.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif operator is sre.ANY:
            text += "a"
        elif operator is sre.IN:
            text += next(iter(_characters(value)), "a")
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            text += _sample(list(value[2])) * min(max(value[0], min(value[1], 1)), 8)
        elif operator is sre.SUBPATTERN:
            text += _sample(list(value[3]))
        elif operator is sre.ATOMIC_GROUP:
            text += _sample(list(value))
        elif operator is sre.BRANCH:
            text += _sample(list(value[1][0]))
    return text


_KINDS = {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a",
          sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_NOT_SPACE: "a", sre.CATEGORY_NOT_WORD: "-"}  # fmt: skip


def _characters(items: list[Any]) -> list[str]:
    if items and items[0][0] is sre.NEGATE:
        out = set(_characters(items[1:]))
        return [c for c in "a <1-.\n\"'" if c not in out][:4] or ["é"]
    found = []
    for operator, value in items:
        if operator is sre.LITERAL:
            found.append(chr(value))
        elif operator is sre.RANGE:
            found += [chr(value[0]), chr(value[1])]
        elif operator is sre.CATEGORY:
            found.append(_KINDS[value])
    return found[:6]


def attempt(regex: Regex, text: str) -> None:
    """Use an expression on a text as the package does."""
    compiled = regex.compiled
    for use in regex.uses:
        if use in ("match", "fullmatch", "search"):
            getattr(compiled, use)(text)
        else:
            for _ in compiled.finditer(text):
                pass


def texts(regex: Regex, size: int) -> Iterator[str]:
    """Hostile texts of one size."""
    for head, pump, end in hostile(regex.pattern, regex.flags):
        yield head + pump * ((size - len(head)) // len(pump)) + end


def try_all(found: list[Regex], *, thorough: bool) -> None:
    """Try hostile texts of each size; unless `thorough`, of larger sizes only the worst of the first."""
    for regex in found:
        print(regex.place, ascii(regex.pattern[:200]), flush=True)
        worst: tuple[float, int] = (-1.0, 0)
        first, *larger = SIZES if thorough else QUICK_SIZES
        for number, text in enumerate(texts(regex, first)):
            began = time.process_time()
            attempt(regex, text)
            worst = max(worst, (time.process_time() - began, number))
        for size in larger:
            for number, text in enumerate(texts(regex, size)):
                if thorough or number == worst[1]:
                    attempt(regex, text)


if __name__ == "__main__":
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    every = [*regexes()[0], *of_the_page()]
    try_all([one for one in every if only in one.place], thorough="thorough" in sys.argv)
