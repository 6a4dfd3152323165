"""Speech without words is found and said."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.coverage import loops_told, told, voiced_seconds, without_words
from aai_jupyter.local.models.decoded_words import MOST_REPEATS, split_loops
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.transcripts.transcript import Transcript

SPANS: list[Span] = [(0, 2 * RATE), (4 * RATE, 6 * RATE), (10 * RATE, 20 * RATE)]
VOICED = np.zeros(20 * RATE // FRAME + 1, np.float32)
for _start, _stop in SPANS:
    VOICED[_start // FRAME : _stop // FRAME] = 1.0


def word(start: int, end: int) -> RecognisedWord:
    return RecognisedWord("word", start, end, 0.9)


def test_stretches_without_words_are_found_and_said() -> None:
    assert without_words(SPANS, [word(0, 1900)], VOICED, 0.0) == SPANS[1:]
    shifted = [word(100_000, 101_900), word(104_000, 105_900)]
    assert without_words(SPANS, shifted, VOICED, 100.0) == SPANS[2:]
    (said,) = told(SPANS[2:], SPANS, VOICED, 0.0)
    assert "10 of 14 seconds" in said
    assert "from 0:10 to 0:20" in said


def test_words_that_end_before_the_speech_does_are_noticed() -> None:
    ((start, stop),) = without_words(SPANS[2:], [word(10_000, 11_000), word(11_000, 12_000)], VOICED, 0.0)
    assert (start, stop) == (round(12.1 * RATE), 20 * RATE)
    assert without_words(SPANS[2:], [word(10_600, 19_400)], VOICED, 0.0) == []


def test_a_long_stretch_is_said_in_a_long_recording() -> None:
    hour = np.ones(3600 * RATE // FRAME, np.float32)
    whole: list[Span] = [(0, 3600 * RATE)]
    assert list(told([(RATE, 8 * RATE)], whole, hour, 0.0))
    assert not list(told([(RATE, 4 * RATE)], whole, hour, 0.0))


@given(st.lists(st.tuples(st.integers(0, 19_000), st.integers(1, 900)), max_size=12))
def test_speech_has_words_or_is_missing(rows: list[tuple[int, int]]) -> None:
    words = [word(start, start + length) for start, length in sorted(rows)]
    missing = without_words(SPANS, words, VOICED, 0.0)
    assert missing == sorted(missing)
    for start, stop in missing:
        assert any(span[0] <= start < stop <= span[1] for span in SPANS)
        assert not any(1000 * start / RATE < w.end and w.start < 1000 * stop / RATE for w in words)
    for span in SPANS:
        inside = any(1000 * span[0] / RATE < w.end and w.start < 1000 * span[1] / RATE for w in words)
        assert inside or any(span[0] <= low and high <= span[1] for low, high in missing)
        assert voiced_seconds(span, VOICED) <= (span[1] - span[0]) / RATE + 2 * FRAME / RATE


# --- loops ------------------------------------------------------------------------------------------------


def spoken(line: str) -> list[RecognisedWord]:
    return [RecognisedWord(text, 200 * n, 200 * n + 190, 0.9) for n, text in enumerate(line.split())]


def test_a_phrase_over_and_over_is_cut_and_said() -> None:
    kept, loops = split_loops(spoken("Well, " + "I do not know. " * 30 + "and then"))
    assert " ".join(w.text for w in kept) == "Well, " + "I do not know. " * MOST_REPEATS + "and then"
    assert [loop.text for loop in loops] == ["I do not know."]
    (said,) = loops_told(loops, kept, np.ones(1000, np.float32), 0.0)
    assert '"I do not know." was heard over and over from 0:03 to 0:24' in said
    again = [RecognisedWord("no", start, start + 900, 0.9) for start in range(3000, 24_000, 1000)]
    assert not list(loops_told(loops, again, np.ones(1000, np.float32), 0.0))


def test_a_copy_in_no_time_was_not_said() -> None:
    words = [*spoken("go forward ten meters"), RecognisedWord("Then", 1600, 1900, 0.9)]
    copy = [RecognisedWord(w.text, 790, 790 + 100 * (n == 3), 0.9) for n, w in enumerate(words[:4])]
    assert split_loops([*words[:4], *copy, words[4]]) == (words, [])
    timeless = [RecognisedWord(text, 790, 790, 0.9) for text in ("fail", "again", "fail", "better")]
    assert split_loops([*words[:4], *timeless, words[4]]) == (words, [])
    again = spoken("go forward ten meters go forward ten meters")
    assert split_loops(again) == (again, [])


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_what_is_left_has_no_loops_and_nothing_else_is_lost(texts: list[str]) -> None:
    words = [RecognisedWord(text, 100 * n, 100 * n + 90, 0.9) for n, text in enumerate(texts)]
    kept, loops = split_loops(words)
    assert [w.start for w in kept] == sorted({w.start for w in kept})
    gone = [w for w in words if w not in kept]
    assert all(any(loop.start <= w.start and w.end <= loop.end for loop in loops) for w in gone)
    assert not any(loop.start <= w.start and w.end <= loop.end for loop in loops for w in kept)


def test_what_is_said_four_times_stays() -> None:
    line = "no no no no but I do not I do not I do not I do not"
    assert split_loops(spoken(line)) == (spoken(line), [])


def test_what_was_not_heard_stands_among_the_problems() -> None:
    told_rows = [{"message": "No words were found in 9 of 20 seconds."}]
    raw = {"status": "completed", "text": "", "metadata": {"warnings": told_rows, "problems": told_rows}}
    t = Transcript.from_json(raw)
    assert t.problems == t.warnings == ["No words were found in 9 of 20 seconds."]
