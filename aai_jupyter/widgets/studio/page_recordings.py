"""Recordings that the front end uploads: files in chunks, and the microphone as it records."""

from __future__ import annotations

import os
import secrets
import threading
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES
from aai_jupyter.errors import OptionError, SourceError
from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.widgets.page_sound import PageSound

MAX_OPEN = 20
MAX_SECONDS = 36_000
"""Of one recording by the microphone: what the service takes."""
MAX_PIECE = 8 * 2**20
"""Bytes of one message."""
MAX_NAME = 120
RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)


@dataclass
class PageRecording:
    """A recording of the studio, finished or not."""

    key: str
    name: str
    path: str
    size: int = 0
    seconds: float | None = None
    ready: bool = False
    uploaded: bool = True

    def shown(self) -> dict[str, Any]:
        """Describe it for the front end."""
        return {
            "key": self.key,
            "name": self.name,
            "size": self.size,
            "seconds": self.seconds,
            "ready": self.ready,
        }


class PageRecordings:
    """Stores uploads of the front end in a folder that only its owner can read.

    Parameters
    ----------
    folder : Path
        Made when the first recording comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.items: dict[str, PageRecording] = {}
        self._open: dict[str, BinaryIO | wave.Wave_write] = {}
        self._raw: dict[str, BinaryIO] = {}
        self._sounds: dict[str, PageSound] = {}
        self._lock = threading.RLock()

    def begin(self, name: Any, size: Any) -> PageRecording:
        """Begin the upload of a file.

        Raises
        ------
        OptionError, SourceError
            It has no name or size, or is too large.
        """
        self._check_room()
        if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
            raise SourceError(f"{_name(name)} is empty.")
        if size > MAX_UPLOAD_BYTES:
            raise SourceError(
                f"{_name(name)} has {size / 1e9:.1f} GB; at most {MAX_UPLOAD_BYTES / 1e9:.1f} GB go."
            )
        with self._lock:
            item, stream = self._new(_name(name))
            item.size = size
            self._open[item.key] = stream
            return item

    def piece(self, key: Any, offset: Any, data: Any) -> int:
        """Write the next chunk of a file; return the number of bytes so far."""
        with self._lock:
            stream = self._stream(key)
            assert not isinstance(stream, wave.Wave_write)
            piece = memoryview(data)
            if piece.nbytes > MAX_PIECE or offset != stream.tell():
                raise OptionError(f"Bytes {offset} to {offset + piece.nbytes} do not follow {stream.tell()}.")
            stream.write(piece)
            if stream.tell() > self.items[key].size:
                raise OptionError("More bytes came than the file has.")
            return stream.tell()

    def finish(self, key: Any) -> PageRecording:
        """Close a complete upload, and check that it is a recording.

        Raises
        ------
        SourceError
            It is not. The file is removed.
        """
        from aai_jupyter.client.sources.reading import resolve_sources

        with self._lock:
            stream = self._stream(key)
            item = self.items[key]
            if isinstance(stream, wave.Wave_write):
                for _, frame in self._sounds[key].rest():
                    stream.writeframes(frame)
            self._shut(key)
            try:
                if not isinstance(stream, wave.Wave_write) and os.path.getsize(item.path) != item.size:
                    raise SourceError(f"{item.name} did not arrive whole.", hint="Drop it again.")
                (source,) = resolve_sources(Path(item.path))
            except SourceError as error:
                self.remove(key)
                # Whoever dropped it knows it by its name.
                raise SourceError(error.message.replace(item.path, item.name), hint=error.hint) from None
            item.size, item.seconds, item.ready = os.path.getsize(item.path), source.seconds, True
            return item

    def record(self, rate: Any, name: Any = "recording.wav") -> PageRecording:
        """Begin a recording of the microphone: mono, 16 bits."""
        if rate not in RATES:
            raise OptionError(f"No recording at {rate!r} samples per second.")
        self._check_room()
        with self._lock:
            item, stream = self._new(_name(name))
            writer = wave.open(stream, "wb")  # noqa: SIM115 (open for as long as somebody speaks)
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(rate)
            self._open[item.key], self._raw[item.key] = writer, stream
            self._sounds[item.key] = PageSound(most=MAX_PIECE)
            return item

    def frames(self, key: Any, seq: Any, data: Any) -> float:
        """Write samples (int16, little-endian) in the order of their numbers, from 1; the file stays valid.

        Returns the seconds so far.
        """
        with self._lock:
            writer = self._stream(key)
            assert isinstance(writer, wave.Wave_write)
            samples = memoryview(data)
            if not isinstance(seq, int) or samples.nbytes > MAX_PIECE or samples.nbytes % 2:
                raise OptionError("These are no samples of 16 bits.")
            if writer.getnframes() > MAX_SECONDS * writer.getframerate():
                raise OptionError(f"A recording has at most {MAX_SECONDS // 3600} hours.")
            for _, frame in self._sounds[key].add(seq, bytes(samples)):
                writer.writeframes(frame)
            return writer.getnframes() / writer.getframerate()

    def add(self, text: Any) -> list[PageRecording]:
        """Add recordings that the kernel can read itself: a path, pattern, folder or URL.

        Raises
        ------
        SourceError
        """
        from aai_jupyter.client.sources.reading import resolve_sources

        if not isinstance(text, str) or not text.strip():
            raise SourceError("Write a path or a URL.")
        if "**" in text:  # the whole disk could be asked for, and nothing else is answered meanwhile
            raise SourceError("Patterns with ** are not looked for from the page.", hint="Name the folder.")
        with self._lock:
            added = []
            for source in resolve_sources(text.strip()):
                place = source.url or str(source.path)
                item = PageRecording(
                    secrets.token_hex(8), source.label, place, source.size or 0, source.seconds, True, False
                )
                self.items[item.key] = item
                added.append(item)
            return added

    def _check_room(self) -> None:
        if len(self._open) >= MAX_OPEN:
            raise OptionError(f"{MAX_OPEN} recordings are arriving already; wait for them.")

    def remove(self, key: Any) -> None:
        """Remove a recording; the file of an upload is deleted."""
        with self._lock:
            item = self.items.pop(key, None)
            self._shut(key)
            if item is not None and item.uploaded:
                Path(item.path).unlink(missing_ok=True)

    def close(self) -> None:
        """Close what is open; finished files stay."""
        with self._lock:
            for key in list(self._open):
                self._shut(key)

    def _new(self, name: str) -> tuple[PageRecording, BinaryIO]:
        folder = private_folder(self.folder)
        stem, suffix = os.path.splitext(name)
        for number in range(1, 10_000):
            path = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
            try:
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
            except FileExistsError:
                continue
            item = PageRecording(secrets.token_hex(8), path.name, str(path))
            self.items[item.key] = item
            return item, os.fdopen(handle, "w+b")
        raise SourceError(f"There are too many files named {name} in {folder}.")

    def _stream(self, key: Any) -> BinaryIO | wave.Wave_write:
        if key not in self._open:
            raise OptionError("This recording is not being received.")
        return self._open[key]

    def _shut(self, key: Any) -> None:
        self._sounds.pop(key, None)
        for streams in (self._open, self._raw):
            stream: Any = streams.pop(key, None)
            if stream is not None:
                stream.close()


def _name(name: Any) -> str:
    """Return a safe file name: no folder, no control characters, not hidden, not too long."""
    text = str(name or "recording").replace("\\", "/").rpartition("/")[2]
    text = "".join("_" if not c.isprintable() or c in '<>:"|?*' else c for c in text)
    stem, suffix = os.path.splitext(text.strip(" .") or "recording")
    stem = stem.encode("utf-8", "ignore").decode() or "recording"
    return stem[: MAX_NAME - len(suffix[:12])] + suffix[:12].encode("utf-8", "ignore").decode()
