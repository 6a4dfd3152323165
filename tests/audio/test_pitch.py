"""Pitch by YIN: tones, silence, shift and scale; and Praat's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.sample import sample
from aai_jupyter.audio.pitch import fundamental, intensity, semitones
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


def test_speech_has_the_pitch_that_praat_hears() -> None:
    """On the moments that both call voiced; which those are is a judgement."""
    parselmouth = pytest.importorskip("parselmouth")
    whole = np.concatenate(list(decoded(Recording.of(sample()), RATE))).astype(np.float32) / 32768
    whole = whole[: 30 * RATE]
    praat = parselmouth.Sound(whole.astype(float), RATE).to_pitch_ac(0.01, 75, pitch_ceiling=500)
    theirs = praat.selected_array["frequency"]
    ours = fundamental(whole, RATE)
    middle = (np.ceil(RATE / 75) + 1) * 1.5 / RATE  # of the first frame
    at = np.interp(np.arange(len(ours)) * 0.01 + middle, praat.xs(), np.where(theirs > 0, theirs, np.nan))
    both = ~np.isnan(ours) & ~np.isnan(at)
    assert both.mean() > 0.3
    assert np.median(np.abs(ours[both] - at[both])) < 1.0
    assert abs(np.median(ours[both]) - np.median(at[both])) < 1.0
