"""Gives a recording to a session as fast as it was spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aai_jupyter.client.streaming.core import Core
from aai_jupyter.client.streaming.pcm_source import PcmSource, split_channels
from aai_jupyter.errors import AaiError


async def feed(
    cores: Sequence[Core],
    source: PcmSource,
    speed: float,
    on_block: Callable[[bytes], object] = lambda block: None,
) -> None:
    """Give a recording to a session (one for each channel) at the pace it was spoken, then end it."""
    loop = asyncio.get_running_loop()
    for core in cores:
        await core.begun.wait()
    start, given = loop.time(), 0.0
    try:
        async for block in source.blocks():
            while any(core.state == "paused" for core in cores):
                paused = loop.time()
                await asyncio.sleep(0.05)
                start += loop.time() - paused
            if not all(core.accepting for core in cores):
                break
            on_block(block)
            for core, pcm in zip(cores, split_channels(block, source.channels), strict=True):
                await core.send(pcm)
            given += len(block) / (2 * source.channels * source.rate)
            ahead = start + given / speed - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif ahead < -1:
                start -= ahead  # it was held up: go on at the right pace rather than race
    except AaiError as error:
        for core in cores:
            core.error = core.error or error
            core.abort()
        return
    for core in cores:
        core.finish()
