"""Objects that several machines share: a folder (also on NFS), or a bucket by way of fsspec.

All that is asked of them: a name that exists cannot be created again, and what is read is whole. That is what
the rules on who may submit what stand on; no file is ever locked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import tenacity

from aai_jupyter.errors import MissingDependencyError, OfflineError, StoreError, UsageError
from aai_jupyter.files.create_once import create_once
from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.network.offline_lock import lock

T = TypeVar("T")

CREATE_ONCE = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "memory": "fsspec",
}
"""Protocols whose file systems create an object on the condition that there is none, and their packages.
Others look first and write then, which two writers do at once."""
_CHECK = "creates-once"
"""An object that shows whether a second creation is refused."""
RETRY_SECONDS = 30.0
"""How long a failing store is tried again."""


class SharedObjects(Protocol):
    """Named bytes."""

    def create(self, name: str, content: bytes) -> bool:
        """Make an object, unless there is one of that name; return whether it was made."""

    def put(self, name: str, content: bytes) -> None:
        """Write an object, in place of one of that name."""

    def read(self, name: str) -> bytes | None:
        """Return an object; None without one."""


class FolderObjects:
    """Objects as files below a folder, on a disk or on a network file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        private_folder(folder)

    def create(self, name: str, content: bytes) -> bool:
        return create_once(self._made(name), content)

    def put(self, name: str, content: bytes) -> None:
        path = self._made(name)
        hidden = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(hidden, path)
        finally:
            hidden.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _made(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path


class BucketObjects:
    """Objects of a bucket, through fsspec.

    Parameters
    ----------
    url : str
        ``"s3://bucket/folder"``.
    options : mapping
        Of the file system: ``{"endpoint_url": ...}``.
    """

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        protocol = self._protocol = url.partition("://")[0]
        self._creates_once = False
        self._address = "http://localhost" if protocol == "memory" else _endpoint(options) or url
        lock.check(self._address)
        if protocol not in CREATE_ONCE:
            raise UsageError(
                f"{protocol}:// cannot hold a shared store: it does not create a file on condition.",
                hint=f"A folder can, and so can {', '.join(dict.fromkeys(CREATE_ONCE))}.",
            )
        try:
            import fsspec

            # A cached listing would hide what other machines write.
            more = {} if protocol == "memory" else {"use_listings_cache": False}
            self._system, self._root = fsspec.url_to_fs(url, **more, **options)
        except ImportError as error:
            package = CREATE_ONCE[protocol]
            raise MissingDependencyError(
                f"A store at {protocol}:// needs {package} ({error}).", hint=f"pip install fsspec {package}"
            ) from error

    def create(self, name: str, content: bytes) -> bool:
        if not self._creates_once:
            self._check_that_it_creates_once()
        return self._create(name, content)

    def _check_that_it_creates_once(self) -> None:
        """Refuse a library that passes over the condition: two machines would hold one claim, and pay."""
        if self._create(_CHECK, b"") and self._create(_CHECK, b""):
            raise UsageError(
                f"The library for {self._protocol}:// overwrites what it is told to create: "
                "it is too old for a shared store.",
                hint=f"pip install --upgrade fsspec {CREATE_ONCE[self._protocol]}",
            )
        self._creates_once = True

    def _create(self, name: str, content: bytes) -> bool:
        try:
            self._system.pipe_file(self._path(name), content, mode="create")
        except Exception as error:
            if isinstance(error, FileExistsError) or _condition_failed(error):
                return False
            raise
        return True

    def put(self, name: str, content: bytes) -> None:
        self._system.pipe_file(self._path(name), content)

    def read(self, name: str) -> bytes | None:
        try:
            found: bytes = self._system.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return found

    def _path(self, name: str) -> str:
        lock.check(self._address)  # it may have been locked meanwhile
        return f"{self._root.rstrip('/')}/{name}"


def _endpoint(options: dict[str, Any]) -> str | None:
    """The server that takes the place of the cloud's own."""
    more = options.get("client_kwargs")
    found = options.get("endpoint_url") or (more.get("endpoint_url") if isinstance(more, dict) else None)
    return found if isinstance(found, str) else None


def _condition_failed(error: BaseException | None) -> bool:
    """Whether a service said that its condition does not hold (412), in whatever way its library tells it."""
    while error is not None:
        response = getattr(error, "response", None)
        metadata = response.get("ResponseMetadata", {}) if isinstance(response, dict) else {}
        codes = (
            metadata.get("HTTPStatusCode"),
            getattr(error, "code", None),
            getattr(error, "status_code", None),
        )
        if any(str(code) == "412" for code in codes):
            return True
        error = error.__cause__
    return False


class PatientObjects:
    """Objects of a store that may be slow or fail for a while.

    Parameters
    ----------
    objects : SharedObjects
    seconds : float
        How long a failing call is tried again.
    on_boundary : callable, optional
        Called with ``"before create NAME"``, ``"after put NAME"``, ...: for tests.

    Raises
    ------
    StoreError
        It failed for so long.
    """

    def __init__(
        self,
        objects: SharedObjects,
        seconds: float = RETRY_SECONDS,
        on_boundary: Callable[[str], None] | None = None,
    ) -> None:
        self._objects = objects
        self._seconds = seconds
        self._on_boundary = on_boundary

    def create(self, name: str, content: bytes) -> bool:
        return self._do(f"create {name}", lambda: self._objects.create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._do(f"put {name}", lambda: self._objects.put(name, content))

    def read(self, name: str) -> bytes | None:
        return self._do(f"read {name}", lambda: self._objects.read(name))

    def _do(self, what: str, call: Callable[[], T]) -> T:
        if self._on_boundary is not None:
            self._on_boundary(f"before {what}")
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_delay(self._seconds),
            wait=tenacity.wait_random_exponential(0.1, 5.0),
            retry=tenacity.retry_if_not_exception_type((FileExistsError, UsageError, OfflineError)),
            reraise=True,
        )
        try:
            found = retrying(call)
        except OfflineError:
            raise
        except Exception as error:
            raise StoreError(
                f"The shared store cannot be used: {what} failed.", detail=f"{type(error).__name__}: {error}"
            ) from error
        if self._on_boundary is not None:
            self._on_boundary(f"after {what}")
        return found


def shared_objects(place: str | Path, options: dict[str, Any] | None = None) -> SharedObjects:
    """Return the objects of a folder or of an address of fsspec.

    Raises
    ------
    UsageError, MissingDependencyError
    """
    text = os.fspath(place)
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    if "://" in text:
        return BucketObjects(text, options or {})
    try:
        return FolderObjects(Path(text).expanduser())
    except OSError as error:
        raise UsageError(
            f"Cannot use {text} as a shared store: {error.strerror or error}.",
            hint="Give a folder that can be written.",
        ) from error
