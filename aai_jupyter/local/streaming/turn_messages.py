"""Messages of turns in the service's form: text formatting and speakers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models import text_shaping
from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.live_models import SpeakerTracker
from aai_jupyter.local.models.pii import find_pii
from aai_jupyter.local.models.redact import redact_words
from aai_jupyter.local.models.text_offsets import FoundText
from aai_jupyter.local.models.words import RecognisedWord, text_of
from aai_jupyter.local.streaming.streaming_params import StreamParams
from aai_jupyter.local.streaming.turn_chunks import ChunkResult
from aai_jupyter.local.streaming.workers import Rank, Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Say = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Voice:
    """The voice of a turn, while it is being embedded."""

    seconds: float
    answers: bool
    """Whether the turn began because the voice changed."""
    vector: asyncio.Task[NDArray[np.float32] | None]


class TurnWriter:
    """Writes the messages of a session's turns.

    Parameters
    ----------
    params : StreamParams
        Replaced when the client changes them.
    workers : Workers
    say : coroutine function
        Sends a message.
    """

    def __init__(self, params: StreamParams, workers: Workers, say: Say) -> None:
        self.params = params
        self._workers, self._say = workers, say
        self._speakers = SpeakerTracker(params.given.get("max_speakers")) if params.speaker_labels else None
        self._labels: dict[int, tuple[str | None, list[dict[str, Any]]]] = {}

    async def partial(self, order: int, heard: ChunkResult) -> None:
        """Send a partial turn."""
        self._shape(heard.words, heard.language)
        await self._say(self._message(order, heard, final=False, formatted=not self.params.plain_model))

    def voice(self, samples: NDArray[np.float32], *, answers: bool) -> Voice | None:
        """Begin to embed the voice, concurrently with the recognition of the words."""
        if self._speakers is None:
            return None
        listening = asyncio.to_thread(self._speakers.voice, samples)
        return Voice(len(samples) / RATE, answers, asyncio.get_running_loop().create_task(listening))

    async def final(self, order: int, heard: ChunkResult, voice: Voice | None) -> None:
        """Send a finished turn; with ``format_turns`` of a plain model, twice."""
        self._shape(heard.words, heard.language)
        label = await self._speaker(order, voice)
        places = await self._personal(heard.words)
        if self.params.plain_model:
            formatted = [copy(word) for word in heard.words]
            text_shaping.plain(heard.words, punctuate=False, format_text=False)
            self._redact(heard.words, places)
            await self._say(self._message(order, heard, final=True, formatted=False, label=label))
            if not self.params.given.get("format_turns"):
                return
            heard.words = formatted
        self._redact(heard.words, places)
        await self._say(self._message(order, heard, final=True, formatted=True, label=label))

    async def _speaker(self, order: int, voice: Voice | None) -> str | None:
        if self._speakers is None or voice is None:
            return None
        before, _ = self._labels.get(order - 1, (None, []))
        unlike = before if voice.answers else None
        return self._speakers.label(order, await voice.vector, voice.seconds, unlike) or "PENDING"

    async def _personal(self, words: list[RecognisedWord]) -> list[FoundText]:
        """Find personal data, of the kinds that are to be redacted."""
        if not self.params.given.get("redact_pii"):
            return []
        policies = self.params.given["redact_pii_policies"]
        work = self._workers.submit(Rank.FINAL, lambda: find_pii(words, policies))
        assert work is not None
        return await work

    def _redact(self, words: list[RecognisedWord], places: list[FoundText]) -> None:
        redact_words(words, places, str(self.params.given.get("redact_pii_sub", "hash")))

    def _shape(self, words: list[RecognisedWord], code: str) -> None:
        if self.params.given.get("filter_profanity") and code == "en":
            text_shaping.mask_profanity(words)

    def _message(
        self, order: int, heard: ChunkResult, *, final: bool, formatted: bool, label: str | None = None
    ) -> dict[str, Any]:
        words: list[dict[str, Any]] = [
            {
                "start": word.start,
                "end": word.end,
                "text": word.text,
                "confidence": round(word.confidence, 4),
                "word_is_final": final,
            }
            for word in heard.words
        ]
        said = text_of(heard.words)
        message: dict[str, Any] = {
            "type": "Turn",
            "turn_order": order,
            "turn_is_formatted": formatted,
            "end_of_turn": final,
            "transcript": said,
            "end_of_turn_confidence": 1.0 if final else 0.0,
            "words": words,
            "utterance": said if final else "",
        }
        if final and label is not None:
            message["speaker_label"] = label
            for word in words:
                word["speaker"] = label
            self._labels[order] = label, words
        if final and self.params.given.get("language_detection"):
            message["language_code"] = heard.language
            message["language_confidence"] = round(heard.confidence or 1.0, 4)
        return message

    async def revise(self) -> None:
        """Send speakers as revised at the end; only what changed."""
        if self._speakers is None:
            return
        revised = self._speakers.revised()
        changes = [
            {
                "turn_order": order,
                "speaker_label": revised[order],
                "words": [{**word, "speaker": revised[order]} for word in words],
            }
            for order, (label, words) in self._labels.items()
            if revised.get(order, label) != label
        ]
        if changes:
            await self._say({"type": "SpeakerRevision", "revisions": changes})
