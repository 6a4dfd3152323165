"""Whatever the surroundings are, only errors of this package leave a public call, each with a remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from tests.surroundings.walk import SOUND

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"
Make = Callable[[Path], dict[str, str]]


def _file_as_home(here: Path) -> dict[str, str]:
    (here / "home").write_text("no folder")
    return {"AAI_JUPYTER_HOME": str(here / "home" / "deeper")}


def _broken_project(here: Path) -> dict[str, str]:
    (here / "pyproject.toml").write_text("[tool.aai_jupyter]\nunits = parsecs\n")
    return {"ASSEMBLYAI_API_KEY": KEY}


def _wrong_values(here: Path) -> dict[str, str]:
    (here / "pyproject.toml").write_text('[tool.aai_jupyter]\nunits = "parsecs"\nlocal = 3\n')
    return {"ASSEMBLYAI_API_KEY": KEY, "ASSEMBLYAI_BASE_URL": "nonsense"}


def _files_in_other_encodings(here: Path) -> dict[str, str]:
    (here / ".env").write_bytes(f"# Schlüssel\nASSEMBLYAI_API_KEY={KEY}\n".encode("utf-16"))
    (here / "pyproject.toml").write_bytes(b"[tool.other]\nname = 'caf\xe9'\n")
    return {
        "HTTPS_PROXY": "socks5://127.0.0.1:9",
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
    }


SURROUNDINGS: dict[str, Make] = {
    "a home that is no folder": _file_as_home,
    "a broken project file": _broken_project,
    "wrong values": _wrong_values,
    "files in other encodings": _files_in_other_encodings,
    "a malformed proxy": lambda _: {"ASSEMBLYAI_API_KEY": KEY, "ALL_PROXY": "http://a:b#c@127.0.0.1:9"},
    "no certificate authority": lambda _: {"ASSEMBLYAI_API_KEY": KEY, "SSL_CERT_FILE": "/none.pem"},
    "a deleted working folder": lambda _: {"ASSEMBLYAI_API_KEY": KEY, "HTTPS_PROXY": "nonsense://x"},
    "a key that is none": lambda _: {"ASSEMBLYAI_API_KEY": "ключ with spaces\t"},
}


def test_the_walk_makes_every_public_call() -> None:
    """What a name of the package is that can be called and is no class."""
    names = [
        name for name in aai.__all__ if callable(made := getattr(aai, name)) and not isinstance(made, type)
    ]
    walked = (ROOT / "tests" / "surroundings" / "walk.py").read_text("utf-8")
    assert [name for name in names if f"aai.{name}(" not in walked] == []


@pytest.mark.skipif(os.name != "posix", reason="/dev/full, and folders that can be deleted in use")
@pytest.mark.nightly  # up to some minutes each: calls without a network are tried again
@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_only_our_errors_leave_a_call(tmp_path: Path, surroundings: str) -> None:
    here = tmp_path / "here"
    here.mkdir()
    deleted = "deleted" in surroundings
    if not deleted:
        (here / "talk.wav").write_bytes(SOUND)
    env = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    env |= {"AAI_JUPYTER_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    env |= SURROUNDINGS[surroundings](here)
    command = [sys.executable, "-m", "tests.surroundings.walk", *(["deleted"] if deleted else [])]
    run = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, timeout=300)
    found: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) > 40, run.stderr
    foreign = [one for one in found if one["error"] and not one["ours"]]
    assert not foreign, "\n".join(f"{one['call']}: {one['said']}" for one in foreign)
    silent = [f"{one['call']}: {one['said']}" for one in found if one["error"] and not one["remedy"]]
    assert not silent, "\n".join(silent)
    assert any(one["error"] for one in found), "the surroundings are hostile"
