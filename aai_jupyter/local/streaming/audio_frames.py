"""Decoding of a socket's audio messages to 16 kHz samples, and the limits of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_MS, MAX_MS = 50.0, 1000.0
MAX_BYTES = 128 * 1024
LOOK_AHEAD = 310.0
"""Seconds of sound that may come before their time."""
_SHORT_MS = 1000.0


class BadAudio(Exception):
    """Error that ends a session with 3007; the text is the service's."""


class PaceRule:
    """Limits of frames: 50 to 1000 ms each, at most `LOOK_AHEAD` seconds before their time.

    Short frames are noticed once there is about a second of them, long ones at once.
    """

    def __init__(self) -> None:
        self.received = 0.0
        self._short = 0.0

    def check(self, ms: float, elapsed: float) -> None:
        """Check a frame that was received `elapsed` seconds after the start.

        Raises
        ------
        BadSound
        """
        self._short = self._short + ms if ms < MIN_MS else 0.0
        if ms > MAX_MS or self._short >= _SHORT_MS:
            raise BadAudio(
                f"Input Duration Violation: {ms:.1f} ms. Expected between {MIN_MS:.0f} and {MAX_MS:.0f} ms"
            )
        self.received += ms / 1000
        if self.received - elapsed > LOOK_AHEAD:
            pace = f"Received {self.received:.1f} sec. audio in {elapsed:.1f} sec"
            raise BadAudio(f"Audio Transmission Rate Exceeded: {pace}")


class Decoder:
    """Decodes the messages of one session to float32 samples at 16 kHz.

    Parameters
    ----------
    encoding : {"pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac"}
    rate : int
        Of the two PCM encodings; the others say it themselves.
    """

    def __init__(self, encoding: str, rate: int) -> None:
        self._encoding, self._rate = encoding, rate
        self._odd = b""
        self._codec: Any = None
        self._resampler: Any = None
        self._stream: _Stream | None = None
        if encoding == "ogg_opus":
            self._stream = _Stream()
        elif encoding == "aac":
            self._codec = self._open("aac", None)
        elif encoding == "opus":
            self._codec = self._open("opus", 48000)
        elif encoding == "pcm_mulaw":
            self._codec = self._open("pcm_mulaw", rate)

    def decode(self, data: bytes) -> tuple[NDArray[np.float32], float]:
        """Return samples, and the milliseconds of audio in the message (0: not known at once).

        Raises
        ------
        BadSound
            It is not sound of this encoding.
        """
        import av
        import numpy as np

        if self._encoding == "pcm_s16le":
            whole = self._odd + data
            cut = len(whole) // 2 * 2
            self._odd = whole[cut:]
            sound = np.frombuffer(whole[:cut], "<i2")
            return self._resampled_pcm(sound), 1000 * len(data) / 2 / self._rate
        try:
            frames = self._frames(data)
        except av.FFmpegError as error:
            raise BadAudio(
                f"Input Decoding Error: the sound is not {self._encoding} ({error.strerror})"
            ) from None
        ms = sum(1000 * frame.samples / frame.sample_rate for frame in frames)
        return self._mono(frames), 0.0 if self._encoding in ("ogg_opus", "aac") else ms

    def _open(self, name: str, rate: int | None) -> Any:
        import av

        codec: Any = av.CodecContext.create(name, "r")
        if rate is not None:
            codec.sample_rate, codec.layout = rate, "mono"
        return codec

    def _frames(self, data: bytes) -> list[Any]:
        import av

        if self._stream is not None:
            return self._stream.feed(data)
        if self._encoding == "aac":
            return [frame for packet in self._codec.parse(data) for frame in self._codec.decode(packet)]
        return list(self._codec.decode(av.Packet(data)))

    def _resampled_pcm(self, sound: NDArray[np.int16]) -> NDArray[np.float32]:
        import av
        import numpy as np

        if self._rate == RATE or not len(sound):
            return sound.astype(np.float32) / np.float32(32768)
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = self._rate
        return self._mono([frame])

    def _mono(self, frames: list[Any]) -> NDArray[np.float32]:
        import av
        import numpy as np

        if self._resampler is None:
            self._resampler = av.AudioResampler("flt", "mono", RATE)
        found: list[NDArray[np.float32]] = []
        for frame in frames:
            frame.pts = None
            found += [out.to_ndarray().reshape(-1) for out in self._resampler.resample(frame)]
        return np.concatenate(found, dtype=np.float32) if found else np.zeros(0, np.float32)


class _Stream:
    """Reader of Ogg pages that arrive in any split.

    Pages are read here: PyAV's own reader wants a file, so each session would hold a thread that blocks.
    """

    def __init__(self) -> None:
        self._held = b""
        self._codec: Any = None
        self._packet = b""

    def feed(self, data: bytes) -> list[Any]:
        import av

        self._held += data
        frames: list[Any] = []
        for packet in self._packets():
            if packet.startswith((b"OpusHead", b"OpusTags")):
                continue
            if self._codec is None:
                self._codec = av.CodecContext.create("opus", "r")
                self._codec.sample_rate, self._codec.layout = 48000, "mono"
            frames += self._codec.decode(av.Packet(packet))
        return frames

    def _packets(self) -> list[bytes]:
        """Return whole packets of whole pages (RFC 3533: 27 bytes of header, then the lacing values)."""
        found: list[bytes] = []
        while len(self._held) >= 27:
            if not self._held.startswith(b"OggS"):
                raise BadAudio("Input Decoding Error: the sound is not ogg_opus")
            lacing = self._held[27 : 27 + self._held[26]]
            size = 27 + len(lacing) + sum(lacing)
            if len(lacing) < self._held[26] or len(self._held) < size:
                break
            place = 27 + len(lacing)
            for length in lacing:
                self._packet += self._held[place : place + length]
                place += length
                if length < 255:  # the last part of its packet
                    found.append(self._packet)
                    self._packet = b""
            self._held = self._held[size:]
        return [packet for packet in found if packet]
