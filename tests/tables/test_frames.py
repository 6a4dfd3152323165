"""Every frame has the columns and dtypes that the schema promises, full or empty."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aai_jupyter.client.response_rows import TranscriptItem
from aai_jupyter.client.streaming.events import SpeakerRevision, Turn, decode_event
from aai_jupyter.client.streaming.turn_log import TurnLog
from aai_jupyter.errors import OptionError
from aai_jupyter.tables import COLUMNS, TABLES, transcripts_frame
from aai_jupyter.tables.live import LiveTables
from aai_jupyter.tables.schema import SOURCE
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.transcripts import EMPTY, full, word


def t(**changes: Any) -> Transcript:
    return Transcript.from_json({**full(), **changes})


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    # Where pyarrow is installed, pandas' own "string" is another dtype of the same name.
    assert {d.storage for d in frame.dtypes if isinstance(d, pd.StringDtype)} <= {"python"}
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def promised(name: str, times: str = "float64") -> dict[str, str]:
    return {column.name: times if column.unit == "s" else column.dtype for column in COLUMNS[name]}


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_dtypes_are_those_of_the_schema(name: str) -> None:
    frame = t().frame(name)
    assert dtypes(frame) == promised(name)
    assert len(frame) > 0 or name == "speaker_mapping"
    assert isinstance(frame.index, pd.RangeIndex)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(
    "raw", [EMPTY, {}, {"status": "error", "error": "no audio"}, {"words": [], "text": ""}]
)
@pytest.mark.parametrize(
    ("units", "times"), [("s", "float64"), ("ms", "int64"), ("timedelta", "timedelta64[ms]")]
)
def test_no_rows_keep_columns_and_dtypes(name: str, raw: dict, units: Any, times: str) -> None:
    frame = Transcript.from_json(raw).frame(name, units=units)
    assert len(frame) == 0
    assert dtypes(frame) == promised(name, times)


@pytest.mark.parametrize("name", TABLES)
def test_frames_of_a_set_have_the_same_dtypes_and_a_source(name: str) -> None:
    promise = promised(name) | {SOURCE.name: SOURCE.dtype}
    names = [column for column in promised(name) if column not in ("file", "transcript_id")]
    for one in (
        TranscriptSet(),
        TranscriptSet([Transcript.from_json(EMPTY)]),
        TranscriptSet(
            [t(), Transcript.from_json(EMPTY, source="b"), Transcript.from_json(full(), source="a")]
        ),
    ):
        frame = one.frame(name)
        assert dtypes(frame) == promise
        assert list(frame) == ["file", *names, "source", "transcript_id"]


def test_the_file_is_named_without_folders() -> None:
    named = {
        "/home/ann/calls/1.mp3": "1.mp3",
        r"C:\calls\été #2.wav": "été #2.wav",
        "https://example.org/a/talk%201.mp3?key=x#t=1": "talk 1.mp3",
    }
    for source, name in named.items():
        t = Transcript.from_json(full(), source=source)
        for frame in (t.words, t.chapters, TranscriptSet([t]).words, TranscriptSet([t]).recordings):
            assert set(frame["file"]) == {name}
    assert Transcript.from_json(full()).words["file"].isna().all()
    several = TranscriptSet([Transcript.from_json(full(), source=one) for one in ("a/x.wav", "b/x.wav")])
    assert several.words["file"].cat.categories.tolist() == ["x.wav"]
    assert several.words["source"].nunique() == 2
    assert len(several.words.aai.talk_time()) == 4
    assert several.words.groupby("file", observed=True).size().tolist() == [2 * len(full()["words"])]


def test_words() -> None:
    words = t().words
    assert words["text"].tolist() == full()["text"].split()
    assert words["start"].tolist() == [one["start"] / 1000 for one in full()["words"]]
    assert words["duration"].iloc[0] == 0.26
    assert words["utterance"].tolist() == [0] * 6 + [1] * 3 + [2] * 2
    assert words["speaker"].tolist() == ["A"] * 6 + ["B"] * 3 + ["A"] * 2
    assert words["speaker"].cat.categories.tolist() == ["A", "B"]
    assert words["channel"].isna().all()
    assert words.attrs == {"transcript_id": full()["id"], "model": "universal-2", "units": "s"}


def test_utterances_count_words_silence_and_overlap() -> None:
    said = t().utterances
    assert said["n_words"].tolist() == [6, 3, 2]
    assert said["gap_before"].tolist() == [0.24, 0, 2]
    assert said["overlap"].tolist() == [0, 0.1, 0]
    assert said["confidence"].tolist() == pytest.approx([0.9] * 3)
    assert t().frame("utterances", extra=True)["service_confidence"].tolist() == [0.91] * 3


def test_units() -> None:
    start = [one["start"] for one in full()["words"]]
    assert t().frame("words", units="ms")["start"].tolist() == start
    assert (t().frame("words", units="timedelta")["start"] == pd.to_timedelta(start, unit="ms")).all()
    with pytest.raises(OptionError, match="hours"):
        t().frame("words", units="hours")
    with pytest.raises(OptionError, match="wrods"):
        t().frame("wrods")


def test_a_missing_time_is_missing_in_every_unit() -> None:
    assert t().sentiments["start"].isna().tolist() == [False, False, False, True]
    assert str(t().frame("sentiments", units="ms")["start"].dtype) == "Int64"
    assert t().frame("sentiments", units="timedelta")["start"].isna().sum() == 1


def test_extra_fields_become_columns_only_on_request() -> None:
    raw = full()
    raw["words"][3]["language"] = "en"
    raw["words"][4]["text_id"] = {"a": 1}
    one = Transcript.from_json(raw)
    assert "language" not in one.words
    words = one.frame("words", extra=True)
    assert list(words)[: len(COLUMNS["words"])] == [column.name for column in COLUMNS["words"]]
    assert words["language"].tolist() == [None, None, None, "en"] + [None] * 7
    assert words.loc[4, "text_id"] == {"a": 1}
    assert t().frame("utterances", extra=True)["speaker_confidence"].tolist() == [0.8, 0.7, 0.9]
    assert t().frame("content_safety", extra=True)["sentences_idx_start"].tolist() == [3]


def test_without_utterances_they_are_paragraphs_of_the_words() -> None:
    raw = full() | {"utterances": None}
    raw["words"] = [one | {"speaker": None} for one in raw["words"]]
    said = Transcript.from_json(raw).utterances
    assert said["text"].tolist() == ["Good morning. I want a refund. Hello, Dr. Ray.", "Why not?"]
    assert said["speaker"].isna().all()
    assert Transcript.from_json(raw).words["utterance"].tolist() == [0] * 9 + [1] * 2


def test_words_without_speaker_take_that_of_their_utterance() -> None:
    raw = full()
    raw["words"] = [one | {"speaker": None} for one in raw["words"]]
    assert Transcript.from_json(raw).words["speaker"].tolist() == t().words["speaker"].tolist()


def test_channels_at_once_keep_words_together() -> None:
    left = [word("So", 0, 100, "1", channel="1"), word("we", 200, 300, "1", channel="1")]
    right = [word("Yes.", 100, 150, "2", channel="2")]
    raw = {
        "words": [left[0], right[0], left[1]],
        "utterances": [
            {"speaker": "1", "channel": "1", "text": "So we", "start": 0, "end": 300},
            {"speaker": "2", "channel": "2", "text": "Yes.", "start": 100, "end": 150},
        ],
    }
    one = Transcript.from_json(raw)
    assert one.words["utterance"].tolist() == [0, 1, 0]
    assert one.words["channel"].tolist() == ["1", "2", "1"]
    assert one.sentences["text"].tolist() == ["So we", "Yes."]
    assert "So we" in one.to_srt()


def test_a_channel_may_be_a_number() -> None:
    one = Transcript.from_json({"words": [word("a", 0, 1, channel=0), word("b", 2, 3, channel=1)]})
    assert one.words["channel"].tolist() == ["0", "1"]


def test_undecided_speakers_are_missing_not_people() -> None:
    one = Transcript.from_json(
        {"words": [word("a", 0, 1, "UNKNOWN"), word("b", 2, 3, "A"), word("c", 4, 5, "PENDING")]}
    )
    assert one.words["speaker"].isna().tolist() == [True, False, True]
    assert list(one.speakers) == ["A"]


def test_sentiments_have_the_right_speaker_and_no_tags() -> None:
    found = t().frame("sentiments", extra=True)
    assert found["text"].tolist() == ["Good morning.", "I want a refund.", "Hello, Dr. Ray.", "Why not?"]
    assert found["speaker"].tolist() == ["A", "A", "B", "A"]
    assert found["raw_speaker"].tolist() == ["B", "A", "A", None]
    assert found["raw_text"].tolist()[0] == "[Speaker:1] Good morning."
    assert found["sentiment"].cat.categories.tolist() == ["NEGATIVE", "NEUTRAL", "POSITIVE"]


def test_sentences_and_paragraphs_from_the_words() -> None:
    assert t().sentences["text"].tolist() == [
        "Good morning.",
        "I want a refund.",
        "Hello, Dr. Ray.",
        "Why not?",
    ]
    assert t().sentences["speaker"].tolist() == ["A", "A", "B", "A"]
    assert t().paragraphs["n_words"].tolist() == [6, 3, 2]


def test_sentences_and_paragraphs_of_the_service_when_attached() -> None:
    one = t()
    words = full()["words"]
    one.attach("paragraphs", {"paragraphs": [
        {"text": "P", "start": 240, "end": 3000, "confidence": 0.5, "words": words[:9]},
        {"text": "Q", "start": 5000, "end": 5600, "confidence": 0.5, "words": words[9:], "new": 1},
    ]})  # fmt: skip
    found = one.frame("paragraphs", extra=True)
    assert found["text"].tolist() == ["P", "Q"]
    assert found["speaker"].isna().tolist() == [True, False]
    assert found["n_words"].tolist() == [9, 2]
    assert found["confidence"].tolist() == pytest.approx([0.9, 0.9])
    assert "new" in found
    one.attach("sentences", json.dumps({"sentences": [{"text": "S", "start": 0, "end": 1, "speaker": "B"}]}))
    assert one.sentences[["text", "speaker", "n_words"]].values.tolist() == [["S", "B", 1]]


def test_findings() -> None:
    one = t()
    assert one.highlights[["phrase", "count", "start"]].values.tolist() == [
        [0, 2, 1.4],
        [0, 2, 5.25],
        [1, 1, 0.24],
    ]
    assert one.highlights["rank"].isna().tolist() == [False, False, True]
    assert one.topics[["section", "label"]].values.tolist() == [[0, "Shopping>Sales"], [0, "Business"]]
    assert one.frame("topics_summary")["relevance"].tolist() == [1, 0.3]
    assert one.content_safety.loc[0, ["label", "confidence"]].tolist() == ["profanity", 0.6]
    assert one.frame("content_safety_summary").loc[0, ["low", "medium", "high"]].tolist() == [0.7, 0.2, 0.1]
    assert one.entities.loc[0, ["entity_type", "speaker"]].tolist() == ["person_name", "B"]
    assert one.chapters["gist"].isna().all()


def test_a_phrase_without_times_keeps_its_row() -> None:
    one = t(auto_highlights_result={"results": [{"text": "x", "timestamps": None}]})
    assert one.highlights[["text", "count"]].values.tolist() == [["x", 0]]
    assert one.highlights["start"].isna().all()


def test_speech_understanding() -> None:
    one = t()
    assert one.summary[["kind", "headline", "text", "end"]].fillna("-").values.tolist() == [
        ["summary", "-", "- A refund is wanted.", 6.0],
        ["section", "Refund", "- wants one\n- today", 1.9],
    ]
    assert one.action_items.loc[0, ["action_item", "start"]].tolist() == ["Send the refund.", 1.0]
    german, french = (one.translations.query("language == @code") for code in ("de", "fr"))
    assert german["utterance"].tolist() == [0, 1, 2]
    assert german["speaker"].tolist() == ["A", "B", "A"]
    assert french["utterance"].isna().tolist() == [True]
    assert french["end"].tolist() == [6.0]
    assert one.frame("formatting")[["original", "formatted"]].values.tolist() == [["one two", "12"]]


def test_understanding_afterwards() -> None:
    one = t()
    one.attach("understanding", {
        "speech_understanding": {"request": {}, "response": {
            "speaker_identification": {"status": "success", "mapping": {"A": "Ann", "Z": "Zoe"}},
            "action_items": {"items": [{"action_item": "Call.", "quote": "x", "timestamp": "01:05.5"}, None]},
        }},
        "translated_texts": {"es": "Buenos días."},
    })  # fmt: skip
    assert one.frame("speaker_mapping")[["label", "name"]].values.tolist() == [["A", "Ann"], ["Z", "Zoe"]]
    assert one.words["speaker"].cat.categories.tolist() == ["Ann", "B"]
    assert one.action_items[["action_item", "start"]].values.tolist() == [["Call.", 65.5]]
    assert "es" in one.translations["language"].tolist()


def test_turns_of_a_recording_and_of_a_session_look_alike() -> None:
    recorded = t().turns
    assert recorded["turn_order"].tolist() == [0, 1, 2]
    first = [word("good", 512, 760, None)]
    whole = [word("Good", 512, 760), word("morning.", 800, 1200)]
    turn = {"type": "Turn", "turn_order": 0}
    final = {"end_of_turn": True, "end_of_turn_confidence": 1.0}
    other = {"type": "Turn", "turn_order": 1, "transcript": "Hi.", "words": [word("Hi.", 2000, 2300, None)]}
    revisions = [{"turn_order": 1, "speaker_label": "B"}, {"turn_order": 9}]
    messages = [
        {"type": "Begin", "id": "s"},
        turn | {"end_of_turn": False, "transcript": "good morn", "words": first},
        other | final | {"speaker_label": "PENDING"},
        turn | final | {"transcript": "Good morning.", "speaker_label": "A", "words": whole},
        {"type": "SpeakerRevision", "revisions": revisions},
        {"type": "Turn", "turn_order": 2, "end_of_turn": True, "transcript": "", "words": []},
    ]
    log = TurnLog()
    for event in map(decode_event, map(json.dumps, messages)):
        if isinstance(event, Turn):
            log.apply(event)
        elif isinstance(event, SpeakerRevision):
            log.revise(event)
    live = LiveTables().tables(log.ordered(), "s")["turns"].frame()
    assert dtypes(live) == dtypes(recorded)
    assert live["text"].tolist() == ["Good morning.", "Hi."]
    assert live["speaker"].tolist() == ["A", "B"]
    assert live[["start", "end", "n_words"]].values.tolist() == [[0.512, 1.2, 2], [2.0, 2.3, 1]]
    assert dtypes(LiveTables().tables([], None)["turns"].frame()) == dtypes(recorded)


def test_search() -> None:
    one = t()
    found = one.search("refund", "dr ray", "why  NOT", "", "nowhere")
    assert found[["query", "text", "word", "utterance"]].values.tolist() == [
        ["refund", "refund.", 5, 0],
        ["dr ray", "Dr. Ray.", 7, 1],
        ["why  NOT", "Why not?", 9, 2],
    ]
    assert found["end"].tolist() == [1.9, 3.0, 5.6]
    assert dtypes(found) == promised("word_search") == dtypes(Transcript.from_json(EMPTY).search("x"))


def test_word_search_of_the_service() -> None:
    answer = {"id": "x", "total_count": 2, "matches": [
        {"text": "refund", "count": 1, "timestamps": [[1400, 1900]], "indexes": [5]},
        {"text": "gone", "count": 1, "timestamps": [[1, 2]], "indexes": [99]},
    ]}  # fmt: skip
    found = t().word_search(answer)
    assert dtypes(found) == promised("word_search")
    assert found["text"].tolist() == ["refund.", "gone"]
    assert found["speaker"].isna().tolist() == [False, True]


def test_list_of_transcripts() -> None:
    frame = transcripts_frame(
        [TranscriptItem(id="a", status="completed", created="2026-03-11T21:29:59.936851", completed="odd")]
    )
    assert dtypes(frame) == promised("transcripts") == dtypes(transcripts_frame([]))
    assert frame.loc[0, "created"] == pd.Timestamp("2026-03-11T21:29:59.936851", tz="UTC")
    assert pd.isna(frame.loc[0, "completed"])


def test_a_set_unites_categories() -> None:
    other = copy.deepcopy(full())
    other["id"] = "second"
    other["words"] = [word("x", 0, 1, "C"), word("y", 2, 3, "A")]
    other["utterances"] = None
    both = TranscriptSet([t(), Transcript.from_json(other, source="b.mp3")]).words
    assert both["speaker"].cat.categories.tolist() == ["A", "B", "C"]
    assert both["speaker"].tolist()[-2:] == ["C", "A"]
    assert both["transcript_id"].cat.categories.tolist() == [full()["id"], "second"]
    assert both["source"].isna().sum() == 11
    assert np.array_equal(both.index, range(13))
