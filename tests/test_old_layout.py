"""Pickles and files made before modules moved are read, with everything that was in them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.runtime.old_layout import MOVED, RENAMED, OldLayoutFinder, register

OLD = Path(__file__).parent / "data" / "old_layout"


def old(name: str) -> Any:
    return pickle.loads((OLD / f"{name}.pickle").read_bytes())


def is_the_edited_transcript(t: aai.Transcript) -> bool:
    assert (t.id, t.source, t.duration) == ("b7c1", "calls/1.mp3", 3)
    assert t.to_text() == "[0:00] Ann: Good morning.\n[0:01] B: Hello there."
    assert t.original.to_text() == "[0:00] A: Good morning.\n[0:01] B: Hello."
    assert len(t.edits) == 2
    assert t.audio == aai.Recording("calls/1.mp3", path="/data/calls/1.mp3", size=9, sha256="ab" * 32)
    assert t.edited_answer.answers[0][0] == "understanding"
    assert t.edit.undo() is not None
    return t.text == "Good morning. Hello."


def test_a_transcript_with_edits_names_and_further_answers():
    assert is_the_edited_transcript(old("transcript"))


def test_a_saved_file():
    assert is_the_edited_transcript(aai.load(OLD / "transcript.aai"))


def test_a_set_with_failures():
    calls = old("set")
    assert isinstance(calls, aai.TranscriptSet)
    assert calls.ids == ["b7c1", "c2"]
    assert is_the_edited_transcript(calls["1.mp3"])
    assert [type(error) for _, error in calls.errors] == [aai.TranscriptionFailedError, aai.SourceError]
    assert calls.failed["message"].tolist() == ["No speech.", "Cannot read x.wav."]
    assert calls.failed["transcript_id"].tolist()[0] == "d3"


def test_a_live_transcript():
    live = old("live")
    assert isinstance(live, aai.LiveTranscript)
    assert live.turns["text"].tolist() == ["Good morning.", "and"]
    assert isinstance(live.final_turns[0], aai.Turn)
    assert live.reconnections == [aai.Reconnected(position=800, replayed=100)]
    assert live.to_transcript().words["text"].tolist() == ["Good", "morning."]


@pytest.mark.parametrize(("name", "cost"), [("clip", 0.0001), ("read_clip", None)])
def test_a_clip(name, cost):
    clip = old(name)
    assert isinstance(clip, aai.Clip)
    assert (str(clip), clip.confidence, clip.estimate, clip.duration) == ("Hello.", 0.97, cost, 1.5)
    assert clip.recorded == datetime(2026, 5, 1, tzinfo=UTC)
    assert clip.words["text"].tolist() == ["Hello."]


@pytest.mark.parametrize("name", ["answer", "read_answer"])
def test_an_answer_with_citations(name):
    answer = old(name)
    assert isinstance(answer, aai.Answer)
    cited = answer.citations[["turn", "start", "quote", "found", "source"]].values.tolist()
    assert cited == [[1, 3.0, "We open in April", True, "calls/1.mp3"]]
    assert (answer.cost, answer.usage) == (Decimal("0.0012"), aai.Usage(10, 5))
    assert isinstance(answer.checked[0], aai.Citation)
    assert "We open in April" in answer._repr_html_()


def test_structured_answers():
    answers = old("answers")
    assert answers.frame["mood"].tolist()[0] == "good"
    assert isinstance(answers.errors[1], aai.SourceError)
    assert old("rows").tool_runs == [aai.ToolRun("f", {"a": 1}, "2", False, 0.1)]


def test_a_conversation_and_a_plan():
    talk = old("conversation")
    assert talk.turns[0].text.endswith("We open in April.")
    assert talk.history() == ([("When?", 'In April: "We open in April" [1].')], 0)
    assert old("plan").parameters == {"max_tokens": 5}


def test_events():
    assert old("ask_event").answer.question == "When?"
    assert is_the_edited_transcript(old("job_event").transcript)


def test_what_the_client_takes_and_gives():
    assert old("recording") == aai.Recording("talk.mp3", path="/data/talk.mp3", size=9)
    assert old("data").raw["words"][0]["text"] == "Good"
    assert old("policies") == (aai.StreamingPolicy(attempts=3), aai.RetryPolicy(reads=2))
    assert not old("endpoint").api_key
    recorded, short, live = old("requests")
    assert recorded.params["speaker_labels"]
    assert short.config == {"prompt": "Hi"}
    assert live.params["speaker_labels"]


def test_each_old_name_leads_to_a_class_of_today():
    for name, place in MOVED.items():
        module = import_module(f"aai_jupyter.{name}")
        for before, now in RENAMED.get(name, {}).items():
            assert getattr(module, before).__name__ == now
        with pytest.raises(AttributeError):
            _ = module.__file__
        assert import_module(f"aai_jupyter.{place}")


def test_a_new_process_finds_them_and_pays_nothing_before():
    code = (
        "import sys, pickle\n"
        "kept = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(type(kept), 'aai_jupyter.transcripts.clip' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(OLD / "clip.pickle")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "<class 'aai_jupyter.Clip'> True\n"
    code = (
        "import sys, aai_jupyter\nprint([name for name in sys.modules if name.startswith('aai_jupyter.tr')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_finder_stands_once_and_last_and_knows_only_its_names():
    register()
    assert sys.meta_path.count(OldLayoutFinder) == 1
    assert OldLayoutFinder.find_spec("aai_jupyter.nowhere") is None
    assert OldLayoutFinder.find_spec("recording") is None
    with pytest.raises(ModuleNotFoundError):
        import_module("aai_jupyter.nowhere")


def test_a_new_pickle_names_no_room():
    assert b"aai_jupyter\x94\x8c\x04Clip" in pickle.dumps(old("clip"), protocol=4)
