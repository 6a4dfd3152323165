"""Words become sentences and paragraphs where a reader would end them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.text.segmentation import paragraphs, sentences, speaker_changes
from aai_jupyter.text.tokenization import join


def split(
    text: str, pauses: dict[int, int] | None = None, speakers: list[str | None] | None = None
) -> list[str]:
    """Sentences of a text whose words follow each other closely but for the given pauses."""
    words = text.split()
    starts, ends, clock = [], [], 0
    for i in range(len(words)):
        starts.append(clock)
        ends.append(clock + 200)
        clock += 250 + (pauses or {}).get(i, 0)
    return [" ".join(words[a:b]) for a, b in sentences(words, starts, ends, speakers)]


@pytest.mark.parametrize(
    "expected",
    [
        ["It works.", "Does it?", "Yes!"],
        ["Dr. Ray and Mrs. Smith met St. John at 5 p.m. today.", "Then they left."],
        ["It costs 3.50 dollars, e.g. at the shop.", "See fig. 3 and No. 5 there."],
        ["Well... maybe it is so.", "Fine."],
        ["Well…", "Maybe it is so."],
        ["J. S. Bach wrote it.", "So do I.", "And he said no.", "Really."],
        ['He said "Stop!" and left.', 'She said "Go."', "Then he went."],
        ["The U.S. economy grew.", "Good."],
        ["Ist das wahr?", "Ja, z.B. hier.", "Gut."],
    ],
)
def test_sentence_marks(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_text_without_capitals_still_has_sentences() -> None:
    assert split("it works. does it? yes") == ["it works.", "does it?", "yes"]


def test_chinese_and_japanese_marks_end_sentences() -> None:
    words = ["你好。", "今天", "怎么样?", "很好！", "はい。", "そうです"]
    times = [i * 300 for i in range(6)]
    spans = sentences(words, times, [t + 200 for t in times])
    assert spans == [(0, 1), (1, 3), (3, 4), (4, 5), (5, 6)]
    assert join(words[1:3]) == "今天怎么样?"


def test_join_puts_spaces_where_the_script_has_them() -> None:
    assert join(["a", "", "b"]) == "a b"
    assert join(["안녕", "하세요"]) == "안녕 하세요"
    assert join(["สวัสดี", "ครับ"]) == "สวัสดีครับ"


def test_text_without_marks_splits_at_pauses() -> None:
    assert split("so we went there and then he left", {3: 900}) == ["so we went there", "and then he left"]


def test_punctuated_text_does_not_split_at_a_pause() -> None:
    assert split("So we went there. And then he left.", {1: 900}) == [
        "So we went there.",
        "And then he left.",
    ]


def test_a_speaker_change_always_splits() -> None:
    assert split("so we went there", speakers=["A", "A", "B", "B"]) == ["so we", "went there"]
    assert split("so we went there", speakers=["A", None, "A", "A"]) == ["so we went there"]


def test_an_endless_sentence_is_cut_at_its_longest_pause() -> None:
    text = " ".join(["word"] * 100) + ". End."
    assert [len(part.split()) for part in split(text, {44: 300})] == [45, 55, 1]


def test_long_text_without_marks_takes_linear_time() -> None:
    count = 50_000
    starts = [i * 600 for i in range(count)]
    spans = sentences(["word"] * count, starts, [s + 200 for s in starts])
    assert max(b - a for a, b in spans) <= 60


def test_paragraphs_end_at_speakers_pauses_and_length() -> None:
    words = ["One.", "Two.", "Three.", "Four."]
    starts, ends = [0, 300, 5000, 5300], [200, 500, 5200, 5500]
    assert paragraphs(words, starts, ends) == [(0, 2), (2, 4)]
    assert paragraphs(words, starts, ends, ["A", "B", "B", "B"]) == [(0, 1), (1, 2), (2, 4)]
    many = ["w", "w."] * 120
    assert all(100 <= b - a <= 102 for a, b in paragraphs(many, [0] * 240, [0] * 240)[:-1])


WORDS = st.lists(
    st.tuples(
        st.text(min_size=0, max_size=6) | st.sampled_from(["a.", "B", "...", "。", '"', "Dr.", "3."]),
        st.none() | st.integers(0, 10_000),
        st.none() | st.integers(0, 10_000),
        st.sampled_from(["A", "B", None]),
    ),
    max_size=90,
)


@given(WORDS)
def test_every_word_is_in_exactly_one_part_of_one_speaker(words: list[tuple]) -> None:
    columns = [list(column) for column in zip(*words, strict=True)] if words else [[], [], [], []]
    for split_words in (sentences, paragraphs):
        spans = split_words(*columns)
        assert [i for a, b in spans for i in range(a, b)] == list(range(len(words)))
        starts = {a for a, _ in spans}
        assert speaker_changes(columns[3]) <= starts
