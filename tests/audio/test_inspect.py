"""A look at recordings: 60 planted faults are found, and none on 20 clean ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import aai_jupyter as aai
from aai_jupyter.api.inspect import ADVICE
from aai_jupyter.audio.sound_measures import SoundMeter
from aai_jupyter.runtime.process import runtime
from tests.sound_faults import FAULTS, RATE, make, resampled, write

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize(("each", "healthy"), [(1, 6), pytest.param(5, 20, marks=pytest.mark.nightly)])
def test_planted_faults_are_found_and_none_on_clean_recordings(
    tmp_path: Path, each: int, healthy: int
) -> None:
    planted = make(tmp_path, each, healthy)
    found = aai.inspect([one.path for one in planted])
    assert len(planted) == healthy + 12 * each
    clean = [one.fault == "" for one in planted]
    assert found.faults[clean].tolist() == [""] * healthy
    missed = [
        (one.path.name, said)
        for one, said in zip(planted, found.faults, strict=True)
        if one.fault and one.fault not in said.split(", ")
    ]
    assert missed == []
    assert set(ADVICE) == {*FAULTS, "duplicate", "unreadable"}
    assert (found.advice[found.faults != ""] != "").all()
    assert found.seconds[clean].between(9.9, 10.1).all()


@pytest.mark.parametrize(("rate", "cut"), [(16_000, 8_000), (44_100, 16_000), (48_000, 48_000)])
def test_bandwidth_is_that_of_the_sound_and_not_of_the_file(rate: int, cut: int) -> None:
    noise = np.random.default_rng(0).normal(size=3 * cut).astype(np.float32) * 0.1
    sound = resampled(noise, cut, rate) if cut != rate else noise
    meter = SoundMeter(rate, 1)
    for first in range(0, len(sound), 1000):
        meter.add(sound[None, first : first + 1000])
    assert meter.finish().bandwidth == pytest.approx(cut / 2, rel=0.2)


def test_prices_count_channels_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    aai.settings.login("0123456789abcdef0123456789abcdef")
    sound = np.random.default_rng(0).normal(size=(2, 36 * RATE)).astype(np.float32) * 0.05
    write(tmp_path / "two.wav", sound, RATE, "pcm_s16le")
    (tmp_path / "empty.wav").write_bytes(b"")
    paths = [tmp_path / "two.wav", tmp_path / "empty.wav", "https://example.org/a.mp3"]
    found = aai.inspect(paths, multichannel=True, speech_models=["universal-2"], language_code="en")
    assert found.price[0] == pytest.approx(0.01 * 2 * 0.15, rel=1e-3)
    assert found.faults.tolist()[1:] == ["unreadable", "unreadable"]
    assert "is empty" in found.error[1]
    assert "URL" in found.error[2]


@pytest.mark.nightly  # an engine of its own, with its models
@pytest.mark.models
def test_the_local_engine_tells_the_language(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(1, 4 * RATE)).astype(np.float32) * 0.05
    write(tmp_path / "noise.wav", noise, RATE, "pcm_s16le")
    aai.settings.home = tmp_path / "home"
    found = aai.inspect([DATA / "beckett.flac", tmp_path / "noise.wav", DATA / "no.wav"], language=True)
    assert found.language.isna().tolist() == [False, True, True]
    assert found.language[0] == "en"
    assert found.language_confidence[0] > 0.8
    assert aai.inspect(DATA / "beckett.flac").language.isna().all()  # not asked for
    runtime().close()
    aai.settings.local_model = "tiny.en"
    with pytest.raises(aai.UsageError, match="English only"):
        aai.inspect(DATA / "beckett.flac", language=True)
