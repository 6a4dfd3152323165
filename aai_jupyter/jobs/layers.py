"""Transcripts together with what people added to them on this machine: edits, and where the recording is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aai_jupyter.recording import Recording

if TYPE_CHECKING:
    from aai_jupyter.client.sources.source import Source
    from aai_jupyter.jobs.store import Store
    from aai_jupyter.transcript import Transcript


@dataclass(frozen=True)
class StoredLayers:
    """Where a transcript reads and keeps its layers."""

    store: Store
    transcript_id: str

    def read(self, kind: str) -> bytes:
        return self.store.layer(self.transcript_id, kind)

    def keep(self, kind: str, value: bytes) -> None:
        self.store.keep_layer(self.transcript_id, kind, value)


def with_layers(
    transcript: Transcript, store: Store, source: Source | None = None, sha256: str | None = None
) -> Transcript:
    """The transcript with the edits that were made to it before; from now on they are kept.

    Parameters
    ----------
    transcript : Transcript
    store : Store
    source : Source, optional
        The recording, when it is at hand: else it is where it was the last time.
    sha256 : str, optional
        Digest of its bytes.

    Notes
    -----
    When the service was asked to beep out personal data, the original is not what is played: see
    :mod:`aai_jupyter.widgets.redacted`.
    """
    if transcript.id is None:
        return transcript
    layers = StoredLayers(store, transcript.id)
    known = layers.read("audio")
    recording = Recording.from_facts(json.loads(known)) if known else None
    if source is not None and not transcript.redacts_audio:
        recording = Recording.of_source(source, sha256)
        if (facts := json.dumps(recording.facts()).encode()) != known and recording.facts():
            layers.keep("audio", facts)
    transcript.take_layers(layers, recording)
    return transcript
