"""Every test starts with an empty environment and a home folder of its own."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.doctest import DoctestModule
from filelock import FileLock

# Before numpy and the speech models are loaded, here and in the processes that tests start: threads that
# wait for each other in a loop keep the cores from the other tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Each test has a home, and so an engine, of its own: it goes with the kernel that used it.
os.environ.setdefault("AAI_JUPYTER_ENGINE_LINGER", "0")
# Whoever opens s3:// without credentials would ask the machine's cloud for some.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

from aai_jupyter.settings.configuration import settings
from tests.barred.here import ATTEMPTS
from tests.client.scripted import Stage, staged
from tests.examples import EACH_TIME, IN_THE_NIGHT
from tests.sharing import UnitScheduling, put_first

# No example fails for the time that it takes, and `make test` tries the same ones each time. The search for
# others is that of the night: `--hypothesis-profile nightly`.
COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("here", max_examples=EACH_TIME, derandomize=True, **COMMON)
hypothesis.settings.register_profile("nightly", max_examples=IN_THE_NIGHT, derandomize=False, **COMMON)
hypothesis.settings.load_profile("here")

VARIABLES = (
    "ASSEMBLYAI_API_KEY",
    "ASSEMBLYAI_BASE_URL",
    "ASSEMBLYAI_STREAMING_BASE_URL",
    "ASSEMBLYAI_LLM_GATEWAY_BASE_URL",
    "ASSEMBLYAI_SYNC_BASE_URL",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let one process compile the tests of a fresh clone, and the others load what it has written."""
    last = Path(__file__).parent / "widgets" / "__pycache__"
    compiled = sys.dont_write_bytecode or any(last.glob("test_*-pytest-*.pyc"))
    if compiled or not hasattr(session.config, "workerinput"):
        return (yield)
    done = Path(session.config.option.basetemp).parent / "compiled"
    with FileLock(f"{done}.lock"):
        if not done.exists():
            found = yield
            done.touch()
            return found
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[Any], list[Any]]:
    """Look for no examples in the tests themselves: there are none, and each docstring would be read."""
    found = yield
    return [one for one in found if not isinstance(one, DoctestModule)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first, where several processes share the tests."""
    if hasattr(config, "workerinput"):
        put_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What ``--dist loadscope`` gives out: :mod:`tests.sharing`."""
    return UnitScheduling(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what is there from now on to the end: all modules and tests."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The suite fails when any of its processes tried to reach another machine."""
    if hasattr(session.config, "workerinput"):
        return  # one of several: the first process looks
    tried = ATTEMPTS.read_text("utf-8")
    if tried:
        print(f"\nOther machines were to be reached:\n{tried}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the number of attempts to reach another machine."""
    count = len(ATTEMPTS.read_text("utf-8").splitlines())
    terminalreporter.write_line(f"{count} attempts to reach another machine")


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell starts what runs in its background with SIGINT ignored; tests of Interrupt need the signal."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes folders; that of pytest looks at all that were made before."""
    folder, count = tmp_path_factory.mktemp("homes"), itertools.count()

    def make() -> Path:
        home = folder / str(next(count))
        home.mkdir()
        return home

    return make


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, new_home: Callable[[], Path]) -> Iterator[None]:
    """No key, host, profile or store of the machine reaches a test, and none stays behind."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    home = new_home()
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
