"""Edits: a layer that can always be taken off again, and that shows everywhere."""

from __future__ import annotations

import json
import pickle
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from aai_jupyter.api.sample import sample
from aai_jupyter.errors import OptionError
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts.edits.alignment import TimedWord, realign
from aai_jupyter.transcripts.transcript import Transcript
from tests.examples import examples
from tests.transcripts import full

FRAMES = ("words", "utterances", "sentences", "paragraphs", "sentiments", "entities", "turns")


def dialogue(*turns: tuple[str | None, str], sent: bool = True) -> dict[str, Any]:
    """A transcript: 100 ms per letter, 200 ms between words, each turn said by its speaker."""
    words: list[dict[str, Any]] = []
    utterances = []
    now = 0
    for speaker, text in turns:
        own = []
        for word in text.split():
            end = now + 100 * len(word)
            own.append({"text": word, "start": now, "end": end, "confidence": 0.5, "speaker": speaker})
            now = end + 200
        words += own
        ends = {"start": own[0]["start"], "end": own[-1]["end"]}
        utterances.append({"text": text, "speaker": speaker, "confidence": 0.5, "words": own, **ends})
    text = " ".join(text for _, text in turns)
    raw = {"id": "t1", "status": "completed", "text": text, "words": words}
    return raw | ({"utterances": utterances} if sent else {})


@pytest.fixture
def t() -> Transcript:
    return Transcript.from_json(
        dialogue(("A", "Good morning all."), ("B", "I want a refund."), ("A", "Of course."), ("C", "Thanks."))
    )


def snapshot(t: Transcript) -> dict[str, pd.DataFrame]:
    return {name: t.frame(name, units="ms") for name in FRAMES}


