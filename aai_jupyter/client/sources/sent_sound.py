"""What of a recording is sent: of a video the sound alone, of several audio tracks the one that is meant."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from aai_jupyter.audio.remux import CannotRemux, SoundOnly, remuxed
from aai_jupyter.client.sources.source import Source
from aai_jupyter.errors import SourceError


def sound_alone(source: Source) -> Source | None:
    """Return a source of the sound without the picture and the other tracks; None if it is sent as it is.

    Its bytes are copied out of the file while they are read, and nothing is encoded again. Where no container
    takes them with their times, the file is sent as it is.

    Raises
    ------
    SourceError
        A track was asked for that cannot be taken out of the file.
    """
    facts = source.sound
    if facts is None or facts.alone:
        return None

    def whole() -> BinaryIO | str:
        return str(source.path) if source.path is not None else source.open()

    try:
        with remuxed(whole, facts.track) as first:
            container = first.container
    except CannotRemux as error:
        check_whole(source, error)
        return None

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(SoundOnly(whole, facts.track, container)))

    return Source(source.label, "stream", None, _opener=opened, expected=facts.size)


def check_whole(source: Source, error: Exception) -> None:
    """Refuse to send a whole file of which one track was asked for.

    Raises
    ------
    SourceError
    """
    if source.track is not None and source.sound is not None and source.sound.tracks > 1:
        raise SourceError(
            f"Audio track {source.track} cannot be taken out of {source.label}: {error}.",
            hint="Export that track to a file of its own, and give that.",
        ) from None
