"""Speech without words is found and said."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.coverage import told, voiced_seconds, without_words
from aai_jupyter.local.models.voice_activity import FRAME, Span
from aai_jupyter.local.models.words import RecognisedWord

SPANS: list[Span] = [(0, 2 * RATE), (4 * RATE, 6 * RATE), (10 * RATE, 20 * RATE)]
VOICED = np.zeros(20 * RATE // FRAME + 1, np.float32)
for _start, _stop in SPANS:
    VOICED[_start // FRAME : _stop // FRAME] = 1.0


def word(start: int, end: int) -> RecognisedWord:
    return RecognisedWord("word", start, end, 0.9)


def test_stretches_without_words_are_found_and_said() -> None:
    assert without_words(SPANS, [word(0, 900)], VOICED, 0.0) == SPANS[1:]
    assert without_words(SPANS, [word(100_000, 100_900), word(104_500, 104_900)], VOICED, 100.0) == SPANS[2:]
    (said,) = told(SPANS[2:], SPANS, VOICED, 0.0)
    assert "10 of 14 seconds" in said
    assert "from 0:10 to 0:20" in said


@given(st.lists(st.integers(0, 19_000), max_size=12))
def test_a_stretch_has_words_or_is_missing(starts: list[int]) -> None:
    words = [word(start, start + 500) for start in starts]
    missing = without_words(SPANS, words, VOICED, 0.0)
    for span in SPANS:
        inside = any(1000 * span[0] / RATE < w.end and w.start < 1000 * span[1] / RATE for w in words)
        assert (span in missing) is not inside
        assert voiced_seconds(span, VOICED) <= (span[1] - span[0]) / RATE + 2 * FRAME / RATE