def assert_same(one: dict[str, pd.DataFrame], two: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        assert_frame_equal(frame, two[name])


def test_a_name_shows_in_every_frame_and_export(t: Transcript) -> None:
    t.edit.rename_speaker("B", "Bob")
    assert t.utterances["speaker"].tolist() == ["A", "Bob", "A", "C"]
    assert t.words["speaker"].cat.categories.tolist() == ["A", "Bob", "C"]
    assert "Bob: I want a refund." in t.to_text()
    assert "<v Bob>" in t.to_vtt(speakers=True)
    assert "Bob" in t._repr_html_()
    assert t.search("refund")["speaker"].tolist() == ["Bob"]


def test_naming_by_the_mapping_is_the_same_edit(t: Transcript) -> None:
    t.speakers = {"A": "Ann", "B": "Bob"}
    t.speakers["C"] = "Cid"
    assert t.edits["operation"].tolist() == ["rename_speakers", "rename_speakers", "rename_speaker"]
    assert t.edits[["before", "after"]].values.tolist() == [["A", "Ann"], ["B", "Bob"], ["C", "Cid"]]
    t.edit.undo()
    t.edit.undo()
    assert dict(t.speakers) == {"A": "A", "B": "B", "C": "C"}


def test_merged_speakers_are_one_everywhere(t: Transcript) -> None:
    t.speakers = {"A": "Ann", "C": "Cid"}
    t.edit.merge_speakers("C", "A")
    assert dict(t.speakers) == {"A": "Ann", "B": "B"}
    assert t.words["speaker"].tolist()[-1] == "Ann"
    t.edit.merge_speakers("A", "B")
    assert dict(t.speakers) == {"B": "B"}
    with pytest.raises(OptionError, match="No speaker 'A'"):
        t.edit.rename_speaker("A", "x")


def test_findings_follow_merged_speakers() -> None:
    t = Transcript.from_json(full())
    labels = list(t.speakers)
    t.edit.merge_speakers(labels[1], labels[0])
    for name in ("words", "utterances", "sentiments", "entities"):
        assert set(t.frame(name)["speaker"].dropna()) <= {labels[0], *labels[2:]}


def test_turns_can_be_given_to_a_new_speaker_or_another(t: Transcript) -> None:
    t.edit.split_speaker([2], "Dana")
    assert t.speakers["D"] == "Dana"
    assert t.utterances["speaker"].tolist() == ["A", "B", "Dana", "C"]
    t.edit.assign_turn(3, "D")
    assert t.words["speaker"].tolist()[-3:] == ["Dana"] * 3
    assert list(t.speakers) == ["A", "B", "D"]
    t.edit.assign_turn(3, "B")
    assert t.utterances["speaker"].tolist() == ["A", "B", "Dana", "B"]
    t.edit.assign_turns([0, 3, 1], "D")
    assert t.utterances["speaker"].tolist() == ["Dana"] * 4
    assert t.edits["turn"].tolist()[-3:] == [0, 1, 3]
    t.edit.undo()  # one step
    assert t.utterances["speaker"].tolist() == ["A", "B", "Dana", "B"]


def test_words_can_be_given_to_another_speaker(t: Transcript) -> None:
    t.edit.assign_words([3, 4], "A")  # "I want" joins the turn before
    assert t.utterances["text"].tolist() == ["Good morning all. I want", "a refund.", "Of course.", "Thanks."]
    assert t.words["speaker"].tolist() == ["A"] * 5 + ["B"] * 2 + ["A"] * 2 + ["C"]
    assert t.edits[["turn", "word", "before", "after"]].values.tolist() == [[1, 3, "B", "A"]]
    t.edit.undo()
    t.edit.assign_words([4, 5], "C")  # from the middle of a turn
    assert t.utterances["text"].tolist()[1:4] == ["I", "want a", "refund."]
    assert t.utterances["speaker"].tolist()[1:4] == ["B", "C", "B"]
    t.edit.assign_words([4, 5], "C")
    assert len(t.edits) == 1
    with pytest.raises(OptionError, match="no word 99"):
        t.edit.assign_words([99], "A")


def test_a_new_speaker_without_a_name_goes_by_a_letter(t: Transcript) -> None:
    t.edit.split_speaker([2])
    assert t.utterances["speaker"].tolist() == ["A", "B", "D", "C"]
    assert t.edits["after"].tolist() == ["D"]
    t.edit.rename_speaker("D", "Dana")
    assert t.utterances["speaker"].tolist()[2] == "Dana"


def test_a_rewritten_turn_keeps_the_times_of_its_words(t: Transcript) -> None:
    before = t.words
    t.edit.set_turn_text(1, "I want my whole refund, please.")
    words = t.words.query("utterance == 1")
    assert words["text"].tolist() == ["I", "want", "my", "whole", "refund,", "please."]
    old = before.query("utterance == 1")
    assert words["start"].tolist()[:2] == old["start"].tolist()[:2]
    assert words["start"].tolist()[4] == old["start"].tolist()[3]
    assert words["confidence"].isna().tolist() == [False, False, True, True, True, True]
    assert t.text == "Good morning all. I want my whole refund, please. Of course. Thanks."
    assert "my whole refund" in t.to_srt()
    assert "my whole refund" in t.sentences["text"].tolist()[1]
    assert t.original.text.startswith("Good morning all. I want a refund.")
    assert t.raw["text"] == t.original.text
    row = t.edits.iloc[0]
    assert (row["turn"], row["before"], row["after"]) == (
        1,
        "I want a refund.",
        "I want my whole refund, please.",
    )


def test_words_are_fixed_accepted_and_removed(t: Transcript) -> None:
    t.edit.accept_word(3)
    assert t.words["confidence"].tolist()[3] == 1.0
    t.edit.set_word(6, "refund, really.")
    assert t.words["text"].tolist()[6:8] == ["refund,", "really."]
    times = t.words[["start", "end"]].iloc[6:8].values.tolist()
    assert times[0][1] == times[1][0]
    t.edit.set_word(9, "")
    assert t.utterances["text"].tolist()[2] == "Of"
    t.edit.set_turn_text(2, "")
    assert len(t.utterances) == 3
    assert t.edits["edit"].tolist() == [1, 2, 3, 4]


def test_turns_are_split_and_merged(t: Transcript) -> None:
    t.edit.split_turn(0, 1)
    assert t.utterances["text"].tolist()[:2] == ["Good", "morning all."]
    t.edit.merge_turns(1)
    assert t.utterances["text"].tolist()[1] == "morning all. I want a refund."
    assert t.words["speaker"].tolist()[1:7] == ["A"] * 6
    t.edit.undo()
    t.edit.merge_turns(0)
    assert t.utterances["text"].tolist() == t.original.utterances["text"].tolist()


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("accept_word", {"word": 99}),
        ("accept_word", {"word": True}),
        ("set_turn_text", {"turn": -1, "text": "x"}),
        ("set_turn_text", {"turn": 0, "text": 5}),
        ("set_turn_text", {"turn": 0, "text": "x" * 1_000_001}),
        ("assign_turn", {"turn": 0, "label": "Z"}),
        ("assign_turns", {"turns": [], "label": "Z"}),
        ("assign_turns", {"turns": [0, 99], "label": "B"}),
        ("split_turn", {"turn": 0, "word": 0}),
        ("split_turn", {"turn": 0, "word": 4}),
        ("merge_turns", {"turn": 3}),
        ("split_speaker", {"turns": [], "name": "x"}),
        ("split_speaker", {"turns": [0], "name": " "}),
        ("rename_speaker", {"label": "A", "name": " "}),
        ("rename_speaker", {"label": "A"}),
        ("__class__", {}),
    ],
)
def test_what_has_no_meaning_changes_nothing(
    t: Transcript, operation: str, arguments: dict[str, Any]
) -> None:
    before = snapshot(t)
    with pytest.raises(OptionError):
        t.edit.do(operation, **arguments)
    assert_same(before, snapshot(t))
    assert len(t.edits) == 0


