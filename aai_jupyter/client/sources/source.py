"""One recording that can be read again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from aai_jupyter.client.sources.formats import not_audio
from aai_jupyter.errors import SourceError

MAX_UPLOAD_BYTES = 2_200_000_000
"""Largest upload of the service (2.2 GB); larger files go by URL, up to 5.5 GB."""

Kind = Literal["file", "url", "bytes", "stream", "array"]


@dataclass(eq=False)
class Source:
    """One recording that can be read again and again, or a URL that the service reads itself.

    Attributes
    ----------
    label : str
        What to call it: the path or URL as given, or for example ``"array 2"``.
    kind : {"file", "url", "bytes", "stream", "array"}
    size : int or None
        Bytes; None for a URL.
    url : str or None
        Only for a URL.
    path : Path or None
        Only for a file.
    digest : str or None
        What :meth:`sha256` gave; None before it was called.
    listed : bool
        It was found in a folder or by a pattern, not named itself.

    Examples
    --------
    >>> from aai_jupyter.client.sources.reading import resolve_sources
    >>> source = resolve_sources(b"RIFF....WAVE")[0]
    >>> source.label, source.kind, source.size, source.open().read(4)
    ('bytes', 'bytes', 12, b'RIFF')
    """

    label: str
    kind: Kind
    size: int | None = None
    url: str | None = None
    path: Path | None = None
    _opener: Callable[[], BinaryIO] | None = field(default=None, repr=False)
    _seconds: float | None = field(default=None, repr=False)
    digest: str | None = field(default=None, init=False, repr=False)
    listed: bool = field(default=False, init=False, repr=False)

    def open(self) -> BinaryIO:
        """Open for reading from the start; each call starts again. Close it after use.

        Raises
        ------
        SourceError
            It is a URL, or the file can no longer be opened.
        """
        if self._opener is None:
            raise SourceError(f"{self.label} is a URL: the service reads it, nothing is read here.")
        try:
            return self._opener()
        except OSError as error:
            raise SourceError(f"{self.label} cannot be read: {error.strerror or error}.") from None

    def sha256(self) -> str:
        """Hex digest of the bytes, read in blocks, once; of the address for a URL."""
        if self.digest is None:
            if self.url is not None:
                self.digest = hashlib.sha256(self.url.encode()).hexdigest()
            else:
                with self.open() as file:
                    self.digest = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
        return self.digest

    @cached_property
    def seconds(self) -> float | None:
        """Duration in seconds from the file's header; None when it does not say (URLs, some containers)."""
        if self._seconds is not None or self.url is not None:
            return self._seconds
        from tinytag import TinyTag, TinyTagException

        try:
            with self.open() as file:
                return TinyTag.get(file_obj=file, tags=False).duration or None
        except (TinyTagException, SourceError, OSError):
            return None


def check_upload_size(source: Source) -> None:
    """Refuse what the service would refuse after the whole upload.

    Raises
    ------
    SourceError
        The source is larger than :data:`MAX_UPLOAD_BYTES`.
    """
    if source.size is not None and source.size > MAX_UPLOAD_BYTES:
        limit = f"{MAX_UPLOAD_BYTES / 1e9:.1f} GB"
        raise SourceError(
            f"{source.label} has {source.size / 1e9:.2f} GB; an upload may have {limit}.",
            hint="Give the service a URL of the file (up to 5.5 GB), or send the sound without the picture.",
        )


def check_head(head: bytes, label: str) -> None:
    """Refuse what is empty, or says in its first bytes that it is not audio."""
    if not head:
        raise SourceError(f"{label} is empty.")
    if what := not_audio(head):
        raise SourceError(
            f"{label} is {what}, not audio.", hint="Check what the file holds; nothing was sent."
        )
