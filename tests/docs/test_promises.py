"""The table of promises names tests that exist."""

from __future__ import annotations

import ast
import re

import pytest

from .pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "promises.md"
ROWS = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| (?!Promise)[^-]", line)]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text("utf-8"))))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_exists(path, name):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions


def test_every_promise_has_a_test():
    assert len(ROWS) > 20
    assert [row for row in ROWS if "::test_" not in row] == []
