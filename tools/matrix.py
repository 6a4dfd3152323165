"""The supported Pythons that this machine has, environments made with uv, and tables of what came out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
_PYTHON = "Programming Language :: Python :: "


def project() -> dict[str, object]:
    """The ``[project]`` table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def supported() -> list[str]:
    """Versions of Python in the classifiers: ``["3.11", ...]``."""
    classifiers = project()["classifiers"]
    assert isinstance(classifiers, list)
    return [one.removeprefix(_PYTHON) for one in classifiers if one.startswith(_PYTHON)]


def wanted() -> list[str]:
    """Versions named by the variable PYTHONS, or all that are supported."""
    return os.environ.get("PYTHONS", "").replace(",", " ").split() or supported()


def interpreter(version: str) -> Path | None:
    """A Python of that version: on PATH, of uv's own or of pyenv. None where the machine has none."""
    found = uv("python", "find", "--no-project", "--system", "--no-python-downloads", version, check=False)
    if found.returncode == 0:
        return Path(found.stdout.strip())
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return max(versions.glob(f"{version}.*/bin/python"), default=None, key=_release)


def _release(python: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in python.parts[-3].split(".") if part.isdigit())


def uv(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run uv, of the environment that runs this; a failure that is not expected prints what uv said."""
    beside = Path(sys.executable).with_name("uv")
    program = str(beside) if beside.exists() else shutil.which("uv") or "uv"
    # The environment that runs this is not the one that uv shall look at.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    # Not --quiet: newer releases leave out the answer of "python find", too.
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    if check and done.returncode:
        raise Failed(f"uv {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
    return done


class Failed(Exception):
    """A step that did not work, with what it printed."""


def fresh_venv(python: Path, folder: Path) -> Path:
    """The interpreter of a new, empty environment in `folder`."""
    uv("venv", "--clear", "--python", python, folder)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def table(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as aligned text.

    >>> print(table(["python", "result"], [{"python": "3.13", "result": "passed"}]))
    python  result
    3.13    passed
    """
    lines = [list(columns), *([row.get(column, "") for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
