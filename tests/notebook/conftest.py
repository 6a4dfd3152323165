"""Kernels that speak to a real server over real sockets; its recogniser reads scripts instead of sound."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernels import PYTHONS, Kernel, kernel
from tests.local.conftest import KEY, Running, run_engine

HEAD = "RIFF....WAVE\n"  # enough of a recording for the check before an upload


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tables of cases that are not about IPython to one kernel, until the night."""
    for item in items:
        if item.get_closest_marker("any_kernel") and "[colab" in item.nodeid:
            item.add_marker(pytest.mark.nightly)


def speech(folder: Path, name: str, text: str = "A: Good morning.\nB: Hello there.") -> Path:
    """A file that the server's recogniser understands; its head alone is one more word."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text)
    return path


def environment(service: Running, home: Path) -> dict[str, str]:
    """Variables that lead a kernel to the server."""
    return {"ASSEMBLYAI_BASE_URL": service.url, "ASSEMBLYAI_API_KEY": KEY, "AAI_JUPYTER_HOME": str(home)}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_engine(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "newest" if p == sys.executable else "colab")
def shell(
    request: pytest.FixtureRequest, service: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kernel]:
    """A kernel with the extension loaded, in a folder of its own (``shell.folder``)."""
    folder = tmp_path_factory.mktemp("notebook")
    with kernel(request.param, cwd=folder, env=environment(service, folder / ".aai")) as made:
        made.folder, made.page = folder, True
        made.ok("%load_ext aai_jupyter")
        made.settle()
        yield made
