"""Words that a microphone heard from the other side: left out of its turns, but no words of its owner."""

from __future__ import annotations

import numpy as np
import pytest

from aai_jupyter.client.streaming.events import StreamWord, Turn
from aai_jupyter.client.streaming.track_source import interleave
from aai_jupyter.live.bleed_filter import KEPT_SECONDS, BleedFilter

WORDS = [("so", 1.0, 1.4), ("tell", 1.5, 1.9), ("me", 2.0, 2.4)]
OWN = [("well", 4.0, 4.4), ("yes", 4.5, 4.9)]


def voice(spans: list[tuple[str, float, float]], rate: int, seed: int, seconds: float = 6) -> np.ndarray:
    """Noise like speech where somebody speaks."""
    random = np.random.default_rng(seed)
    sound = 8.0 * random.standard_normal(round(seconds * rate))
    for _, start, end in spans:
        part = slice(round(start * rate), round(end * rate))
        noise = random.standard_normal(part.stop - part.start)
        sound[part] += 4000 * np.convolve(noise, np.hanning(9) / 3, "same")
    return sound


def turn(channel: str, spans: list[tuple[str, float, float]]) -> Turn:
    words = [StreamWord(text, round(1000 * a), round(1000 * b)) for text, a, b in spans]
    return Turn(channel=channel, end_of_turn=True, words=words, transcript=" ".join(t for t, *_ in spans))


@pytest.mark.parametrize("rate", [16_000, 8_000])
@pytest.mark.parametrize("before", [0, 2 * KEPT_SECONDS])
def test_what_came_over_is_left_out_and_own_words_stay(rate: int, before: int) -> None:
    me, other = voice(OWN, rate, 1), voice(WORDS, rate, 2)
    late = round(0.012 * rate)
    heard = me + 0.1 * np.concatenate([np.zeros(late), other[:-late]])
    bleed = BleedFilter(rate)
    for second in range(before):  # of a long session only the newest sound is kept
        bleed.add(bytes(4 * rate)) if second % 2 else bleed.add(interleave([b"\1\0" * rate] * 2, rate))
    shifted = lambda spans: [(text, a + before, b + before) for text, a, b in spans]  # noqa: E731
    bleed.add(interleave([part.astype("<i2").tobytes() for part in (heard, other)], len(me)))
    mine, his = turn("1", shifted([*WORDS, *OWN])), turn("2", shifted(WORDS))
    bleed.apply(mine, [his])
    bleed.apply(his, [mine])
    assert mine.transcript == "well yes"
    assert [word.text for word in mine.words] == ["well", "yes"]
    assert his.transcript == "so tell me"
    assert bleed.left_out == 3


def test_both_speak_at_once_by_headphones_and_nothing_is_left_out() -> None:
    rate = 16_000
    both = [voice(WORDS, rate, 1), 3 * voice(WORDS, rate, 2)]
    bleed = BleedFilter(rate)
    bleed.add(
        interleave([np.clip(part, -32768, 32767).astype("<i2").tobytes() for part in both], len(both[0]))
    )
    mine = turn("1", WORDS)
    bleed.apply(mine, [turn("2", WORDS)])
    assert mine.transcript == "so tell me"
    assert bleed.left_out == 0
