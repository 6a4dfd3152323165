"""Download of the redacted recording (personal data beeped out), once per transcript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aai_jupyter.errors import UsageError
from aai_jupyter.files.private_folder import private_folder

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
    from aai_jupyter.jobs.home_folders import REDACTED
    from aai_jupyter.runtime.process import runtime

    folder = private_folder(Path(runtime().settings.home) / REDACTED)
    transcript.audio = save_redacted(transcript, folder)


def save_redacted(transcript: Transcript, path: str | Path) -> Path:
    """Save the beeped recording to a file, or into a folder.

    Raises
    ------
    AaiError
        It was not asked for, or is not there any more: the service keeps it for a day.
    """
    from aai_jupyter.runtime.process import runtime

    if not transcript.redacts_audio or transcript.id is None:
        raise UsageError(
            "There is no redacted audio of this transcript.",
            hint="Transcribe with redact_pii=True, redact_pii_policies and redact_pii_audio=True.",
        )
    rt, identity = runtime(), transcript.id

    async def download() -> Path:
        client = await rt.client()
        return Path(await client.transcripts.redacted_audio(identity, path))

    return rt.bridge.run(download())
