"""Tab on a magic's line, in real shells: the newest IPython here, and the oldest in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core import completer
from IPython.core.interactiveshell import InteractiveShell

from aai_jupyter.notebook.line import completion
from tests.notebook.completion_cases import ACTIONS, CASES, SPEC, completed

CONTEXT = hasattr(completer, "context_matcher")
COLAB = os.environ.get("AAI_TEST_COLAB_PYTHON")


@pytest.fixture
def folder(in_folder: Path) -> Path:
    for name in ("a.wav", "my talk.mp3", "notes.txt", "my data/z.flac"):
        path = in_folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return in_folder


def matchers(shell: InteractiveShell) -> list[Any]:
    """The shell's list that ours are in: older ones have another."""
    return list(shell.Completer.custom_matchers if CONTEXT else shell.Completer.magic_arg_matchers)


@pytest.fixture
def shell(folder: Path) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    shell.user_ns["takes_of_today"] = ["a.wav"]
    before = matchers(shell)
    completion.register(shell, [SPEC, ACTIONS])
    yield shell
    completion.unregister(shell)
    assert matchers(shell) == before


@pytest.mark.parametrize(("code", "wanted"), CASES.items())
def test_tab_offers_what_fits_and_nothing_else(shell: InteractiveShell, code: str, wanted: list[str]) -> None:
    assert completed(shell, code) == wanted


def test_flags_are_offered_without_the_long_tail(shell: InteractiveShell) -> None:
    offers = completed(shell, "%transcribe --")
    assert "%transcribe --as" in offers
    assert "%transcribe --no-punctuate" in offers
    for absent in ("--punctuate", "--no-speaker-labels", "--word-boost", "--topics", "--abs"):
        assert f"%transcribe {absent}" not in offers
    assert completed(shell, "%transcribe --word-b") == ["%transcribe --word-boost"]


@pytest.mark.skipif(not CONTEXT, reason="before 8.6 a completer is given no more than the line")
def test_the_body_of_a_cell_completes_files(shell: InteractiveShell) -> None:
    head = "%%transcribe calls\na.wav\n"
    assert completed(shell, head + "my data/z") == [head + "my data/z.flac"]


def test_other_lines_are_left_to_the_shell(shell: InteractiveShell) -> None:
    assert "import json" in completed(shell, "import js")
    assert "%timeit" in completed(shell, "%timei")
    assert not any("--" in text for text in completed(shell, "%time x"))


def test_registering_again_leaves_one_and_unregistering_leaves_none(shell: InteractiveShell) -> None:
    def ours() -> int:
        return sum(
            getattr(matcher, "matcher_identifier", "") == completion.IDENTIFIER for matcher in matchers(shell)
        )

    completion.register(shell, [SPEC])
    completion.register(shell, [SPEC, ACTIONS])
    assert ours() == 1
    completion.unregister(shell)
    assert ours() == 0
    assert completed(shell, "%transcribe --speaker-lab") == []


def test_a_folder_that_cannot_be_read_offers_nothing(shell: InteractiveShell) -> None:
    _, offers = completion.complete({"transcribe": SPEC}, "%transcribe nowhere/at/all/x")
    assert offers == []


@pytest.mark.skipif(not COLAB, reason="AAI_TEST_COLAB_PYTHON is not set")
def test_tab_in_the_oldest_ipython(folder: Path) -> None:
    script = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from IPython.core.interactiveshell import InteractiveShell
from aai_jupyter.notebook.line import completion
from tests.notebook.completion_cases import ACTIONS, CASES, SPEC, completed
shell = InteractiveShell()
shell.user_ns["takes_of_today"] = ["a.wav"]
before = list(shell.Completer.magic_arg_matchers)
completion.register(shell, [SPEC])
completion.register(shell, [SPEC, ACTIONS])
assert len(shell.Completer.magic_arg_matchers) == len(before) + 1
found = {{code: completed(shell, code) for code in CASES}}
completion.unregister(shell)
assert shell.Completer.magic_arg_matchers == before
print(json.dumps(found))
"""
    done = subprocess.run(
        [str(COLAB), "-c", script], capture_output=True, text=True, cwd=folder, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == CASES
