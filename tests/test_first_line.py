"""The first line of a cell that has to load modules first: there soon, and gone or replaced in the end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from IPython.display import DisplayHandle

from aai_jupyter.runtime import first_line as module
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.imports import import_beside
from aai_jupyter.widgets.mimebundle import WidgetOutput


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is displayed: how, and the plain text."""
    found: list[tuple[str, Any]] = []
    for how in ("display", "update"):
        monkeypatch.setattr(
            DisplayHandle, how, lambda _, data, how=how, **more: found.append((how, data["text/plain"]))
        )
    monkeypatch.setattr(module, "updates_displays", lambda: True)
    monkeypatch.setattr(module, "by_program", lambda: False)
    return found


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that take a moment."""

    def later(*names: str) -> threading.Event:
        done = threading.Event()
        threading.Timer(0.3, done.set).start()
        return done

    monkeypatch.setattr(module, "import_beside", later)


def test_a_line_stands_there_while_modules_are_loaded_and_is_removed(shown, slow):
    opening = Opening()
    opening.load("asking …", "something")
    assert shown == [("display", "asking …")]
    opening.close()
    opening.close()
    assert shown[1:] == [("update", "")]


def test_what_comes_takes_its_place(shown, slow):
    opening = Opening()
    opening.load("asking …", "something")
    WidgetOutput(opened=opening.take()).show({"text/plain": "The answer."}, {})
    opening.close()
    assert shown == [("display", "asking …"), ("update", "The answer.")]


def test_nothing_is_shown_where_nothing_takes_long_or_nobody_looks(shown, slow, monkeypatch):
    Opening().load("", "something")
    monkeypatch.setattr(module, "updates_displays", lambda: False)
    Opening().load("asking …", "something")
    monkeypatch.setattr(module, "import_beside", import_beside)
    Opening().load("asking …", "json")
    assert shown == []


def test_a_module_that_is_not_there_is_left_to_whoever_needs_it():
    assert import_beside("no_such_module_of_anybody", "json").wait(10)
