"""The main job, without a key: the bundled recording becomes text and speakers, as well as promised."""

import json

import nbformat
import pytest

from aai_jupyter.commands import demo_command
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.examples import some


@pytest.mark.models
@pytest.mark.parametrize(("model", "errors"), some([("base", 5), ("tiny.en", 8)], ("tiny.en", 8)))
def test_the_demo_writes_a_report_and_meets_its_figures(tmp_path, capsys, request, model, errors):
    """By the model that a newcomer gets, and each time by the quick one."""
    settings.local_model = model
    request.addfinalizer(runtime().close)
    assert demo_command.main(tmp_path) == 0
    shown = capsys.readouterr().out
    assert str(tmp_path / "report.html") in shown
    assert len(shown.strip().splitlines()) == 10
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "best of times" in page
    figures = dict(line.strip().split("  ", 1) for line in shown.strip().splitlines())
    assert float(figures["word error rate"].strip().rstrip("%")) <= errors
    assert float(figures["speaker agreement"].strip().split("%")[0]) >= 90
    assert figures["speakers"].strip().startswith("2 ")


@pytest.mark.kernel
def test_a_notebook_is_executed_and_written_with_its_page(tmp_path):
    cells = [nbformat.v4.new_code_cell(code) for code in ("%load_ext aai_jupyter", "print(6 * 7)")]
    (tmp_path / "source").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "source" / "two.ipynb")
    done = demo_command.execute_notebook(tmp_path / "source" / "two.ipynb", tmp_path)
    assert json.loads(done.read_text("utf-8"))["cells"][1]["outputs"][0]["text"] == ["42\n"]
    assert "42" in (tmp_path / "two.html").read_text("utf-8")
