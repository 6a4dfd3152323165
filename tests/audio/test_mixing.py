"""One mix, in which every channel is heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from aai_jupyter.audio.mixing import ChannelMix
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.streaming.pcm_source import open_source
from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.redact import redact_audio
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded
from tests.audio.containers import BURSTS, bursts, onsets


def saved(path: Path, samples: np.ndarray) -> Path:
    (source,) = resolve_sources((samples, RATE))
    with source.open() as file:
        path.write_bytes(file.read())
    return path


CHANNELS = {
    f"{count} channels, sound in {which + 1}": (count, which)
    for count, which in ((2, 1), (3, 2), (4, 3), (5, 4), (6, 3), (7, 3), (8, 3), (8, 7), (12, 10))
}


@pytest.mark.parametrize("name", CHANNELS)
def test_no_channel_is_left_out(tmp_path: Path, name: str) -> None:
    count, which = CHANNELS[name]
    samples = np.zeros((len(bursts(RATE)), count), dtype=np.float32)
    samples[:, which] = bursts(RATE)
    path = saved(tmp_path / "a.wav", samples)
    with decode(path) as audio:
        heard = audio.read(0, audio.n_samples)
    assert onsets(heard, RATE) == pytest.approx(BURSTS, abs=0.003)
    assert np.abs(heard).max() > 0.2
    assert onsets(np.concatenate(list(decoded(Recording.of(path), RATE))), RATE) == pytest.approx(
        BURSTS, abs=0.003
    )
    out = tmp_path / "out.wav"
    redact_audio(path, out, [], quality="wav")
    with decode(out) as audio:
        assert onsets(audio.read(0, audio.n_samples), RATE) == pytest.approx(BURSTS, abs=0.003)


@pytest.mark.parametrize(
    "signs", [(1, -1), (-1, 1), (1, 1, -1), (1, -1, 1, -1), (1, -1, -1, 1, 1, -1, 1, -1)]
)
def test_opposite_polarity_does_not_cancel(tmp_path: Path, signs: tuple[int, ...]) -> None:
    samples = bursts(RATE)[:, None] * np.array(signs, dtype=np.float32)
    path = saved(tmp_path / "a.wav", samples)
    with decode(path) as audio:
        heard = audio.read(0, audio.n_samples)
    assert onsets(heard, RATE) == pytest.approx(BURSTS, abs=0.02)
    assert 0.4 < np.abs(heard).max() < 0.6
    part = RecordingReader(Recording.of(path)).segment(1500, 1600)
    assert np.abs(part).max() > 0.4 * 32_768
    fed = np.frombuffer(b"".join(open_source(path).read()), "<i2")
    assert np.abs(fed).max() > 0.4 * 32_768


def test_equal_channels_are_no_louder_than_one() -> None:
    one = bursts(RATE)
    for count in (2, 3, 8):
        mixed = ChannelMix().mix(np.repeat(one[:, None], count, axis=1), RATE)
        assert np.abs(mixed).max() == pytest.approx(np.abs(one).max(), rel=0.01)


def test_a_wav_without_pyav_is_mixed_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aai_jupyter.client.streaming.pcm_source.pyav", lambda: None)
    path = saved(tmp_path / "a.wav", bursts(RATE)[:, None] * np.array([1, -1], dtype=np.float32))
    fed = np.frombuffer(b"".join(open_source(path).read()), "<i2")
    assert np.abs(fed).max() > 0.4 * 32_768
    with wave.open(str(path)) as file:
        assert file.getnframes() == len(fed)
