"""Programs that work with notebooks, the real ones: papermill, nbconvert, jupytext; and a plain script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.front_ends.conftest import LIVE
from tests.tried import tried

pytestmark = [pytest.mark.kernel, pytest.mark.nightly]
WIDGET = "application/vnd.jupyter.widget-view+json"
WORKED = ("load", "transcribe", "progress", "search", "ask", "live", "error", "rerun", "reopen", "export")
CELLS = (
    "%load_ext aai_jupyter\nimport aai_jupyter as aai",
    "%%transcribe --as talk\ntalk.wav",
    'talk.words.aai.search("hello")',
    "%%aai_ask -t talk\nWhat was said?",
    LIVE,
    "live.wait()",
    "talk.player()",
    "aai.studio()",
    "aai.chat(talk)",
    "%transcribe nothing.wav",
)


EXECUTE = ("nbconvert", "--execute", "--to", "notebook", "--output")


def written(folder: Path, name: str) -> Path:
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    cells[-1].metadata["tags"] = ["raises-exception"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / name
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def run(folder: Path, variables: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder, env=variables, capture_output=True, encoding="utf-8", timeout=240, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("program", ["papermill", "nbconvert"])
def test_nobody_attends(folder: Path, variables: dict[str, str], program: str) -> None:
    pytest.importorskip(program)
    path, out = written(folder, f"{program}.ipynb"), folder / f"{program}-done.ipynb"
    if program == "papermill":
        done = run(folder, variables, "papermill", path.name, out.name, "--log-output", "--no-progress-bar")
        assert done.returncode == 1  # it runs on after the error of the last cell, and says so at its end
        for expected in ("talk.wav: done", "w0 w1", "SourceError: nothing.wav does not exist."):
            assert expected in done.stderr, done.stderr
    else:
        done = run(folder, variables, *EXECUTE, out.name, path.name)
        assert done.returncode == 0, done.stderr
    saved = out.read_text("utf-8")
    assert WIDGET not in saved
    assert "<script" not in saved
    assert len(saved) < 150_000
    notebook = nbformat.read(out, as_version=4)
    shown = ["".join(str(one) for one in cell.outputs) for cell in notebook.cells if "outputs" in cell]
    text = "\n".join(shown)
    for expected in (
        "talk.wav: done",
        "Hello there",
        "They said hello",
        "w0 w1",
        "nothing.wav does not exist",
    ):
        assert expected in text, expected
    page = run(folder, variables, "nbconvert", "--to", "html", "--stdout", out.name).stdout
    assert "They said hello" in page
    assert "widget-view" not in page
    results = {**dict.fromkeys(WORKED, "text"), "play": "no", "edit": "no"}
    if program == "nbconvert":  # the second of two
        tried("papermill, nbconvert --execute", "papermill", "nbconvert", **results)


@pytest.mark.parametrize("form", ["py:percent", "py:light", "md", "md:myst"])
def test_jupytext_gives_the_same_cells_back(form: str) -> None:
    jupytext = pytest.importorskip("jupytext")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    text = jupytext.writes(notebook, fmt=form)
    assert [cell.source for cell in jupytext.reads(text, fmt=form).cells] == list(CELLS)


SCRIPT = """
import aai_jupyter as aai

talk = aai.transcribe("talk.wav")
print(talk.utterances["text"].tolist())
print(talk.words.aai.search("hello")["match"].tolist())
print(aai.ask("What was said?", talk))
live = aai.stream("live.wav", sample_rate={rate}, keep_audio=False)
print(live.text)
try:
    aai.transcribe("nothing.wav")
except aai.AaiError as error:
    print(error)
print(aai.transcribe("talk.wav").id == talk.id)
"""


def test_a_plain_script(folder: Path, variables: dict[str, str]) -> None:
    from tests.streaming_server import RATE

    (folder / "script.py").write_text(SCRIPT.format(rate=RATE), "utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder, env=variables, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for expected in ("Hello there", "They said hello [0:0", "w0 w1", "nothing.wav does not exist.", "True"):
        assert expected in done.stdout, done.stdout + done.stderr
    worked = ("transcribe", "progress", "search", "ask", "live", "error", "rerun")
    missing = dict.fromkeys(("load", "play", "edit", "reopen", "export"), "no")
    tried("a script", **dict.fromkeys(worked, "text"), **missing)
