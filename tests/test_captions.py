"""Captions can be read by any player, whatever was said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.text.subtitles import CHARS_PER_LINE, cues, srt, vtt

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


def test_people_talking_at_once_get_cues_one_after_the_other() -> None:
    found = cues(["a", "b", "x"], [0, 900, 500], [800, 2000, 700], groups=[1, 1, 2])
    assert [(cue.start, cue.end) for cue in found] == [(0, 500), (500, 700)]
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


TIMES = st.none() | st.integers(-5, 20_000) | st.floats(0, 20_000)


@given(
    st.lists(
        st.tuples(st.text(max_size=12), TIMES, TIMES, st.sampled_from([None, "A", "B<", "-->"])), max_size=40
    ),
    st.none() | st.integers(1, 60),
)
def test_cues_never_overlap_and_never_have_zero_length(words: list[tuple], limit: int | None) -> None:
    texts, starts, ends, speakers = (list(c) for c in zip(*words, strict=True)) if words else ([], [], [], [])
    before = 0
    found = cues(texts, starts, ends, limit, speakers)
    for cue in found:
        assert before <= cue.start < cue.end
        before = cue.end
    shown = sorted("".join(word.split()) for cue in found for word in cue.words)
    spoken = sorted("".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split()) for text in texts)
    assert shown == [text for text in spoken if text]
    for text in (srt(texts, starts, ends, limit, speakers), vtt(texts, starts, ends, limit, speakers)):
        assert len([line for line in text.split("\n") if "-->" in line]) == len(found)
        assert text.count("\n\n") == (len(found) if text.startswith("WEBVTT") else max(0, len(found) - 1))
    assert len(SRT_TIME.findall(srt(texts, starts, ends, limit, speakers))) == len(found)
