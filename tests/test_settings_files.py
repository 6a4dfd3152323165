"""Settings files in any encoding, broken or out of reach, and machines without a home."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.errors import OptionError
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.file_text import decode
from aai_jupyter.settings.notices import notices

KEY = "0123456789abcdef0123456789abcdef"
LINE = f"ASSEMBLYAI_API_KEY={KEY}\n"


def key_of(folder: Path) -> str:
    found: str = Settings(environ={}, start=folder).api_key.reveal()
    return found


@pytest.mark.parametrize(
    "data",
    [
        LINE.encode("utf-16"),
        LINE.encode("utf-16-be"),
        LINE.encode("utf-16-le"),
        LINE.encode("utf-32"),
        LINE.encode("utf-8-sig"),
        b"# Schl\xfcssel\n" + LINE.encode(),
        f"# ключ\r\n{LINE}".encode("cp1251"),
        f"# 鍵\n{LINE}".encode("shift-jis"),
        f"# žluťoučký\nOTHER=“x”\n{LINE}".encode(),
        b"\x81\x8d not of any encoding\n" + LINE.encode(),
    ],
)
def test_the_key_is_found_in_any_encoding(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".env").write_bytes(data)
    assert key_of(tmp_path) == KEY


@given(st.binary(max_size=200))
def test_decoding_never_fails(data: bytes) -> None:
    assert isinstance(decode(data), str)


@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_text_with_a_mark_comes_back_as_it_was(text: str, encoding: str) -> None:
    text = "k" + text.replace("\r", "").lstrip("\ufeff")
    if encoding != "utf-8" or "\0" not in text[:4]:
        assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf[tool.other]\nx=1\n",
        "[tool.other]\nx = 1\n".encode("utf-16"),
        b"[tool.other]\nname = 'caf\xe9'\n",
        b"[tool.other\nbroken",
        b"tool = 3",
        b"\0\1\2",
        b"",
    ],
)
def test_a_project_file_of_others_stops_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(data)
    assert Settings(environ={}, start=tmp_path).units == "s"


@pytest.mark.parametrize(
    ("data", "units"),
    [
        (b"\xef\xbb\xbf[tool.aai_jupyter]\nunits = 'ms'\n", "ms"),
        ("[tool.aai_jupyter]\nunits = 'ms'\n".encode("utf-16"), "ms"),
        (b"[tool.aai_jupyter]\nunits = 'ms' # caf\xe9\n", "ms"),
        (b"[tool.aai_jupyter]\nunits = ms\n", None),
        (b"[tool]\naai_jupyter = 3\n", None),
    ],
)
def test_our_part_of_a_project_file_is_read_or_named(tmp_path: Path, data: bytes, units: str | None) -> None:
    (tmp_path / "pyproject.toml").write_bytes(data)
    found = Settings(environ={}, start=tmp_path)
    if units is not None:
        assert found.units == units
        return
    with pytest.raises(OptionError, match=r"pyproject\.toml cannot be read") as caught:
        _ = found.units
    assert str(tmp_path) in (caught.value.hint or "")


def _refuse(*args: Any, **more: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def test_files_that_cannot_be_read_are_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(LINE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(notices, "_told", set())
    monkeypatch.setattr(Path, "read_bytes", _refuse)  # as root, as tests may run, every file is readable
    found = Settings(environ={}, start=tmp_path)
    with pytest.warns(UserWarning, match=r"\.env is not read as settings: Permission denied"):
        assert not found.api_key
    config = tmp_path / "config" / "aai_jupyter" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("units = 'ms'")
    if sys.platform == "linux":
        with pytest.raises(OptionError, match=r"config\.toml cannot be read: Permission denied"):
            _ = found.units
    config.unlink()
    monkeypatch.setattr(Path, "is_file", _refuse)
    with pytest.warns(UserWarning, match="not read as settings"):
        assert not Settings(environ={}, start=tmp_path).api_key


def test_a_home_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match="home"):
        _ = Settings(environ={"AAI_JUPYTER_HOME": "~nobody-of-that-name/x"}, start=Path("/")).home


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there the system knows the home")
def test_without_a_home_nothing_is_kept_in_a_folder_called_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *args, **how: "~/.local/share/aai_jupyter")
    home = Settings(environ={}, start=Path("/")).home
    assert home.is_absolute()
    assert str(os.getuid()) in home.name


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be deleted there")
def test_a_deleted_working_folder_has_no_settings() -> None:
    code = (
        "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)\n"
        "import aai_jupyter as aai\n"
        "print(aai.settings.units, aai.settings.profiles(), repr(aai.settings)[:7])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert run.stdout.split() == ["s", "{}", "api_key"], run.stderr
