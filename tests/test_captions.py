"""Captions can be read by any player, whatever was said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.text.cues.cue_lines import display_width
from aai_jupyter.text.subtitles import CHARS_PER_LINE, cues, srt, vtt
from aai_jupyter.text.tokenization import clusters

SRT_TIME = re.compile(r"(\d\d+):(\d\d):(\d\d),(\d{3}) --> (\d\d+):(\d\d):(\d\d),(\d{3})")


def columns(text: str, length: int = 300) -> tuple[list[str], list[float], list[float]]:
    words = text.split()
    return words, [i * length for i in range(len(words))], [(i + 1) * length - 20 for i in range(len(words))]


def test_lines_break_between_words_and_stay_short() -> None:
    text = srt(
        *columns("this is a rather long sentence that needs two lines on the screen because it goes on")
    )
    for block in text.strip().split("\n\n"):
        _, _, *lines = block.split("\n")
        assert 1 <= len(lines) <= 2
        assert all(len(line) <= CHARS_PER_LINE for line in lines)


def test_chars_per_caption_is_kept() -> None:
    for cue in cues(*columns("one two three four five six seven incomprehensibilities eight"), 12):
        text = " ".join(cue.words)
        assert len(text) <= 12 or len(cue.words) == 1


def test_chars_per_caption_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        srt(["a"], [0], [1], 0)


def test_a_cue_ends_with_silence_and_with_the_speaker() -> None:
    found = cues(
        ["a", "b", "c", "d"], [0, 300, 5000, 5300], [200, 500, 5200, 5500], speakers=["A", "B", "B", "B"]
    )
    assert [(cue.start, cue.end, cue.words) for cue in found] == [
        (0, 200, ["a"]),
        (300, 500, ["b"]),
        (5000, 5500, ["c", "d"]),
    ]


def test_people_talking_at_once_have_cues_at_once() -> None:
    found = cues(["a", "b", "x"], [0, 900, 500], [800, 2000, 700], groups=[1, 1, 2])
    assert [(cue.start, cue.end) for cue in found] == [(0, 2000), (500, 700)]
    assert [cue.words for cue in found] == [["a", "b"], ["x"]]


def test_srt_shows_a_speaker_where_it_changes() -> None:
    text = srt(["Hi.", "Yes.", "No."], [0, 3000, 6000], [500, 3500, 6500], speakers=["Ann", "Ann", "Bob"])
    assert text.count("Ann: ") == 1
    assert "\nBob: No.\n" in text


def test_vtt_escapes_speech_and_names() -> None:
    text = vtt(["<i>", "&", "-->"], [0, 300, 600], [200, 500, 900], speakers=["A>\nB"] * 3)
    assert "<v A&gt; B>&lt;i&gt; &amp; --&gt;" in text
    assert text.count("-->") == 1


def test_srt_keeps_arrows_out_of_the_text() -> None:
    assert srt(["-->"], [0], [100]).count("-->") == 1


def test_nothing_said_gives_valid_empty_files() -> None:
    assert srt([], [], []) == ""
    assert vtt([], [], []) == "WEBVTT\n"
    assert srt(["\n", " "], [0, 1], [1, 2]) == ""


def test_times_beyond_an_hour() -> None:
    assert "01:01:01,001 --> 100:00:00,000" in srt(["a"], [3_661_001], [360_000_000])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It was the age of wisdom. It was the age of foolishness, it was the epoch of belief.",
            [
                ["It was the age of wisdom."],
                ["It was the age of foolishness,", "it was the epoch of belief."],
            ],
        ),
        (
            "He had asked twice already, and nobody answered. So he left. Then the telephone rang again at last.",
            [
                ["He had asked twice already,", "and nobody answered."],
                ["So he left.", "Then the telephone rang again at last."],
            ],
        ),
        (
            "We met Dr. Brown at the station in the evening and walked all the way to the old bridge with her.",
            [
                ["We met Dr. Brown at the station", "in the evening and walked all the way"],
                ["to the old bridge with her."],
            ],
        ),
    ],
)
def test_cues_and_lines_end_where_a_sentence_or_a_clause_does(text: str, expected: list[list[str]]) -> None:
    blocks = srt(*columns(text, 200)).strip().split("\n\n")
    assert [block.split("\n")[2:] for block in blocks] == expected


def test_without_a_number_of_characters_no_cue_has_a_third_line() -> None:
    words = "unless to be rather cold-hearted and straightforwardly selfish is incomprehensible " * 4
    assert all(len(block.split("\n")) <= 4 for block in srt(*columns(words)).strip().split("\n\n"))


TIMES = st.none() | st.integers(-5, 20_000) | st.floats(0, 20_000)


@given(
    st.lists(
        st.tuples(st.text(max_size=12), TIMES, TIMES, st.sampled_from([None, "A", "B<", "-->"])), max_size=40
    ),
    st.none() | st.integers(1, 60),
)
def test_cues_of_a_voice_never_overlap_and_never_have_zero_length(
    words: list[tuple], limit: int | None
) -> None:
    texts, starts, ends, speakers = (list(c) for c in zip(*words, strict=True)) if words else ([], [], [], [])
    before = dict.fromkeys(speakers, 0)
    found = cues(texts, starts, ends, limit, speakers)
    for cue in found:
        assert before[cue.speaker] <= cue.start < cue.end
        before[cue.speaker] = cue.end
    assert [cue.start for cue in found] == sorted(cue.start for cue in found)
    shown = sorted("".join(word.split()) for cue in found for word in cue.words)
    spoken = sorted("".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split()) for text in texts)
    assert shown == [text for text in spoken if text]
    for text in (srt(texts, starts, ends, limit, speakers), vtt(texts, starts, ends, limit, speakers)):
        assert len([line for line in text.split("\n") if "-->" in line]) == len(found)
        assert text.count("\n\n") == (len(found) if text.startswith("WEBVTT") else max(0, len(found) - 1))
    assert len(SRT_TIME.findall(srt(texts, starts, ends, limit, speakers))) == len(found)


@pytest.mark.parametrize(
    ("at", "other", "step"),
    [
        (2000, "Mm-hm.", 200),
        (100, "Okay.", 200),
        (0, "Hello everybody, thanks for coming.", 330),
        (4700, "네.", 300),
    ],
)
def test_a_caption_stays_up_as_long_as_its_speaker_talks(at: int, other: str, step: int) -> None:
    said = [
        "We",
        "should",
        "really",
        "ship",
        "the",
        "new",
        "release",
        "before",
        "the",
        "end",
        "of",
        "this",
        "month,",
        "I",
        "think.",
    ]
    reply = other.split()
    found = cues(
        said + reply,
        [330 * n for n in range(len(said))] + [at + step * n for n in range(len(reply))],
        [330 * n + 310 for n in range(len(said))] + [at + step * n + step - 20 for n in range(len(reply))],
        speakers=["A"] * len(said) + ["B"] * len(reply),
    )
    assert {cue.speaker: (cue.start, cue.end) for cue in found} == {
        "A": (0, 330 * len(said) - 20),
        "B": (at, at + step * len(reply) - 20),
    }


@pytest.mark.parametrize(
    ("text", "line", "most"),
    [("为什么伤害无辜的人叫他做点小事他" * 3, 32, 16), ("東京タワーに行きました" * 5, 26, 13),
     ("วันนี้อากาศดีมากเราไปสวนกัน" * 3, 20, 20)],
)  # fmt: skip
def test_lines_are_as_wide_as_asked_in_any_script(text: str, line: int, most: int) -> None:
    for words in ([*text], [text]):  # also where the whole sentence is one word
        times = [80 * n for n in range(len(words))]
        blocks = srt(words, times, [time + 70 for time in times], chars_per_line=line).strip().split("\n\n")
        lines = [shown for block in blocks for shown in block.split("\n")[2:]]
        assert "".join("".join(lines).split()) == text
        assert all(display_width(shown) <= line and len(clusters(shown)) <= most for shown in lines)
        if len(words) > 1:
            assert all(len(block.split("\n")) <= 4 for block in blocks)
