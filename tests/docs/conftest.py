"""The documentation, built once; a shell to read examples with, and a kernel and an engine that run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from filelock import FileLock
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import aai_jupyter
from tests.examples import some
from tests.kernels import Kernel, kernel

from .pages import ROOT

SPHINX = """
import gc, sys
from sphinx.cmd.build import main
gc.set_threshold(200_000, 20, 100)
sys.exit(main(sys.argv[1:]))
"""
"""What ``python -m sphinx`` does: the collector of garbage would look at its trees again and again."""
PROJECT = """
[tool.aai_jupyter]
local_model = "tiny.en"

[tool.aai_jupyter.profiles.calls]
speaker_labels = true
redact_pii = true
redact_pii_policies = ["person_name", "phone_number"]
"""


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Give a folder that the first process of a run fills and the others use; pytest-xdist runs several."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / name
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            draft = root / f"{name}.draft"
            draft.mkdir(exist_ok=True)
            make(draft)
            draft.rename(folder)
    return folder


@pytest.fixture(scope="session", params=some(["plain", "site"], "plain"))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages. A warning of Sphinx is an error: also a reference that leads nowhere.

    What stands around them, the same on each, takes half of the time: it comes in the night.
    """
    tags = ("-t", "plain") if request.param == "plain" else ()
    return once(tmp_path_factory, request.param, partial(_build, tags)) / "html"


def _build(tags: tuple[str, ...], folder: Path) -> None:
    command = [sys.executable, "-c", SPHINX, "-W", "--keep-going", "-q", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [*command, *tags, str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """A shell with the extension loaded. Nothing is executed in it."""
    config = Config({"HistoryManager": {"enabled": False}})
    made = InteractiveShell(config=config, ipython_dir=str(tmp_path_factory.mktemp("ipython")))
    aai_jupyter.load_ipython_extension(made)
    yield made
    aai_jupyter.unload_ipython_extension(made)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recordings that the pages name, and others: parts of the bundled one."""
    return once(tmp_path_factory, "pages", _record)


def _record(made: Path) -> None:
    sound = _samples(aai_jupyter.sample())
    first, second, third, _ = np.split(sound, [16 * 7900, 16 * 15_300, 16 * 24_000])
    both = np.concatenate([first, second])
    _write(made / "interview.wav", both)
    _write(made / "episode.wav", both)
    _write(made / "memo.wav", first[: 16 * 5000])  # also streamed, at the pace of speech
    _write(made / "calls" / "monday.wav", both)
    _write(made / "calls" / "tuesday.wav", third)
    _write(made / "interviews" / "second.wav", third)
    size = max(len(first), len(second))
    left, right = (np.pad(part, (0, size - len(part))) for part in (first, second))
    _write(made / "stereo.wav", np.stack([left, right], axis=1))
    for seconds in (24, 40):
        _write(made / f"first-{seconds}.wav", sound[: 16_000 * seconds])
        shutil.copy(aai_jupyter.sample().with_suffix(".json"), made / f"first-{seconds}.json")
    (made / "pyproject.toml").write_text(PROJECT, encoding="utf-8")


def _samples(path: Path) -> np.ndarray:
    """16 kHz mono samples of 16 bits."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    with av.open(str(path)) as container:
        frames = [one for frame in container.decode(audio=0) for one in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(samples.astype("<i2").tobytes())


@pytest.fixture(scope="package")
def notebook(folder: Path) -> Iterator[Kernel]:
    """One kernel for many pages: the local engine is started once, and what two pages transcribe is known."""
    env = {"AAI_JUPYTER_HOME": str(folder / ".aai"), "ASSEMBLYAI_API_KEY": ""}
    with kernel(cwd=folder, env=env) as made:
        made.settle()
        yield made
