"""One recording that can be read again and again."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from aai_jupyter.client.sources.formats import HEAD_BYTES, may_hold_more, not_audio
from aai_jupyter.client.sources.wav_length import wav_seconds
from aai_jupyter.errors import AaiError, SourceError
from aai_jupyter.text.sanitize import encodable

if TYPE_CHECKING:
    from aai_jupyter.audio.tracks import SoundFacts

MAX_UPLOAD_BYTES = 2_200_000_000
"""Largest upload of the service (2.2 GB); larger files go by URL, up to 5.5 GB."""

Kind = Literal["file", "url", "bytes", "stream", "array"]


@dataclass(eq=False)
class Source:
    """One recording that can be read again and again, or a URL that the service reads itself.

    Attributes
    ----------
    label : str
        What to call it: the path or URL as given, or for example ``"array 2"``. A name of a file that is not
        UTF-8 has U+FFFD where it cannot be written.
    kind : {"file", "url", "bytes", "stream", "array"}
    size : int or None
        Bytes; None for a URL.
    url : str or None
        Only for a URL.
    path : Path or None
        Only for a file.
    digest : str or None
        What :meth:`sha256` gave; None before it was called.
    track : int or None
        Number of the audio track that was asked for, from 1 on.
    expected : int or None
        Bytes there will be, about, where `size` is not known before all is read.
    listed : bool
        It was found in a folder or by a pattern, not named itself.
    error : SourceError or None
        Why it cannot be used; reading it raises that.
    identity : str or None
        What it is recognised by, where that is not its bytes: an address and the version there.

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
    _plain: bool = field(default=False, repr=False)
    track: int | None = None
    expected: int | None = field(default=None, repr=False)
    digest: str | None = field(default=None, init=False, repr=False)
    listed: bool = field(default=False, init=False, repr=False)
    error: SourceError | None = field(default=None, repr=False)
    identity: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.label = encodable(self.label)

    def open(self) -> BinaryIO:
        """Open for reading from the start; each call starts again. Close it after use.

        Raises
        ------
        SourceError
            It is a URL, or the file can no longer be opened.
        """
        if self.error is not None:
            raise self.error
        if self._opener is None:
            raise SourceError(f"{self.label} is a URL: the service reads it, nothing is read here.")
        try:
            return self._opener()
        except Exception as error:  # an object of the user's may raise anything
            raise read_error(self.label, error) from error

    def sha256(self) -> str:
        """Hex digest of the bytes, read in blocks, once; of the address for a URL.

        Raises
        ------
        SourceError
            It cannot be read, or not to its end.
        """
        if self.digest is None:
            if self.url is not None:
                self.digest = hashlib.sha256(self.url.encode()).hexdigest()
            else:
                try:
                    with self.open() as file:
                        self.digest = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
                except Exception as error:  # an object of the user's may raise anything
                    raise read_error(self.label, error) from error
        return self.digest

    def hashed(self, digest: str) -> None:
        """Take note of the SHA-256 that somebody who read it all has found."""
        self.digest = digest

    @cached_property
    def sound(self) -> SoundFacts | None:
        """What else the file holds; None for what is only sound, for URLs, and without PyAV.

        Raises
        ------
        SourceError
            There is no track of the number that was asked for.
        """
        if self._opener is None or self._seconds is not None or self._plain:
            return None
        try:
            with self.open() as file:
                if not may_hold_more(file.read(HEAD_BYTES)):
                    return None
        except Exception as error:  # an object of the user's may raise anything
            raise read_error(self.label, error) from error
        try:
            import av
        except ImportError:
            return None
        from aai_jupyter.audio.pyav import open_audio
        from aai_jupyter.audio.tracks import NoSuchTrack, sound_facts

        try:
            with self.open() as file, open_audio(str(self.path) if self.path else file) as container:
                return sound_facts(container, self.track) if container.streams.audio else None
        except NoSuchTrack as error:
            raise SourceError(f"There is no audio track {self.track} in {self.label}: {error}.") from None
        except (av.FFmpegError, OSError, ValueError):  # whoever transcribes it says what is wrong with it
            return None

    @cached_property
    def seconds(self) -> float | None:
        """Duration in seconds from the file's header; None when it does not say (URLs, some containers)."""
        if self._seconds is not None or self.url is not None:
            return self._seconds
        try:
            if self.sound is not None:
                return self.sound.seconds
            with self.open() as file:
                return _tagged_seconds(file)
        except Exception:  # noqa: BLE001 - only an estimate: no header and no object stops a transcription
            return None

    @cached_property
    def channels(self) -> int:
        """Channels by the file's header, for the price; 2, as of a call, where it does not say."""
        if self.url is not None or self.error is not None:
            return 2
        from tinytag import TinyTag

        try:
            with self.open() as file:
                return int(TinyTag.get(file_obj=file, tags=False).channels or 2)
        except Exception:  # noqa: BLE001 - only an estimate: no header and no object stops a transcription
            return 2

    def of_track(self, number: int) -> Source:
        """Return the same recording with another audio track chosen.

        Raises
        ------
        SourceError
            It has no track of this number, or it cannot be looked for.
        """
        if self.url is not None:
            raise SourceError(
                f"{self.label} is a URL: the service reads it, and takes no track number.",
                hint="Download the file and give that.",
            )
        chosen = replace(self, track=number)
        chosen.digest = self.digest
        if chosen.sound is None and number != 1:
            from importlib.util import find_spec

            if find_spec("av") is None:
                raise SourceError(
                    "To choose an audio track needs PyAV.", hint='pip install "aai-jupyter[audio]"'
                )
            raise SourceError(f"There is no audio track {number} in {self.label}: it has one audio track.")
        return chosen


