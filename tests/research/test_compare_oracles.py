"""Rates equal those of jiwer, meeteval and pyannote.metrics."""

from __future__ import annotations

import logging
import random
import warnings

import numpy as np
import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.analysis.bootstrap import ratio_interval
from aai_jupyter.analysis.diarization_error import diarization_errors
from tests.examples import some

jiwer = pytest.importorskip("jiwer")
WORDS = ["the", "The", "a", "cat", "cats,", "sat", "Sat.", "on", "ten", "mat", "über", "naïve", "don't"]
PAIRS = pytest.mark.parametrize("count", some([60, 200], 60))


def said(rng: random.Random, words: int, speakers: int) -> pd.DataFrame:
    """Words of turns of a few speakers."""
    who = [f"S{rng.randrange(speakers)}" for _ in range(words)]
    return pd.DataFrame(
        {
            "text": [rng.choice(WORDS) for _ in range(words)],
            "start": np.arange(words) * 0.5,
            "end": np.arange(words) * 0.5 + 0.4,
            "speaker": who,
        }
    )


def heard(rng: random.Random, reference: pd.DataFrame) -> pd.DataFrame:
    """The same with errors of every kind, and other labels."""
    rows = []
    for row in reference.to_dict("records"):
        kind = rng.random()
        row["speaker"] = "x" + row["speaker"] if rng.random() < 0.8 else f"x{rng.randrange(5)}"
        if kind < 0.1:
            continue
        rows.append(row | {"text": rng.choice(WORDS)} if kind < 0.3 else row)
        if kind > 0.9:
            rows.append(row | {"text": rng.choice(WORDS), "start": row["start"] + 0.01})
    return pd.DataFrame(rows, columns=reference.columns)


def pairs(count: int) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    rng = random.Random(17)
    found = []
    for number in range(count):
        reference = said(rng, rng.randrange(1, 60), 1 + number % 9)
        found.append((heard(rng, reference), reference))
    return found


@PAIRS
def test_words_and_characters_equal_jiwer(count):
    for hypothesis, reference in pairs(count):
        found = aai.compare(hypothesis, reference)
        one, two = " ".join(reference["text"]), " ".join(hypothesis["text"])
        theirs = jiwer.process_words(one, two)
        assert abs(found.wer - theirs.wer) < 1e-12
        assert abs(found.mer - theirs.mer) < 1e-12
        assert abs(found.cer - jiwer.cer(one, two)) < 1e-12
        counts = found.verbatim.counts
        assert (counts.hits, counts.substitutions, counts.deletions, counts.insertions) == (
            theirs.hits,
            theirs.substitutions,
            theirs.deletions,
            theirs.insertions,
        )
        assert counts.at.sum() == counts.errors


@PAIRS
def test_normalised_words_equal_jiwer_after_the_normaliser(count):
    from whisper_normalizer.english import EnglishTextNormalizer

    clean = EnglishTextNormalizer()
    for hypothesis, reference in pairs(count // 4):
        found = aai.compare(hypothesis, reference, language="en")
        one, two = (clean(" ".join(frame["text"]).lower()) for frame in (reference, hypothesis))
        assert found.normalized.name == "whisper-english"
        assert found.normalized.wer == pytest.approx(jiwer.wer(one, two) if one else found.normalized.wer)


@PAIRS
def test_speaker_attributed_words_equal_meeteval(count):
    meeteval = pytest.importorskip("meeteval")
    logging.getLogger("preprocess").setLevel(logging.ERROR)  # it says for each pair that there are no times
    for hypothesis, reference in pairs(count):
        found = aai.compare(hypothesis, reference)
        streams = [
            {who: " ".join(part["text"]) for who, part in frame.groupby("speaker")}
            for frame in (reference, hypothesis)
        ]
        if not streams[1]:
            continue
        theirs = meeteval.wer.cp_word_error_rate(*streams)
        assert (found.verbatim.speaker_errors, abs(found.cpwer - theirs.error_rate) < 1e-12) == (
            theirs.errors,
            True,
        )


def turns(rng: random.Random, rows: int, speakers: int) -> pd.DataFrame:
    """Turns that overlap those of others, never their own."""
    found = []
    for who in range(speakers):
        at = rng.uniform(0, 5)
        for _ in range(rows):
            length = rng.uniform(0.3, 6)
            found.append((f"S{who}", round(at, 3), round(at + length, 3)))
            at += length + rng.uniform(0.1, 10)
    rng.shuffle(found)
    return pd.DataFrame(found, columns=["speaker", "start", "end"])


@PAIRS
@pytest.mark.parametrize(("collar", "skip"), [(0.0, False), (0.25, False), (0.1, True)])
def test_diarization_equals_pyannote(collar, skip, count):
    metrics = pytest.importorskip("pyannote.metrics.diarization")
    from pyannote.core import Annotation, Segment

    def annotation(frame: pd.DataFrame) -> Annotation:
        made = Annotation()
        for number, row in enumerate(frame.itertuples()):
            made[Segment(row.start, row.end), number] = row.speaker
        return made

    rng = random.Random(4)
    compared = 0
    for number in range(count // 3 + 1):
        reference = turns(rng, rng.randrange(1, 8), 1 + number % 9)
        hypothesis = turns(rng, rng.randrange(1, 8), 1 + number % 4)
        found = diarization_errors(hypothesis, reference, collar=collar, skip_overlap=skip)
        one, two = annotation(reference), annotation(hypothesis)
        options = {"collar": 2 * collar, "skip_overlap": skip}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            detail = metrics.DiarizationErrorRate(**options)(one, two, detailed=True)
            jer = metrics.JaccardErrorRate(**options)(one, two) if detail["total"] else float("nan")
            theirs = metrics.JaccardErrorRate(**options)
            cut = theirs.uemify(one, two, collar=2 * collar, skip_overlap=skip)
            mapping = theirs.optimal_mapping(*reversed(cut))
        ours = (found.total, found.missed, found.false_alarm, found.confusion)
        components = tuple(detail[k] for k in ("total", "missed detection", "false alarm", "confusion"))
        assert ours == pytest.approx(components, abs=1e-9)
        if found.total:
            assert found.der == pytest.approx(detail["diarization error rate"], abs=1e-9)
            if {
                name: label for label, name in found.speakers.items()
            } == mapping:  # theirs takes any of several namings that are equally good
                assert found.jer == pytest.approx(jer, abs=1e-9)
                compared += 1
    assert compared > count // 6


def test_intervals_equal_an_independent_bootstrap():
    rng = random.Random(3)
    errors = [rng.randrange(0, 9) for _ in range(40)]
    words = [rng.randrange(20, 90) for _ in range(40)]
    rates = []
    for _ in range(20_000):
        drawn = [rng.randrange(40) for _ in range(40)]
        rates.append(sum(errors[n] for n in drawn) / sum(words[n] for n in drawn))
    rates.sort()
    low, high = ratio_interval(np.array(errors), np.array(words), draws=20_000)
    assert low == pytest.approx(rates[500], abs=7e-4)
    assert high == pytest.approx(rates[19_500], abs=7e-4)
