"""Encoders of PCM for the wire, by PyAV; and the file of kept audio."""

from __future__ import annotations

import io
import os
import wave
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from aai_jupyter.client.streaming.audio_buffer import MIN_FRAME_MS
from aai_jupyter.errors import OptionError

INSTALL = 'pip install "aai-jupyter[audio]"'
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_OPUS_MS = 60  # the longest packet that Opus has, and the only one that is a legal message by itself


def pyav() -> ModuleType | None:
    """Import PyAV; None when it is not installed."""
    try:
        import av
    except ImportError:
        return None
    return av


class Encoder(Protocol):
    """Encoder of frames of PCM into messages. One for each connection."""

    def encode(self, pcm: bytes) -> list[bytes]:
        """Encode a frame; returns the messages that are complete now."""

    def finish(self) -> list[bytes]:
        """Flush; returns the rest."""


class PcmEncoder:
    """Pass-through of ``pcm_s16le``."""

    def encode(self, pcm: bytes) -> list[bytes]:
        return [pcm]

    def finish(self) -> list[bytes]:
        return []


class _Coded:
    """Base of the encoders by PyAV."""

    def __init__(self, av: Any, codec: str, rate: int, options: dict[str, str] | None = None) -> None:
        self._av, self._rate, self._time = av, rate, 0
        self._codec = av.CodecContext.create(codec, "w")
        self._codec.sample_rate = rate
        self._codec.layout = "mono"
        self._codec.format = self._codec.codec.audio_formats[0].name
        self._codec.time_base = Fraction(1, rate)
        self._codec.options = options or {}
        self._codec.open()
        self._resampler = av.AudioResampler(
            self._codec.format.name, "mono", rate, self._codec.frame_size or None
        )

    def _packets(self, pcm: bytes | None) -> list[Any]:
        frames = self._resampler.resample(None if pcm is None else self._frame(pcm))
        packets = [packet for frame in frames for packet in self._codec.encode(frame)]
        return packets + (self._codec.encode(None) if pcm is None else [])

    def _frame(self, pcm: bytes) -> Any:
        frame = self._av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm + bytes(frame.planes[0].buffer_size - len(pcm)))
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._time, Fraction(1, self._rate)
        self._time += frame.samples
        return frame


class PacketEncoder(_Coded):
    """Encoder with one packet in one message: Opus packets, mu-law frames."""

    def encode(self, pcm: bytes) -> list[bytes]:
        return [bytes(packet) for packet in self._packets(pcm)]

    def finish(self) -> list[bytes]:
        return [bytes(packet) for packet in self._packets(None)]


class MuxedEncoder(_Coded):
    """Encoder and muxer: Ogg pages, ADTS frames; at least 50 ms in a message."""

    def __init__(
        self,
        av: Any,
        codec: str,
        container: str,
        rate: int,
        options: dict[str, str] | None = None,
        muxer: dict[str, str] | None = None,
    ) -> None:
        super().__init__(av, codec, rate, options)
        self._out = io.BytesIO()
        self._out.seekable = lambda: False  # type: ignore[method-assign]
        self._file = av.open(
            self._out, "w", format=container, options={"flush_packets": "1", **(muxer or {})}
        )
        self._stream = self._file.add_stream(codec, rate=rate, layout="mono", options=options or {})
        self._file.start_encoding()
        self._held_ms = 0.0

    def encode(self, pcm: bytes) -> list[bytes]:
        for packet in self._packets(pcm):
            self._mux(packet)
        return self._messages(MIN_FRAME_MS)

    def finish(self) -> list[bytes]:
        for packet in self._packets(None):
            self._mux(packet)
        self._file.close()
        return self._messages(0)

    def _mux(self, packet: Any) -> None:
        self._held_ms += 1000 * float((packet.duration or 0) * packet.time_base)
        packet.stream = self._stream
        self._file.mux(packet)

    def _messages(self, least: float) -> list[bytes]:
        data = self._out.getvalue()
        if not data or self._held_ms < least:
            return []
        self._out.seek(0)
        self._out.truncate()
        self._held_ms = 0.0
        return [data]


def make_encoder(encoding: str, rate: int) -> Encoder:
    """Make the encoder of a session's audio.

    Raises
    ------
    OptionError
        PyAV is missing, or the sample rate is none of the encoding's.
    """
    if encoding == "pcm_s16le":
        return PcmEncoder()
    av = pyav()
    if av is None:
        raise OptionError(
            f"encoding {encoding} needs PyAV, which is not installed.", hint=f"{INSTALL}, or leave it out."
        )
    if encoding == "pcm_mulaw":
        return PacketEncoder(av, "pcm_mulaw", rate)
    if encoding in ("opus", "ogg_opus"):
        if rate not in OPUS_RATES:
            raise OptionError(
                f"{encoding} has no sample rate {rate}.",
                hint=f"Use one of {', '.join(map(str, OPUS_RATES))} Hz.",
            )
        options = {"frame_duration": str(_OPUS_MS), "application": "voip"}
        if encoding == "opus":
            return PacketEncoder(av, "libopus", rate, options)
        return MuxedEncoder(av, "libopus", "ogg", rate, options, {"page_duration": str(_OPUS_MS * 1000)})
    return MuxedEncoder(av, "aac", "adts", rate)


class AudioWriter:
    """Writer of a session's audio, as it comes, to a file: FLAC with PyAV, else WAV. Constant memory."""

    def __init__(self, folder: Path, name: str, rate: int, channels: int = 1) -> None:
        self._av = pyav()
        self.rate, self.channels = rate, channels
        self.path = folder / f"{name}{'.flac' if self._av else '.wav'}"
        self.samples = 0
        self.closed = False
        self._wave: wave.Wave_write | None = None  # both files live as long as the session
        descriptor = os.open(
            self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        self._out = os.fdopen(descriptor, "wb")
        if self._av is None:
            self._wave = wave.open(self._out, "wb")  # noqa: SIM115
            self._wave.setnchannels(channels)
            self._wave.setsampwidth(2)
            self._wave.setframerate(rate)
        else:
            self._file = self._av.open(self._out, "w", format="flac")
            layout = "mono" if channels == 1 else "stereo"
            self._stream = self._file.add_stream("flac", rate=rate, layout=layout)
            self._stream.format = "s16"

    @property
    def seconds(self) -> float:
        """Length of the file, in seconds."""
        return self.samples / self.rate

    def write(self, pcm: bytes) -> None:
        """Write interleaved 16-bit samples."""
        count = len(pcm) // (2 * self.channels)
        if self.closed or not count:
            return
        if self._wave is not None:
            self._wave.writeframesraw(pcm)
        else:
            assert self._av is not None
            layout = "mono" if self.channels == 1 else "stereo"
            frame = self._av.AudioFrame(format="s16", layout=layout, samples=count)
            frame.planes[0].update(pcm + bytes(frame.planes[0].buffer_size - len(pcm)))
            frame.sample_rate, frame.pts = self.rate, self.samples
            frame.time_base = Fraction(1, self.rate)
            self._file.mux(self._stream.encode(frame))
        self.samples += count

    def close(self) -> None:
        """Finish the file; safe to call twice."""
        if self.closed:
            return
        self.closed = True
        if self._wave is not None:
            self._wave.close()
        else:
            self._file.mux(self._stream.encode(None))
            self._file.close()
        self._out.close()
