"""Notebooks exported to Markdown (nbconvert, Quarto): no text of others becomes Markdown there."""

from __future__ import annotations

import json
from typing import Any

import nbconvert
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from markdown_it import MarkdownIt

import aai_jupyter as aai
from aai_jupyter.asking.answer import Answer
from aai_jupyter.notebook.views.frame_display import register
from tests.edits.test_edits import dialogue

EVIL = "Hello.\n\n![seen](https://evil.example/p.png)\n\n# Large\n"


def results() -> dict[str, Any]:
    raw = dialogue(("A", "Hello all."), ("B", "Yes."))
    raw["text"] = raw["utterances"][0]["text"] = raw["words"][0]["text"] = EVIL
    raw["chapters"] = [{"summary": EVIL, "gist": EVIL, "headline": EVIL, "start": 0, "end": 500}]
    talk = aai.Transcript.from_json(json.dumps(raw), source="talk.wav")
    answer = f"In code:\n\n```\n{EVIL}```\n\nAs it was said."
    return {
        "transcript": talk,
        "transcripts": aai.TranscriptSet([talk]),
        "comparison": aai.compare(talk, talk),
        "answer": Answer("Why?", answer, "model-1", turns=[], seconds=1.0),
        "utterances": talk.utterances,
        "chapters": talk.chapters,
    }


@pytest.mark.parametrize("name", results())
def test_texts_stay_texts(name: str) -> None:
    shell = InteractiveShell()
    undo = register(shell)
    data, _ = shell.display_formatter.format(results()[name])
    undo()
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    exported, _ = nbconvert.MarkdownExporter().from_notebook_node(notebook)
    read = MarkdownIt("commonmark", {"html": True}).render(exported)
    assert "evil.example" in read or name in ("comparison", "transcripts")
    assert 'src="https://evil.example' not in read
    assert "<h1>Large" not in read
