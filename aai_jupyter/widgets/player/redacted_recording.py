"""Download of the redacted recording (personal data beeped out), once per transcript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript


def wanted(transcript: Transcript) -> bool:
    """Return whether the redacted recording is still to be downloaded."""
    return transcript.audio is None and transcript.redacts_audio and transcript.fetched


def fetch(transcript: Transcript) -> None:
    """Save the redacted recording beside the store and attach it to the transcript.

    Raises
    ------
    AaiError
        It is not there (any more): the service keeps it for a day.
    """
    from aai_jupyter.jobs.store_database import private_folder
    from aai_jupyter.runtime.process import runtime

    rt = runtime()
    folder = private_folder(Path(rt.settings.home) / "audio")
    assert transcript.id is not None
    identity = transcript.id

    async def download() -> str | Path:
        client = await rt.client()
        return await client.transcripts.redacted_audio(identity, folder)

    transcript.audio = rt.bridge.run(download())
