"""Audio buffer between a source and the socket: legal frames, bounded memory, one clock.

The clock counts samples since the session's start. What a session has not yet turned into finished text
stays here, so that it can be sent again when the connection breaks.
"""

from __future__ import annotations

from collections import deque

SAMPLE_BYTES = 2
MIN_FRAME_MS, MAX_FRAME_MS = 50, 1000
FRAME_MS = 100
"""Half the messages of the advised 50 ms, for 25 ms more delay on average."""


class AudioBuffer:
    """Buffer of 16-bit mono PCM since the last finished turn, to send and to replay.

    Parameters
    ----------
    rate : int
        Samples per second.
    seconds : float
        Most audio kept. What is sent and older goes first; unsent audio goes only if `push` is told to.
    frame_ms : int
        Length of the frames that `take` gives.

    Examples
    --------
    >>> buffer = AudioBuffer(16000, 60)
    >>> buffer.push(bytes(2 * 16000))
    0
    >>> start, data = buffer.take()
    >>> start, len(data)
    (0, 3200)
    """

    def __init__(self, rate: int, seconds: float, *, frame_ms: int = FRAME_MS) -> None:
        if not MIN_FRAME_MS <= frame_ms <= MAX_FRAME_MS:
            raise ValueError(f"frame_ms must be from {MIN_FRAME_MS} to {MAX_FRAME_MS}")
        self.rate = rate
        self.limit = int(seconds * rate)
        # Rounded up: 551 of 551.25 samples would be a frame under 50 ms, which is refused.
        self._frame = -(-rate * frame_ms // 1000)
        self._shortest = -(-rate * MIN_FRAME_MS // 1000)
        self._blocks: deque[tuple[int, bytes]] = deque()  # (first sample, PCM), whole frames but the last
        self._tail = bytearray()  # less than a frame, not yet a block
        self._odd = b""  # half a sample
        self._tail_start = 0
        self._next = 0  # index in _blocks of the first that is not sent
        self.closed = False
        self.dropped = 0
        """Samples given up unsent, because there was no room."""

    @property
    def position(self) -> int:
        """Samples received since the start."""
        return self._tail_start + len(self._tail) // SAMPLE_BYTES

    @property
    def unsent(self) -> int:
        """Samples that wait to be sent."""
        if self._next < len(self._blocks):
            return self.position - self._blocks[self._next][0]
        return len(self._tail) // SAMPLE_BYTES

    @property
    def sent_to(self) -> int:
        """Samples sent since the start."""
        return self._blocks[self._next][0] if self._next < len(self._blocks) else self._tail_start

    @property
    def full(self) -> bool:
        """Whether no more audio can be taken without losing some."""
        return self.unsent >= self.limit

    @property
    def ready(self) -> bool:
        """Whether `take` would give something."""
        return self._next < len(self._blocks) or (self.closed and bool(self._tail))

    def push(self, data: bytes | bytearray | memoryview) -> int:
        """Add audio; returns the number of unsent samples that were dropped for it, the oldest."""
        if self.closed:
            raise ValueError("the sound has ended")
        if self._odd:
            data = self._odd + bytes(data)
        if len(data) % SAMPLE_BYTES:
            self._odd, data = bytes(data[-1:]), data[:-1]
        else:
            self._odd = b""
        self._tail += data
        size = self._frame * SAMPLE_BYTES
        while len(self._tail) >= size:
            self._add(bytes(self._tail[:size]))
            del self._tail[:size]
        return self._trim()

    def take(self) -> tuple[int, bytes] | None:
        """Get the next frame and its first sample; None when there is none yet."""
        if self._next == len(self._blocks) and self.closed and self._tail:
            rest, samples = bytes(self._tail), len(self._tail) // SAMPLE_BYTES
            self._tail.clear()
            self._add(rest, samples)
        if self._next == len(self._blocks):
            return None
        start, data = self._blocks[self._next]
        self._next += 1
        if len(data) < self._shortest * SAMPLE_BYTES:  # the last frame of all: silence makes it legal
            data += bytes(self._shortest * SAMPLE_BYTES - len(data))
        return start, data

    def close(self) -> None:
        """Close it: no more audio will come."""
        self.closed = True

    def forget(self, before: int) -> None:
        """Drop audio that is sent and ends before this sample."""
        while self._next and self._blocks[0][0] + len(self._blocks[0][1]) // SAMPLE_BYTES <= before:
            self._blocks.popleft()
            self._next -= 1

    def rewind(self, to: int) -> int:
        """Rewind to this sample, or the oldest that is still here; returns how many will be sent again."""
        sent = self.sent_to
        while self._next and self._blocks[self._next - 1][0] + self._length(self._next - 1) > to:
            self._next -= 1
        return sent - self.sent_to

    def _length(self, index: int) -> int:
        return len(self._blocks[index][1]) // SAMPLE_BYTES

    def _add(self, data: bytes, samples: int | None = None) -> None:
        self._blocks.append((self._tail_start, data))
        self._tail_start += len(data) // SAMPLE_BYTES if samples is None else samples

    def _trim(self) -> int:
        lost = 0
        while self._blocks and self.position - self._blocks[0][0] > self.limit:
            if self._next:
                self._next -= 1
            else:
                lost += self._length(0)
            self._blocks.popleft()
        self.dropped += lost
        return lost


class Clock:
    """Conversion of the times of one connection to times of the whole session.

    A connection counts from the first audio it got. Where audio was left out in between, its count falls
    behind; each such place is an anchor.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._anchors: list[tuple[int, int]] = []  # (sample of the connection, sample of the session)
        self._sent = 0

    def sending(self, start: int, samples: int) -> None:
        """Count a frame that is sent and begins at this sample of the session."""
        if not self._anchors or self._anchors[-1][1] + self._sent - self._anchors[-1][0] != start:
            self._anchors.append((self._sent, start))
        self._sent += samples

    def ms(self, time: int) -> int:
        """Convert milliseconds of the connection to milliseconds of the session."""
        at = time * self._rate // 1000
        local, whole = next((a for a in reversed(self._anchors) if a[0] <= at), (0, 0))
        if self._anchors and at < self._anchors[0][0]:
            local, whole = self._anchors[0]
        return time + round((whole - local) * 1000 / self._rate)
