"""``%aai_search``, without a kernel."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics.search_magic import SPEC, run


def search(line: str, names: dict[str, Any]) -> Any:
    shell = SimpleNamespace(push=names.update)
    return run(shell, parse(SPEC, line, names), None, names)


def test_the_one_corpus_of_the_notebook(corpus: aai.Corpus) -> None:
    names: dict[str, Any] = {"calls": corpus, "same": corpus, "x": 1}
    assert len(search('"full refund"', names)) == 10
    assert len(search("full please", names)) == 10  # two words of one turn, a row each
    search("--as hits --speaker B --limit 2 refund*", names)
    assert names["hits"]["speaker"].tolist() == ["B", "B"]
    assert len(search("(hello OR costs) NOT please", names)) == 10


def test_a_corpus_that_is_named(corpus: aai.Corpus, folder: Path) -> None:
    names: dict[str, Any] = {"calls": corpus, "other": aai.corpus(folder.parent / "other")}
    assert len(search("--corpus calls hello", names)) == 5
    assert len(search(f"--corpus {folder} --where \"transcript_id = 't1'\" hello", names)) == 1
    with pytest.raises(aai.UsageError, match="Which corpus"):
        search("hello", names)
    with pytest.raises(aai.UsageError, match="no corpus"):
        search("hello", {})
    with pytest.raises(aai.UsageError, match="nothing to search"):
        search("--corpus calls", names)
