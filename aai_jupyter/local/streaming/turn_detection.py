"""Turn detection in streamed audio: where turns begin and pause. No models but the voice detector."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.voice_activity import FRAME

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_MS = 1000 * FRAME // RATE
_PAD = RATE * 3 // 10 // FRAME * FRAME
_START_FRAMES = 3
LEAST_VOICED = 4
"""Frames with speech in the shortest word."""
_SEAM, _FLOWING = 6 * FRAME, 9
BREATH_MS, _PIECE = 250, 5.0
"""A pause of so many ms ends a piece of at least so many seconds. Whole turns have a few words less wrong,
but then all of a turn waits for its end. ``python -m benchmarks.live_delay read`` tells both."""
_SHORTEST_BREATH_MS, _LONG_PIECE, _TOO_LONG_PIECE = 96, 6.0, 8.0
"""From 6 to 8 s on a shorter pause will do: some readers never stop for 250 ms."""


class Detector(Protocol):
    """Interface of a voice detector: probability of speech for each 512 samples."""

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]: ...


@dataclass
class Stretch:
    """Interval of the current turn by the session's clock (samples)."""

    start: int
    """Where its sound begins, a little before the voice."""
    voice: int
    """Where the voice begins."""
    confidence: float
    heard_to: int
    """End of the last speech in it."""
    voiced: int = 0
    """Frames with speech."""
    answers: bool = False
    """Whether it began because another speaker took over."""


@dataclass
class TurnDetection:
    """Audio buffer of the current turn, and the probabilities of speech in it.

    Parameters
    ----------
    detector : Detector
    threshold : float
        Probability from which sound is speech; it stays speech down to 0.15 less.

    Attributes
    ----------
    now : int
        Samples heard.
    turn : Stretch or None
        The turn that is spoken.
    """

    detector: Detector
    threshold: float = 0.5
    now: int = 0
    turn: Stretch | None = None
    quiet_since: int = 0
    loudest: float = 0.0
    _base: int = 0
    _run: int = 0
    _tail: list[NDArray[np.float32]] = field(default_factory=list)
    _sound: list[NDArray[np.float32]] = field(default_factory=list)
    _probabilities: list[float] = field(default_factory=list)

    def append(self, samples: NDArray[np.float32]) -> int:
        """Append audio; return the number of whole frames that can be processed now."""
        import numpy as np

        waiting = np.concatenate([*self._tail, samples]) if self._tail else samples
        cut = len(waiting) // FRAME * FRAME
        self._tail = [waiting[cut:]] if cut < len(waiting) else []
        if not cut:
            return 0
        self._sound.append(waiting[:cut])
        found = self.detector.probabilities(waiting[:cut])
        self._probabilities += found.tolist()
        return cut // FRAME

    def step(self) -> bool:
        """Process one frame; return whether a turn begins with it."""
        probability = self._probabilities[(self.now - self._base) // FRAME]
        self.now += FRAME
        self.loudest = max(self.loudest, probability)
        loud = probability >= (self.threshold if self.turn is None else self._still)
        self._run = self._run + 1 if loud else 0
        if self.turn is not None:
            if loud:
                self.turn.heard_to = self.now
                self.turn.voiced += 1
            return False
        if self._run < _START_FRAMES:
            self._let_go(self.now - _PAD - _START_FRAMES * FRAME)
            return False
        voice = self.now - self._run * FRAME
        self.turn = Stretch(max(self._base, voice - _PAD), voice, probability, self.now, self._run)
        return True

    @property
    def silence_ms(self) -> int:
        """Silence since the last speech of the turn."""
        return 0 if self.turn is None else (self.now - self.turn.heard_to) * 1000 // RATE

    @property
    def oldest(self) -> int:
        """The first sample that is still there."""
        return self._base

    @property
    def turn_seconds(self) -> float:
        """Length of the turn so far."""
        return 0.0 if self.turn is None else (self.now - self.turn.start) / RATE

    def sound(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples [start, stop)."""
        import numpy as np

        if len(self._sound) > 1:
            self._sound = [np.concatenate(self._sound)]
        return self._sound[0][start - self._base : stop - self._base].copy()

    def probabilities(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the probabilities of the frames in [start, stop)."""
        import numpy as np

        first, last = (start - self._base) // FRAME, (stop - self._base) // FRAME
        return np.array(self._probabilities[first:last], np.float32)

    @property
    def _still(self) -> float:
        """Probability at which speech that has begun goes on."""
        return max(self.threshold - 0.15, 0.01)

    def voiced(self, start: int, stop: int) -> int:
        """Count frames with speech in [start, stop)."""
        return int((self.probabilities(start, stop) >= self._still).sum())

    def flows(self, at: int) -> bool:
        """Return whether speech goes on around this sample, without a pause."""
        return self.voiced(max(at - _SEAM, self._base), at + _SEAM) >= _FLOWING

    def end(self) -> Stretch:
        """End the turn; its audio must have been taken before."""
        assert self.turn is not None
        turn, self.turn = self.turn, None
        self._run = 0
        self.quiet_since = turn.heard_to
        return turn

    def cut(self, seconds: float, after: int = 0) -> int:
        """Return where a long turn is least like speech: in its last `seconds`, not before `after`."""
        import numpy as np

        assert self.turn is not None
        low = max(self.turn.voice, after, self.now - int(seconds * RATE) // FRAME * FRAME)
        return low + int(np.argmin(self.probabilities(low, self.now))) * FRAME

    def resume(self, at: int, heard_to: int, *, answers: bool) -> None:
        """Continue a turn that was cut as a new one from this sample."""
        self.turn = Stretch(at, at, 1.0, max(heard_to, at), self.voiced(at, self.now), answers)

    def recent(self, samples: int) -> tuple[NDArray[np.float32], int]:
        """Return what was heard last, at most so many samples, and where it begins."""
        start = max(self.oldest, self.now - samples)
        return self.sound(start, self.now), start

    def rest(self) -> NDArray[np.float32]:
        """Return the silence that pads the last samples to a whole frame."""
        import numpy as np

        return np.zeros(-sum(map(len, self._tail)) % FRAME, np.float32)

    def _let_go(self, before: int) -> None:
        import numpy as np

        if before - self._base < 5 * RATE:
            return
        cut = (before - self._base) // FRAME
        sound = np.concatenate(self._sound)[cut * FRAME :]
        self._sound = [sound]
        del self._probabilities[:cut]
        self._base += cut * FRAME


def worth_hearing(turn: Stretch) -> bool:
    """Return whether there is enough speech for a word."""
    return turn.voiced >= LEAST_VOICED


def breath_ms(seconds: float) -> float:
    """Return how long a pause must be to end a chunk of so many seconds.

    >>> breath_ms(4), breath_ms(6), breath_ms(7), breath_ms(20)
    (inf, 250, 173.0, 96)
    """
    if seconds < _PIECE:
        return math.inf
    share = (seconds - _LONG_PIECE) / (_TOO_LONG_PIECE - _LONG_PIECE)
    return BREATH_MS - min(1, max(0, share)) * (BREATH_MS - _SHORTEST_BREATH_MS)
