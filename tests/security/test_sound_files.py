"""Files of sound from strangers: none ends a process, fills the machine or opens anything but itself."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import subprocess
import sys
import textwrap
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from aai_jupyter.audio import pyav
from aai_jupyter.audio.pyav import open_audio
from aai_jupyter.client.streaming.pcm_source import open_source, source_channels
from aai_jupyter.errors import AaiError, SourceError
from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.redact import redact_audio
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RecordingReader, decoded
from tests.examples import examples
from tests.local.models.models_clips import CLIPS

FLAC = (CLIPS / "goforward.flac").read_bytes()


def wav(channels: int, *, rate: int = 22_050, frames: int = 22_050) -> bytes:
    """Each channel holds its own number."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, 2, rate, frames, "NONE", ""))
        file.writeframes(np.tile(np.arange(1, channels + 1, dtype="<i2") * 500, frames).tobytes())
    return out.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 7, 8, 10, 16, 32])
def test_files_of_many_channels_keep_them_apart(tmp_path, channels):
    """In a process of its own, which a fault of memory would end."""
    path = tmp_path / "many.wav"
    path.write_bytes(wav(channels))
    code = f"""
        from pathlib import Path
        from aai_jupyter.local.models.audio_decoding import decode
        with decode(Path({str(path)!r}), multichannel=True) as audio:
            print([round(float(audio.read(8000, 8001, n)[0]) * 32768) for n in range(audio.n_channels)])
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    found = np.array(json.loads(run.stdout))
    assert len(found) == channels
    assert np.abs(found - 500 * np.arange(1, channels + 1)).max() <= 2


def test_more_channels_than_any_recording_has_are_refused(tmp_path):
    path = tmp_path / "many.wav"
    path.write_bytes(wav(33, frames=4000))
    with pytest.raises(JobFailed, match="33 channels"):
        decode(path, multichannel=True)


def bomb(rate: int) -> bytes:
    """WAV of few bytes and many seconds."""
    return wav(1, rate=rate, frames=40_000)


READERS = {
    "engine": lambda path: decode(path),
    "redaction": lambda path: redact_audio(path, path.with_name("out.wav"), [], quality="wav"),
    "outline": lambda path: list(decoded(Recording.of(path), 8000)),
    "player": lambda path: RecordingReader(Recording.of(path)).segment(0, 1000),
    "stream": lambda path: list(open_source(path, rate=16_000).read()),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("rate", [1, 8, 3999, 400_000])
def test_rates_that_no_recording_has_are_refused(tmp_path, reader, rate):
    path = tmp_path / "bomb.wav"
    path.write_bytes(bomb(rate))
    with pytest.raises(AaiError, match=f"{rate} samples per second"):
        READERS[reader](path)


@pytest.mark.parametrize("reader", ["engine", "outline"])
def test_sound_without_end_is_refused(tmp_path, reader, monkeypatch):
    monkeypatch.setattr(pyav, "MAX_SECONDS", 4.0)
    path = tmp_path / "long.wav"
    path.write_bytes(bomb(8000))
    with pytest.raises(AaiError, match="longer than"):
        READERS[reader](path)


@pytest.fixture
def secrets(tmp_path):
    """A server that counts what it is asked for."""

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(FLAC)

        def log_message(self, *_):
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def playlists(url: str, beside: Path) -> dict[str, bytes]:
    hls = "#EXTM3U\n{}#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}/x.ts\n#EXT-X-ENDLIST\n"
    return {
        "hls": hls.format("", url).encode(),
        "hls with a control character": hls.format("#\x01\n", url).encode(),
        "hls of a file": hls.format("#\x01\n", beside).encode(),
        "concat": f"ffconcat version 1.0\n#\x01\nfile {beside.name}\nfile {url}/x.ts\n".encode(),
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        b'<AdaptationSet mimeType="audio/mp4"><Representation id="1"><BaseURL>' + url.encode() + b"/x.mp4"
        b"</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "sdp": f"v=0\nc=IN IP4 127.0.0.1\nm=audio {url.rpartition(':')[2]} RTP/AVP 0\n".encode(),
    }


@pytest.mark.parametrize("kind", playlists("", Path()))
@pytest.mark.parametrize("how", ["file", "path", "url"])
def test_a_file_opens_nothing_but_itself(tmp_path, secrets, kind, how):
    beside = tmp_path / "beside.flac"
    beside.write_bytes(FLAC)
    path = tmp_path / "talk.wav"
    path.write_bytes(playlists(secrets.url, beside)[kind])
    if how == "url":

        class Serving(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(path.read_bytes())

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Serving) as server:
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            with (
                pytest.raises((av.FFmpegError, ValueError)),
                open_audio(f"http://127.0.0.1:{server.server_port}/talk") as opened,
            ):
                list(opened.decode(audio=0))
            server.shutdown()
    else:
        with (
            path.open("rb") as file,
            pytest.raises((av.FFmpegError, ValueError)),
            open_audio(file if how == "file" else str(path)) as opened,
        ):
            list(opened.decode(audio=0))
    assert secrets.asked == []


@pytest.mark.parametrize(
    "scheme", ["concat:{}", "subfile,,start,0,end,0,,:{}", "async:{}", "cache:{}", "crypto:{}"]
)
def test_names_of_protocols_are_paths(tmp_path, scheme):
    path = tmp_path / "talk.flac"
    path.write_bytes(FLAC)
    with pytest.raises(av.FFmpegError):
        open_audio(scheme.format(path))
    with open_audio(path) as opened:
        assert opened.streams.audio


def test_a_playlist_is_no_source_of_a_stream(tmp_path, secrets):
    data = playlists(secrets.url, tmp_path)["hls with a control character"]
    with pytest.raises(SourceError):
        source_channels(data)
    assert secrets.asked == []


def test_a_change_of_format_inside_a_file_is_followed(tmp_path):
    """Two MP3 files of different rates, one after the other."""
    parts = []
    for rate, layout in ((44_100, "stereo"), (16_000, "mono")):
        out = io.BytesIO()
        with av.open(out, "w", format="mp3") as file:
            stream = file.add_stream("libmp3lame", rate=rate, layout=layout)
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1 if layout == "mono" else 2, rate), np.int16), format="s16p", layout=layout
            )
            frame.sample_rate = rate
            file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
        parts.append(out.getvalue())
    path = tmp_path / "two.mp3"
    path.write_bytes(b"".join(parts))
    assert sum(map(len, decoded(Recording.of(path), 8000))) > 8000
    for reader in ("engine", "player", "stream"):
        READERS[reader](path)


KINDS = {"flac": FLAC, "wav": wav(2, frames=2000), "many": wav(10, frames=2000)}


@examples(12, HealthCheck.function_scoped_fixture)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    changes=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=12),
    length=st.integers(0, 30_000),
    multichannel=st.booleans(),
)
def test_damaged_heads_end_in_a_sentence(tmp_path, kind, changes, length, multichannel):
    data = bytearray(KINDS[kind][: length or None])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    path = tmp_path / "upload"
    path.write_bytes(data)
    with contextlib.suppress(JobFailed), decode(path, multichannel=multichannel) as audio:
        assert audio.n_samples >= 0.16 * RATE


@pytest.mark.parametrize("field", ["channels", "rate", "block"])
@pytest.mark.parametrize("value", [0, 1, 255, 65_535])
def test_wav_headers_of_extremes(tmp_path, field, value):
    data = bytearray(wav(2, frames=4000))
    if field == "rate":
        struct.pack_into("<I", data, 24, value * 65_537)
    else:
        struct.pack_into("<H", data, 22 if field == "channels" else 32, value)
    path = tmp_path / "upload.wav"
    path.write_bytes(data)
    for reader in READERS.values():
        with contextlib.suppress(AaiError):
            reader(path)
