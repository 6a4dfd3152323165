"""Construction of a transcript from a stored answer and the edits stored on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from aai_jupyter.client.transcript_data import TranscriptData, decode_transcript
from aai_jupyter.jobs.bulk_lookup import layers_many
from aai_jupyter.jobs.erasure import is_kept
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.transcripts import archive
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.saved_recording import beside
from aai_jupyter.transcripts.transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

    from aai_jupyter.client.sources.source import Source
    from aai_jupyter.jobs.store import Store, Stored

_REDACTS = re.compile(rb'"redact_pii_audio"\s*+:\s*+true')


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


class AliveTranscripts(WeakValueDictionary[tuple[str, str], Transcript]):
    """Transcripts of this process by store and id, the newest of each: with its name and unsaved state."""


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
    if data.id is None:
        return Transcript(data, source=_named(source))
    layers = StoredLayers(store, data.id)
    return _with_layers(data, layers, source, {kind: layers.read(kind) for kind in ("audio", "edits")})


def restored_many(stored: Sequence[Stored], sources: Sequence[Source], store: Store) -> list[Transcript]:
    """Return the transcripts of stored answers and their recordings, as :func:`restored`.

    Layers are read at once for all, and an answer is decoded when something of it is asked for.
    """
    known = layers_many(store, [one.id for one in stored])
    return [
        _with_layers(
            TranscriptData.known(one.raw, one.id), StoredLayers(store, one.id), source, known.get(one.id, {})
        )
        for one, source in zip(stored, sources, strict=True)
    ]


def _named(source: Source | str | None) -> str | None:
    return source if isinstance(source, str) or source is None else source.label


def _with_layers(
    data: TranscriptData, layers: StoredLayers, source: Source | str | None, known: Mapping[str, bytes]
) -> Transcript:
    transcript = Transcript(data, source=_named(source))
    kept = known.get("audio", b"")
    recording = None
    # A quick look first: the field itself would decode the answer.
    redacted = _REDACTS.search(data.raw_bytes) is not None and transcript.redacts_audio
    if source is not None and not isinstance(source, str) and not redacted:
        recording = Recording.of_source(source)
        if (facts := recording.facts()) and (raw := json.dumps(facts).encode()) != kept:
            layers.keep("audio", raw)
    else:
        recording = Recording.from_facts(_decoded(kept))
    transcript.take_layers(layers, recording, known.get("edits", b""))
    if transcript.id is not None:
        runtime().part(AliveTranscripts)[str(layers.store.home), transcript.id] = transcript
    return transcript


def saved_transcript(path: str | Path) -> Transcript:
    """Return the transcript of a file that :meth:`Transcript.save` wrote.

    Raises
    ------
    UsageError
        It is missing, unreadable or damaged.
    """
    raw, facts, answers, edits = archive.read(path)
    found = Transcript.from_parts(raw, facts.get("source"), answers, facts.get("audio"), edits)
    if (recording := beside(path, facts)) is not None:
        found.edited_answer.audio = recording
    return found


def _decoded(facts: bytes) -> Any:
    """Return stored facts; None without any, or when a damaged store has spoiled them."""
    try:
        return json.loads(facts) if facts else None
    except NOT_JSON:
        return None


def restored_by_id(transcript_id: str, store: Store) -> Transcript | None:
    """Return the stored transcript of an id; None without one."""
    stored = store.transcript(transcript_id)
    return None if stored is None else restored(decode_transcript(stored.raw), store, stored.source)


def alive_or_restored(transcript_id: str, store: Store) -> Transcript | None:
    """Return the transcript of an id that somebody has here, under its name, else the stored one; or None."""
    alive = runtime().part(AliveTranscripts).get((str(store.home), transcript_id))
    if alive is not None and is_kept(store, transcript_id):
        return alive
    return restored_by_id(transcript_id, store)
