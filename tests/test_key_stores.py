"""The key out of the stores of hosted notebooks, and of a command; stand-ins for what services provide."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from aai_jupyter.errors import OptionError
from aai_jupyter.settings import key_stores
from aai_jupyter.settings.configuration import Settings

KEY = "0123456789abcdef0123456789abcdef"
NAME = "ASSEMBLYAI_API_KEY"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a Python that prints a key takes longer than the two seconds that people wait."""
    monkeypatch.setattr(key_stores, "SECONDS", 60.0)


def settings(**environ: str) -> Settings:
    return Settings(environ=environ, start=Path("/nowhere"))


def module(monkeypatch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    made = ModuleType(name)
    vars(made).update(members)
    monkeypatch.setitem(sys.modules, name, made)


def colab(monkeypatch: pytest.MonkeyPatch, get: Any) -> None:
    for name in ("google", "google.colab"):
        module(monkeypatch, name, __path__=[])
    module(monkeypatch, "google.colab.userdata", get=get)


def test_the_secret_of_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    colab(monkeypatch, lambda name: {NAME: KEY}[name])
    found = settings()
    assert found.api_key.reveal() == KEY
    assert found.origin("api_key") == f"Colab secret {NAME}"
    assert settings(ASSEMBLYAI_API_KEY="of the environment").origin("api_key") == NAME


def test_a_store_that_refuses_or_hangs_costs_two_seconds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_stores, "SECONDS", 0.1)
    asked = []

    def wait(name: str) -> str:
        asked.append(name)
        time.sleep(3)
        return KEY

    colab(monkeypatch, wait)
    found = settings()
    assert [bool(found.api_key) for _ in range(5)] == [False] * 5
    assert asked == [NAME]

    def refuse(name: str) -> str:
        raise PermissionError("Notebook does not have access to secret")

    colab(monkeypatch, refuse)
    assert not settings().api_key


def test_the_secret_of_kaggle(monkeypatch: pytest.MonkeyPatch) -> None:
    client = SimpleNamespace(get_secret={NAME: KEY}.get)
    module(monkeypatch, "kaggle_secrets", UserSecretsClient=lambda: client)
    assert settings().origin("api_key") == f"Kaggle secret {NAME}"
    assert settings().api_key.reveal() == KEY


@pytest.mark.parametrize("scope", ["assemblyai", "team"])
def test_the_secret_of_databricks(monkeypatch: pytest.MonkeyPatch, scope: str) -> None:
    def get(scope: str, key: str) -> str:
        return {(name, NAME): KEY}[scope, key]

    name = scope
    secrets = SimpleNamespace(
        get=get,
        listScopes=lambda: [SimpleNamespace(name="other"), SimpleNamespace(name=name)],
        list=lambda scope: [SimpleNamespace(key=NAME)] if scope == name else [],
    )
    monkeypatch.setattr(key_stores, "_dbutils", lambda: SimpleNamespace(secrets=secrets))
    assert settings().api_key.reveal() == KEY
    assert settings().origin("api_key") == f"Databricks secret {NAME}"


def test_hosted_stores_are_not_asked_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    colab(monkeypatch, asked.append)
    assert not settings(AAI_JUPYTER_OFFLINE="1").api_key
    assert asked == []


def printing(tmp_path: Path, code: str) -> str:
    path = tmp_path / "key.py"
    path.write_text(code, encoding="utf-8")
    return f'"{sys.executable}" "{path}"'


def test_a_command_prints_the_key(tmp_path: Path) -> None:
    found = settings(AAI_JUPYTER_API_KEY_COMMAND=printing(tmp_path, f"print('{KEY}')\nprint('more')"))
    assert found.api_key.reveal() == KEY
    assert found.origin("api_key") == "api_key_command"
    (row,) = (row for row in found.rows() if row.name == "api_key")
    assert row.value == "••••cdef"


@pytest.mark.parametrize(
    ("code", "seconds", "said"),
    [
        ("raise SystemExit(3)", 60.0, "status 3"),
        ("pass", 60.0, "printed nothing"),
        ("import time; time.sleep(60)", 0.3, "longer than"),
    ],
)
def test_a_command_that_fails_says_so_and_not_what_it_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float, said: str
) -> None:
    monkeypatch.setattr(key_stores, "SECONDS", seconds)
    with pytest.raises(OptionError, match=said):
        _ = settings(AAI_JUPYTER_API_KEY_COMMAND=printing(tmp_path, code)).api_key


def test_nobody_waits_for_what_a_command_has_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper of a password manager stays, with the output of the command that started it."""
    monkeypatch.setattr(key_stores, "SECONDS", 0.5)
    stays = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(9)'])"
    ended = tmp_path / "ended"
    starts = f"{stays}\nopen({str(ended)!r}, 'a').write('x')"
    found = settings(AAI_JUPYTER_API_KEY_COMMAND=printing(tmp_path, starts))
    for _ in range(3):
        with pytest.raises(OptionError, match="longer than"):
            _ = found.api_key
    assert ended.read_text() == "x"  # the next cell asks again, not each look at the key


@pytest.mark.parametrize("command", ["   ", "'no end", "no-such-program-of-mine"])
def test_a_command_that_is_none_is_said(command: str) -> None:
    with pytest.raises(OptionError, match=r"cannot be run|names no program"):
        _ = settings(AAI_JUPYTER_API_KEY_COMMAND=command).api_key


@pytest.mark.parametrize("name", ["pyproject.toml", ".env"])
def test_a_project_runs_no_command(tmp_path: Path, name: str) -> None:
    command = printing(tmp_path, f"print('{KEY}')").replace('"', '\\"')
    text = {
        "pyproject.toml": f'[tool.aai_jupyter]\napi_key_command = "{command}"\nca_file = "x.pem"\n',
        ".env": f'AAI_JUPYTER_API_KEY_COMMAND="{command}"\nAAI_JUPYTER_CA_FILE=x.pem\n',
    }
    (tmp_path / name).write_text(text[name], encoding="utf-8")
    found = Settings(environ={}, start=tmp_path)
    assert not found.api_key
    assert found.ca_file is None
