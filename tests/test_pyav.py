"""Recordings whose tags are in an old encoding are read wherever a recording is decoded."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from aai_jupyter.audio import pyav
from aai_jupyter.client.streaming.pcm_source import open_source, source_channels
from aai_jupyter.local.clips.clip_config import ClipConfig
from aai_jupyter.local.clips.clip_decoding import decode_clip
from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.redact import redact_audio
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, decoded

SAMPLES = 16_000


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """One second of WAV with a title in Latin-1, as old recorders write it."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 16_000, SAMPLES, "NONE", ""))
        file.writeframes(bytes(2 * SAMPLES))
    title = "Gespräch\0".encode("latin-1") + b"\0"
    tags = b"INFOINAM" + struct.pack("<I", len(title)) + title
    body = sound.getvalue()[8:] + b"LIST" + struct.pack("<I", len(tags)) + tags
    path = tmp_path / "tagged.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def redacted(path: Path) -> int:
    out = path.with_name("out.wav")
    redact_audio(path, out, [(0, 100)], quality="wav", method="silence")
    with wave.open(str(out)) as file:
        return file.getnframes()


READERS: dict[str, Callable[[Path], int]] = {
    "engine": lambda path: decode(path).n_samples,
    "redaction": redacted,
    "clip": lambda path: len(decode_clip(path.read_bytes(), "audio/wav", ClipConfig())[0]),
    "player": lambda path: sum(map(len, decoded(Recording.of(path), RATE))),
    "stream": lambda path: sum(map(len, open_source(path, rate=16_000).read())) // 2,
    "channels": lambda path: SAMPLES * source_channels(path),
}


@pytest.mark.parametrize("reader", READERS)
def test_tags_in_an_old_encoding_fail_no_reader(tagged: Path, reader: str) -> None:
    assert READERS[reader](tagged) == SAMPLES


@pytest.mark.parametrize(
    ("installed", "options"),
    [("14.0.0", {"metadata_errors": "ignore"}), ("18.1.0", {"metadata_errors": "ignore"})]
    + [(later, {}) for later in ("19.0.2", "20.0.0rc1")],
)
def test_an_argument_is_given_to_those_versions_alone_that_have_it(
    installed: str, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyav, "version", lambda name: installed)
    assert pyav._tags.__wrapped__() == options
