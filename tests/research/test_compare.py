"""Comparison, evaluation and audit: what they count, and where errors lie in time."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.analysis.assignment import best_pairs
from aai_jupyter.analysis.audit import draw
from aai_jupyter.analysis.diarization_error import diarization_errors
from aai_jupyter.analysis.quality import speaker_agreement
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.examples import examples

pytest.importorskip("jiwer")
pytest.importorskip("scipy")


def transcript(text: str, speakers: str = "", ident: str = "t1", **more: object) -> Transcript:
    words = text.split()
    rows = [
        {"text": word, "start": 1000 * n, "end": 1000 * n + 800, "confidence": 0.9}
        | ({"speaker": speakers[n]} if speakers else {})
        for n, word in enumerate(words)
    ]
    return Transcript.from_json({"id": ident, "status": "completed", "words": rows, **more})


def test_a_corrected_copy_is_compared_with_its_original():
    t = transcript("we meat on Monday")
    original = t.original
    t.edit.set_word(1, "meet")
    found = aai.compare(original, t)
    assert found.wer == 0.25
    assert found.errors[["kind", "start", "end", "reference", "hypothesis"]].values.tolist() == [
        ["substitute", 1.0, 1.8, "meet", "meat"]
    ]
    assert "wavy" in found._repr_html_()


def test_a_missing_word_has_the_time_of_the_reference_or_of_the_pause():
    heard, said = transcript("we on Monday"), transcript("we meet on Monday")
    assert aai.compare(heard, said).errors[["start", "end"]].values.tolist() == [[1.0, 1.8]]
    assert aai.compare(heard, "we meet on Monday").errors[["start", "end"]].values.tolist() == [[0.8, 1.0]]


def test_case_and_punctuation_are_spelling():
    found = aai.compare("HELLO THERE YOU", "Hello there, you.")
    assert found.wer == 1
    assert found.normalized.wer == 0
    assert found.diff["kind"].tolist() == ["spelling"] * 3
    assert found.by_speaker["wer"].tolist() == [0]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "whisper-english"),
        ("en_us", "whisper-english"),
        *((code, "basic") for code in ("de", "fr", "es", "it", "pt", "nl", "tr", "ja")),
    ],
)
def test_a_language_without_a_normaliser_says_so(language, name):
    found = aai.compare("eins zwei", "Eins, zwei!", language=language).normalized
    assert (found.name, found.wer) == (name, 0)
    assert name != "basic" or f"no normaliser for {language}" in found.note


def test_who_said_it_counts_under_the_best_naming():
    said = transcript("one two three four", "AABB")
    heard = transcript("one two three four", "XXXY")
    found = aai.compare(heard, said)
    assert (found.wer, found.wder, found.cpwer) == (0, 0.25, 0.5)
    assert found.speakers == {"X": "A", "Y": "B"}
    assert found.by_speaker[["speaker", "words", "wrong_speaker"]].values.tolist() == [
        ["A", 2, 0],
        ["B", 2, 1],
    ]
    assert found.diarization().der == pytest.approx(0.8 / 3.6, abs=0.2)
    assert math.isnan(aai.compare("a", "a").cpwer)


def test_empty_sides_do_not_fail():
    assert aai.compare("", "one two").wer == 1
    assert aai.compare("one two", "").wer == 2  # as jiwer has it
    assert aai.compare("", "").wer == 0
    assert len(aai.compare("", "").diff) == 0
    assert aai.compare("", "").by_speaker.empty


@examples(12)
@given(
    st.lists(st.sampled_from(["a", "b", "B,", "c"]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=12),
)
def test_the_diff_holds_every_word_of_both(one, two):
    found = aai.compare(" ".join(one), " ".join(two))
    assert found.diff["hypothesis"].dropna().tolist() == one
    assert found.diff["reference"].dropna().tolist() == two
    assert len(found.errors) <= max(len(one), len(two))


def test_a_corpus_rate_is_a_sum_over_a_sum():
    calls = TranscriptSet([transcript("a b x", ident="1"), transcript("x", ident="2")])
    calls[0].source, calls[1].source = "one.mp3", "two.mp3"
    found = aai.evaluate(calls, {"one.mp3": "a b c", "2": "y"})
    assert found.wer == 0.5
    assert found.files["wer"].tolist() == [pytest.approx(1 / 3), 1]
    assert found.speakers["errors"].tolist() == [1, 1]
    assert found.diff["source"].tolist() == ["one.mp3"] * 3 + ["two.mp3"]
    with pytest.raises(UsageError, match=r"two\.mp3"):
        aai.evaluate(calls, {"one.mp3": "a b c"})
    with pytest.raises(UsageError, match="2 transcripts and 1 references"):
        aai.evaluate(calls, ["a b c"])


def test_intervals_are_over_recordings_once_there_are_enough():
    found = aai.evaluate(["a b"] * 8, ["a b"] * 4 + ["a c"] * 4).rates.set_index("rate").loc["wer"]
    assert found["unit"] == "recordings"
    assert found["low"] < found["value"] == 0.25 < found["high"]


def test_nine_speakers_are_named_exactly():
    gain = np.array([[3, 2, 0], [2, 0, 0], [0, 0, 1]])
    rows, columns = best_pairs(gain)
    assert gain[rows, columns].sum() == 5  # the greedy naming has 4
    count = 9
    words = pd.DataFrame({"start": np.arange(2 * count) * 1.0, "end": np.arange(2 * count) + 0.5})
    words["speaker"] = [f"x{n // 2}" for n in range(2 * count)]
    turns = [{"speaker": f"S{n}", "start": 2.0 * n, "end": 2.0 * n + 1.9} for n in range(count)]
    assert speaker_agreement(words, turns) == 1


def test_the_collar_is_on_each_side():
    said = pd.DataFrame({"speaker": ["A", "B"], "start": [0.0, 5.0], "end": [5.0, 10.0]})
    heard = said.assign(end=[5.2, 10.0], start=[0.0, 5.2])
    assert diarization_errors(heard, said).der == pytest.approx(0.02)
    assert diarization_errors(heard, said, collar=0.2).der == 0
    with pytest.raises(UsageError):
        diarization_errors(heard, said, collar=-1)


def test_what_is_accepted_or_corrected_is_judged():
    calls = TranscriptSet([transcript("a b c d", ident="1"), transcript("e f", ident="2")])
    audit = calls.audit(6)
    assert audit.estimate.judged == 0
    calls[0].edit.accept_word(0)
    calls[0].edit.set_word(1, "x y")
    calls[0].edit.set_word(3, "")  # "x" and "y" are words 1 and 2 now
    found = audit.estimate
    assert (found.judged, found.words, found.rate > 0) == (3, 6, True)
    assert audit.frame.set_index("text")["wrong"].dropna().to_dict() == {"a": False, "b": True, "c": True}
    audit.frame["wrong"] = False
    assert audit.estimate.rate == 0
    assert audit.estimate.high == 0  # all words were heard


def covered(draws: int) -> float:
    random = np.random.default_rng(5)
    confidence = np.clip(random.beta(8, 1.2, 5000), 0, 1)
    wrong = random.random(5000) < np.clip(0.09 * (1 - confidence) / (1 - confidence).mean(), 0, 1)
    words = pd.DataFrame({"confidence": confidence, "wrong_in_truth": wrong})
    hits = 0
    for seed in range(draws):
        audit = aai.Audit(*draw(words, 200, seed=seed))
        audit.frame["wrong"] = audit.frame["wrong_in_truth"]
        found = audit.estimate
        hits += found.low <= wrong.mean() <= found.high
    return hits / draws


def test_intervals_of_an_audit_hold_the_truth():
    assert covered(100) > 0.88


@pytest.mark.nightly
def test_intervals_of_an_audit_hold_the_truth_as_often_as_they_say():
    assert 0.93 <= covered(1000) <= 0.97
