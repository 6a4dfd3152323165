"""Transcripts among the arguments of a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def as_transcript(thing: Any) -> Any:
    """Return the finished turns of a live session as a Transcript; anything else as it is."""
    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.transcripts.live_transcript import LiveTranscript

    return thing.to_transcript() if isinstance(thing, LiveStream | LiveTranscript) else thing


def recordings(about: Iterable[Any]) -> list[Any]:
    """Return transcripts, also those within sets and lists, in order.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> len(recordings([Transcript.from_json({}), "some text"]))
    1
    """
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    found: list[Any] = []
    for thing in map(as_transcript, about):
        if isinstance(thing, Transcript):
            found.append(thing)
        elif isinstance(thing, TranscriptSet | list | tuple):
            found += recordings(thing)
    return found