def _tagged_seconds(file: BinaryIO) -> float | None:
    from tinytag import TinyTag

    if (length := wav_seconds(file)) is not None:
        return length
    file.seek(0)
    return TinyTag.get(file_obj=file, tags=False).duration or None


def read_error(label: str, error: Exception) -> SourceError:
    """Return what is said of a recording that could not be read; one that says it already stays."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, AaiError):
        return SourceError(f"{label} cannot be read: {error.short}")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    hint = "Check who may read the file." if isinstance(error, PermissionError) else None
    return SourceError(f"{encodable(label)} cannot be read: {reason}.", hint=hint)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, and nothing else: to open a named pipe would wait for ever.

    Raises
    ------
    OSError
        It cannot be opened, or is no regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return os.fdopen(file, "rb")
    except BaseException:
        os.close(file)
        raise


def check_upload_size(source: Source) -> None:
    """Refuse what the service would refuse after the whole upload.

    Raises
    ------
    SourceError
        The source is larger than :data:`MAX_UPLOAD_BYTES`.
    """
    size = source.expected if source.size is None else source.size
    if size is not None and size > MAX_UPLOAD_BYTES:
        raise too_large(source.label, size)


def too_large(label: str, size: int) -> SourceError:
    """Return the error of an upload that the service would refuse."""
    return SourceError(
        f"{label} has {size / 1e9:.2f} GB; an upload may have {MAX_UPLOAD_BYTES / 1e9:.1f} GB.",
        hint="Give the service a URL of the file (up to 5.5 GB), or send the sound without the picture.",
    )


def empty(label: str) -> SourceError:
    """Return the error of a file without any bytes."""
    return SourceError(
        f"{label} is empty.", hint="It has no bytes: copy or record it again. Nothing was sent."
    )


def check_head(head: bytes, label: str) -> None:
    """Refuse what is empty, or says in its first bytes that it is not audio."""
    if not head:
        raise empty(label)
    if what := not_audio(head):
        raise SourceError(
            f"{label} is {what}, not audio.", hint="Check what the file holds; nothing was sent."
        )
