"""Words of a live session that one side's microphone heard from the other, by loudspeakers."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aai_jupyter.text.tokenization import join, key

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.events import StreamWord, Turn

KEPT_SECONDS = 60
"""Newest sound, by which is judged how loud each side speaks, and how much of the other one comes over."""
_ALIKE_MS = 300
_LOUDER = 1.4
"""Of the other side: what is not louder there is not compared."""


class BleedFilter:
    """Leaves out words of a finished turn that belong to the other side.

    Parameters
    ----------
    rate : int
        Samples per second of both channels.

    Attributes
    ----------
    left_out : int
        Words so far.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sound = bytearray()
        self._given = 0
        self.left_out = 0

    def add(self, pcm: bytes) -> None:
        """Take interleaved 16-bit samples of two channels."""
        self._sound += pcm
        self._given += len(pcm) // 4
        most = 4 * KEPT_SECONDS * self._rate
        if len(self._sound) > 1.25 * most:
            del self._sound[: len(self._sound) - most]

    def apply(self, turn: Turn, others: Iterable[Turn]) -> None:
        """Take the words out of a turn that are the other side's, by its sound and by these turns of his."""
        from aai_jupyter.audio.bleed import BleedGate, TrackWord
        from aai_jupyter.audio.track_sound import TrackSound

        if not turn.words or turn.channel not in ("1", "2"):
            return
        side = int(turn.channel) - 1
        first, last = turn.words[0].start, turn.words[-1].end
        if not self._may_be_heard(side, first, last):
            return
        sounds = []
        for channel in (0, 1):
            samples = self._channel(channel)
            sounds.append(TrackSound(io.BytesIO(samples), len(samples) // 2))
            sounds[-1].delay = self._start
        gate = BleedGate(sounds)
        his = [word for one in others for word in one.words if word.end > first and word.start < last]
        kept = []
        for word in turn.words:
            place = TrackWord(side, word.text, word.start / 1000, max(word.end, word.start + 20) / 1000)
            if not gate.is_bleed(place, [1 - side] if _has(his, word) else []):
                kept.append(word)
        if len(kept) < len(turn.words):
            self.left_out += len(turn.words) - len(kept)
            turn.words, turn.utterance = kept, None
            turn.transcript = join([word.text for word in kept])

    @property
    def _start(self) -> float:
        return (self._given - len(self._sound) // 4) / self._rate

    def _may_be_heard(self, side: int, first: int, last: int) -> bool:
        """Return whether the other side is louder anywhere in the turn."""
        import numpy as np

        low, high = (4 * max(0, round((at / 1000 - self._start) * self._rate)) for at in (first, last))
        part = np.frombuffer(bytes(self._sound[low:high]), "<i2").reshape(-1, 2).astype(np.float32)
        size = max(1, self._rate // 10)
        blocks = part[: len(part) // size * size].reshape(-1, size, 2)
        power = np.sqrt((blocks**2).mean(1))
        return bool((power[:, 1 - side] > _LOUDER * power[:, side] + 10).any())

    def _channel(self, channel: int) -> bytes:
        """Return one channel at 16 kHz."""
        import numpy as np

        from aai_jupyter.audio.track_sound import RATE

        samples = np.frombuffer(bytes(self._sound), "<i2").reshape(-1, 2)[:, channel]
        if self._rate == RATE:
            return samples.tobytes()
        places = np.arange(len(samples) * RATE // self._rate) * (self._rate / RATE)
        resampled: bytes = np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()
        return resampled


def _has(words: Iterable[StreamWord], word: StreamWord) -> bool:
    wanted = key(word.text)
    return any(abs(one.start - word.start) <= _ALIKE_MS and key(one.text) == wanted for one in words)
