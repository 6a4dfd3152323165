"""Seeking in formats without an index, by counting frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.presentation import zero_of
from aai_jupyter.widgets.player.frame_index import FrameIndex, NoPlainRun

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording

FORMATS = ("mp3", "aac")
"""FFmpeg's names of the formats; ``aac`` is ADTS."""


class CountedFrames:
    """Decoded frames of a recording from any time on, exact to the sample.

    Parameters
    ----------
    index : FrameIndex
    codec : str
        Name of the decoder.
    begin : float
        Time of the first frame, in seconds: below 0 where an encoder's delay is cut off.
    """

    def __init__(self, index: FrameIndex, codec: str, begin: float) -> None:
        self._index = index
        self._codec = codec
        self._begin = begin
        self.grow = index.grow
        self.close = index.close

    @classmethod
    def of(cls, recording: Recording, container: Any) -> CountedFrames | None:
        """Index a recording and its freshly opened container; None where counting does not apply."""
        if container.format.name not in FORMATS or (recording.file is None and recording.opener is None):
            return None
        stream = container.streams.audio[0]
        zero = zero_of(container, stream)
        first = next(container.demux(stream))  # behind tags and the header that tells of the encoder
        if first.pos is None:
            return None
        begin = float(first.pts * stream.time_base) if first.pts else 0.0
        source = recording.open()
        file = open(source, "rb") if isinstance(source, str) else source  # noqa: SIM115 (open while it is heard)
        try:
            index = FrameIndex(file, first.pos)
        except NoPlainRun:
            file.close()
            return None
        return cls(index, stream.codec_context.name, begin - zero)

    def frames(self, start: float) -> Iterator[tuple[float, Any]]:
        """Yield frames with their times, from the one at ``start`` (seconds) on.

        Raises
        ------
        NoPlainRun
            Before the first frame.
        """
        import av

        index = self._index
        wanted = max(0, int((start - self._begin) * index.rate / index.samples))
        decoder: Any = av.CodecContext.create(self._codec, "r")
        for number, data in index.packets(wanted):
            if number < wanted:
                continue
            try:
                decoded = decoder.decode(av.Packet(data))
            except av.error.InvalidDataError:
                continue
            for frame in decoded:
                yield self._begin + number * index.samples / index.rate, frame
