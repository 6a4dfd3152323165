"""Of a video only the sound is sent: the same packets, at the same times, in bounded memory."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from aai_jupyter.audio.presentation import timed_frames
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.audio.remux import CannotRemux, SoundOnly, remuxed
from aai_jupyter.audio.tracks import NoSuchTrack
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.sources.sent_sound import sound_alone
from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES, Source, check_upload_size
from aai_jupyter.errors import SourceError
from aai_jupyter.jobs.cache_keys import audio_name
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader
from tests.audio.containers import BURSTS, bursts, onsets, written

VIDEOS: dict[str, dict[str, Any]] = {
    "a.mp4": {"codec": "aac", "video": "mpeg4"},
    "late.mp4": {"codec": "aac", "video": "mpeg4", "late": 1.5},
    "late.mov": {"codec": "pcm_s16le", "video": "mpeg4", "late": 1.5},
    "late.mkv": {"codec": "aac", "video": "mpeg4", "late": 1.5},
    "mp3.mkv": {"codec": "libmp3lame", "video": "mpeg4", "late": 1.5},
    "gap.mkv": {"codec": "flac", "video": "mpeg4", "gap": (1.0, 2.0)},
    "late.webm": {"codec": "libopus", "rate": 48_000, "video": "libvpx", "late": 1.5},
    "a.avi": {"codec": "libmp3lame", "video": "mpeg4"},
    "late.ts": {"codec": "aac", "video": "mpeg2video", "late": 1.5},
    "mp2.ts": {"codec": "mp2", "rate": 48_000, "video": "mpeg2video", "late": 1.5},
    "late.flv": {"codec": "aac", "video": "flv", "late": 1.5},
    "late.3gp": {"codec": "aac", "video": "mpeg4", "late": 1.5},
}


def packets(source: Any) -> bytes:
    with open_audio(source) as container:
        found = [bytes(packet) for packet in container.demux(container.streams.audio[0])]
    return b"".join(one[7:] if one[:2] == b"\xff\xf1" else one for one in found)  # ADTS: a header each


def times(source: Any) -> list[tuple[float, int]]:
    at, found = 0.0, []
    with open_audio(source) as container:
        for time, frame in timed_frames(container, container.streams.audio[0]):
            at = at if time is None else time
            found.append((at, frame.samples))
            at += frame.samples / frame.sample_rate
    return found


@pytest.mark.parametrize("name", VIDEOS)
def test_the_same_packets_at_the_same_times(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, **VIDEOS[name])
    (source,) = resolve_sources(path)
    sent = sound_alone(source)
    assert sent is not None
    assert sent.size is None
    with sent.open() as file:
        data = file.read()
    assert len(data) < path.stat().st_size
    with open_audio(io.BytesIO(data)) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
    assert packets(io.BytesIO(data)) == packets(str(path))
    before, after = times(str(path)), times(io.BytesIO(data))
    assert len(before) == len(after)
    assert max(abs(one[0] - other[0]) for one, other in zip(before, after, strict=True)) <= 0.001
    with sent.open() as again:  # a repeated upload sends the same
        assert again.read() == data


def test_what_is_only_sound_is_sent_as_it_is(tmp_path: Path) -> None:
    for name, how in {
        "a.wav": {"codec": "pcm_s16le"}, "a.mp3": {"codec": "libmp3lame"}, "a.m4a": {"codec": "aac"},
        "a.ogg": {"codec": "libopus", "rate": 48_000}, "a.mka": {"codec": "flac"},
    }.items():  # fmt: skip
        (source,) = resolve_sources(written(tmp_path / name, **how))
        assert sound_alone(source) is None


def test_a_cover_is_no_picture(tmp_path: Path) -> None:
    path = written(tmp_path / "a.m4a", "aac")
    with av.open(str(path)) as taken, av.open(str(tmp_path / "b.m4a"), "w", format="mp4") as out:
        sound = out.add_stream_from_template(taken.streams.audio[0])
        cover: Any = out.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 64
        cover.pix_fmt = "yuvj420p"
        cover.disposition = 1 << 10
        for packet in taken.demux(taken.streams.audio[0]):
            if packet.size:
                packet.stream = sound
                out.mux(packet)
        frame = av.VideoFrame(64, 64, "yuvj420p")
        frame.pts = 0
        out.mux(cover.encode(frame))
        out.mux(cover.encode(None))
    (resolved,) = resolve_sources(tmp_path / "b.m4a")
    assert resolved.sound is not None
    assert not resolved.sound.picture
    assert sound_alone(resolved) is None


def two_tracks(path: Path, first: np.ndarray | None = None, **how: Any) -> Path:
    silent = np.zeros_like(bursts(44_100)) if first is None else first
    return written(path, "aac", tracks=[silent, bursts(44_100)], **how)


@pytest.mark.parametrize("name", ["two.mkv", "two.mp4", "two.mov", "two.ts"])
def test_a_silent_first_track_is_passed_over_and_said(tmp_path: Path, name: str) -> None:
    (source,) = resolve_sources(two_tracks(tmp_path / name))
    assert source.sound is not None
    assert (source.sound.tracks, source.sound.track) == (2, 2)
    recording = Recording.of_source(source)
    assert "2 audio tracks" in (recording.track_note or "")
    assert "--audio-track 1" in (recording.track_note or "")
    kept = Recording.from_facts(recording.facts())
    assert kept is not None
    assert kept.track_note == recording.track_note
    heard = RecordingReader(kept).segment(0, 3000)
    assert onsets(heard, RATE)[0] == pytest.approx(BURSTS[0], abs=0.03)


async def test_the_chosen_track_alone_is_sent_and_has_its_own_key(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "two.mkv", first=bursts(44_100) / 2, video="mpeg4")
    names = set()
    for track, peak in ((None, 0.25), (1, 0.25), (2, 0.5)):
        (source,) = resolve_sources(path, track=track)
        sent = sound_alone(source)
        assert sent is not None
        with sent.open() as file, open_audio(io.BytesIO(file.read())) as container:
            assert len(container.streams) == 1
            frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        assert max(float(np.abs(one).max()) for one in frames) == pytest.approx(peak, abs=0.1)
        names.add(await audio_name(source))
        assert (Recording.of_source(source).track_note is None) == (track is not None)
    assert len(names) == 2
    assert f"sha256:{source.sha256()}" in names


@pytest.mark.parametrize(
    ("name", "track", "words"),
    [
        ("two.mkv", 3, "it has 2 audio tracks"),
        ("two.mp4", 9, "it has 2 audio tracks"),
        ("one.wav", 2, "it has one audio track"),
        ("two.mkv", 0, "count from 1"),
    ],
)
def test_a_track_that_is_not_there(tmp_path: Path, name: str, track: int, words: str) -> None:
    path = written(tmp_path / name, "pcm_s16le") if name == "one.wav" else two_tracks(tmp_path / name)
    with pytest.raises(SourceError) as failed:
        resolve_sources(path, track=track)
    assert words in f"{failed.value.message} {failed.value.hint}"
    assert [source.track for source in resolve_sources(path, track=1)] == [1]


def test_no_track_of_a_url() -> None:
    with pytest.raises(SourceError, match="takes no track number"):
        resolve_sources("https://example.org/a.mkv", track=2)


def test_what_no_container_takes_is_sent_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aai_jupyter.audio.remux._keeps", lambda *_: False)
    path = two_tracks(tmp_path / "two.mkv", video="mpeg4")
    (source,) = resolve_sources(path)
    assert sound_alone(source) is None
    (source,) = resolve_sources(path, track=2)
    with pytest.raises(SourceError, match="cannot be taken out"):
        sound_alone(source)


def test_damage_and_what_is_no_recording(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mkv", "aac", video="mpeg4")
    with pytest.raises(NoSuchTrack):
        remuxed(lambda: str(path), 2)
    (tmp_path / "b.mkv").write_bytes(path.read_bytes()[:60])
    with pytest.raises(CannotRemux):
        remuxed(lambda: str(tmp_path / "b.mkv"))
    whole = path.read_bytes()
    (tmp_path / "c.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    assert SoundOnly(lambda: str(tmp_path / "c.mkv"), None, "matroska").readall()


def test_the_limit_is_that_of_what_is_sent() -> None:
    check_upload_size(Source("a.mov", "stream", None, expected=1_000_000))
    check_upload_size(Source("a.mov", "stream", None))
    with pytest.raises(SourceError, match="an upload may have"):
        check_upload_size(Source("a.mov", "stream", None, expected=MAX_UPLOAD_BYTES + 1))


def test_the_length_is_that_of_the_sound(tmp_path: Path) -> None:
    for name in ("late.mp4", "late.mov", "late.ts", "late.3gp"):
        (source,) = resolve_sources(written(tmp_path / name, **VIDEOS[name]))
        assert source.seconds == pytest.approx(4.5, abs=0.06)
