"""Measures: computed by hand, the same in every library of frames, and steady under what must not matter."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter import analysis
from aai_jupyter.analysis.intervals_of_rates import count_interval, share_interval
from aai_jupyter.analysis.turn_taking import LINEAR, LinearTranscriptWarning
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.transcripts import accessor  # noqa: F401  (registers df.aai)
from tests.examples import examples

TALK = pd.DataFrame(
    [
        ("A", 0.0, 10.0, "So um I mean it works."),
        ("B", 9.0, 9.5, "Mm-hm."),
        ("A", 11.0, 20.0, "Why would it not, you know?"),
        ("B", 19.0, 30.0, "The price is a question of time."),
        ("C", 30.5, 40.0, "Price and time!"),
        ("B", 43.0, 45.0, "Time?"),
    ],
    columns=["speaker", "start", "end", "text"],
)
MEASURES: dict[str, Any] = {
    "talk_time": analysis.talk_time,
    "gaps": analysis.gaps,
    "pace": lambda df: analysis.pace(df, 20.0),
    "monologues": analysis.monologues,
    "interactivity": analysis.interactivity,
    "patience": analysis.patience,
    "latency": analysis.latency,
    "overlaps": analysis.overlaps,
    "silence": analysis.silence,
    "turn_entropy": analysis.turn_entropy,
    "fillers": analysis.fillers,
    "questions": analysis.questions,
    "speech_rate": analysis.speech_rate,
    "kwic": lambda df: analysis.kwic(df, "time", context=3),
    "ngrams": lambda df: analysis.ngrams(df, 2, by="speaker"),
    "keyness": lambda df: analysis.keyness(df, "speaker", "A", fewest=1),
    "cooccurrence": lambda df: analysis.cooccurrence(df, ["price", "time", "you know"]),
    "confidence": lambda df: analysis.confidence(df, by="speaker"),
    "sentiment": lambda df: analysis.sentiment(df, 20.0),
}
WHOLE = TALK.assign(
    confidence=[0.9, 0.4, 0.8, 0.7, 0.95, np.nan],
    sentiment=["POSITIVE", "NEUTRAL", "NEGATIVE", "NEUTRAL", "POSITIVE", "NEGATIVE"],
)


def rows(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pd.DataFrame):
        found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    else:
        found = frame.to_dicts() if hasattr(frame, "to_dicts") else frame.to_pylist()
    return [{k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()} for row in found]


def test_monologues_are_not_ended_by_a_backchannel():
    found = analysis.monologues(TALK)
    assert found[["speaker", "duration"]].values.tolist() == [["A", 20.0], ["B", 11.0], ["C", 9.5]]


def test_turn_taking_by_hand():
    assert analysis.interactivity(TALK)[["turns", "switches", "time"]].values.tolist() == [[6, 5, 45.0]]
    waits = analysis.patience(TALK).set_index("speaker")["median"]
    assert waits.to_dict() == {"C": 0.5, "B": 3.0}
    moves = analysis.latency(TALK)[["from_speaker", "to_speaker", "median"]].values.tolist()
    assert moves == [["A", "B", -1.0], ["B", "C", 0.5], ["C", "B", 3.0]]
    found = analysis.overlaps(TALK)
    assert found[["from_speaker", "to_speaker", "overlaps", "overlap_time"]].values.tolist() == [
        ["A", "B", 1, 1.0]
    ]
    assert found[["backchannels", "backchannel_time"]].values.tolist() == [[1, 0.5]]
    assert analysis.silence(TALK, 0.9)[["silences", "silence", "longest"]].values.tolist() == [[2, 4.0, 3.0]]
    entropy = analysis.turn_entropy(TALK)
    assert entropy["entropy"].item() == pytest.approx(
        -(2 / 6 * np.log2(2 / 6) + 3 / 6 * np.log2(3 / 6) + 1 / 6 * np.log2(1 / 6))
    )
    # A goes to B always; B to A, to C; C to B: only B leaves a choice, of one bit, in two of five.
    assert entropy["next_entropy"].item() == pytest.approx(2 / 5)


def test_delivery_by_hand():
    found = analysis.fillers(TALK).set_index("speaker")
    assert found["fillers"].to_dict() == {"A": 3, "B": 0, "C": 0}
    assert found.loc["A", "words"] == 12
    assert analysis.fillers(TALK, "", words=["time"])["fillers"].tolist() == [0, 2, 1]
    assert analysis.questions(TALK)["questions"].tolist() == [1, 1, 0]
    assert analysis.confidence(WHOLE)["uncertain"].tolist() == [0, 0.5, 0]
    assert analysis.sentiment(WHOLE, 100.0)["mean"].tolist() == [0.0, -1 / 3, 1.0]
    with pytest.raises(OptionError, match="no list of fillers"):
        analysis.fillers(TALK, "tlh")


def test_rates_do_not_see_pauses_where_they_are_articulation():
    words = pd.DataFrame({"start": [0.0, 0.5, 3.0, 3.5], "end": [0.5, 1.0, 3.5, 4.0], "word": range(4)})
    found = analysis.speech_rate(words.assign(speaker="A", utterance=0, text="x"))
    assert found[["speech_rate", "articulation_rate"]].values.tolist() == [[60.0, 120.0]]


def test_wording_by_hand():
    found = analysis.kwic(TALK, "time")
    assert found[["left", "match", "right"]].values.tolist()[0] == ["The price is a question of", "time.", ""]
    pairs = analysis.cooccurrence(TALK, ["price", "time"])
    assert pairs[["turns", "one_turns", "two_turns", "all_turns"]].values.tolist() == [[2, 2, 3, 6]]
    assert pairs["pmi"].item() == pytest.approx(np.log2((2 / 6) / (2 / 6 * 3 / 6)))
    key = analysis.keyness(TALK, "speaker", "B", fewest=1).set_index("word")
    a, b, both = 2, 1, 9 + 15
    expected = 2 * (a * np.log(a / (3 * 9 / both)) + b * np.log(b / (3 * 15 / both)))
    assert key.loc["time", "g2"] == pytest.approx(expected, abs=1e-9)
    with pytest.raises(UsageError, match="No row has speaker"):
        analysis.keyness(TALK, "speaker", "X")
    assert analysis.ngrams(TALK, 1).head(2)["ngram"].tolist()[0] == "time"


def test_a_linear_transcript_says_so_instead_of_zero():
    linear = TALK.assign(start=[0.0, 10, 11, 20, 30.5, 43], end=[10, 10.5, 20, 30, 40, 45.0])
    with pytest.warns(LinearTranscriptWarning, match="missing, not 0"):
        found = analysis.overlaps(linear)
    assert (len(found), found.attrs["measured_from"]) == (0, LINEAR)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert analysis.overlaps(linear.assign(channel=["1", "2"] * 3)).attrs["measured_from"] == "channels"
        assert analysis.overlaps(TALK).attrs["measured_from"] == "times"


def test_intervals_are_those_of_the_books():
    low, high = share_interval(np.array([8.0]), np.array([10.0]))
    assert (round(low[0], 3), round(high[0], 3)) == (0.49, 0.943)  # Wilson
    low, high = count_interval(np.array([10]), np.array([1.0]))
    assert low[0] == pytest.approx(4.795, abs=0.01)  # exact: 4.795 to 18.39
    assert high[0] == pytest.approx(18.39, abs=0.02)


@pytest.mark.parametrize("name", list(MEASURES))
@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries_give_the_same(name, library):
    other = pytest.importorskip(library)
    ours = MEASURES[name](WHOLE)
    if library == "polars":
        frame = other.DataFrame(WHOLE.to_dict("list"), strict=False)
        theirs = MEASURES[name](frame.with_columns(other.col("confidence").fill_nan(None)))
        assert isinstance(theirs, other.DataFrame)
    else:
        theirs = MEASURES[name](other.table(WHOLE.to_dict("list")))
        assert isinstance(theirs, other.Table)
    one, two = rows(ours), rows(theirs)
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert list(a) == list(b)
        assert {k: pytest.approx(v, abs=1e-12) if isinstance(v, float) else v for k, v in a.items()} == b


WITHOUT_PANDAS = """
import sys, polars
from aai_jupyter import analysis
rows = {"speaker": ["A", "B"], "start": [0.0, 2.0], "end": [2.5, 4.0], "text": ["um a", "b?"]}
for name in ("talk_time", "gaps", "pace", "monologues", "overlaps", "fillers", "questions", "ngrams"):
    getattr(analysis, name)(polars.DataFrame(rows))
