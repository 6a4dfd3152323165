"""When to look for another speaker in streamed audio; what is found ends the turn."""

from __future__ import annotations

import asyncio

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.speaker_change import HEARD
from aai_jupyter.local.models.voice_activity import FRAME
from aai_jupyter.local.streaming.turn_detection import TurnDetection

_SELDOM, _OFTEN = 16 * FRAME, 8 * FRAME
"""Samples between two looks, each 40 ms of one core; often after a pause, where most people begin."""
_PAUSE_MS, _AFTER_PAUSE = 96, RATE * 3 // 2
_SHORTEST = 0.9
_SILENT_MS = 160


class SpeakerWatch:
    """Looks for another speaker now and then while somebody speaks.

    Parameters
    ----------
    models : LiveModels
    hearing : TurnDetection
    """

    def __init__(self, models: LiveModels, hearing: TurnDetection) -> None:
        self._models, self._hearing = models, hearing
        self._looked = self._paused = 0

    async def change(self) -> int | None:
        """Return where another speaker took over the turn; None when nobody did or it is not time to look."""
        hearing, turn = self._hearing, self._hearing.turn
        if turn is None:
            return None
        if hearing.silence_ms >= _PAUSE_MS:
            self._paused = hearing.now
        every = _OFTEN if hearing.now - self._paused < _AFTER_PAUSE else _SELDOM
        speaks = hearing.silence_ms <= _SILENT_MS and hearing.turn_seconds >= _SHORTEST
        if not speaks or hearing.now - self._looked < every:
            return None
        self._looked = hearing.now
        samples, start = hearing.recent(HEARD)
        at = await asyncio.to_thread(self._models.speaker_change, samples, max(0, turn.start - start))
        return None if at is None else (start + at) // FRAME * FRAME
