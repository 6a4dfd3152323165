"""Words of a magic's line: the same on every system, and nothing of a URL, path or JSON is lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aai_jupyter.errors import UsageError
from aai_jupyter.text.line_words import quote, split, split_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a.wav\t b.wav ", ["a.wav", "b.wav"]),
        (r"C:\x\new.wav", [r"C:\x\new.wav"]),
        (r'"C:\My Talks\new.wav" x', [r"C:\My Talks\new.wav", "x"]),
        (r'"C:\My Talks\" x', ["C:\\My Talks\\", "x"]),
        ('"a b.wav"', ["a b.wav"]),
        ("'a b.wav'", ["a b.wav"]),
        ("it's.wav", ["it's.wav"]),
        ("'it's mine.wav' b", ["it's mine.wav", "b"]),
        ("what's it's", ["what's", "it's"]),
        ('--prompt="two words" a', ["--prompt=two words", "a"]),
        ('--keyterms-prompt "New York","San Jose"', ["--keyterms-prompt", "New York,San Jose"]),
        ("a.wav # a comment, it's one", ["a.wav"]),
        ("# all of it", []),
        ("https://h/a?a=1&b={c}#t=10 x", ["https://h/a?a=1&b={c}#t=10", "x"]),
        ("a#b.wav '#c.wav'", ["a#b.wav", "#c.wav"]),
        ('{folder / "a b.wav"}', ['{folder / "a b.wav"}']),
        ('{"from": ["k8s", "a b"]} x', ['{"from": ["k8s", "a b"]}', "x"]),
        ('[{"from": "a"}, {}] x', ['[{"from": "a"}, {}]', "x"]),
        ("[abc]*.wav d", ["[abc]*.wav", "d"]),
        ("open{ brace", ["open{", "brace"]),
        ('"" x', ["", "x"]),
        ("-- -x.wav", ["--", "-x.wav"]),
    ],
)
def test_words_of_a_line(line: str, words: list[str]) -> None:
    assert split(line) == words


def test_a_quote_that_is_not_closed_is_named() -> None:
    with pytest.raises(UsageError, match="not closed"):
        split('a.wav "my talk.wav')


def test_a_line_still_being_written_may_have_an_open_quote() -> None:
    words = split_words('a "my ta', partial=True)
    assert (words[-1].text, words[-1].closed, words[-1].quoted) == ("my ta", False, True)


@given(st.lists(st.text(max_size=12).filter(lambda text: "\0" not in text), max_size=5))
@example(["a\"'b", "'", '"', "''", "'{", "a;", "#", "--", "<<", "C:\\a\\", "'a\" "])
def test_quoted_words_come_back_unchanged(words: list[str]) -> None:
    assert split(" ".join(quote(word) for word in words)) == words


@given(st.lists(st.text("abcXYZ019._-()~é", min_size=1, max_size=9), min_size=1, max_size=4))
def test_windows_paths_need_no_care(parts: list[str]) -> None:
    path = "C:\\" + "\\".join(parts)
    assert split(f"x {path} y") == ["x", path, "y"]
    assert split(f'x "{path}" y') == ["x", path, "y"]


@given(st.text(max_size=40))
def test_words_stand_where_they_say(line: str) -> None:
    words = split_words(line, partial=True)
    assert all(0 <= word.start < word.end <= len(line) for word in words)
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))
