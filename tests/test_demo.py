"""The main job, without a key: the bundled recording becomes text and speakers, as well as promised."""

import pytest

from aai_jupyter.commands import demo_command


@pytest.mark.models
@pytest.mark.kernel
def test_the_demo_writes_a_report_and_meets_its_figures(tmp_path, capsys):
    assert demo_command.main(tmp_path) == 0
    shown = capsys.readouterr().out
    assert str(tmp_path / "report.html") in shown
    assert len(shown.strip().splitlines()) == 10
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "best of times" in page
    figures = dict(line.strip().split("  ", 1) for line in shown.strip().splitlines())
    assert float(figures["word error rate"].strip().rstrip("%")) <= 5
    assert float(figures["speaker agreement"].strip().split("%")[0]) >= 90
    assert figures["speakers"].strip().startswith("2 ")