def test_an_edit_that_changes_nothing_is_none(t: Transcript) -> None:
    t.edit.set_turn_text(0, "Good  morning all.")
    t.edit.assign_turn(0, "A")
    t.edit.merge_speakers("A", "A")
    assert len(t.edits) == 0


def test_edits_are_saved_loaded_and_pickled(t: Transcript, tmp_path: Path) -> None:
    t.edit.set_turn_text(1, "I want it back.")
    t.speakers["B"] = "Bob"
    t.audio = shutil.copy(sample(), tmp_path)
    for back in (Transcript.load(t.save(tmp_path / "t.zip")), pickle.loads(pickle.dumps(t))):
        assert_same(snapshot(t), snapshot(back))
        assert_frame_equal(t.edits, back.edits)
        assert back.original.text == t.original.text
        assert back.audio.path == t.audio.path
        assert back.edit.undo().operation == "rename_speaker"


def test_stored_edits_that_do_not_fit_are_kept_and_told(t: Transcript) -> None:
    t.edit.set_turn_text(3, "Thank you.")
    t.edit.assign_turn(3, "A")
    stored = t.edit.to_json()
    other = Transcript.from_json(dialogue(("A", "One."), ("B", "Two.")))
    other.edit.restore(stored)
    assert other.text == "One. Two."
    assert other.problems == ["edits: 2 stored edits did not fit and were left out"]
    assert json.loads(other.edit.to_json()) == json.loads(stored)


def test_a_transcript_without_speakers_or_words_can_be_edited() -> None:
    t = Transcript.from_json(dialogue((None, "So it goes."), sent=False))
    t.edit.split_speaker([0], "Kurt")
    assert t.words["speaker"].tolist() == ["Kurt"] * 3
    only_text = {"utterances": [{"text": "So it goes", "start": 0, "end": 900, "speaker": "A"}]}
    bare = Transcript.from_json(only_text)
    bare.edit.set_turn_text(0, "So it goes on")
    assert bare.words["text"].tolist() == ["So", "it", "goes", "on"]
    assert bare.words["end"].tolist()[2:] == [0.9, 0.9]
    empty = Transcript.from_json({"status": "queued"})
    assert len(empty.edits) == 0


def test_overlapping_speech_stays_in_its_turns() -> None:
    raw = dialogue(("A", "one two three"), ("B", "yes yes"))
    for n, word in enumerate(raw["words"]):
        word["start"], word["end"] = 100 * n, 100 * n + 90
    a, b = raw["utterances"]
    order = [0, 3, 1, 4, 2]
    for n, place in enumerate(order):
        raw["words"][place] |= {"start": 100 * n, "end": 100 * n + 90}
    raw["words"].sort(key=lambda word: word["start"])
    a["start"], b["start"] = 0, 100
    t = Transcript.from_json(raw)
    assert t.words["text"].tolist() == ["one", "yes", "two", "yes", "three"]
    t.edit.set_turn_text(0, "one plus two three")
    assert t.words["text"].tolist() == ["one", "plus", "yes", "two", "yes", "three"]
    assert t.utterances["text"].tolist() == ["one plus two three", "yes yes"]
    t.edit.merge_turns(0)
    assert t.words["start"].is_monotonic_increasing


