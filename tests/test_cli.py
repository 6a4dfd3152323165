"""The command line does what its help says."""

from runpy import run_module

import pytest

from aai_jupyter import cli
from aai_jupyter.commands import demo_command


def test_demo_passes_on_where_to_write_and_what_to_execute(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(demo_command, "main", lambda out, notebook: asked.append((out, notebook)) or 0)
    assert cli.main(["demo", "--out", str(tmp_path), "--notebook", "x.ipynb"]) == 0
    assert [(str(out), str(notebook)) for out, notebook in asked] == [(str(tmp_path), "x.ipynb")]


def test_the_module_is_the_command():
    module = run_module("aai_jupyter", alter_sys=False)
    assert module["main"] is cli.main


@pytest.mark.parametrize("command", ["serve", "forget", "demo"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: aai-jupyter" in capsys.readouterr().out


def test_forget_deletes_the_engines_data(tmp_path, capsys):
    assert cli.main(["forget", "--home", str(tmp_path)]) == 0
    assert "Deleted 0 transcripts" in capsys.readouterr().out
