# ruff: noqa: ASYNC110 - what is waited for happens in the server
"""A session with the scripted service, from its first word to its end."""

from __future__ import annotations

import asyncio

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.connecting import StreamingPolicy, StreamingSession
from tests.streaming_server import RATE, Script, scripted, speech

QUICK = StreamingPolicy(begin=30.0, end=30.0, hasty_end=10.0, first=0.01, longest=0.02, catch_up=1e6)
"""Quick where it tries again; its limits are those of a machine that does much else."""
SECONDS = 24


async def said(script: Script, seconds: float = SECONDS, **options) -> StreamingSession:
    """Stream the recording as fast as it goes."""
    async with scripted(script), Client(script.endpoint) as client:
        options.setdefault("policy", QUICK)
        async with client.streaming.connect(sample_rate=RATE, **options) as session:
            sound = speech(seconds)
            for start in range(0, len(sound), 4800):
                await session.send(sound[start : start + 4800])
        return session


def final_words(session: StreamingSession) -> list[tuple[str, int, int]]:
    return [(w.text, w.start, w.end) for turn in session.turns.final() for w in turn.words]


async def ended(script: Script) -> None:
    """Wait until the session has said goodbye and is closed."""
    async with asyncio.timeout(60):
        while script.open or {"type": "Terminate"} not in script.messages:
            await asyncio.sleep(0.01)
