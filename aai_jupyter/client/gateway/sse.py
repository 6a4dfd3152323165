"""Parser of server-sent events from chunks of bytes that are cut anywhere."""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"
MAX_EVENT_BYTES = 32 << 20
"""A line or an event longer than this is no stream of answers: memory stays bounded."""


class EventParser:
    """Parser that gives the data of each event as soon as its last byte is there.

    Lines end with LF, CR or CRLF, an event with an empty line; fields other than ``data`` and comments are
    skipped. Text is decoded event by event, so that a character cut by a chunk is whole again.

    Raises
    ------
    ValueError
        An event of more than :data:`MAX_EVENT_BYTES`.

    Examples
    --------
    >>> parser = EventParser()
    >>> [parser.feed(bytes) for bytes in (b"da", b"ta: 1\\r", b"\\n\\r", b"\\n: hi\\n")]
    [[], [], ['1'], []]
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._started = False
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[str]:
        """Parse the next chunk; returns the data of every event that it completes."""
        found: list[str] = []
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        # A line that ends with CR is complete at once; an LF after it, perhaps in the next chunk, is dropped.
        self._after_cr = self._after_cr or chunk.endswith(b"\r")
        *ended, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for part in ended:
            self._line += part
            self._end_line(found)
        self._line += rest
        if len(self._line) + self._size > MAX_EVENT_BYTES:
            raise ValueError("an event without an end")
        return found

    def close(self) -> list[str]:
        """Get the data of a last event whose empty line never came."""
        found: list[str] = []
        if self._line:
            self._end_line(found)
        self._end_event(found)
        return found

    def _end_line(self, found: list[str]) -> None:
        line = bytes(self._line)
        self._line.clear()
        if not self._started:
            self._started = True
            line = line.removeprefix(_BOM)
        if not line:
            self._end_event(found)
        elif line == b"data" or line.startswith(b"data:"):
            value = line[5:].removeprefix(b" ")
            self._data.append(value)
            self._size += len(value)

    def _end_event(self, found: list[str]) -> None:
        if self._data:
            found.append(b"\n".join(self._data).decode("utf-8", "replace"))
            self._data.clear()
            self._size = 0
