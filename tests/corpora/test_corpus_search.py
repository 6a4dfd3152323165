"""Search of a corpus: the same words as anywhere else, in any script."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.corpora.query import Both, Either, Phrase, Query, Without, parse, wanted
from aai_jupyter.text.tokenization import positions, units
from tests.corpora.conftest import calls, transcript
from tests.examples import examples

WORDS = [
    "refund",
    "Refund,",
    "the",
    "full",
    "it’s",
    "ill-disposed",
    "3.5",
    "天气很好",
    "用Python写",
    "पानी",
    "cafe\u0301",
    "—",
]
turn = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join).filter(units)
phrase = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join).filter(units)


@pytest.fixture(scope="module")
def many() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@given(st.lists(turn, min_size=1, max_size=6), phrase, st.integers())
@examples(8, HealthCheck.function_scoped_fixture)
def test_a_phrase_is_found_where_it_is_said(many: Path, turns: list[str], text: str, salt: int) -> None:
    corpus = aai.corpus(many / f"c{hash((tuple(turns), text, salt))}")
    corpus.add(transcript("one", turns))
    found = corpus.search(f'"{text}"', limit=None)
    words, of = [], []
    for number, one in enumerate(turns):
        words += one.split()
        of += [number] * len(one.split())
    (places,) = positions(words, [text])
    # A phrase of one turn; those across two turns are none.
    assert sorted(found["word"]) == sorted({a for a, b in places if of[a] == of[b - 1]})
    corpus.close()


def turns_with(query: Query, turns: list[str]) -> set[int]:
    """Which turns a query is true of, by the definition."""
    if isinstance(query, Phrase):
        found = set()
        for number, one in enumerate(turns):
            said = units(one)
            size = len(query.units)
            for i in range(len(said) - size + 1):
                *heads, last = said[i : i + size]
                ends = last.startswith(query.units[-1]) if query.prefix else last == query.units[-1]
                if tuple(heads) == query.units[:-1] and ends:
                    found.add(number)
        return found
    if isinstance(query, Without):
        return turns_with(query.part, turns) - turns_with(query.unwanted, turns)
    sets = [turns_with(part, turns) for part in query.parts]
    return set.intersection(*sets) if isinstance(query, Both) else set.union(*sets)


leaf = st.one_of(
    st.sampled_from(["refund", "full", "the", "3.5", "天气", "re*", "ca*"]),
    phrase.map(lambda text: f'"{text}"'),
)
query = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " ", " OR ", " NOT "]), inner).map(
            lambda p: f"({p[0]}{p[1]}{p[2]})"
        ),
    ),
    max_leaves=4,
)


@given(st.lists(turn, min_size=1, max_size=6), query, st.integers())
@examples(8, HealthCheck.function_scoped_fixture)
def test_terms_are_combined_within_a_turn(many: Path, turns: list[str], text: str, salt: int) -> None:
    corpus = aai.corpus(many / f"q{hash((tuple(turns), text, salt))}")
    corpus.add(transcript("one", turns))
    found = corpus.search(text, limit=None)
    assert set(found["utterance"]) == turns_with(parse(text), turns)
    assert set(found["query"]) <= {one.text for one in wanted(parse(text))}
    corpus.close()


@given(st.text(alphabet="ab \"()*ANDORT-\\'", max_size=30))
def test_any_text_is_a_query_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(aai.UsageError):
        assert list(wanted(parse(text)))


def test_binding_of_the_operators() -> None:
    a, b, c = (Phrase(text, (text,)) for text in "abc")
    assert parse("a b OR c") == Either((Both((a, b)), c))
    assert parse("a AND b NOT c") == Without(Both((a, b)), c)
    assert parse("a (b OR c)") == Both((a, Either((b, c))))
    assert parse("“a”") == Phrase("a", ("a",))


@pytest.mark.parametrize("text", ["", "  ", "AND", "NOT a", '"a', "(a", "a)", "()", "—", "a OR", '""'])
def test_what_is_no_query_is_said(corpus: aai.Corpus, text: str) -> None:
    with pytest.raises(aai.UsageError):
        corpus.search(text)


def test_hits_say_who_when_and_where(corpus: aai.Corpus) -> None:
    hits = corpus.search('"full refund"', speaker="B")
    assert list(hits) == [
        *("source", "utterance", "speaker", "start", "end", "duration"),
        *("query", "match", "text", "word", "transcript_id"),
    ]
    first = hits.iloc[0]
    assert (first["source"], first["speaker"], first["utterance"]) == ("calls/t0.mp3", "B", 1)
    assert (first["match"], first["text"]) == ("full refund,", "I want a full refund, please!")
    word = calls(1).words.query("text == 'full'").iloc[0]
    assert (first["start"], first["word"]) == (word["start"], word["word"])
    assert first["end"] == calls(1).words.query("text == 'refund,'")["end"].iloc[0]


def test_a_speaker_is_exactly_that(corpus: aai.Corpus) -> None:
    named = transcript("named", ["The refund, he said.", "No refund."])
    named.speakers = {"A": "Ann", "B": "Anna"}
    corpus.add(named)
    assert corpus.search("refund", speaker="Ann")["text"].tolist() == ["The refund, he said."]
    assert len(corpus.search("refund", speaker="ann")) == 0
    for speaker in ("A", "B", "Ann", "Anna"):
        assert set(corpus.search("refund", speaker=speaker)["speaker"]) == {speaker}


def test_at_most_so_many(corpus: aai.Corpus) -> None:
    assert len(corpus.search("full", limit=3)) == 3
    assert len(corpus.search("full", limit=None)) == 10


def test_too_many_beginnings(folder: Path) -> None:
    corpus = aai.corpus(folder)
    corpus.add(transcript("many", [" ".join(f"a{number}" for number in range(600))]))
    with pytest.raises(aai.UsageError, match="begin with"):
        corpus.search("a*")
    assert len(corpus.search("a59*", limit=None)) == 11


def test_hits_open_in_the_player(corpus: aai.Corpus) -> None:
    player = corpus.search('"full refund"').aai.play(of=calls())
    assert player.selection is not None


def test_words_between_the_words_of_somebody_else(folder: Path) -> None:
    """Overlapping turns: the words of one stand apart, and the phrase is found all the same."""
    texts = [("A", "full", 0, 900), ("B", "yes", 300, 500), ("A", "refund", 1000, 1500)]
    words = [{"text": t, "start": a, "end": b, "speaker": s, "confidence": 1} for s, t, a, b in texts]
    said = [
        {"speaker": "A", "text": "full refund", "start": 0, "end": 1500, "words": [words[0], words[2]]},
        {"speaker": "B", "text": "yes", "start": 300, "end": 500, "words": [words[1]]},
    ]
    corpus = aai.corpus(folder)
    raw = {"id": "over", "words": words, "utterances": said, "audio_duration": 2}
    corpus.add(aai.Transcript.from_json(raw, source="over.mp3"))
    (hit,) = corpus.search('"full refund"').itertuples()
    assert (hit.start, hit.end, hit.word) == (0.0, 1.5, 0)
