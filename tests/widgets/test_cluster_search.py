"""Far places of Matroska and WebM without an index are found by bisection."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded
from aai_jupyter.widgets.player.cluster_search import ClusterSearch, NoClusters
from tests.audio.containers import onsets, written


def repeated(path: Path, part: Path, times: int, **options: str) -> Path:
    """The packets of a file, again and again, at later times."""
    with av.open(str(part)) as source, av.open(str(path), "w", options=options) as out:
        stream = source.streams.audio[0]
        packets = [(bytes(p), p.pts, p.duration) for p in source.demux(stream) if p.size]
        first, (_, last, length) = packets[0][1], packets[-1]
        span = last + length - first
        made = out.add_stream_from_template(stream)
        for turn in range(times):
            for data, pts, duration in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = made, stream.time_base, True
                packet.pts = packet.dts = pts + turn * span
                packet.duration = duration
                out.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate", "options"),
    [
        ("live.webm", "libopus", 48_000, {"live": "1"}),
        pytest.param("cues.webm", "libopus", 48_000, {}, marks=pytest.mark.nightly),
        ("live.mkv", "pcm_s16le", 16_000, {"live": "1"}),
        ("short.mka", "libmp3lame", 44_100, {"live": "1", "cluster_time_limit": "300"}),
    ],
)
def test_a_seek_finds_what_reading_through_finds(
    tmp_path: Path, name: str, codec: str, rate: int, options: dict[str, str]
) -> None:
    part = written(tmp_path / f"part{Path(name).suffix}", codec, rate=rate)
    recording = Recording.of(repeated(tmp_path / name, part, 30, **options))
    heard = onsets(np.concatenate(list(decoded(recording, RATE))), RATE)
    assert len(heard) == 90
    sound = RecordingReader(recording)
    for time in (heard[0], heard[61], heard[2], heard[-1], heard[33], heard[32]):
        start = round(1000 * time) - 200
        (found,) = onsets(sound.segment(start, start + 300), RATE)
        assert start / 1000 + found == pytest.approx(time, abs=0.008)
    assert sound._clusters is not None
    assert not len(sound.segment(10_000_000, 10_001_000))
    sound.close()


@pytest.mark.parametrize("data", [b"", b"\x1aE\xdf\xa3", b"RIFF" * 100, bytes(1000)])
def test_what_has_no_clusters(data: bytes) -> None:
    with pytest.raises(NoClusters):
        ClusterSearch(io.BytesIO(data))
