"""Citations are checked against what was said: a link is a place that exists, a quote was spoken."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.citations import CitationChecker, citations_frame, words_of
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.prompt_turns import PromptTurn, turns_of
from tests.asking.recordings import meeting

CHECKER = CitationChecker(turns_of(meeting()))


def cited(text):
    return [(c.turn.number if c.turn else None, c.quote, c.found) for c in CHECKER.citations(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yes [4].", [(4, None, True)]),
        ("Yes [turn 4], [#2].", [(4, None, True), (2, None, True)]),
        ("Yes [2, 4; 1].", [(2, None, True), (4, None, True), (1, None, True)]),
        ("Yes [2-4].", [(2, None, True), (3, None, True), (4, None, True)]),
        ("Yes [9].", [(None, None, False)]),
        ("At [0:27], [0:28 Ben], [0:02–0:08].", [(4, None, True), (4, None, True), (1, None, True)]),
        ("At [7:00].", [(None, None, False)]),
        ("“I will send the revised numbers” [4]", [(4, "I will send the revised numbers", True)]),
        ('"i WILL send, the revised numbers..." [4].', [(4, "i WILL send, the revised numbers...", True)]),
        ('"I will send the wrong numbers" [4]', [(4, "I will send the wrong numbers", False)]),
        ('"Do we agree? Agreed." [3]', [(3, "Do we agree? Agreed.", True)]),  # over the end of a turn
        ('"Marketing spent ... in Berlin" [2]', [(2, "Marketing spent ... in Berlin", True)]),
        ('"in Berlin ... Marketing" [2]', [(2, "in Berlin ... Marketing", False)]),
        ('"revised numbers on Friday" [2]', [(4, "revised numbers on Friday", True)]),
        ('He said "cut the print budget".', [(3, "cut the print budget", True)]),
        ('He said "cut the whole staff".', [(None, "cut the whole staff", False)]),
        ('A so-called "budget".', []),
        ("Take `x[1]` or\n```\na[2] = \"not said by anybody\"\n```\nso.", []),
        ("In [2024-2199] and [1, x] and [].", []),
    ],
)  # fmt: skip
def test_marks_and_quotes(text, found):
    assert cited(text) == found


def test_two_quotes_keep_their_own_marks():
    text = 'First "spent twelve thousand dollars" [2] then "cut the print budget" [3].'
    assert cited(text) == [(2, "spent twelve thousand dollars", True), (3, "cut the print budget", True)]


def test_a_time_means_nothing_when_there_are_several_recordings():
    turns = turns_of([meeting(id="a", source="a"), meeting(id="b", source="b")])
    (found,) = CitationChecker(turns).citations("At [0:27].")
    assert not found.found


def test_the_frame_has_its_columns_even_without_rows():
    frame = citations_frame([])
    assert list(frame) == [
        *("turn", "start", "end", "speaker", "quote", "found"),
        *("file", "source", "transcript_id"),
    ]
    full = citations_frame(CHECKER.citations("a [4] b [9]"))
    assert str(full["turn"].dtype) == "Int64"
    for name in ("start", "end", "quote", "found"):
        assert full[name].dtype == frame[name].dtype
    assert full["start"].tolist()[0] == 27.0
    assert full["turn"].isna().tolist() == [False, True]


words = st.lists(st.sampled_from(["we", "cut", "the", "budget", "it's", "Über"]), min_size=3, max_size=8)


@given(st.lists(words, min_size=1, max_size=5), st.data())
def test_what_was_said_is_found_whatever_its_case_and_punctuation(said, data):
    turns = [PromptTurn(n, " ".join(turn), float(n), n + 1.0) for n, turn in enumerate(said, 1)]
    line = [word for turn in said for word in turn]
    first = data.draw(st.integers(0, len(line) - 3))
    quote = ", ".join(line[first : first + 3]).upper()
    found = CitationChecker(turns).find(quote)
    assert found is not None
    assert words_of(quote) == [w.casefold() for w in line[first : first + 3]]


@given(st.text(max_size=200))
def test_no_answer_breaks_it(text):
    for citation in CHECKER.citations(text + " [3] " + text):
        assert citation.turn is not None or not citation.found


def test_a_link_plays_the_second_of_its_quote_and_the_turn_that_was_meant():
    times = np.array([(n, n + 0.5) for n in range(10)], dtype=float)
    one = PromptTurn(
        1, "We open in April. The ill-disposed board agreed too.", 0.0, 9.0, "Ann", "t", times=times[:9]
    )
    two = PromptTurn(2, "Fine.", 20.0, 21.0, "Ben", "t")
    checker = CitationChecker([one, two])
    (found,) = checker.citations('"ill-disposed board agreed" [2]')
    assert (found.turn, found.start, found.end) == (one, 5.0, 7.5)  # a wrong number beside right words
    html = to_html('"ill-disposed board agreed" [2], "never said" [1], [2, 7]', checker)
    assert re.findall(r'data-aai-seek="([\d.]+)"', html) == ["5.000", "0.000", "20.000"]
    assert "[0:05 Ann]" in html
    assert "[7?]" in html


def test_a_link_names_its_recording_where_there_are_several():
    one = PromptTurn(1, "We open in April.", 3.0, 9.0, "Ann", "a", "calls/monday.mp3")
    two = PromptTurn(2, "In May.", 20.0, 21.0, None, "b", f"calls/{'long-' * 20}tuesday.mp3")
    assert ">[0:03 Ann]</a>" in to_html("April [1].", CitationChecker([one]))
    html = to_html("April [1], May [2].", CitationChecker([one, two]))
    assert ">[monday.mp3 0:03 Ann]</a>" in html
    assert ">[long-long-long-l…ong-tuesday.mp3 0:20]</a>" in html
