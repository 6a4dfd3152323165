"""Windows and macOS by stand-ins: what is imported, how files are read, what differs between the systems."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.files import container_limits, private_folder
from aai_jupyter.jobs import engine_process, file_systems, process_identity

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "aai_jupyter").rglob("*.py"))
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
WINDOWS_ONLY = {"_winapi", "msvcrt", "winreg", "winsound"}


def _at_load(tree: ast.Module) -> Iterator[str]:
    """Modules that are imported when the file is: not in a function, nor below an if or a try."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_no_module_of_one_system_is_imported_at_load() -> None:
    found = {
        (path.name, name)
        for path in SOURCES
        if any(name in (text := path.read_text("utf-8")) for name in POSIX_ONLY | WINDOWS_ONLY)
        for name in _at_load(ast.parse(text))
        if name in POSIX_ONLY | WINDOWS_ONLY
    }
    assert not found


def test_every_text_file_is_read_and_written_by_a_named_encoding() -> None:
    unnamed = []
    for path in SOURCES:
        text = path.read_text("utf-8")
        if "read_text(" not in text and "write_text(" not in text:
            continue
        for call in ast.walk(ast.parse(text)):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            named = any(word.arg == "encoding" for word in call.keywords)
            texts = {"read_text": 0, "write_text": 1}
            if name in texts and not named and len(call.args) <= texts[name]:
                unnamed.append(f"{path.name}:{call.lineno}")
    assert not unnamed


def test_the_engine_outlives_a_console_on_each_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_process._apart() == {"start_new_session": True}
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x8000000, raising=False)
    assert engine_process._apart() == {"creationflags": 0x8000200}


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_a_process_is_known_again_without_proc(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    pytest.importorskip("psutil")  # which asks for the platform when it is imported
    monkeypatch.setattr(sys, "platform", system)
    own = process_identity.start_of(os.getpid())
    assert own == process_identity.start_of(os.getpid())
    assert process_identity.start_of(2**22 + 12345) in (None, "")


def test_folders_are_made_where_nobody_has_a_user_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Windows:
        """The module ``os`` as Windows has it, as far as this module asks."""

        name = "nt"
        open, close, O_CREAT, O_RDWR = os.open, os.close, os.O_CREAT, os.O_RDWR

    monkeypatch.setattr(private_folder, "os", Windows)
    assert private_folder.private_folder(tmp_path / "home").is_dir()
    private_folder.private_database(tmp_path / "home" / "store.sqlite3")


def test_network_homes_are_told_by_each_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(file_systems, "mounts_on_mac", lambda: [])
    assert file_systems.network_file_system(tmp_path) is None


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "150000 100000"}, 1.5),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({"cpu.max": "spoiled"}, None),
        ({}, None),
    ],
    ids=["version 2", "no limit", "version 1", "no limit in version 1", "spoiled", "no container"],
)
def test_cores_are_those_of_the_container(tmp_path: Path, files: dict[str, str], quota: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    own = tmp_path / "own"
    own.write_text("4:cpu,cpuacct:/docker/7f\n0::/docker/7f\n")  # as on the host: not among these files
    assert container_limits.cpu_quota(tmp_path, own) == quota
    assert 1 <= container_limits.usable_cores(tmp_path, own) <= max(1, int(quota or 4096))


GIB = 1 << 30
MEMORY: dict[str, tuple[dict[str, Any], int]] = {
    "version 2": ({"memory.max": 2 * GIB, "memory.current": GIB}, GIB),
    "files that it may give up": (
        {"memory.max": 2 * GIB, "memory.current": 2 * GIB, "memory.stat": f"anon 7\ninactive_file {GIB}"},
        GIB,
    ),
    "version 1": ({"memory/memory.limit_in_bytes": 3 * GIB, "memory/memory.usage_in_bytes": GIB}, 2 * GIB),
    "no limit": ({"memory.max": "max", "memory.current": GIB}, 8 * GIB),
    "no limit in version 1": (
        {"memory/memory.limit_in_bytes": (1 << 63) - 4096, "memory/memory.usage_in_bytes": GIB},
        8 * GIB,
    ),
    "the own group": ({"user/job/memory.max": 2 * GIB, "user/job/memory.current": GIB}, GIB),
    "the group around it": (
        {"user/memory.max": 2 * GIB, "user/memory.current": 2 * GIB, "user/job/memory.max": "max"},
        0,
    ),
    "more than the machine has": ({"memory.max": 64 * GIB, "memory.current": 0}, 8 * GIB),
    "spoiled": ({"memory.max": "", "memory.current": "x"}, 8 * GIB),
    "no container": ({}, 8 * GIB),
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory_is_that_of_the_container(tmp_path: Path, name: str) -> None:
    files, free = MEMORY[name]
    for file, value in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / file).write_text(f"{value}\n")
    own, meminfo = tmp_path / "own", tmp_path / "meminfo"
    own.write_text("7:memory:/user/job\n0::/user/job\n")
    meminfo.write_text(f"MemTotal: 16777216 kB\nMemAvailable: {8 << 20} kB\n")
    assert container_limits.free_memory(tmp_path, own, meminfo) == free


def test_a_path_outside_the_mounted_groups_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1")
    (tmp_path / "memory.current").write_text("0")
    inner = tmp_path / "mounted"
    inner.mkdir()
    (tmp_path / "own").write_text("0::/../other\n")
    assert container_limits.free_memory(inner, tmp_path / "own", tmp_path / "meminfo") != 1
