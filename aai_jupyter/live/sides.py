"""Sides of a session: which channels there are, and the recording or recordings that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.sources.track_list import Tracks
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.side_names import CALL_SIDES

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.pcm_source import PcmSource


def checked_sides(
    source: Any, sides: Sequence[str] | None, multichannel: bool, *, call: bool = False
) -> tuple[str, ...]:
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
    if sides is None and call:
        return CALL_SIDES
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


def open_sides(source: Any, rate: Any, channels: int) -> PcmSource | None:
    """Open a recording, or the tracks of a conversation, for a session with so many channels.

    Raises
    ------
    SourceError
        It cannot be read, or is not audio.
    """
    from aai_jupyter.client.streaming.pcm_source import open_source
    from aai_jupyter.client.streaming.track_source import open_tracks

    wanted = int(rate) if rate else None
    if source is None:
        return None
    if isinstance(source, Tracks):
        return open_tracks(source, rate=wanted)
    return open_source(source, rate=wanted, channels=channels)
