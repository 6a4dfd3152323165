"""Languages of recordings, as the local engine hears them in half a minute of each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aai_jupyter.errors import AaiError, TranscriptionFailedError, UsageError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.client import Client

LEAST = 0.5
"""Confidence from which on a language is told."""
AT_ONCE = 2
# Above any confidence: so the engine tells the language that it has found, and recognises nothing.
_UNREACHED = 1.0
_TOLD = re.compile(r"detected language '(?P<code>\w+)', confidence (?P<sure>[\d.]+)")


def languages_of(sounds: Sequence[bytes | None]) -> list[tuple[str | None, float | None]]:
    """Return language and confidence of each excerpt; no language without speech, or when it is a guess.

    Raises
    ------
    UsageError
        The engine's model knows English only.
    EngineError
        The engine is not installed.
    """
    from aai_jupyter.client import Client
    from aai_jupyter.jobs.engine import ensure_engine

    rt = runtime()
    if str(rt.settings.local_model).endswith(".en"):
        raise UsageError(
            f"The model {rt.settings.local_model} knows English only: it tells no languages.",
            hint='aai.settings.local_model = "base"',
        )
    endpoint = ensure_engine(rt.settings)

    async def ask() -> list[tuple[str | None, float | None]]:
        places = asyncio.Semaphore(AT_ONCE)
        async with Client(endpoint) as client:

            async def one(sound: bytes | None) -> tuple[str | None, float | None]:
                if sound is None:
                    return None, None
                async with places:
                    return await _language(client, sound)

            return await asyncio.gather(*map(one, sounds))

    return rt.bridge.run(ask())


async def _language(client: Client, sound: bytes) -> tuple[str | None, float | None]:
    url = await client.transcripts.upload(sound)
    job = await client.transcripts.submit(
        url, language_detection=True, language_confidence_threshold=_UNREACHED
    )
    try:
        data = await client.transcripts.wait(str(job.id))
        code, sure = data.language_code, data.number_of("language_confidence")
    except TranscriptionFailedError as error:
        told = _TOLD.search(error.detail or error.message)
        code, sure = (told["code"], float(told["sure"])) if told else (None, None)  # no speech
    finally:
        await _forget(client, str(job.id))
    return (code if sure is not None and sure >= LEAST else None), sure


async def _forget(client: Client, transcript_id: str) -> None:
    try:
        await client.transcripts.delete(transcript_id)
    except AaiError:  # it goes with the engine's other data
        return
