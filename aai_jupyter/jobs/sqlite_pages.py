"""Pages of an SQLite file, read without SQLite: for files that it refuses (https://sqlite.org/fileformat2.html)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_MAGIC = b"SQLite format 3\0"
_INDEX_INNER, _INDEX_LEAF = 2, 10
_SIZES = tuple(1 << power for power in range(9, 17))
_DEFAULT_SIZE = 4096
_LARGEST_RECORD = 1 << 31


def page_map(path: Path) -> tuple[dict[int, bytes], int]:
    """Return the pages by number, those of the write-ahead log in place of the file's, and a page's size."""
    content = path.read_bytes()
    log = path.with_name(path.name + "-wal")
    frames = log.read_bytes() if log.is_file() else b""
    size = _page_size(content, frames)
    pages = {
        number + 1: content[start : start + size]
        for number, start in enumerate(range(0, len(content) - size + 1, size))
    }
    pages.update(_log_pages(frames, size))
    return pages, size


def index_records(pages: Mapping[int, bytes], size: int) -> Iterator[tuple[Any, ...]]:
    """Yield each record of the pages of indexes and of tables WITHOUT ROWID, as far as it can be decoded."""
    for number, page in pages.items():
        start = 100 if number == 1 else 0
        if len(page) != size or page[start] not in (_INDEX_INNER, _INDEX_LEAF):
            continue
        inner = page[start] == _INDEX_INNER
        (cells,) = struct.unpack_from(">H", page, start + 3)
        first = start + (12 if inner else 8)
        for cell in range(min(cells, (size - first) // 2)):
            (place,) = struct.unpack_from(">H", page, first + 2 * cell)
            try:
                yield _decode(_payload(pages, page, place + (4 if inner else 0), size))
            except (ValueError, LookupError, struct.error):
                continue


def _page_size(content: bytes, frames: bytes) -> int:
    for data, place, form in ((content, 16, ">H"), (frames, 8, ">I")):
        if len(data) >= 32 and (data is frames or data.startswith(_MAGIC)):
            (size,) = struct.unpack_from(form, data, place)
            size = 65536 if size == 1 else size
            if size in _SIZES:
                return int(size)
    return _DEFAULT_SIZE


def _log_pages(frames: bytes, size: int) -> dict[int, bytes]:
    """Pages of the committed transactions in the log."""
    committed: dict[int, bytes] = {}
    if len(frames) < 32:
        return committed
    salts, pending = frames[16:24], {}
    for start in range(32, len(frames) - size - 23, size + 24):
        number, pages_after = struct.unpack_from(">II", frames, start)
        if frames[start + 8 : start + 16] != salts:
            break  # of the log's last round
        pending[number] = frames[start + 24 : start + 24 + size]
        if pages_after:
            committed.update(pending)
            pending = {}
    return committed


def _payload(pages: Mapping[int, bytes], page: bytes, place: int, size: int) -> bytes:
    length, place = _varint(page, place)
    if not 0 < length < _LARGEST_RECORD:
        raise ValueError("no record is so long")
    most = (size - 12) * 64 // 255 - 23
    if length <= most:
        found = page[place : place + length]
    else:
        least = (size - 12) * 32 // 255 - 23
        here = least + (length - least) % (size - 4)
        here = here if here <= most else least
        parts, missing = [page[place : place + here]], length - here
        (following,) = struct.unpack_from(">I", page, place + here)
        while missing > 0:
            overflow = pages[following]
            parts.append(overflow[4 : 4 + missing])
            missing -= size - 4
            (following,) = struct.unpack_from(">I", overflow)
        found = b"".join(parts)
    if len(found) != length:
        raise ValueError("cut short")
    return found


def _decode(record: bytes) -> tuple[Any, ...]:
    head, place = _varint(record, 0)
    if head > len(record):
        raise ValueError("cut short")
    kinds = []
    while place < head:
        kind, place = _varint(record, place)
        kinds.append(kind)
    values = []
    for kind in kinds:
        value, place = _value(record, place, kind)
        values.append(value)
    if place != len(record):
        raise ValueError("another length")
    return tuple(values)


def _value(record: bytes, place: int, kind: int) -> tuple[Any, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], place
    if kind == 7:
        return struct.unpack_from(">d", record, place)[0], place + 8
    if 1 <= kind <= 6:
        length = (1, 2, 3, 4, 6, 8)[kind - 1]
        return int.from_bytes(record[place : place + length], "big", signed=True), place + length
    if kind < 12:
        raise ValueError("reserved")
    length = (kind - 12) // 2
    content = record[place : place + length]
    if len(content) != length:
        raise ValueError("cut short")
    return (content if kind % 2 == 0 else content.decode("utf-8")), place + length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[place]
        place += 1
        if count == 8:
            return value << 8 | byte, place
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, place
