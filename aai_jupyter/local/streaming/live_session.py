"""One real-time session: audio in, messages out. Knows nothing of sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.live_models import LiveModels, SessionLanguage, VoiceDetector, moved
from aai_jupyter.local.models.voice_activity import FRAME
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.streaming.speaker_watch import SpeakerWatch
from aai_jupyter.local.streaming.streaming_params import StreamParams
from aai_jupyter.local.streaming.turn_chunks import (
    Attempt,
    ChunkResult,
    TurnChunks,
    joined,
    not_again,
    within,
)
from aai_jupyter.local.streaming.turn_detection import (
    BREATH_MS,
    LEAST_VOICED,
    Stretch,
    TurnDetection,
    breath_ms,
    worth_hearing,
)
from aai_jupyter.local.streaming.turn_messages import Say, TurnWriter, Voice
from aai_jupyter.local.streaming.workers import Rank, Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST = 25.0
"""Seconds of a turn: Whisper hears 30 s at a time."""
_LONGEST_WITH_SPEAKERS = 10.0
_CUT_IN = 2.5
_TIRED = 0.6
"""Share of the longest turn from which on a breath ends it: better than a cut where nobody paused."""
_AFTER = RATE // 5
_FIRST_CAPTION = 0.8
_FINALS_AHEAD = 400
"""Turns that may wait for their text, an hour of them: a client that is not read from would lose sound."""
_EARLY_MS = 224
"""Silence after which a turn is recognised in case that it is over; while work waits, once it may end."""
_BREATH_KEPT = 3 * RATE
"""Samples for which it may still turn out that another speaker began after a pause."""
_CAPTION_MS = 96
"""Silence from which on no caption is begun: the final text might have to wait for it."""
_LEAST_LIKELY = -2.0
"""Mean log probability of a text that is sent; a recording would be heard again, but here somebody waits."""
_BEAM = 3
"""Guesses that are followed: of five, one word in 290 was better, and they take a fifth longer."""
_CONTEXT, _CAPTION_CONTEXT = 4.0, 1.5
"""Seconds of silence that Whisper hears after a piece: longer is more work, and more words are right."""
_AROUND = 48 * FRAME
"""Samples of the other speaker that are heard with a turn's own: Whisper writes cut sound worse."""
_SENTENCE_END = (".", "?", "!", "…", "。", "？", "！")


@dataclass
class _Ended:
    """A finished turn that waits for its text."""

    order: int
    work: asyncio.Future[ChunkResult]
    voice: Voice | None


