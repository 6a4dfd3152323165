"""File objects of the user's as sources: read from their start, again and again, and left open."""

from __future__ import annotations

import inspect
import io
import shutil
import tempfile
import threading
from typing import Any, BinaryIO, cast

from aai_jupyter.client.sources.formats import HEAD_BYTES
from aai_jupyter.client.sources.source import Source, check_head
from aai_jupyter.errors import SourceError


class _View(io.RawIOBase):
    """A file object of the user's, read from its start and left open; views of one may be read in turn."""

    def __init__(self, stream: BinaryIO, size: int, turn: threading.Lock) -> None:
        self._stream = stream
        self._size = size
        self._turn = turn
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        with self._turn:
            self._stream.seek(self._at)
            data = self._stream.read(size)
        self._at += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def from_stream(stream: Any, name: str | None = None) -> Source:
    """The whole object is sent, wherever its position is: a BytesIO just written to stands at its end.

    Raises
    ------
    SourceError
        It was opened as text, is closed, or cannot be read.
    """
    own = getattr(stream, "name", None)
    label = name or (own if isinstance(own, str) and not own.startswith("<") else "stream")
    shown = label if label != "stream" else "The file object"
    try:
        nothing = stream.read(0)
        if inspect.isawaitable(nothing):
            getattr(nothing, "close", lambda: None)()
            raise SourceError(f"{shown} is read by await.", hint="Pass what it gives: await file.read().")
        if isinstance(stream, io.TextIOBase) or isinstance(nothing, str):
            raise SourceError(f"{shown} was opened as text.", hint='Open it with open(path, "rb").')
        if not (hasattr(stream, "seekable") and stream.seekable()):
            # It can be read only once, but it is read to fingerprint it, to send it, and to send it again.
            copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the source
            shutil.copyfileobj(stream, copy, 1 << 20)
            stream = copy
        stream.seek(0)
        head = stream.read(HEAD_BYTES)
        size = stream.seek(0, io.SEEK_END)
        if size is None:  # objects in the manner of files need not say where they are
            size = stream.tell()
    except SourceError:
        raise
    except Exception as error:  # an object of the user's may raise anything
        hint = "Pass an open binary file."
        raise SourceError(f"{shown} cannot be read: {error or type(error).__name__}.", hint=hint) from error
    check_head(head, shown)
    turn = threading.Lock()
    return Source(label, "stream", size, _opener=lambda: cast(BinaryIO, _View(stream, size, turn)))
