"""The types of the public functions, as mypy and basedpyright read them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRONG = HERE / "wrong.py"
PLANTED = {
    number
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# wrong")
}


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def mypy(path: Path) -> dict[int, str]:
    """Line -> error, of a file that is checked as strictly as can be."""
    # The cache of `make test` is taken up where there is one.
    text = run("mypy", "--strict", "--no-pretty", "--hide-error-context", str(path))
    found = re.findall(rf"{re.escape(path.name)}:(\d+):(?:\d+:)? error: (.*)", text)
    return {int(line): message for line, message in found}


def pyright(path: Path, config: Path) -> dict[int, str]:
    """The same of basedpyright, whose own extras are left out: everybody else has pyright's strict rules."""
    rules: dict[str, object] = {"typeCheckingMode": "strict", "include": [str(path)], "pythonVersion": "3.11"}
    # Frames are typed by pandas' stubs, which leave parts unknown.
    rules |= {"reportUnknownMemberType": False}
    config.write_text(json.dumps(rules), encoding="utf-8")
    text = run("basedpyright", "--outputjson", "--project", str(config), "--pythonpath", sys.executable)
    found = json.loads(text)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1: one["message"] for one in found if one["severity"] == "error"}


@pytest.mark.timeout(900)
def test_mypy_knows_what_each_function_gives() -> None:
    assert mypy(HERE / "right.py") == {}


@pytest.mark.timeout(900)
def test_basedpyright_knows_what_each_function_gives(tmp_path: Path) -> None:
    assert pyright(HERE / "right.py", tmp_path / "pyrightconfig.json") == {}


@pytest.mark.timeout(900)
def test_mypy_finds_mistakes() -> None:
    assert set(mypy(WRONG)) == PLANTED


@pytest.mark.timeout(900)
def test_basedpyright_finds_mistakes(tmp_path: Path) -> None:
    assert set(pyright(WRONG, tmp_path / "pyrightconfig.json")) == PLANTED
