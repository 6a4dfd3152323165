"""Paced source: a recording sent to a session as fast as it was spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.client.streaming.pcm_source import PcmSource, split_channels
from aai_jupyter.errors import AaiError

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.session import StreamingSession


async def feed(
    sessions: Sequence[StreamingSession],
    source: PcmSource,
    speed: float,
    on_block: Callable[[bytes], object] = lambda block: None,
) -> None:
    """Send a recording to a session (one for each channel) at the pace it was spoken, then end it."""
    loop = asyncio.get_running_loop()
    for session in sessions:
        await session.begun.wait()
    start, given = loop.time(), 0.0
    try:
        async for block in source.blocks():
            while any(session.state == "paused" for session in sessions):
                paused = loop.time()
                await asyncio.sleep(0.05)
                start += loop.time() - paused
            if not all(session.accepting for session in sessions):
                break
            on_block(block)
            for session, pcm in zip(sessions, split_channels(block, source.channels), strict=True):
                await session.send(pcm)
            given += len(block) / (2 * source.channels * source.rate)
            ahead = start + given / speed - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif ahead < -1:
                start -= ahead  # it was held up: go on at the right pace rather than race
    except AaiError as error:
        for session in sessions:
            session.error = session.error or error
            session.end(hasty=True)
        return
    for session in sessions:
        session.end()
