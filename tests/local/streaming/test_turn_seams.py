"""Words at the seam of two turns, of which each is recognised with some of the other one's sound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.streaming.turn_chunks import not_again, within

SEAM = 1000
WORDS = st.lists(st.tuples(st.integers(0, 300), st.integers(60, 600)), min_size=1, max_size=12)
"""Pause before each word, and its length."""


def said(times: list[tuple[int, int]]) -> list[RecognisedWord]:
    """Words one after the other."""
    found, now = [], 0
    for number, (pause, length) in enumerate(times):
        found.append(RecognisedWord(f"w{number}", now + pause, now + pause + length, 0.9))
        now += pause + length
    return found


@given(WORDS)
def test_each_word_is_in_one_turn_and_keeps_to_its_side(times):
    before, after = within(said(times), 0, SEAM), within(said(times), SEAM, 20_000)
    after = not_again(before, after)
    assert [word.text for word in before + after] == [word.text for word in said(times)]
    assert all(word.start < word.end <= SEAM for word in before)
    assert all(SEAM <= word.start < word.end for word in after)


def test_a_word_that_two_turns_really_have_stays():
    before = [RecognisedWord("Hello?", 600, 1000, 0.9)]
    after = [RecognisedWord("Hello.", 1300, 1700, 0.9)]
    assert [word.text for word in not_again(before, after)] == ["Hello."]
