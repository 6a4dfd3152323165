"""Sound of the browser's microphone as it comes from the page: for sessions, dictation and the studio."""

from __future__ import annotations


class PageSound:
    """Puts frames of the page in order: two threads may have taken their messages from the kernel's socket.

    Parameters
    ----------
    skip_after : int, optional
        So many frames that wait mean that the one before them is lost; without it they wait for it.
    most : int, optional
        Bytes that may wait; frames beyond are left out.

    Examples
    --------
    >>> sound = PageSound()
    >>> sound.add(1, b"a"), sound.add(3, b"c"), sound.add(2, b"b"), sound.add(2, b"again")
    ([(1, b'a')], [], [(2, b'b'), (3, b'c')], [])
    >>> sound.given
    3
    """

    def __init__(self, *, skip_after: int | None = None, most: int | None = None) -> None:
        self._skip_after, self._most = skip_after, most
        self.restart()

    def restart(self) -> None:
        """Expect the sequence to begin at 1 again."""
        self._next = 1
        self._waiting: dict[int, bytes] = {}
        self._held = 0

    @property
    def given(self) -> int:
        """Number of the last frame that was given, which is how many there were when none is lost."""
        return self._next - 1

    def add(self, seq: int, pcm: bytes) -> list[tuple[int, bytes]]:
        """Add a frame; return those that can be used now, in order."""
        if seq < self._next or seq in self._waiting:
            return []
        if self._most is not None and seq != self._next and self._held + len(pcm) > self._most:
            return []
        self._waiting[seq] = pcm
        self._held += len(pcm)
        if self._skip_after is not None and len(self._waiting) > self._skip_after:
            self._next = min(self._waiting)  # one got lost
        found = []
        while self._next in self._waiting:
            found.append((self._next, self._waiting.pop(self._next)))
            self._held -= len(found[-1][1])
            self._next += 1
        return found

    def rest(self) -> list[tuple[int, bytes]]:
        """Return the frames that still wait, in order: what they wait for will not come any more."""
        found = sorted(self._waiting.items())
        self._waiting, self._held = {}, 0
        return found
