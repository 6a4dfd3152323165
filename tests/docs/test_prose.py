"""Names in the prose: flags, magics, public names, commands and files are there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import aai_jupyter
from aai_jupyter import cli
from aai_jupyter.notebook.magics.registry import SPECS
from aai_jupyter.transcripts.accessor import AaiAccessor

from .pages import PAGES, ROOT, blocks, inline_code

WRITTEN = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())


def _specs():
    return [spec for one in SPECS.values() for spec in (one, *one.variants.values())]


def _command_help(*arguments: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        cli.main([*arguments, "--help"])
    return out.getvalue()


@pytest.fixture(scope="module")
def commands() -> dict[str, str]:
    """Commands of the command line, and their help."""
    names = re.search(r"\{([\w,]+)\}", _command_help())[1].split(",")
    return {name: _command_help(name) for name in names}


@WRITTEN
def test_names_in_the_prose_exist(path: Path, commands: dict[str, str]):
    flags = {flag for spec in _specs() for flag in spec.by_flag}
    flags |= set(re.findall(r"--[\w-]+", " ".join(commands.values())))
    wrong = []
    for text in inline_code(path):
        wrong += [flag for flag in re.findall(r"(?<![\w-])--[a-z][\w-]+", text) if flag not in flags]
        wrong += [magic for magic in re.findall(r"%(aai_\w+|transcribe\b)", text) if magic not in SPECS]
        names = re.findall(r"(?<!\.)\baai\.([a-zA-Z_.]+\w)", text)
        wrong += [f"aai.{name}" for name in names if not _is_there(name)]
        methods = re.findall(r"(?<=\.)aai\.([a-z_]+)", text)  # of frames
        wrong += [f"df.aai.{name}" for name in methods if not hasattr(AaiAccessor, name)]
    assert wrong == []


def _is_there(dotted: str) -> bool:
    value = aai_jupyter
    for name in dotted.split("."):
        if name.startswith("NAME"):
            return True
        if not hasattr(value, name):
            return False
        value = getattr(value, name)
    return True


@WRITTEN
def test_shell_commands_exist(path: Path, commands: dict[str, str]):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    scripts = [block.code for block in blocks(path) if block.language == "sh"]
    shown = [line.split("#")[0].split() for script in scripts for line in script.splitlines()]
    shown += [text.split() for text in inline_code(path) if text.startswith(("make ", "aai-jupyter "))]
    for words in filter(None, shown):
        if words[0] == "make":
            assert set(words[1:]) <= set(targets), words
        elif words[0] == "aai-jupyter":
            assert words[1] in commands, words
            assert all(word in commands[words[1]] for word in words if word.startswith("--")), words
        else:
            assert words[:2] in (["pip", "install"], ["git", "clone"]), words


@WRITTEN
def test_links_to_files_lead_to_files(path: Path):
    """Sphinx checks those of the site; nobody checks the README's."""
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    parts = [urlsplit(target) for target in targets]
    local = [unquote(part.path) for part in parts if part.path and not part.scheme]
    # Pages in api/ are written when the site is built.
    assert [name for name in local if "api/" not in name and not (path.parent / name).exists()] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 260