class LiveSession:
    """Turns audio into the service's messages.

    Parameters
    ----------
    models, workers
        Shared by all sessions.
    say : coroutine function
        Sends a message.
    """

    def __init__(self, models: LiveModels, workers: Workers, params: StreamParams, say: Say) -> None:
        self.params = params
        self._models, self._workers, self._say = models, workers, say
        self.model = models.chosen(params.given.get("speech_model"))
        english = (
            self.model.endswith(".en") or params.given.get("speech_model") == "universal-streaming-english"
        )
        self._language = SessionLanguage(
            params.language_codes, detect=bool(params.given.get("language_detection")), english=english
        )
        self._writer = TurnWriter(params, workers, say)
        self._hearing = TurnDetection(VoiceDetector(), params.vad_threshold)
        self._watch = SpeakerWatch(models, self._hearing)
        self._order = 0
        self._pieces = TurnChunks()
        self._likely: Attempt | None = None
        self._breath: Attempt | None = None
        self._caption: asyncio.Future[ChunkResult] | None = None
        self._captioned = 0
        self._shown: set[int] = set()
        self._acknowledged = 0
        self._ended: asyncio.Queue[_Ended | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_FINALS_AHEAD)
        self._tasks: set[asyncio.Task[None]] = set()

    async def hear(self, samples: NDArray[np.float32]) -> None:
        """Add audio; waits when recognition has fallen far behind (backpressure)."""
        for _ in range(self._hearing.append(samples)):
            if self._hearing.step():
                await self._started()
            await self._consider()

    def update(self, params: StreamParams) -> None:
        self.params = self._writer.params = params
        self._hearing.threshold = params.vad_threshold
        if params.language_codes != self._language.codes:
            detect = bool(params.given.get("language_detection"))
            self._language = SessionLanguage(
                params.language_codes, detect=detect, english=self._language.english
            )

    async def force(self) -> None:
        """End the current turn, if there is one."""
        if self._hearing.turn is not None:
            await self._close()

    async def finish(self) -> None:
        """End the audio: recognise the rest, and wait until everything is sent."""
        await self.hear(self._hearing.rest())
        await self.force()
        await self._ended.put(None)

    async def send_turns(self) -> None:
        """Send finished turns in order; ends after `finish`."""
        said: list[RecognisedWord] = []
        while (ended := await self._ended.get()) is not None:
            try:
                heard = await ended.work
            finally:
                self._room.release()
            heard.words = not_again(said, heard.words)
            said = heard.words
            if heard.words or ended.order in self._shown:
                await self._writer.final(ended.order, heard, ended.voice)
        await self._writer.revise()

    def cancel(self) -> None:
        """Cancel everything: the client has gone."""
        for task in self._tasks:
            task.cancel()
        for work in (self._caption, self._likely, self._breath, self._pieces):
            if work is not None:
                work.cancel()
        while not self._ended.empty():
            if (ended := self._ended.get_nowait()) is not None:
                ended.work.cancel()

    @property
    def loudest(self) -> float:
        """The highest probability of speech since the last call."""
        value, self._hearing.loudest = self._hearing.loudest, 0.0
        return value

    # Turn by turn -----------------------------------------------------------------------------------------

    async def _started(self) -> None:
        turn = self._hearing.turn
        assert turn is not None
        self._captioned = turn.voice
        if not self.params.plain_model:
            await self._say(
                {
                    "type": "SpeechStarted",
                    "timestamp": _ms(turn.voice),
                    "confidence": round(turn.confidence, 4),
                }
            )

    async def _consider(self) -> None:
        """Decide after each frame whether a partial is due, and whether the turn is over."""
        hearing, turn = self._hearing, self._hearing.turn
        if turn is None:
            await self._acknowledge()
            return
        if (at := await self._watch.change()) is not None:
            await self._close(at, changed=True)
            await self._started()
            return
        silence, least = hearing.silence_ms, self.params.min_silence
        if self._likely is not None and self._likely.heard_to != turn.heard_to:
            # It was a breath, or somebody else speaks now: his voice will tell.
            self._drop(self._breath)
            self._breath, self._likely = self._likely, None
        if self._breath is not None and hearing.now - self._breath.heard_to > _BREATH_KEPT:
            self._drop(self._breath)
            self._breath = None
        if silence >= breath_ms((turn.heard_to - self._pieces.start(turn)) / RATE):
            start, stop = self._pieces.start(turn), hearing.now
            self._pieces.add(start, stop, self._recognise(turn, start, stop, Rank.LIKELY))
        early = min(_EARLY_MS, least) if self._workers.waiting == 0 else least
        if silence >= early and self._likely is None and worth_hearing(turn):
            self._likely = self._attempt(turn, min(hearing.now, turn.heard_to + _AFTER), Rank.LIKELY)
        longest = _LONGEST_WITH_SPEAKERS if self.params.speaker_labels else _LONGEST
        tired = hearing.turn_seconds >= _TIRED * longest and silence >= BREATH_MS
        finished = silence >= least and self._sounds_finished()
        if silence >= self.params.max_silence or tired or finished:
            await self._close()
        elif hearing.turn_seconds >= longest:
            await self._close(at=hearing.cut(_CUT_IN, self._pieces.start(turn)))
        elif silence < _CAPTION_MS:
            self._caption_if_due(turn)

    def _sounds_finished(self) -> bool:
        last = self._likely.text_ends if self._likely is not None else ""
        return last.endswith(_SENTENCE_END) and not last.endswith("...")

    async def _close(self, at: int | None = None, *, changed: bool = False) -> None:
        """End the turn, at its last speech or where it is cut; `changed`: as another speaker goes on."""
        hearing, turn = self._hearing, self._hearing.turn
        assert turn is not None
        if self._caption is not None:
            self._caption.cancel()
            self._caption = None
        order, self._order = self._order, self._order + 1
        stop = at if at is not None else min(hearing.now, turn.heard_to + _AFTER)
        breath, likely = self._breath, self._likely
        self._breath = self._likely = None
        if at is not None:
            self._drop(likely)
            if breath is not None and breath.heard_to <= at and not hearing.voiced(breath.heard_to, at):
                likely, breath = breath, None
            else:
                likely = None
                self._pieces.cut(at)
        self._drop(breath)
        if worth_hearing(turn) or order in self._shown:
            voice = self._writer.voice(hearing.sound(turn.start, stop), answers=turn.answers)
            if likely is None or (at is None and likely.heard_to != turn.heard_to):
                likely = self._attempt(turn, stop, Rank.FINAL)
            await self._room.acquire()
            await self._ended.put(_Ended(order, likely.whole, voice))
        else:
            self._order = order
        self._pieces = TurnChunks()
        hearing.end()
        if at is not None:
            hearing.resume(at, turn.heard_to, answers=changed)
            self._captioned = at

    @staticmethod
    def _drop(attempt: Attempt | None) -> None:
        if attempt is not None:
            attempt.cancel()

    def _attempt(self, turn: Stretch, stop: int, rank: Rank) -> Attempt:
        """Return the turn up to `stop`: its chunks, and what is not in one yet."""
        start, works = self._pieces.start(turn), self._pieces.works()
        last = None
        if not works or self._hearing.voiced(start, stop) >= LEAST_VOICED:
            last = self._recognise(turn, start, stop, rank)
            works.append(last)
        return Attempt(turn.heard_to, last, joined(works))

    def _recognise(self, turn: Stretch, start: int, stop: int, rank: Rank) -> asyncio.Future[ChunkResult]:
        """Recognise a part of a turn; where speakers change without a pause, with words of the other one."""
        before = _AROUND if turn.answers and start == turn.start and self._hearing.flows(start) else 0
        after = _AROUND if self._hearing.flows(stop) else 0
        work = self._workers.submit(rank, self._work(start, stop, before, after))
        assert work is not None
        return work

    def _caption_if_due(self, turn: Stretch) -> None:
        every, now = self.params.partials_every, self._hearing.now
        if every is None or self._caption is not None or not worth_hearing(turn):
            return
        first = self._order not in self._shown
        if now - self._captioned < (_FIRST_CAPTION if first else every) * RATE:
            return
        self._captioned = now
        known, start = self._pieces.known(turn)
        self._caption = self._workers.submit(Rank.CAPTION, self._work(start, now, quick=True))
        if self._caption is not None:
            task = asyncio.get_running_loop().create_task(self._show(self._order, known, self._caption))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _show(self, order: int, known: list[RecognisedWord], work: asyncio.Future[ChunkResult]) -> None:
        try:
            heard = await work
        except asyncio.CancelledError:
            return
        self._caption = None
        heard.words = [*map(copy, known), *heard.words]
        if order != self._order or not heard.words:
            return
        self._shown.add(order)
        await self._writer.partial(order, heard)

    # Recognition ------------------------------------------------------------------------------------------

    def _work(
        self, start: int, stop: int, before: int = 0, after: int = 0, *, quick: bool = False
    ) -> Callable[[], ChunkResult]:
        hearing = self._hearing
        first, last = max(start - before, hearing.oldest), min(stop + after, hearing.now)
        samples, probabilities = hearing.sound(first, last), hearing.probabilities(first, last)
        prompt, language = self.params.prompt, self._language

        def chosen(found: Mapping[str, float]) -> str:
            return language.choose(found, len(samples) / RATE, finished=not quick)

        how: dict[str, Any] = (
            {"context": _CAPTION_CONTEXT, "beam": 1}
            if quick
            else {"context": _CONTEXT, "beam": _BEAM, "least": _LEAST_LIKELY}
        )

        def work() -> ChunkResult:
            whisper = self._models.load(self.model)
            code = language.known(whisper, finished=not quick)
            if quick and code is not None:
                whisper = self._models.for_captions(self.model, code)
            found = whisper.turn_words(samples, code or chosen, prompt=prompt, **how)
            words = moved(found or [], _ms(first), probabilities)
            if before or after:
                words = within(words, _ms(start) if before else 0, _ms(stop if after else last))
            return ChunkResult(words, language.code or "en", language.confidence)

        return work

    async def _acknowledge(self) -> None:
        if not self.params.given.get("acknowledge_silence"):
            self._acknowledged = self._hearing.now
            return
        start = max(self._acknowledged, self._hearing.quiet_since)
        if self._hearing.now - start >= RATE:
            self._acknowledged = self._hearing.now
            await self._say({"type": "Silence", "start_ms": _ms(start), "end_ms": _ms(self._hearing.now)})


def _ms(samples: int) -> int:
    return samples * 1000 // RATE
