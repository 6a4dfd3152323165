"""A model's answers against a person's: counts as counted by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.asking.answers import Answers
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript

PERSON = pd.DataFrame(
    {
        "file": ["a", "b", "c", "d"],
        "refund": [True, True, False, False],
        "topics": [["price", "delay"], ["delay"], [], ["price"]],
        "tone": ["calm", None, "angry", "calm"],
        "seconds": [1.0, 1.0, 1.0, 1.0],
    }
)


COUNTS = ["right", "wrong", "missed"]


def counts(found: Any, name: str) -> Any:
    return found.fields.set_index("field").loc[name, COUNTS].tolist()


def row(found: Any, name: str) -> dict[str, Any]:
    (one,) = found.fields[found.fields["field"] == name].to_dict("records")
    return {str(key): value for key, value in one.items()}


def test_each_field_is_counted_over_recordings() -> None:
    model = pd.DataFrame(
        {
            "file": ["a", "b", "c", "d"],
            "refund": [True, False, True, False],
            "topics": [["Price "], ["delay", "agent"], ["price"], ["price"]],
            "tone": ["Calm", "calm", "angry", None],
        }
    )
    found = aai.evaluate(model, PERSON)
    assert [*found.fields["field"]] == ["refund", "topics", "tone"]  # what the asking cost is no field
    assert [counts(found, name) for name in found.fields["field"]] == [[1, 1, 1], [3, 2, 1], [2, 1, 1]]
    topics = row(found, "topics")
    assert (topics["precision"], topics["recall"]) == (3 / 5, 3 / 4)
    assert topics["f1"] == pytest.approx(2 / 3)
    assert topics["f1_low"] <= topics["f1"] <= topics["f1_high"]
    tones = found.diff[found.diff["field"] == "tone"]
    assert tones[["recording", "answer", "person"]].values.tolist() == [["b", "calm", ""], ["d", "", "calm"]]
    assert found.instability.empty
    assert "refund" in found._repr_html_()


def test_what_is_not_answered_is_missed_and_what_nobody_judged_is_left_out() -> None:
    model = pd.DataFrame({"file": ["a", "z"], "refund": [True, True]})
    found = aai.evaluate(model, PERSON)
    assert counts(found, "refund") == [1, 0, 1]
    assert len(found.notes) == 2


def test_repeats_show_how_unstable_answers_are() -> None:
    runs = [PERSON.assign(refund=[True, True, False, last]) for last in (False, True, False)]
    found = aai.evaluate(runs, PERSON)
    refund = found.instability[found.instability["field"] == "refund"].iloc[0]
    assert (refund["changed"], refund["repeats"]) == (0.25, 3)
    assert found.instability["changed"].tolist()[1:] == [0.0, 0.0]
    assert counts(found, "refund") == [6, 1, 0]
    assert found.diff["run"].tolist() == [1]


def test_codes_are_compared_by_turn() -> None:
    turns = [("A", 0.0, 2.0, "I trust him."), ("B", 2.0, 4.0, "So do I."), ("A", 4.0, 6.0, "Good.")]
    calls = TranscriptSet([transcript(turns)])
    rows = [(0.0, 2.0, "trust"), (4.1, 5.9, "trust"), (0.5, 3.9, "trust"), (2.0, 4.0, "praise")]
    coded = pd.DataFrame(rows, columns=["start", "end", "code"]).assign(transcript_id=calls[0].id)
    person, model = coded[:2], coded[2:]
    found = aai.evaluate(model, person, of=calls)
    assert counts(found, "trust") == [1, 1, 1]
    assert counts(found, "praise") == [0, 1, 0]
    assert found.unit == "passages"
    assert aai.evaluate(person, person).fields["f1"].tolist() == [1.0]


def test_answers_of_ask_are_taken_as_they_are() -> None:
    person = pd.DataFrame({"source": ["a.wav"], "answer": ["yes"]})
    found = aai.evaluate(Answers("?", None, [{"source": "a.wav"}]), person)
    assert counts(found, "answer") == [0, 0, 1]


@pytest.mark.parametrize(
    ("answers", "person"),
    [
        (PERSON, PERSON.drop(columns="file")),
        (PERSON[["file", "tone"]], PERSON[["file", "refund"]]),
        (PERSON, ["calm"]),
    ],
)
def test_what_cannot_be_compared_is_said(answers: pd.DataFrame, person: Any) -> None:
    with pytest.raises(UsageError):
        aai.evaluate(answers, person)


VALUES = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=4), st.lists(st.text(max_size=3))
)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12))
def test_measures_are_shares_and_oneself_is_right(pairs: list[tuple[Any, Any]]) -> None:
    files = [str(number) for number in range(len(pairs))]
    person = pd.DataFrame({"file": files, "x": pd.Series([one for one, _ in pairs], dtype=object)})
    model = pd.DataFrame({"file": files, "x": pd.Series([other for _, other in pairs], dtype=object)})
    found = row(aai.evaluate(model, person, draws=20), "x")
    for name in ("precision", "recall", "f1"):
        assert math.isnan(found[name]) or 0 <= found[name] <= 1
    same = aai.evaluate(person, person, draws=20)
    assert row(same, "x")["wrong"] == row(same, "x")["missed"] == 0
    assert same.diff.empty
