"""The notebooks: what they showed is committed, and they run from top to bottom without a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aai_jupyter.commands.demo_command import execute_notebook
from tests.kernels import Kernel

from .pages import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SAMPLE = "aai.sample()"
FIRST_SECONDS = {"03_ask": 40, "06_compare": 40}
"""Of the sample, where more than 24 are asked about."""
SHORTER = {"04_live": {"--max-minutes 0.55": "--max-minutes 0.13", "--max-minutes 0.26": "--max-minutes 0.1"}}
"""What is said to live speech takes as long as it takes to say it: the notebook with less of it."""


@pytest.mark.nightly
@pytest.mark.models
@pytest.mark.kernel
@pytest.mark.timeout(900)  # live speech takes as long as it takes to say it
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_from_top_to_bottom_without_a_key(
    notebook: Kernel, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    """In a kernel of its own, with the engine and the store of the one that runs the examples."""
    notebook.ok("import aai_jupyter as aai\n_ = aai.transcribe('memo.wav', language_code='en')")
    monkeypatch.setenv("AAI_JUPYTER_HOME", str(folder / ".aai"))
    # The quick model: `test_demo` has the one that a newcomer gets.
    (tmp_path / "pyproject.toml").write_text('[tool.aai_jupyter]\nlocal_model = "tiny.en"\n')
    done = json.loads(execute_notebook(path, tmp_path).read_text())
    outputs = [output for cell in done["cells"] for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]


@pytest.mark.models
@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_without_a_key_when_less_is_said(notebook: Kernel, path: Path) -> None:
    """The same cells, in the kernel of the examples, with the beginning of the recording."""
    recording = f"first-{FIRST_SECONDS.get(path.stem, 24)}.wav"
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    codes = ["".join(cell["source"]) for cell in cells]
    for whole, part in SHORTER.get(path.stem, {}).items():
        assert any(whole in code for code in codes)
        codes = [code.replace(whole, part) for code in codes]
    notebook.ok("%reset -f")
    shown = 0
    for code in codes:
        cell = notebook.ok(code.replace(SAMPLE, f"__import__('pathlib').Path({recording!r})"), timeout=800)
        shown += bool(cell.result or cell.displays or cell.stdout)
    assert shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_committed_notebook_is_executed_small_and_tells_nothing_of_the_machine(path: Path) -> None:
    text = path.read_text()
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert len(text) < 200_000
    for trace in (str(ROOT), "/home/", "/root/", "/tmp/", "C:\\\\"):
        assert trace not in text