TEXTS = st.lists(
    st.sampled_from(["I", "want", "a", "refund.", "no", "yes,", "über", "你好", "—"]), max_size=6
)
NUMBERS = st.integers(0, 12)
NAMES = st.sampled_from(["New", None])
LABELS = st.sampled_from(["A", "B", "C", "D", "E"])
OPERATION = st.one_of(
    st.tuples(
        st.just("rename_speaker"), st.fixed_dictionaries({"label": LABELS, "name": st.text(max_size=3)})
    ),
    st.tuples(st.just("merge_speakers"), st.fixed_dictionaries({"label": LABELS, "into": LABELS})),
    st.tuples(
        st.just("split_speaker"),
        st.fixed_dictionaries({"turns": st.lists(NUMBERS, max_size=3), "name": NAMES}),
    ),
    st.tuples(st.just("assign_turn"), st.fixed_dictionaries({"turn": NUMBERS, "label": LABELS})),
    st.tuples(
        st.just("assign_turns"),
        st.fixed_dictionaries({"turns": st.lists(NUMBERS, max_size=3), "label": LABELS}),
    ),
    st.tuples(
        st.just("assign_words"),
        st.fixed_dictionaries({"words": st.lists(NUMBERS, max_size=4), "label": LABELS}),
    ),
    st.tuples(
        st.just("set_turn_text"), st.fixed_dictionaries({"turn": NUMBERS, "text": TEXTS.map(" ".join)})
    ),
    st.tuples(st.just("set_word"), st.fixed_dictionaries({"word": NUMBERS, "text": TEXTS.map(" ".join)})),
    st.tuples(st.just("accept_word"), st.fixed_dictionaries({"word": NUMBERS})),
    st.tuples(st.just("split_turn"), st.fixed_dictionaries({"turn": NUMBERS, "word": NUMBERS})),
    st.tuples(st.just("merge_turns"), st.fixed_dictionaries({"turn": NUMBERS})),
    st.tuples(st.sampled_from(["undo", "redo"]), st.just({})),
)


@examples(12)
@given(st.lists(OPERATION, max_size=15), st.booleans())
def test_any_edits_leave_a_sound_transcript_and_can_all_be_undone(
    operations: list[tuple[str, dict[str, Any]]], sent: bool
) -> None:
    raw = dialogue(("A", "Good morning all."), ("B", "I want a refund."), ("A", "Of course."), sent=sent)
    t = Transcript.from_json(raw)
    before = snapshot(t)
    for name, arguments in operations:
        try:
            getattr(t.edit, name)(**arguments)
        except OptionError:
            continue
        words, said = t.words, t.utterances
        for number, group in words.groupby("utterance"):
            assert group["start"].is_monotonic_increasing
            assert (group["end"] >= group["start"]).all()
            assert join(group["text"].tolist()) == said["text"].iloc[number]
        assert said["n_words"].sum() == len(words)
        assert set(words["speaker"].dropna()) == set(t.speakers.values()) & set(said["speaker"].dropna())
    again = Transcript.from_json(raw)
    again.edit.restore(t.edit.to_json())
    assert again.problems == []
    assert_same(snapshot(t), snapshot(again))
    while t.edit.undo():
        pass
    assert_same(before, snapshot(t))


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.integers(0, 3)), min_size=1), TEXTS)
def test_realigned_words_stay_in_order_and_inside_their_turn(
    old: list[tuple[str, int]], new: list[str]
) -> None:
    words, now = [], 0.0
    for n, (text, length) in enumerate(old):
        words.append(TimedWord(text, now, now + length, 0.5, n))
        now += length + n % 2
    found = realign(words, " ".join(new), now)
    assert [word.text for word in found] == " ".join(new).split()
    starts = [word.start for word in found]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end <= now for word in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@pytest.mark.parametrize(
    "words",
    [
        list("我们今天去北京。"),
        list("「今日は」良い。"),
        ["今天", "天气", "，", "很好", "。"],
        ["ສະບາຍ", "ດີ", "ຯ"],
        ["OK", "，", "我们", "走", "！"],
    ],
)
def test_one_changed_character_keeps_all_other_times_where_marks_are_words(words: list[str]) -> None:
    old = [TimedWord(text, 300 * n, 300 * n + 250, 0.9, n) for n, text in enumerate(words)]
    for place, word in enumerate(words):
        if len(word) == 1 and word.isalpha():
            texts = [*words[:place], "南", *words[place + 1 :]]
            found = realign(old, join(texts))
            assert [one.text for one in found] == texts
            assert [(one.start, one.end) for one in found] == [(one.start, one.end) for one in old]
