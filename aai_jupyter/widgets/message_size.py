"""Sizes of what a widget tells its page: long values go in several messages.

A page far away shows what has arrived, and hosts close a connection whose messages are too large.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

LARGEST = 700_000
"""Bytes of traits in one message, which then stays under 1 MB with all that is around them."""
_WIDEST = 4  # bytes of a character


def size_of(value: Any) -> int:
    """Return about how many bytes a trait takes in a message.

    Examples
    --------
    >>> size_of(b"abc"), size_of("abc"), size_of("äb"), size_of(["a", "bc"]), size_of({"a": 1})
    (3, 3, 3, 9, 8)
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return len(value)
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sum(size_of(one) + 3 for one in value)
    return len(json.dumps(value, default=str))


def pieces(value: Any, largest: int | None = None) -> list[Any]:
    """Return a text, bytes or a list of texts in pieces, none larger than a message; any other value whole.

    Examples
    --------
    >>> pieces("abcdef", 4), pieces("äöü", 4), pieces(b"abc", 2), pieces(["ab", "cd", "e"], 10)
    (['abcd', 'ef'], ['ä', 'ö', 'ü'], [b'ab', b'c'], [['ab', 'cd'], ['e']])
    """
    largest = LARGEST if largest is None else largest
    if size_of(value) <= largest:
        return [value]
    if isinstance(value, list):
        found: list[Any] = [[]]
        room = largest
        for one in value:
            room -= size_of(one) + 3
            if room < 0 and found[-1]:
                found.append([])
                room = largest - size_of(one) - 3
            found[-1].append(one)
        return found
    if not isinstance(value, str | bytes):
        return [value]
    step = largest // (1 if isinstance(value, bytes) or value.isascii() else _WIDEST)
    return [value[first : first + step] for first in range(0, len(value), step)]


def batches(sizes: Mapping[str, int], largest: int | None = None) -> Iterable[list[str]]:
    """Yield names, in their order, that go into one message each.

    Examples
    --------
    >>> list(batches({"a": 3, "b": 4, "c": 9, "d": 1}, 8))
    [['a', 'b'], ['c'], ['d']]
    """
    batch: list[str] = []
    room = largest = LARGEST if largest is None else largest
    for name, size in sizes.items():
        if batch and size > room:
            yield batch
            batch, room = [], largest
        batch.append(name)
        room -= size
    if batch:
        yield batch
