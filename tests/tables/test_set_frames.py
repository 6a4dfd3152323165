"""Frames of a set made in one pass are those that each transcript by itself would give."""

from __future__ import annotations

import pickle
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.tables import TABLES
from aai_jupyter.tables.table import concat
from aai_jupyter.transcripts import set_tables
from aai_jupyter.transcripts.set_tables import in_set
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.examples import examples

SPEAKERS = st.sampled_from(["A", "B", None, "UNKNOWN"])
CHANNELS = st.sampled_from([None, "1", 2, 0])
TEXTS = st.sampled_from(["Hi.", "no", "Dr.", "3.", "and", "so", "你好。", ""])


@st.composite
def spoken(draw: Any, speakers: Any = SPEAKERS) -> dict[str, Any]:
    channels = draw(st.booleans())
    start = 0 if not draw(st.integers(0, 9)) else draw(st.integers(0, 3000))
    row = {
        "text": draw(TEXTS),
        "start": start,
        "end": start + draw(st.integers(0, 900)),
        "confidence": draw(st.sampled_from([0.5, 0.9, None])),
        "speaker": draw(speakers),
        "channel": draw(CHANNELS) if channels else None,
        "speaker_confidence": draw(st.sampled_from([None, 0.7])),
    }
    if not draw(st.integers(0, 20)):
        row[draw(st.sampled_from(["start", "end"]))] = draw(st.sampled_from([None, -5, 2**60]))
    return row


@st.composite
def answers(draw: Any) -> dict[str, Any]:
    speakers = draw(st.sampled_from([SPEAKERS, st.just("A"), st.just(None), st.sampled_from(["C", "A"])]))
    words = draw(st.lists(spoken(speakers), max_size=9))
    if draw(st.booleans()):
        words.sort(key=lambda word: word["start"] or 0)
    whole: dict[str, Any] = {
        "id": draw(st.sampled_from(["t1", "t2", "t3", None])),
        "words": words,
        "language_code": draw(st.sampled_from([None, "en", "de"])),
    }
    if draw(st.booleans()):
        whole["utterances"] = draw(st.lists(spoken(speakers), max_size=4))
    if draw(st.booleans()):
        entity = {"entity_type": "date", "text": "May", "start": 5, "end": 9, "speaker": "A"}
        whole["entities"] = draw(st.sampled_from([None, [], [entity]]))
        whole["chapters"] = [{"gist": "g", "start": 1, "end": 2}]
        whole["summary"] = draw(st.sampled_from([None, "", "Short."]))
    if not draw(st.integers(0, 5)):
        mapping = {"speaker_identification": {"mapping": {"A": "Ann"}}}
        whole["speech_understanding"] = {"response": mapping}
    if not draw(st.integers(0, 5)):
        whole["translated_texts"] = {"de": "Hallo."}
    return whole


def one_by_one(calls: TranscriptSet, name: str) -> pd.DataFrame:
    parts = [in_set(one.edited_answer.table(name, False), one) for one in calls]
    return concat(name, parts).frame()


@examples(3)
@given(st.lists(answers(), min_size=1, max_size=12), st.booleans(), st.data())
def test_one_pass_gives_what_each_transcript_gives(raws: Any, copied: bool, data: Any) -> None:
    raws = raws * 3 if copied else raws
    made = [Transcript.from_json(raw, source=f"{n % 5}.mp3" if n % 7 else None) for n, raw in enumerate(raws)]
    calls = TranscriptSet(made)
    alone = TranscriptSet(
        [Transcript.from_json(raw, source=one.source) for raw, one in zip(raws, made, strict=True)]
    )
    if data.draw(st.booleans()):  # as of many recordings
        for one in calls:
            one.edited_answer.data.pack()
    with patch.object(set_tables, "WORDS_AT_ONCE", data.draw(st.sampled_from([1, 20, 200_000]))):
        for name in TABLES:
            pd.testing.assert_frame_equal(calls.frame(name, units="s"), one_by_one(alone, name))
    with_speakers = [one for one in calls if "A" in one.speakers]
    if with_speakers:
        place = data.draw(st.integers(0, len(with_speakers) - 1))
        with_speakers[place].speakers["A"] = "Anna"
        edited = one_by_one(calls, "words")
        pd.testing.assert_frame_equal(calls.frame("words", units="s"), edited)


def talk(n: int) -> Transcript:
    words = [
        {"text": f"w{n}.", "start": 10 * k, "end": 10 * k + 5, "confidence": 0.5, "speaker": "AB"[k % 2]}
        for k in range(6)
    ]
    utterances = [{**word, "text": word["text"], "words": [word]} for word in words]
    return Transcript.from_json({"id": f"t{n}", "words": words, "utterances": utterances}, source=f"{n}.mp3")


def test_an_edit_an_answer_and_a_new_name_are_seen_at_once() -> None:
    calls = TranscriptSet([talk(n) for n in range(8)])
    assert calls.words["speaker"].tolist() == ["A", "B"] * 24
    calls[3].speakers["A"] = "Ann"
    assert calls.words["speaker"].tolist()[18:24] == ["Ann", "B"] * 3
    calls[2].edit.set_turn_text(0, "Changed.")
    assert "Changed." in calls.utterances["text"].tolist()
    calls[1].attach("sentences", {"sentences": [{"text": "Own sentence.", "start": 0, "end": 5}]})
    assert "Own sentence." in calls.sentences["text"].tolist()
    calls[0].source = "renamed.mp3"
    assert calls.words["source"].tolist()[0] == "renamed.mp3"
    words = calls.words
    words["text"] = "mine"
    assert "mine" not in calls.words["text"].tolist()
    again = pickle.loads(pickle.dumps(calls))
    pd.testing.assert_frame_equal(again.words, calls.words)


@pytest.mark.parametrize("name", list(TABLES))
def test_a_set_without_any_findings_has_every_frame(name: str) -> None:
    calls = TranscriptSet([talk(n) for n in range(5)])
    pd.testing.assert_frame_equal(calls.frame(name, units="s"), one_by_one(calls, name))
