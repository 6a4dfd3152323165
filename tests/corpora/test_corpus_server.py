"""A corpus for agents: what the tools give, and over the protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter import cli
from aai_jupyter.api.corpus_server import CorpusTools, corpus_server


@pytest.fixture
def tools(corpus: aai.Corpus) -> CorpusTools:
    return CorpusTools(corpus)


def test_search_and_quotes_say_who_and_when(tools: CorpusTools) -> None:
    (first, *_) = tools.search('"full refund"', speaker="B")
    assert (first["source"], first["speaker"], first["match"]) == ("calls/t0.mp3", "B", "full refund,")
    assert len(tools.search("refund", limit=3)) == 3
    assert [one["start"] for one in tools.quotes("I want a full refund", limit=1)] == [first["start"] - 0.75]
    assert tools.quotes("I want no refund") == []
    assert tools.quotes('full "refund"')


def test_turns_between_two_times(tools: CorpusTools) -> None:
    turns = tools.get("t1")
    assert [one["text"] for one in turns][:2] == ["Hello, how are you?", "I want a full refund, please!"]
    assert tools.get("t1", start=turns[1]["start"] + 0.1, end=turns[1]["end"] - 0.1) == turns[1:2]
    assert tools.get("t1", start=900.0) == []
    with pytest.raises(aai.UsageError, match="no recording"):
        tools.get("none")


def test_speakers(tools: CorpusTools) -> None:
    assert {one["speaker"]: one["recordings"] for one in tools.speakers()} == {"A": 5, "B": 5}
    assert {one["recordings"] for one in tools.speakers("t0")} == {1}


def test_a_corpus_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mcp")
    assert cli.main(["mcp", str(tmp_path / "none")]) == 1
    assert "is no corpus" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


async def test_agents_get_four_tools_that_only_read(corpus: aai.Corpus, folder: Path) -> None:
    client = pytest.importorskip("mcp.client")
    async with client.Client(corpus_server(folder)) as agent:
        listed: Any = (await agent.list_tools()).tools
        assert [tool.name for tool in listed] == ["search", "get", "speakers", "quotes"]
        assert all(tool.annotations.read_only_hint for tool in listed)
        found = await agent.call_tool("search", {"query": "hello", "limit": 1})
        assert found.structured_content["result"][0]["transcript_id"] == "t0"
        failed = await agent.call_tool("search", {"query": '"hello'})
        assert failed.is_error
        assert "quote is not closed" in failed.content[0].text
