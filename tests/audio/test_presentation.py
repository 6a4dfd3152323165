"""One clock: engine, player, waveform, live feed and redaction find a sound at the same time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.audio.presentation import PresentedSamples
from aai_jupyter.audio.pyav import MAX_SECONDS
from aai_jupyter.client.streaming.pcm_source import open_source
from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.redact import redact_audio
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded
from aai_jupyter.widgets.player.peaks import FINEST_MS, minmax
from tests.audio.containers import BURSTS, onsets, written
from tests.examples import examples

LATE = 2.0
DELAY = 0.03
"""Seconds: formats that do not say how long their encoder's delay is begin with it."""
VARIABLE = {"flags": "+qscale", "global_quality": str(4 * 118)}
KINDS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "a.wav": ({"codec": "pcm_s16le"}, [0, 0, 0]),
    "a.flac": ({"codec": "flac"}, [0, 0, 0]),
    "a.mp3": ({"codec": "libmp3lame"}, [0, 0, 0]),
    "vbr.mp3": ({"codec": "libmp3lame", "encoder": VARIABLE}, [0, 0, 0]),
    "a.m4a": ({"codec": "aac"}, [0, 0, 0]),
    "a.aac": ({"codec": "aac", "form": "adts"}, [0, 0, 0]),
    "a.opus": ({"codec": "libopus", "rate": 48_000}, [0, 0, 0]),
    "a.webm": ({"codec": "libopus", "rate": 48_000}, [0, 0, 0]),
    "late.mp4": ({"codec": "aac", "video": "mpeg4", "late": LATE}, [LATE] * 3),
    "late.mov": ({"codec": "pcm_s16le", "video": "mpeg4", "late": LATE}, [LATE] * 3),
    "late.mkv": ({"codec": "libmp3lame", "video": "mpeg4", "late": LATE}, [LATE] * 3),
    "late.webm": ({"codec": "libopus", "rate": 48_000, "video": "libvpx", "late": LATE}, [LATE] * 3),
    "late.ts": ({"codec": "aac", "video": "mpeg2video", "late": LATE}, [LATE] * 3),
    "late.flv": ({"codec": "aac", "video": "flv", "late": LATE}, [LATE] * 3),
    "late.mka": ({"codec": "vorbis", "late": LATE, "encoder": {"strict": "-2"}}, [LATE] * 3),
    "late.oga": ({"codec": "libopus", "rate": 48_000, "form": "ogg", "late": LATE}, [LATE] * 3),
    "gap.mkv": ({"codec": "aac", "gap": (1.0, 2.5)}, [0, 2.5, 2.5]),
    "gap.mp4": ({"codec": "aac", "gap": (1.0, 2.5)}, [0, 2.5, 2.5]),
    "gap.webm": ({"codec": "libopus", "rate": 48_000, "gap": (1.0, 2.5)}, [0, 2.5, 2.5]),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_reader_finds_a_sound_at_the_same_time(tmp_path: Path, name: str) -> None:
    how, shifts = KINDS[name]
    path = written(tmp_path / name, **how)
    with decode(path) as audio:
        heard = onsets(audio.read(0, audio.n_samples), RATE)
    tolerance = DELAY if name.endswith(".aac") else 0.003
    expected = [begin + shift for begin, shift in zip(BURSTS, shifts, strict=True)]
    assert heard == pytest.approx(expected, abs=tolerance)

    recording = Recording.of(path)
    whole = np.concatenate(list(decoded(recording, RATE)))
    assert onsets(whole, RATE) == pytest.approx(heard, abs=0.002)
    outline = minmax(whole, RATE * FINEST_MS // 1000)
    for time in heard:
        assert np.abs(outline[int(1000 * time / FINEST_MS) - 3]).max() < 8
        assert np.abs(outline[int(1000 * time / FINEST_MS) + 1]).max() > 40
    sound = RecordingReader(recording)
    for time in heard:
        start = round(1000 * time) - 170
        (found,) = onsets(sound.segment(start, start + 300), RATE)
        assert start / 1000 + found == pytest.approx(time, abs=0.003)
    sound.close()
    fed = np.frombuffer(b"".join(open_source(path).read()), "<i2")
    assert onsets(fed, RATE) == pytest.approx(heard, abs=0.002)


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4", "late.ts", "gap.webm"])
def test_redacted_sound_stands_on_the_same_clock(tmp_path: Path, name: str) -> None:
    how, shifts = KINDS[name]
    path, out = written(tmp_path / name, **how), tmp_path / "out.wav"
    covered = BURSTS[1] + shifts[1]
    redact_audio(
        path,
        out,
        [[round(1000 * covered) - 20, round(1000 * covered) + 240]],
        quality="wav",
        method="silence",
    )
    with decode(out) as audio:
        heard = onsets(audio.read(0, audio.n_samples), RATE)
    assert heard == pytest.approx([BURSTS[0] + shifts[0], BURSTS[2] + shifts[2]], abs=0.003)


def test_channels_that_are_kept_apart_begin_late_too(tmp_path: Path) -> None:
    how, _ = KINDS["late.mkv"]
    with decode(written(tmp_path / "late.mkv", **how), multichannel=True) as audio:
        assert onsets(audio.read(0, audio.n_samples), RATE)[0] == pytest.approx(BURSTS[0] + LATE, abs=0.003)


class _Frame:
    """A frame of ones, as far as `PresentedSamples` looks."""

    def __init__(self, samples: int) -> None:
        import av

        self.frame = av.AudioFrame.from_ndarray(
            np.full((1, samples), 8000, dtype=np.int16), format="s16", layout="mono"
        )
        self.frame.sample_rate = 16_000


@examples(12)
@given(
    st.lists(st.floats(-0.3, 3.0), min_size=1, max_size=12),
    st.lists(st.floats(-0.002, 0.002), min_size=12, max_size=12),
)
def test_no_sound_is_lost_and_none_comes_twice(gaps: list[float], jitter: list[float]) -> None:
    """Whatever the gaps: what is not an overlap is there, and lies where its time says."""
    presented = PresentedSamples("mono", 16_000)
    time, given_seconds, blocks = 0.0, 0.0, []
    for gap, noise in zip(gaps, jitter, strict=False):
        time = max(0.0, time + gap) if gap > 0.06 else time
        blocks += list(presented.add(max(0.0, time + noise), _Frame(1600).frame))
        time += 0.1
        given_seconds += 0.1
    blocks += list(presented.finish())
    whole = np.concatenate([block[0] for block in blocks])
    assert len(whole) == presented.position
    assert len(whole) / 16_000 == pytest.approx(time, abs=0.03)
    assert np.count_nonzero(whole) / 16_000 == pytest.approx(given_seconds, abs=0.03)


@pytest.mark.parametrize("wild", [-5.0, 4000.0, MAX_SECONDS * 2])
def test_a_clock_that_jumps_loses_no_sound(wild: float) -> None:
    presented = PresentedSamples("mono", 16_000, end=2.0)
    blocks = list(presented.add(1.0, _Frame(8000).frame))
    blocks += list(presented.add(wild, _Frame(8000).frame))
    blocks += list(presented.add(wild + 0.5, _Frame(8000).frame))
    blocks += list(presented.finish())
    whole = np.concatenate([block[0] for block in blocks])
    assert len(whole) == 2.5 * 16_000
    assert np.count_nonzero(whole) == 1.5 * 16_000


@pytest.mark.parametrize(
    ("name", "how", "alike"),
    [
        ("a.wav", {"codec": "pcm_s16le"}, True),
        ("late.mkv", {"codec": "aac", "late": 1.0}, True),
        ("constant.mp3", {"codec": "libmp3lame"}, True),
        (
            "variable.mp3",
            {"codec": "libmp3lame", "encoder": {"flags": "+qscale", "global_quality": "472"}},
            False,
        ),
        ("a.aac", {"codec": "aac", "form": "adts"}, False),
        ("late.ts", {"codec": "aac", "late": 1.0}, False),
    ],
)
def test_the_page_plays_what_keeps_the_clock(
    tmp_path: Path, name: str, how: dict[str, Any], alike: bool
) -> None:
    recording = Recording.of(written(tmp_path / name, **how))
    assert recording.plays_alike == alike
    assert not Recording("a", path=recording.path, track=2).plays_alike
