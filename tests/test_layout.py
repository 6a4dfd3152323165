"""The layout of the package: rooms in one direction, no circles, one meaning a name."""

from __future__ import annotations

import ast
import gc
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import grimp
import pytest

from aai_jupyter.transcripts import upward

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "aai_jupyter"
AT_THE_TOP = {"__init__.py", "_version.py", "__main__.py", "cli.py", "errors.py"}
SAME_ROLE = {"__init__.py", "__main__.py", "errors.py"}
"""File names that stand more than once, each time for the same: the exceptions of a part, for one."""
EXCEPTIONS = 1
"""Imports that go up nevertheless, in .importlinter. A smaller number is welcome; a larger one is a fault."""


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax tree of each module, by its path within the package."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if "node_modules" not in path.parts]
    found = {str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    gc.freeze()  # else each later collection would look at a million nodes
    return found


def test_no_import_goes_round_in_a_circle():
    graph = grimp.build_graph("aai_jupyter", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" <- ".join(circle.args[1]))


def test_exceptions_of_the_import_contract_do_not_grow():
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8").splitlines()
    assert len({line.strip() for line in contract if " -> " in line}) <= EXCEPTIONS


def test_the_top_of_the_package_has_five_files():
    assert {path.name for path in PACKAGE.glob("*.py")} == AT_THE_TOP


def test_a_class_name_means_one_class():
    places = defaultdict(list)
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_file_name_means_one_role():
    places = defaultdict(list)
    for path in modules():
        places[Path(path).name].append(path)
    twice = {name: where for name, where in places.items() if len(where) > 1 and name not in SAME_ROLE}
    assert twice == {}


def test_only_the_text_room_escapes_html():
    """Elsewhere text goes through `sanitize.escape`, and elements through `html_tags.tag`."""
    found = []
    for path, tree in modules().items():
        for node in ast.walk(tree):
            imported = isinstance(node, ast.ImportFrom) and node.module == "html"
            named = (
                isinstance(node, ast.Attribute)
                and node.attr == "escape"
                and isinstance(node.value, ast.Name)
                and node.value.id == "html"
            )
            if (imported or named) and not path.startswith("text/"):
                found.append(path)
    assert found == []


def test_no_room_hides_a_public_function():
    import aai_jupyter as aai

    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms & set(aai.__all__) <= {"settings"}  # bound by name in aai_jupyter/__init__.py


@pytest.mark.parametrize("name", sorted(upward.PLACES))
def test_a_call_upward_finds_its_function(name):
    assert callable(getattr(import_module(upward.PLACES[name]), name))


def test_an_import_waits_for_its_call_only_where_that_saves_something():
    """What is loaded anyway stands at the top of the module, where it is seen."""
    light = {"aai_jupyter.errors", "aai_jupyter.settings.configuration"}  # loaded by the package itself
    idle = []
    for path, tree in modules().items():
        at_the_top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and node.module in light | {
                    name for name in at_the_top if name and name.startswith("aai_jupyter.")
                }:
                    idle.append(f"{path}:{node.lineno}")
    assert idle == []
