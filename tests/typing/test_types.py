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
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"
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


@pytest.fixture(scope="module")
def mypy() -> dict[str, dict[int, str]]:
    """Line -> error, of each file; both are checked as strictly as can be."""
    # The cache of `make test` is taken up where there is one.
    text = run("mypy", "--strict", "--no-pretty", "--hide-error-context", str(RIGHT), str(WRONG))
    found: dict[str, dict[int, str]] = {RIGHT.name: {}, WRONG.name: {}}
    for name, line, message in re.findall(r"(\w+\.py):(\d+):(?:\d+:)? error: (.*)", text):
        found.get(name, {})[int(line)] = message
    return found


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, str]]:
    """The same of basedpyright, whose own extras are left out: everybody else has pyright's strict rules."""
    files = [str(RIGHT), str(WRONG)]
    rules: dict[str, object] = {"typeCheckingMode": "strict", "include": files, "pythonVersion": "3.11"}
    # Frames are typed by pandas' stubs, which leave parts unknown.
    rules |= {"reportUnknownMemberType": False}
    config = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    config.write_text(json.dumps(rules), encoding="utf-8")
    text = run("basedpyright", "--outputjson", "--project", str(config), "--pythonpath", sys.executable)
    found: dict[str, dict[int, str]] = {RIGHT.name: {}, WRONG.name: {}}
    for one in json.loads(text)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).name][one["range"]["start"]["line"] + 1] = one["message"]
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_type_checker_knows_what_each_function_gives(checker: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(checker)[RIGHT.name] == {}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_type_checker_finds_mistakes(checker: str, request: pytest.FixtureRequest) -> None:
    assert set(request.getfixturevalue(checker)[WRONG.name]) == PLANTED
