"""Notices: a line in a notebook, a warning at the caller's line in a script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.settings.notices import Notices


def test_a_script_gets_a_warning_at_its_own_line():
    with pytest.warns(UserWarning, match="nearly full") as caught:
        Notices().tell("The disk is nearly full.")
    assert caught[0].filename == __file__


def test_it_can_be_turned_into_an_error(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool.aai_jupyter]\nunits = 'ms'\n")
    (tmp_path / "pyproject.toml").chmod(0o666)
    script = tmp_path / "script.py"
    script.write_text("import aai_jupyter\n\n\nprint(aai_jupyter.settings.units)\n")
    how: Any = {"capture_output": True, "text": True, "cwd": tmp_path, "check": False}
    found = subprocess.run([sys.executable, str(script)], **how)
    if sys.platform != "win32":
        assert f"{script}:4: UserWarning" in found.stderr
        strict = subprocess.run([sys.executable, "-W", "error::UserWarning", str(script)], **how)
        assert strict.returncode == 1


def test_where_somebody_shows_lines_there_is_no_path(capsys: pytest.CaptureFixture[str]):
    notices = Notices()
    notices.announce = print
    for _ in range(2):
        notices.tell_once("The disk is nearly full.")
    assert capsys.readouterr().out == "The disk is nearly full.\n"
