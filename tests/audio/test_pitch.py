"""Pitch: tones, silence, shift and scale; and that Praat hears the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.sample import sample
from aai_jupyter.audio.pitch import frame_times, fundamental, intensity, semitones
from aai_jupyter.audio.pitch_path import cheapest_path
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, decoded


def voice(hertz: float, seconds: float = 0.4) -> np.ndarray:
    """A tone with harmonics that fall off, as of a larynx."""
    at = np.arange(round(RATE * seconds)) / RATE
    parts = [np.sin(2 * np.pi * n * hertz * at) / n for n in range(1, 9)]
    return np.sum(parts, axis=0).astype(np.float32) * np.float32(0.1)


@given(st.floats(80, 450), st.floats(0.01, 5))
def test_a_voice_has_its_pitch_however_loud(hertz: float, gain: float) -> None:
    found = fundamental(voice(hertz) * np.float32(gain), RATE)
    assert np.nanmedian(found) == pytest.approx(hertz, rel=0.003)


@pytest.mark.parametrize(
    "samples", [np.zeros(8000, np.float32), np.zeros(3, np.float32), np.zeros(0, np.float32)]
)
def test_silence_has_none(samples: np.ndarray) -> None:
    assert np.isnan(fundamental(samples, RATE)).all()
    assert intensity(samples) == float("-inf")
    assert np.isnan(semitones(fundamental(samples, RATE)))


def test_noise_is_hardly_voiced() -> None:
    noise = np.random.default_rng(3).normal(size=RATE).astype(np.float32)
    assert np.isnan(fundamental(noise, RATE)).mean() > 0.95


def test_an_octave_is_twelve_semitones() -> None:
    assert semitones(np.array([100.0] * 50 + [200.0] * 50)) == pytest.approx(12)


def test_a_jump_of_an_octave_costs() -> None:
    """A candidate an octave off that fits a little better for one frame is not taken."""
    hertz = np.array([[110.0, 220.0]] * 5)
    worth = np.array([[0.9, 0.8]] * 2 + [[0.85, 0.9]] + [[0.9, 0.8]] * 2)
    assert cheapest_path(hertz, worth, np.ones(5), 0.01).tolist() == [110.0] * 5
    assert np.isnan(cheapest_path(hertz, np.full((5, 2), -np.inf), np.ones(5), 0.01)).all()


VOICES = Path(__file__).parent.parent / "data" / "voices"


@pytest.mark.parametrize(
    ("speaker", "floor", "ceiling"),
    [
        ("103", 75, 500),
        ("1502", 75, 500),
        ("1688", 60, 400),
        ("3374", 75, 500),
        ("4853", 60, 400),
        ("8312", 75, 600),
        ("sample", 75, 500),
    ],
)
def test_rows_have_the_median_that_praat_has(speaker: str, floor: float, ceiling: float) -> None:
    """Each stretch by itself, within 1 Hz; which frames are voiced is the same but for the odd one."""
    parselmouth = pytest.importorskip("parselmouth")
    file = sample() if speaker == "sample" else VOICES / f"{speaker}.ogg"
    whole = np.concatenate(list(decoded(Recording.of(file), RATE))).astype(np.float32) / 32768
    for start, seconds in ((0.0, 2.0), (1.3, 3.5), (0.5, 8.0)):
        cut = whole[round(start * RATE) : round((start + seconds) * RATE)]
        praat = parselmouth.Sound(cut.astype(float), RATE).to_pitch_ac(0.01, floor, pitch_ceiling=ceiling)
        theirs = np.where((found := praat.selected_array["frequency"]) > 0, found, np.nan)
        ours = fundamental(cut, RATE, floor=floor, ceiling=ceiling)
        assert frame_times(len(cut), RATE, floor=floor) == pytest.approx(praat.xs(), abs=1e-6)
        assert (np.isnan(ours) != np.isnan(theirs)).mean() < 0.03
        assert np.nanmedian(ours) == pytest.approx(np.nanmedian(theirs), abs=1)
        assert np.nanmedian(np.abs(ours - theirs)) < 0.1
