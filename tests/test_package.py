"""What importing the package costs, and that its documents and notebooks are true."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import aai_jupyter

ROOT = Path(__file__).parent.parent
HEAVY = ("pandas", "numpy", "httpx", "websockets", "anywidget", "ipywidgets", "msgspec")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHORTER = {"04_live": {"--max-minutes 0.55": "--max-minutes 0.3", "--max-minutes 0.26": "--max-minutes 0.12"}}
"""What is said to live speech takes as long as it takes to say it: the notebook with less of it."""


def test_importing_the_package_imports_nothing_heavy_and_prints_nothing():
    code = f"import sys, aai_jupyter; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_loading_the_extension_loads_neither_store_nor_engine():
    code = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'aai_jupyter')\n"
        "print([m for m in sys.modules if m.startswith('aai_jupyter.jobs') or m == 'http.client'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", aai_jupyter.__all__)
def test_every_public_name_exists_and_is_documented(name):
    thing = getattr(aai_jupyter, name)
    assert name == "__version__" or thing.__doc__


@pytest.mark.models
@pytest.mark.kernel
@pytest.mark.timeout(900)  # live speech takes as long as it takes to say it
@pytest.mark.parametrize(
    "notebook",
    [
        pytest.param(path, marks=pytest.mark.nightly if path.stem in SHORTER else (), id=path.stem)
        for path in NOTEBOOKS
    ],
)
def test_the_notebook_runs_from_top_to_bottom_without_a_key(notebook, tmp_path):
    runs(notebook, tmp_path)


@pytest.mark.models
@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SHORTER)
def test_the_notebook_runs_without_a_key_when_less_is_said(name, tmp_path):
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
    for whole, part in SHORTER[name].items():
        assert whole in text
        text = text.replace(whole, part)
    (tmp_path / "source").mkdir()
    notebook = tmp_path / "source" / f"{name}.ipynb"
    notebook.write_text(text)
    runs(notebook, tmp_path)


def runs(notebook, folder):
    from aai_jupyter.demo import execute_notebook

    # The quick model: `test_demo` has the one that a newcomer gets.
    (folder / "pyproject.toml").write_text('[tool.aai_jupyter]\nlocal_model = "tiny.en"\n')
    done = json.loads(execute_notebook(notebook, folder).read_text())
    outputs = [output for cell in done["cells"] for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_committed_notebook_is_executed_small_and_tells_nothing_of_the_machine(notebook):
    text = notebook.read_text()
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert len(text) < 200_000
    for trace in (str(ROOT), "/home/", "/root/", "/tmp/", "C:\\\\"):
        assert trace not in text
