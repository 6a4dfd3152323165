# ruff: noqa: SIM117 - the nesting is what is tested
"""Sound as it is sent: coded, and what needs PyAV for it."""

from __future__ import annotations

import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.errors import OptionError, SourceError
from tests.streaming_server import RATE, Script, scripted, speech, words_of

from .sessions import QUICK, final_words


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "opus", "ogg_opus", "aac"])
def test_coded_sound_is_the_sound(encoding):
    av = pytest.importorskip("av")
    import io

    import numpy as np

    from aai_jupyter.client.streaming.codec import make_encoder

    rate = 16000
    time = np.arange(rate * 2) / rate
    tone = (8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes()
    encoder = make_encoder(encoding, rate)
    messages = [m for i in range(0, len(tone), 3200) for m in encoder.encode(tone[i : i + 3200])]
    messages += encoder.finish()
    if encoding == "pcm_mulaw":
        assert {len(m) for m in messages} == {1600}
        codec = av.CodecContext.create("pcm_mulaw", "r")
        codec.sample_rate, codec.layout = rate, "mono"
        frames = [f for m in messages for f in codec.decode(av.Packet(m))]
    elif encoding == "opus":
        codec = av.CodecContext.create("opus", "r")
        codec.sample_rate, codec.layout = 48000, "mono"
        frames = [f for m in messages for f in codec.decode(av.Packet(m))]
        assert {f.samples for f in frames} == {2880}  # 60 ms: a legal message
    else:
        frames = list(av.open(io.BytesIO(b"".join(messages))).decode(audio=0))
    sound = np.concatenate([f.to_ndarray().reshape(-1).astype(float) for f in frames])
    hertz = frames[0].sample_rate
    assert len(sound) / hertz == pytest.approx(2, abs=0.15)  # coders fill up their first and last frames
    spectrum = np.abs(np.fft.rfft(sound[hertz // 2 : hertz * 3 // 2]))
    assert np.argmax(spectrum) == 440


def test_without_pyav_the_install_line_is_told(monkeypatch):
    from aai_jupyter.client.streaming import codec as streaming_codec
    from aai_jupyter.client.streaming import pcm_source as streaming_sources

    monkeypatch.setattr(streaming_codec, "pyav", lambda: None)
    monkeypatch.setattr(streaming_sources, "pyav", lambda: None)
    with pytest.raises(OptionError, match=r'pip install "aai-jupyter\[audio\]"'):
        streaming_codec.make_encoder("opus", 16000)
    with pytest.raises(SourceError, match=r"aai-jupyter\[audio\]"):
        streaming_sources.open_source(b"fLaC" + bytes(100))


async def test_a_wav_needs_no_pyav(monkeypatch, tmp_path):
    import wave

    from aai_jupyter.client.streaming import pcm_source as streaming_sources

    monkeypatch.setattr(streaming_sources, "pyav", lambda: None)
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(speech(6))
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(str(path), policy=QUICK, speed=1e4) as session:
            async for _ in session:
                pass
    assert script.queries[0]["sample_rate"] == str(RATE)
    assert final_words(session) == words_of(6)
