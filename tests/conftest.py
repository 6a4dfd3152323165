"""Every test starts with an empty environment and a home folder of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before numpy and the speech models are loaded, here and in the processes that tests start: threads that
# wait for each other in a loop keep the cores from the other tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Each test has a home, and so an engine, of its own: it goes with the kernel that used it.
os.environ.setdefault("AAI_JUPYTER_ENGINE_LINGER", "0")

from aai_jupyter.settings.configuration import settings
from tests.client.scripted import Stage, staged

# No example fails for the time that it takes. `--hypothesis-profile nightly` tries more of them.
hypothesis.settings.register_profile(
    "here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("nightly", hypothesis.settings.get_profile("here"), max_examples=1000)
hypothesis.settings.load_profile("here")

VARIABLES = (
    "ASSEMBLYAI_API_KEY",
    "ASSEMBLYAI_BASE_URL",
    "ASSEMBLYAI_STREAMING_BASE_URL",
    "ASSEMBLYAI_LLM_GATEWAY_BASE_URL",
    "ASSEMBLYAI_SYNC_BASE_URL",
)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell starts what runs in its background with SIGINT ignored; tests of Interrupt need the signal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No key, host, profile or store of the machine reaches a test, and none stays behind."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("AAI_JUPYTER_HOME", str(home / "aai"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = dict(settings._set)
    yield
    settings._set.clear()
    settings._set.update(before)


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The one server on which scripted services play."""
    yield from staged()
