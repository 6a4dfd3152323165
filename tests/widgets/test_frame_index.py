"""Far seconds of MP3 and ADTS files are found by counting frames, exactly, and never by guessing."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.sample import sample
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player import frame_index
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded
from aai_jupyter.widgets.player.frame_index import STRIDE, FrameIndex, NoPlainRun
from tests.examples import examples

MPEG = [(9, 417), (9, 418), (5, 208), (1, 104), (14, 1044)]  # bitrate index, bytes; at 44.1 kHz

APE = b"APETAGEX" + bytes([208, 7, 0, 0, 64, 31, 0, 0]) + b"x" * 8016


def mp3_frames(count: int, seed: int) -> list[bytes]:
    """Frames of layer III with any payload, also one that looks like headers."""
    pick = random.Random(seed)
    found = []
    for _ in range(count):
        index, size = pick.choice(MPEG)
        header = bytes([0xFF, pick.choice((0xFB, 0xFA)), index << 4 | (size == 418) << 1, 0x44])
        found.append(header + pick.choice((pick.randbytes(size), b"\xff\xfb\x90\x44" * size))[: size - 4])
    return found


def adts_frames(count: int, seed: int) -> list[bytes]:
    pick = random.Random(seed)
    found = []
    for _ in range(count):
        size = pick.choice((9, 200, 371, 1800))
        header = bytes([0xFF, 0xF1, 0x50, 0x80 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 31, 0xFC])
        found.append(header + pick.randbytes(size - 7))
    return found


@examples(12)
@given(
    st.sampled_from((mp3_frames, adts_frames)),
    st.integers(1, 900),
    st.integers(0, 2**32),
    st.sampled_from((b"", b"ID3 and a picture")),
    st.sampled_from((b"", b"\0" * 900, b"TAG" + b" " * 125, APE)),
    st.sampled_from((20_000, 50_000, 8 * 2**20)),
)
def test_every_frame_is_found(kind, count, seed, before, after, piece) -> None:
    frames = kind(count, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_index, "PIECE_BYTES", piece)
        index = FrameIndex(io.BytesIO(before + b"".join(frames) + after), len(before))
        for wanted in (count - 1, count // 2, 0):
            got = list(index.packets(wanted))
            assert got[0][0] == wanted // STRIDE * STRIDE
            assert [number for number, _ in got] == list(range(got[0][0], count))
            assert [data for _, data in got] == frames[got[0][0] :]
        assert not list(index.packets(count))
        assert not index.grow()


def constant_frames(count: int, seed: int) -> list[bytes]:
    """Frames of 128 kbit/s at 44.1 kHz, padded as an encoder does."""
    pick = random.Random(seed)
    found, sent = [], 0
    for number in range(1, count + 1):
        size = number * 144 * 128_000 // 44_100 - sent
        sent += size
        header = bytes([0xFF, 0xFB, 9 << 4 | (size == 418) << 1, 0x44])
        found.append(header + (b"\xff\xfb\x90\x44" * size if pick.random() < 0.5 else pick.randbytes(size)))
        found[-1] = found[-1][:size]
    return found


@examples(6)
@given(st.lists(st.integers(1, 1500), min_size=1, max_size=6), st.integers(0, 2**32), st.data())
def test_a_constant_rate_is_found_without_a_walk_also_over_seams(counts, seed, data) -> None:
    frames = [frame for count in counts for frame in constant_frames(count, seed)]
    index = FrameIndex(io.BytesIO(b"ID3" + b"".join(frames)), 3)
    wanted = data.draw(st.integers(0, len(frames) - 1))
    got = list(index.packets(wanted))
    assert wanted - 1024 < got[0][0] <= wanted
    assert [frame for _, frame in got] == frames[got[0][0] :]
    if 1024 <= wanted < len(frames) - 1024:
        assert index._known == 0


@pytest.mark.parametrize("between", [b"ID3\4" + b"x" * 3000, b"\xff\xfb\x94\x44" + b"x" * 379, b"\0" * 60])
def test_a_break_in_a_constant_rate_is_not_jumped_over(between: bytes) -> None:
    frames = constant_frames(3000, 7)
    data = b"".join(frames[:700]) + between + b"".join(frames[700:])
    with pytest.raises(NoPlainRun):
        list(FrameIndex(io.BytesIO(data), 0).packets(2999))


@pytest.mark.parametrize("between", [b"\0" * 400, b"ID3\4" + b"x" * 3000, b"\xff\xfb\x94\x44" + b"x" * 379])
def test_what_is_no_plain_run_is_said(between: bytes) -> None:
    frames = mp3_frames(400, 7)
    data = b"".join(frames[:200]) + between + b"".join(frames[200:])
    with pytest.raises(NoPlainRun):
        list(FrameIndex(io.BytesIO(data), 0).packets(399))
    with pytest.raises(NoPlainRun):
        FrameIndex(io.BytesIO(b"RIFF"), 0)


@pytest.mark.parametrize(
    ("form", "codec", "options"),
    [("mp3", "libmp3lame", {"write_xing": "0"}), ("mp3", "libmp3lame", {}), ("adts", "aac", {})],
)
def test_sound_found_by_counting_is_the_sound_of_the_file(
    form: str, codec: str, options: dict[str, str]
) -> None:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=form, options=options) as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        for samples in decoded(Recording.of(sample()), RATE):
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    recording = Recording("x", opener=lambda: io.BytesIO(file.getvalue()))
    whole = np.concatenate(list(decoded(recording, RATE)))
    sound = RecordingReader(recording)
    for first in (60_000, 0, 31_234):
        assert np.array_equal(sound.segment(first, first + 1500), whole[first * 16 : (first + 1500) * 16])
    assert sound._counted is not None
    damaged = file.getvalue()[:40_000] + b"\0" * 500 + file.getvalue()[40_000:]
    other = RecordingReader(Recording("x", opener=lambda: io.BytesIO(damaged)))
    assert len(other.segment(60_000, 61_000)) == RATE
    assert other._counted is None
