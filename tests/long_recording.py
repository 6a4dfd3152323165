"""Hours of sound, made from the bundled recording."""

from __future__ import annotations

import io

import av

from aai_jupyter.api.sample import sample
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.widgets.player.audio_reader import RATE, decoded


def long_mp3(seconds: float) -> bytes:
    """The bundled recording at 8 kbit/s, again and again, without an index."""
    part = io.BytesIO()
    length = 0
    with av.open(part, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=RATE)
        stream.layout = "mono"
        stream.bit_rate = 8000
        for samples in decoded(Recording.of(sample()), RATE):
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.rate = RATE
            length += len(samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return part.getvalue() * (1 + int(seconds * RATE / length))
