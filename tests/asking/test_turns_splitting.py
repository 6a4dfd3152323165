"""Turns go to the model whole, in order, numbered; what is said cannot pass for structure."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.prompt_parts import render, split
from aai_jupyter.asking.prompt_turns import LONGEST_TURN, PromptTurn, estimate_tokens, turns_of
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import meeting, transcript

spoken = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80)


def test_turns_of_a_transcript_have_numbers_times_and_names():
    t = meeting()
    t.speakers["Anna"] = "Anna Lee"
    first = turns_of(t)[0]
    assert (first.number, first.start, first.end, first.speaker) == (1, 2.0, 8.0, "Anna Lee")
    assert (first.transcript_id, first.source) == ("t1", "call.mp3")
    assert first.line() == "[1] 0:02 Anna Lee: Let us start with the budget for the third quarter."


def test_a_set_is_numbered_through_and_names_its_recordings():
    both = TranscriptSet([meeting(id="a", source="a.mp3"), meeting(id="b", source="b.mp3")])
    turns = turns_of(both)
    assert [t.number for t in turns] == list(range(1, 9))
    lines = render(turns).splitlines()
    assert lines[0] == "# Recording 1: a.mp3"
    assert lines[5] == "# Recording 2: b.mp3"


def test_folders_and_signatures_stay_here():
    signed = "https://bucket.example/private/b.mp3?X-Signature=secret"
    both = [meeting(id="a", source="/home/jane/calls/a.mp3"), meeting(id="b", source=signed)]
    text = render(turns_of(both))
    assert "# Recording 1: a.mp3" in text
    assert "# Recording 2: b.mp3" in text
    assert "jane" not in text
    assert "secret" not in text


def test_frames_of_utterances_and_words_are_turns():
    t = meeting()
    whole = [(turn.text, turn.start, turn.speaker) for turn in turns_of(t)]
    assert [(turn.text, turn.start, turn.speaker) for turn in turns_of(t.utterances)] == whole
    assert [(turn.text, turn.start, turn.speaker) for turn in turns_of(t.words)] == whole
    assert [turn.start for turn in turns_of(t.frame("utterances", units="ms"))] == [w[1] for w in whole]
    assert [turn.text for turn in turns_of(t.utterances[t.utterances.speaker == "Ben"])] == [
        whole[1][0],
        whole[3][0],
    ]


def test_a_monologue_is_cut_after_sentences():
    text = " ".join(f"This is sentence number {n} of a long speech." for n in range(100))
    turns = turns_of(transcript([("A", 0.0, 400.0, text)]))
    assert len(turns) > 5
    assert all(turn.text.endswith(".") and len(turn.text.split()) <= LONGEST_TURN for turn in turns)
    assert " ".join(turn.text for turn in turns) == text
    assert all(a.end <= b.start + 1e-6 for a, b in itertools.pairwise(turns))


@pytest.mark.parametrize("thing", [3, None, {"text": "x"}, [4]])
def test_other_things_are_refused(thing):
    with pytest.raises(UsageError, match="Cannot ask about"):
        turns_of(thing)


def test_what_is_not_finished_is_refused():
    with pytest.raises(UsageError, match="status is error"):
        turns_of(Transcript.from_json({"id": "x", "status": "error", "error": "too short"}))
    with pytest.raises(UsageError, match="column text"):
        turns_of(pd.DataFrame({"a": [1]}))


def test_only_redacted_transcripts_pass_with_redact_and_names_stay_here():
    with pytest.raises(UsageError, match="not redacted: nothing was sent"):
        turns_of(meeting(), redact=True)
    with pytest.raises(UsageError, match="cannot tell"):
        turns_of(meeting(redact_pii=True).utterances, redact=True)
    t = meeting(redact_pii=True, source="calls/Jane Doe.mp3")
    t.speakers["Anna"] = "Jane Doe"
    text = render(turns_of(t, redact=True))
    assert "Jane" not in text
    assert "Anna" not in text
    assert "Speaker 1: Let us start" in text


@given(st.lists(spoken, max_size=6), spoken)
def test_speech_cannot_begin_a_line_or_end_the_recording(texts, name):
    turns = [PromptTurn(n, text, 1.0, 2.0, name) for n, text in enumerate(texts, 1)]
    lines = render(turns).splitlines() if turns else []
    assert len(lines) == len(turns)
    assert all(line.startswith(f"[{n}] ") for n, line in enumerate(lines, 1))
    assert not any("<" in line or ">" in line for line in lines)


@given(
    st.lists(
        st.tuples(st.text("ab éß日", min_size=1, max_size=300), st.sampled_from(["x", "y"])), max_size=12
    ),
    st.integers(60, 400),
)
def test_splitting_keeps_every_word_in_order_within_the_budget(rows, budget):
    turns = [PromptTurn(n, text, 0.0, 1.0, None, who, f"{who}.mp3") for n, (text, who) in enumerate(rows, 1)]
    parts = split(turns, budget)
    assert all(parts)
    assert all(estimate_tokens(render(part)) <= budget for part in parts)
    numbers = [turn.number for part in parts for turn in part]
    assert numbers == sorted(numbers)
    said = "".join(turn.text for part in parts for turn in part)
    assert said.replace(" ", "") == "".join(text for text, _ in rows).replace(" ", "")


def test_no_room_at_all_is_said():
    with pytest.raises(UsageError, match="no room"):
        split([PromptTurn(1, "x")], 10)
