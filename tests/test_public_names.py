"""What ``aai.`` offers: everything that people hold or catch, under one name, and with examples that run."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import pickle
import re
import subprocess
import sys
import typing
from importlib import import_module
from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.client.streaming import events

DOCS = Path(__file__).parent.parent / "docs"

CLASSES = sorted(
    (home, name)
    for home, names in aai._NAMES.items()
    for name in names
    if isinstance(getattr(aai, name), type)
)


@pytest.mark.parametrize(("home", "name"), CLASSES)
def test_a_public_class_says_its_public_name(home, name):
    kind = getattr(import_module(home), name)
    assert (kind.__module__, kind.__qualname__) == ("aai_jupyter", name)
    assert pickle.loads(pickle.dumps(kind)) is kind


@pytest.mark.parametrize(("home", "name"), CLASSES)
def test_the_types_of_a_public_class_can_be_read(home, name):
    kind = getattr(import_module(home), name)
    typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        assert not any(isinstance(hint, str | typing.ForwardRef) for hint in hints.values())
        assert set(inspect.signature(kind).parameters) <= set(typing.get_type_hints(kind.__init__)) | {
            "return"
        }


@pytest.mark.parametrize(("home", "name"), CLASSES)
def test_examples_of_a_public_class_are_true(home, name):
    # Under its public name a class is no part of its module to those who collect examples from modules.
    module = import_module(home)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    for test in finder.find(getattr(aai, name), f"{home}.{name}", module=False, globs=vars(module)):
        assert runner.run(test).failed == 0, test.name


def test_every_event_of_the_socket_is_public():
    kinds = [
        kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)
    ]
    assert [kind.__name__ for kind in kinds if getattr(aai, kind.__name__, None) is not kind] == []


def test_a_star_import_hides_no_built_in_name():
    import builtins

    assert set(aai.__all__) & set(dir(builtins)) == set()


def test_names_are_listed_for_people_and_type_checkers_alike():
    lazy = {name for names in aai._NAMES.values() for name in names}
    assert {*lazy, "errors", "glossary", "settings", "__version__"} - {"Warning"} == set(aai.__all__)
    assert set(aai.__all__) <= set(dir(aai))


def test_a_name_is_there_without_another_import():
    code = "import aai_jupyter as aai; print(aai.Turn, aai.OptionError, aai.Player)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == (
        "<class 'aai_jupyter.Turn'> <class 'aai_jupyter.OptionError'> <class 'aai_jupyter.Player'>"
    )


def test_whatever_a_transcript_a_set_and_a_frame_can_do_is_told():
    """The reference is made from docstrings, and leaves out what has none; guides name the measures."""
    import pandas as pd

    accessor = type(aai.Transcript.from_json({"words": []}).utterances.aai)
    for kind in (
        aai.Transcript,
        aai.TranscriptSet,
        aai.Corpus,
        aai.Job,
        aai.LiveTranscript,
        aai.Usage,
        accessor,
    ):
        members = {name: inspect.getattr_static(kind, name) for name in dir(kind) if name[0] != "_"}
        untold = [
            name
            for name, one in members.items()
            if (inspect.isroutine(one) or isinstance(one, property)) and not inspect.getdoc(one)
        ]
        assert untold == [], kind
    pages = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.glob("**/*.md"))
    words = set(re.findall(r"\w+", pages))
    measures = {name for name in dir(accessor) if name[0] != "_"} | set(aai.analysis.__all__)
    assert measures - words == set()
    assert hasattr(pd.DataFrame, "aai")
