"""Sides of a session: which channels there are, and the recording or recordings that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.sources.track_list import Tracks
from aai_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.pcm_source import PcmSource


def checked_sides(source: Any, sides: Sequence[str] | None, multichannel: bool) -> tuple[str, ...]:
    """Return the names of the channels of a session; none of one with one channel.

    Raises
    ------
    UsageError
        The names are not those of two channels.

    Examples
    --------
    >>> checked_sides(None, None, False), checked_sides("call.wav", None, True)
    ((), ('1', '2'))
    >>> checked_sides("call.wav", ["Agent", "Caller"], False)
    ('Agent', 'Caller')
    """
    if sides is None and isinstance(source, Tracks):
        sides = source.names
    if sides is None:
        return ("1", "2") if multichannel else ()
    if isinstance(sides, str):
        raise UsageError(f"sides are two names, not {sides!r}.", hint='sides=("You", "Computer")')
    names = tuple(str(name).strip() for name in sides)
    if len(names) != 2 or len(set(names)) != 2 or not all(names):
        raise UsageError(
            f"A session has two sides with different names, not {', '.join(map(repr, names)) or 'none'}.",
            hint='sides=("You", "Computer")',
        )
    return names


def open_sides(source: Any, *, rate: int | None, channels: int) -> PcmSource:
    """Open a recording, or the tracks of a conversation, for a session with so many channels.

    Raises
    ------
    SourceError
        It cannot be read, or is not audio.
    """
    from aai_jupyter.client.streaming.pcm_source import open_source
    from aai_jupyter.client.streaming.track_source import open_tracks

    if isinstance(source, Tracks):
        return open_tracks(source, rate=rate)
    return open_source(source, rate=rate, channels=channels)
