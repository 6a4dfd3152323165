"""The types of the public functions, as basedpyright reads them; as mypy does, `make static` looks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RIGHT, WRONG = HERE / "right.py", HERE / "wrong.py"
PLANTED = {
    number
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# wrong")
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, str]]:
    """Line -> error, of each file; its own extras are left out: everybody else has pyright's strict rules."""
    files = [str(RIGHT), str(WRONG)]
    rules: dict[str, object] = {"typeCheckingMode": "strict", "include": files, "pythonVersion": "3.11"}
    # Frames are typed by pandas' stubs, which leave parts unknown. The comments in WRONG are for mypy.
    rules |= {"reportUnknownMemberType": False, "enableTypeIgnoreComments": False}
    config = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    config.write_text(json.dumps(rules), encoding="utf-8")
    command = ["basedpyright", "--outputjson", "--project", str(config), "--pythonpath", sys.executable]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, cwd=HERE.parent.parent, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    errors: dict[str, dict[int, str]] = {RIGHT.name: {}, WRONG.name: {}}
    for one in json.loads(done.stdout)["generalDiagnostics"]:
        if one["severity"] == "error":
            errors[Path(one["file"]).name][one["range"]["start"]["line"] + 1] = one["message"]
    return errors


@pytest.mark.timeout(900)
def test_a_type_checker_knows_what_each_function_gives(found: dict[str, dict[int, str]]) -> None:
    assert found[RIGHT.name] == {}


@pytest.mark.timeout(900)
def test_a_type_checker_finds_mistakes(found: dict[str, dict[int, str]]) -> None:
    assert set(found[WRONG.name]) == PLANTED
