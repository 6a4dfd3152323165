"""Recordings in stores that fsspec reaches: ``s3://``, ``gs://``, ``sftp://``, ``memory://`` and others.

They are streamed from there to the service, never copied to the disk. A recording is recognised by its
address and the mark that its store puts on each version of it (ETag, checksum, time of change): what is known
is not read again. Its bytes are read once, and hashed on the way, so that they are known elsewhere too.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

from aai_jupyter.client.sources.formats import MEDIA_EXTENSIONS
from aai_jupyter.client.sources.source import Source, empty, read_error
from aai_jupyter.errors import SourceError
from aai_jupyter.network.offline_lock import lock

_HERE = frozenset(("file", "local", "http", "https", "data", "memory"))
_WRAPPERS = frozenset(
    (
        "blockcache", "cached", "dask", "dir", "filecache", "generic", "jlab", "jupyter", "libarchive",
        "reference", "simplecache", "tar", "zip", "asynclocal", "async_wrapper", "arrow_hdfs",
    )
)  # fmt: skip
_MARKS = (
    "ETag", "etag", "md5Hash", "md5", "checksum", "ContentMD5", "content_md5", "generation", "version_id",
    "VersionId", "blob_id", "crc32c", "LastModified", "last_modified", "mtime", "modified", "updated",
    "created",
)  # fmt: skip
"""What stores call the mark of a version, the surest first."""
_BLOCK = 1 << 20


def is_remote(scheme: str) -> bool:
    """Whether fsspec knows a store by this name; without fsspec, False."""
    try:
        from fsspec.registry import known_implementations, registry
    except ImportError:
        return False
    if scheme == "memory":
        return True
    known = scheme in known_implementations or scheme in registry
    return known and scheme not in _HERE and scheme not in _WRAPPERS


def from_address(text: str, notes: list[str]) -> list[Source]:
    """Return the recording of an address, or those of a folder or pattern in a store.

    Raises
    ------
    SourceError
        There is none, the store refuses, or a package for it is missing.
    """
    scheme = text.split("://", 1)[0].lower()
    if scheme != "memory":
        lock.check(text)
    import fsspec

    shown = _without_password(text)
    try:
        store, path = fsspec.core.url_to_fs(text)
    except ImportError as error:
        raise SourceError(f"{shown} needs another package: {error}.") from error
    except Exception as error:  # stores are other people's code
        raise read_error(shown, error) from error
    try:
        store.invalidate_cache()  # what changed since this process last looked has another mark
        if any(mark in path for mark in "*?["):
            found, asked = store.glob(path, detail=True), True
        elif (info := store.info(path))["type"] == "directory":
            found, asked = {one["name"]: one for one in store.ls(path, detail=True)}, True
        else:
            found, asked = {path: info}, False
    except FileNotFoundError:
        raise SourceError(
            f"{shown} does not exist.", hint="Check the address, and who may read it."
        ) from None
    except Exception as error:  # stores are other people's code
        raise read_error(shown, error) from error
    files = {name: one for name, one in found.items() if one.get("type") != "directory"}
    media = {name: one for name, one in files.items() if not asked or _is_media(name)}
    if not media:
        raise SourceError(f"{shown} has no audio or video files." if asked else f"{shown} is a folder.")
    if len(files) > len(media):
        notes.append(
            f"Left out of {shown}, as it is neither audio nor video: {len(files) - len(media)} files."
        )
    made = [
        _source(store, name, one, _address(shown, name) if asked else shown) for name, one in media.items()
    ]
    for source in made:
        source.listed = asked
    return made


def _source(store: Any, path: str, info: dict[str, Any], label: str) -> Source:
    size = info.get("size")
    if size == 0:
        return Source(label, "file", error=empty(label))
    mark = next((f"{name}={info[name]}" for name in _MARKS if info.get(name)), None)
    identity = f"remote:{label}@{mark},{size}" if mark is not None else None
    source = Source(label, "stream", size, _plain=True, identity=identity)

    def opened() -> BinaryIO:
        own = _own_connection(store)
        file = own.open(path, "rb", block_size=_BLOCK, cache_type="readahead")
        return cast(BinaryIO, HashedFile(file, source.hashed, None if own is store else lambda: _close(own)))

    source._opener = opened
    return source


class HashedFile(io.RawIOBase):
    """A file whose bytes are hashed as they are read from its start to its end, in that order.

    Parameters
    ----------
    file : binary file
    done : callable
        Gets the SHA-256 when the end is reached.
    at_close : callable, optional

    Examples
    --------
    >>> said = []
    >>> file = HashedFile(io.BytesIO(b"abc"), said.append)
    >>> file.read(2), file.read(2), file.read(2), said[0][:8]
    (b'ab', b'c', b'', 'ba7816bf')
    """

    def __init__(
        self, file: BinaryIO, done: Callable[[str], None], at_close: Callable[[], None] | None = None
    ) -> None:
        self._file, self._done, self._at_close = file, done, at_close
        self._hash = hashlib.sha256()
        self._place: int | None = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def read(self, size: int | None = -1) -> bytes:
        data = self._file.read(-1 if size is None else size)
        if self._place is not None:
            self._hash.update(data)
            self._place += len(data)
            if not data or size is None or size < 0:
                self._done(self._hash.hexdigest())
                self._place = None
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        place = self._file.seek(offset, whence)
        if place != self._place:
            self._place = None
        if place == 0:
            self._hash, self._place = hashlib.sha256(), 0
        return place

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            if self._at_close is not None:
                self._at_close()
        super().close()


def _own_connection(store: Any) -> Any:
    """A connection for one file, where threads cannot share one: SFTP and FTP would mix answers up."""
    if getattr(store, "async_impl", False) or store.protocol in ("memory", ("memory",)):
        return store
    return type(store)(*store.storage_args, **{**store.storage_options, "skip_instance_cache": True})


def _close(store: Any) -> None:
    for name in ("ftp", "client"):
        with contextlib.suppress(Exception):  # it was only read
            getattr(store, name).close()


def _without_password(text: str) -> str:
    """The address as it may be shown and stored."""
    parts = urlsplit(text)
    if parts.password is None:
        return text
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@", 1)))


def _address(asked: str, name: str) -> str:
    """The whole address of a file that a store lists by its path, as others in that store are written.

    Examples
    --------
    >>> _address("s3://calls/*.mp3", "calls/a.mp3"), _address("sftp://ann@host/in", "/in/a.mp3")
    ('s3://calls/a.mp3', 'sftp://ann@host/in/a.mp3')
    """
    scheme, _, rest = asked.partition("://")
    host = rest.split("/", 1)[0]
    if name.startswith("/") and host and not name.startswith(f"/{host}/"):  # the path alone, as of a server
        return f"{scheme}://{host}{name}"
    return f"{scheme}://{name.lstrip('/')}"


def _is_media(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in MEDIA_EXTENSIONS and not path.name.startswith(".")
