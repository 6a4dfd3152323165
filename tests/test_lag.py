"""How far captions are behind: by loud sound and by words, with silence and noise left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.streaming.events import SpeechStarted, StreamWord, Turn
from aai_jupyter.live.lag import Lag


def spoken(lag: Lag, first: int, last: int, level: float = 0.1) -> None:
    for tenth in range(first * 10, last * 10):
        lag.sound(tenth / 10, (tenth + 1) / 10, level)


def turn(end: float, *, final: bool = True) -> Turn:
    word = StreamWord(text="x", start=0, end=round(1000 * end))
    return Turn(transcript="x", words=[word], end_of_turn=final)


def test_it_falls_behind_and_catches_up():
    lag = Lag()
    lag.take(SpeechStarted(timestamp=0))
    spoken(lag, 0, 20)
    assert lag.behind == 20
    lag.take(turn(8, final=False))
    assert lag.behind == 12
    lag.take(turn(19.5))
    assert (lag.behind, lag.heard_to) == (0, 19.5)


def test_silence_after_words_is_no_lag():
    lag = Lag()
    lag.take(SpeechStarted(timestamp=0))
    spoken(lag, 0, 5)
    lag.take(turn(5))
    spoken(lag, 5, 300, level=0.0)
    assert lag.behind == 0


def test_noise_that_nobody_calls_speech_is_none():
    lag = Lag()
    spoken(lag, 0, 60)
    assert lag.behind == 0


def test_a_cough_long_ago_does_not_count_as_a_wait():
    lag = Lag()
    lag.take(SpeechStarted(timestamp=1000))
    spoken(lag, 1, 2)
    spoken(lag, 2, 60, level=0.001)
    lag.take(SpeechStarted(timestamp=60_000))
    spoken(lag, 60, 61)
    assert lag.behind == 0


def test_a_turn_that_waits_behind_a_finished_one_still_counts():
    lag = Lag()
    lag.take(SpeechStarted(timestamp=0))
    spoken(lag, 0, 5)
    lag.take(SpeechStarted(timestamp=6000))
    spoken(lag, 6, 20)
    lag.take(turn(5))
    assert lag.behind == 14


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sound", "start", "partial", "final"]), st.floats(0, 60), st.floats(0, 0.5)
        ),
        max_size=60,
    )
)
def test_it_is_never_negative_and_never_more_than_was_given(steps):
    lag, given_to = Lag(), 0.0
    for kind, value, level in steps:
        if kind == "sound":
            lag.sound(given_to, given_to + value / 10, level)
            given_to += value / 10
        elif kind == "start":
            lag.take(SpeechStarted(timestamp=round(1000 * min(value, given_to))))
        else:
            lag.take(turn(min(value, given_to), final=kind == "final"))
        assert 0 <= lag.behind <= given_to
