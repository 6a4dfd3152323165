"""Real-time speech: `stream` waits, `stream_async` is awaited, `LiveStream` runs beside the cell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.events import Event, Turn
from aai_jupyter.errors import StreamInterrupted, UsageError
from aai_jupyter.live.live_stream import LiveStream
from aai_jupyter.runtime.process import runtime
from aai_jupyter.transcripts.live_transcript import LiveTranscript

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import StreamKeywords
    from aai_jupyter.client.sources.source_types import AudioSource
    from aai_jupyter.client.sources.track_list import Tracks

__all__ = ["LiveStream", "stream", "stream_async"]


def stream(
    source: AudioSource | Tracks | None = None,
    *,
    on_turn: Callable[[Turn], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **arguments: Unpack[StreamKeywords],
) -> LiveTranscript:
    """Send a recording as live speech, or listen to devices of this machine, and wait for the end.

    Parameters
    ----------
    source
        Path, URL, bytes, binary file or ``(samples, rate)``; or two recordings of one conversation, each with
        one speaker, as ``aai.tracks(You=a, Computer=b)``: two sessions (each is billed), merged by time.
        Without one, ``mic=True`` listens until an interrupt, and with ``computer=True`` to both sides of a
        call: the other one is what this machine plays.
    on_turn, on_event : callable, optional
        Called in the calling thread with each finished turn, with each event.
    **arguments
        Those of :class:`LiveStream`, and the options of the socket: ``speaker_labels=True``, ...

    Returns
    -------
    LiveTranscript

    Raises
    ------
    OptionError, SourceError, UsageError
        Before anything is sent.
    StreamingError, AaiError
        The session ended with an error.
    StreamInterrupted
        A KeyboardInterrupt; holds what was heard.

    Examples
    --------
    >>> live = aai.stream(mic=True, computer=True, max_minutes=30)  # doctest: +SKIP
    >>> live = aai.stream(aai.sample(), on_turn=lambda turn: print(turn.transcript))  # doctest: +SKIP
    """
    _check_sound(source, arguments)
    live = LiveStream(source, **arguments)
    runtime().endpoint()
    make = runtime().captions if on_turn is None and on_event is None else None
    screen = make(live) if make is not None else None
    live.printed_elsewhere = True
    live.start()
    try:
        for event in live:
            if screen is not None:
                screen.draw()
            if on_event is not None:
                on_event(event)
            if on_turn is not None and isinstance(event, Turn) and event.end_of_turn:
                on_turn(event)
    except KeyboardInterrupt:
        live.stop(hasty=True)
        raise StreamInterrupted(live.transcript) from None
    except BaseException:
        live.stop(hasty=True)
        raise
    finally:
        if screen is not None:
            screen.draw(last=True)
    return live.result()


async def stream_async(
    source: AudioSource | Tracks | None = None,
    *,
    on_turn: Callable[[Turn], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **arguments: Unpack[StreamKeywords],
) -> LiveTranscript:
    """The same as :func:`stream`, to be awaited. Callables are called on the caller's loop.

    Examples
    --------
    >>> live = await aai.stream_async("talk.mp3")  # doctest: +SKIP
    """
    _check_sound(source, arguments)
    live = await asyncio.to_thread(LiveStream, source, **arguments)
    live.start()
    try:
        async for event in live:
            if on_event is not None:
                on_event(event)
            if on_turn is not None and isinstance(event, Turn) and event.end_of_turn:
                on_turn(event)
    except BaseException:
        live.stop(hasty=True, wait=False)
        raise
    return live.result()


def _check_sound(source: object, arguments: Mapping[str, object]) -> None:
    if source is None and not (arguments.get("mic") or arguments.get("computer")):
        raise UsageError(
            "There is nothing to listen to.",
            hint="Name a recording, or mic=True; LiveStream() takes pushed sound.",
        )
