"""Docstrings: every public module, class and function has one, and its first line stands alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.test_layout import modules

LONGEST = 110


def is_overload(node: ast.AST) -> bool:
    """Whether it only types one way to call the function after it, which has the docstring."""
    return any(ast.unparse(decorator) == "overload" for decorator in getattr(node, "decorator_list", ()))


@cache
def definitions() -> tuple[tuple[str, str | None, bool], ...]:
    """Place, docstring, and whether there has to be one, of all modules, classes and functions."""
    return tuple(_definitions())


def _definitions() -> Iterator[tuple[str, str | None, bool]]:
    for place, module in modules().items():
        yield place, ast.get_docstring(module), True
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                # A method may be named so well that there is nothing to add.
                needed = node in module.body and not node.name.startswith("_") and not is_overload(node)
                yield f"{place}:{node.lineno} {node.name}", ast.get_docstring(node), needed


def test_every_public_module_class_and_function_has_a_docstring():
    assert [place for place, text, needed in definitions() if needed and not text] == []


def test_the_first_line_of_a_docstring_is_a_short_sentence():
    wrong = []
    for place, text, _ in definitions():
        first, _, rest = (text or "Nothing.").partition("\n")
        alone = not rest or rest.startswith("\n")
        if not (alone and first.endswith(".") and len(first) <= LONGEST):
            wrong.append(f"{place}: {first}")
    assert wrong == []
