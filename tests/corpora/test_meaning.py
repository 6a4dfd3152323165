"""Search by meaning: ranks, filters and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.errors import EngineError
from benchmarks import corpus_questions
from tests.corpora.conftest import transcript

pytestmark = pytest.mark.models

SAID = [
    "I would like my money back please now",
    "The weather is nice today, is it not",
    "Where is the library in this town",
    "No.",
]


@pytest.fixture
def asked(folder: Path) -> aai.Corpus:
    pytest.importorskip("onnxruntime")
    corpus = aai.corpus(folder)
    corpus.add([transcript("one", SAID), transcript("two", ["We want to be paid back by you", *SAID[1:]])])
    return corpus


def test_what_is_meant_comes_first(asked: aai.Corpus) -> None:
    hits = asked.search("Who asks for a refund?", meaning=True, limit=3)
    assert set(hits["text"][:2]) == {SAID[0], "We want to be paid back by you"}
    assert hits["score"].is_monotonic_decreasing
    assert hits["start"].notna().all()


def test_filters_hold_for_meaning_too(asked: aai.Corpus) -> None:
    hits = asked.search("Who asks for a refund?", meaning=True, speaker="B")
    assert set(hits["speaker"]) == {"B"}
    hits = asked.search("Who asks for a refund?", meaning=True, where="transcript_id = 'two'")
    assert set(hits["transcript_id"]) == {"two"}


def test_a_corrected_recording_is_found_by_its_newest_words(asked: aai.Corpus) -> None:
    one = transcript("one", ["The cat sleeps on the warm sofa", *SAID[1:]])
    asked.add(one)
    texts = asked.search("Who asks for a refund?", meaning=True)["text"].tolist()
    assert SAID[0] not in texts
    assert asked.index(meaning=True) == 0  # all there


def test_without_the_model_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    from aai_jupyter.embedding import sentence_vectors

    monkeypatch.setattr(sentence_vectors, "CARRIER", "aai-no-such-package")
    corpus = aai.corpus(folder)
    corpus.add(transcript("one", SAID))
    with pytest.raises(EngineError, match="not installed"):
        corpus.search("refund", meaning=True)


@pytest.mark.nightly  # what is meant comes first, above; so many questions are a benchmark
def test_thirty_questions(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    corpus = aai.corpus(folder)
    corpus.add(corpus_questions.calls())
    words, together = (corpus_questions.recall(corpus, meaning=meaning) for meaning in (False, True))
    assert together - words >= 0.1
    assert corpus_questions.foreign_sentences(corpus) == 0
