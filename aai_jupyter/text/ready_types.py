"""Types that JSON is decoded into, made ready before threads use them.

msgspec looks a class over when something is first decoded into it, and two threads that do so at once crash
the process (0.22: the second finds the half-made table of the first). So each class of this package is looked
over where it is defined, under the lock of the import.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

K = TypeVar("K", bound=type)


def ready(kind: K) -> K:
    """Make a struct or dataclass ready to be decoded into by several threads; a decorator.

    Examples
    --------
    >>> @ready
    ... class Point(msgspec.Struct):
    ...     x: int
    >>> msgspec.json.decode(b'{"x": 1}', type=Point)
    Point(x=1)
    """
    msgspec.json.Decoder(kind)
    return kind
