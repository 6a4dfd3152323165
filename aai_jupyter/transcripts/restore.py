"""Construction of a transcript from a stored answer and the edits stored on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aai_jupyter.client.transcript_data import TranscriptData, decode_transcript
from aai_jupyter.jobs.erasure import is_kept
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.transcript import Transcript

if TYPE_CHECKING:
    from aai_jupyter.client.sources.source import Source
    from aai_jupyter.jobs.store import Store


@dataclass(frozen=True)
class StoredLayers:
    """Storage of a transcript's layers in the store of this machine."""

    store: Store
    transcript_id: str

    def read(self, kind: str) -> bytes:
        return self.store.layer(self.transcript_id, kind)

    def keep(self, kind: str, value: bytes) -> None:
        if not is_kept(self.store, self.transcript_id):
            return  # erased meanwhile: what is corrected in an object that is still there brings nothing back
        self.store.keep_layer(self.transcript_id, kind, value)


def restored(data: TranscriptData, store: Store, source: Source | str | None = None) -> Transcript:
    """Return the transcript of an answer, with its stored edits; further edits are stored, too.

    Parameters
    ----------
    data : TranscriptData
    store : Store
        Has its edits, and where the recording was the last time.
    source : Source or str, optional
        The recording, when it is at hand; or only what the user called it.

    Notes
    -----
    When the service was asked to beep out personal data, the original is not what is played: see
    :mod:`aai_jupyter.widgets.player.redacted_recording`.
    """
    named = source if isinstance(source, str) or source is None else source.label
    transcript = Transcript(data, source=named)
    if transcript.id is None:
        return transcript
    layers = StoredLayers(store, transcript.id)
    known = layers.read("audio")
    recording = Recording.from_facts(json.loads(known)) if known else None
    if source is not None and not isinstance(source, str) and not transcript.redacts_audio:
        recording = Recording.of_source(source)
        if (facts := json.dumps(recording.facts()).encode()) != known and recording.facts():
            layers.keep("audio", facts)
    transcript.take_layers(layers, recording)
    return transcript


def restored_by_id(transcript_id: str, store: Store) -> Transcript | None:
    """Return the stored transcript of an id; None without one."""
    stored = store.transcript(transcript_id)
    return None if stored is None else restored(decode_transcript(stored.raw), store, stored.source)