assert "pandas" not in sys.modules
"""


def test_polars_brings_no_pandas():
    pytest.importorskip("polars")
    subprocess.run([sys.executable, "-c", WITHOUT_PANDAS], check=True)


def test_by_parts_rows_and_sets_are_measured_at_once():
    two = pd.concat(
        [WHOLE.assign(source="a", team="x"), WHOLE.assign(source="b", team="y")], ignore_index=True
    )
    shuffled = two.sample(frac=1, random_state=3)
    for name, measure in MEASURES.items():
        if name in ("ngrams", "keyness", "confidence"):  # ties and groups stand in the order of rows
            continue
        alone = rows(measure(WHOLE))
        both = rows(measure(two))
        assert len(both) == 2 * len(alone), name
        for source in "ab":
            own = [{k: v for k, v in row.items() if k != "source"} for row in both if row["source"] == source]
            for row, other in zip(own, alone, strict=True):
                assert row == {
                    k: pytest.approx(v, abs=1e-9) if isinstance(v, float) else v for k, v in other.items()
                }
        assert len(measure(shuffled)) == len(both), name
    found = analysis.monologues(two, by="team")
    assert (next(iter(found)), list(found)[-1]) == ("team", "source")
    with pytest.raises(UsageError, match="no column nothing"):
        analysis.silence(two, by="nothing")


SAID = st.sampled_from(["um yes?", "no", "", "you know"])
SPOKEN = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 100), st.integers(0, 30), SAID), max_size=12
)


def frame(spoken: list[tuple[str, int, int, str]]) -> pd.DataFrame:
    rows = [(who, float(at), float(at + size), text) for who, at, size, text in spoken]
    found = pd.DataFrame(rows, columns=["speaker", "start", "end", "text"])
    return found.astype({"start": float, "end": float}).assign(confidence=0.5, sentiment="NEUTRAL")


@examples(5)
@given(SPOKEN, st.integers(1, 50), st.sampled_from([2, 4]))
@pytest.mark.filterwarnings("ignore::aai_jupyter.analysis.turn_taking.LinearTranscriptWarning")
def test_when_it_was_said_does_not_matter_and_longer_is_longer(spoken, shift, scale):
    df = frame(spoken)
    for name, measure in MEASURES.items():
        if name in ("keyness", "pace", "sentiment"):  # groups are named, windows begin at whole multiples
            continue
        found = rows(measure(df))
        moved = rows(measure(df.assign(start=df["start"] + shift, end=df["end"] + shift)))
        for one, two in zip(found, moved, strict=True):
            for key, value in one.items():
                if key not in ("start", "end") and isinstance(value, float):
                    assert two[key] == pytest.approx(value, abs=1e-9), (name, key)
    talk = analysis.silence(df)
    stretched = analysis.silence(df.assign(start=df["start"] * scale, end=df["end"] * scale), 1.0 * scale)
    assert stretched["silence"].tolist() == pytest.approx((talk["silence"] * scale).tolist())
    assert stretched["share"].tolist() == pytest.approx(talk["share"].tolist(), nan_ok=True)


@pytest.mark.filterwarnings("ignore::aai_jupyter.analysis.turn_taking.LinearTranscriptWarning")
def test_nothing_one_word_and_four_hundred_speakers():
    one = WHOLE.iloc[:1].assign(text="yes")
    crowd = pd.DataFrame({"speaker": [f"S{n:03}" for n in range(400)] * 2, "text": "well you know?"})
    crowd = crowd.assign(
        start=np.arange(800.0), end=np.arange(800.0) + 1.5, confidence=0.5, sentiment="POSITIVE"
    )
    for name, measure in MEASURES.items():
        if name != "keyness":
            assert len(measure(WHOLE.iloc[:0])) == 0, name
        assert isinstance(measure(one), pd.DataFrame), name
        if name != "keyness":
            assert isinstance(measure(crowd), pd.DataFrame), name
    assert len(analysis.fillers(crowd)) == 400
    assert len(analysis.monologues(crowd)) == 400


def test_every_measure_is_a_method_of_a_frame():
    for name in analysis.__all__:
        if name[0].islower() and name not in ("diarization_errors", "speaker_agreement", "word_error_rate"):
            assert hasattr(WHOLE.aai, name), name
            doc = getattr(type(WHOLE.aai), name).__doc__
            assert "Parameters" in (doc or ""), name
