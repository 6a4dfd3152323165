"""Transcripts -> the Arrow tables of a part of a corpus."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from aai_jupyter.corpora.part_schema import RECORDINGS, SCHEMA_VERSION, SCHEMAS, UTTERANCES, WORDS
from aai_jupyter.corpora.recording_ids import recording_id
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.saved_recording import portable_name
from aai_jupyter.transcripts.set_tables import row_count
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet

GROUP_WORDS = 100_000
"""Words of one row group, in whole recordings: what a reader holds in memory at once."""
PART_WORDS = 2_000_000
"""Words of one part."""


@dataclass(frozen=True)
class Versioned:
    """A transcript, what identifies it in a corpus, and the hash of its content."""

    transcript: Transcript
    id: str
    version: str
    extra: Mapping[str, Any]


def versioned(transcript: Transcript, extra: Mapping[str, Any] | None = None) -> Versioned:
    """Return a transcript with its id and version."""
    raw = hashlib.sha256(transcript.raw_bytes)
    editor = transcript.edited_answer.editor
    edits = b"" if editor is None else editor.to_json()
    facts = [transcript.source, sorted((extra or {}).items())]
    raw.update(b"\0%d\0" % SCHEMA_VERSION + edits + b"\0" + json.dumps(facts, default=str).encode())
    return Versioned(transcript, recording_id(transcript), raw.hexdigest(), dict(extra or {}))


def parts_of(transcripts: Iterable[Versioned]) -> Iterator[Iterator[list[Versioned]]]:
    """Share transcripts among parts, and those of a part among row groups.

    Each part is to be read to its end before the next: what is decoded is what is written next.
    """
    groups = _groups_of(transcripts)
    for first in groups:
        yield _part(first, groups)


def _part(
    first: tuple[list[Versioned], int], rest: Iterator[tuple[list[Versioned], int]]
) -> Iterator[list[Versioned]]:
    words = 0
    for group, size in chain([first], rest):
        yield group
        words += size
        if words >= PART_WORDS:
            return


def _groups_of(transcripts: Iterable[Versioned]) -> Iterator[tuple[list[Versioned], int]]:
    """Yield row groups, and how many words they have."""
    group: list[Versioned] = []
    words = 0
    for one in transcripts:
        group.append(one)
        words += one.transcript.edited_answer.data.word_count  # corrections change it by little
        if words >= GROUP_WORDS:
            yield group, words
            group, words = [], 0
    if group:
        yield group, words


@dataclass
class PartBuilder:
    """Builds the row groups of one part, one after the other."""

    layers: Mapping[str, int]
    """Newest layer that is known of a recording."""
    turns: int = 0
    words: int = 0
    groups: int = 0

    def group(self, some: Sequence[Versioned]) -> dict[str, pa.Table]:
        """Return the tables of some recordings, which stand together in the part."""
        calls = TranscriptSet(one.transcript for one in some)
        layers = np.array([self.layers.get(one.id, -1) + 1 for one in some], dtype=np.int32)
        said, spoken = (_rows(calls, name, some) for name in (UTTERANCES, WORDS))
        turns = np.bincount(said["place"], minlength=len(some))
        firsts = self.turns + np.concatenate([[0], np.cumsum(turns)[:-1]])
        said["turn_row"] = self.turns + np.arange(len(said))
        spoken["turn_row"] = firsts[spoken["place"]] + spoken["utterance"].to_numpy()
        # The words of a turn stand together, though somebody else may have spoken between them.
        if not spoken["turn_row"].is_monotonic_increasing:
            spoken = spoken.sort_values("turn_row", kind="stable", ignore_index=True)
        said["first_word"] = self.words + np.searchsorted(
            spoken["turn_row"].to_numpy(), said["turn_row"].to_numpy()
        )
        for frame in (said, spoken):
            frame["layer"] = layers[frame["place"]]
        recordings = _recordings(some, spoken, said).assign(
            layer=layers,
            version=[one.version for one in some],
            added=pd.Series([datetime.now(UTC)] * len(some), dtype="datetime64[us, UTC]"),
            first_turn=firsts,
            turns=turns,
            row_group=self.groups,
        )
        for name in dict.fromkeys(name for one in some for name in one.extra):
            recordings[name] = [one.extra.get(name) for one in some]
        self.turns += len(said)
        self.words += len(spoken)
        self.groups += 1
        return {
            WORDS: arrow(spoken, WORDS),
            UTTERANCES: arrow(said, UTTERANCES),
            RECORDINGS: arrow(recordings, RECORDINGS),
        }


def _rows(calls: TranscriptSet, name: str, some: Sequence[Versioned]) -> pd.DataFrame:
    """Return a frame of a set with the place of the transcript of each row, ids as plain text."""
    frame = calls.frame(name, units="s")
    if all(one.transcript.id for one in some):
        known = {one.id: place for place, one in enumerate(some)}
        codes = frame["transcript_id"].cat
        places = np.array([known[ident] for ident in codes.categories], dtype=np.int64)[codes.codes]
    else:  # transcripts of other programs, some of which have none
        places = np.repeat(np.arange(len(some)), [row_count(one.transcript, name) for one in some])
    frame["transcript_id"] = pd.Categorical.from_codes(places, pd.Index([one.id for one in some]))
    return frame.assign(place=places)


def _recordings(some: Sequence[Versioned], spoken: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of ``calls.recordings``, counted in the frames that are there anyway."""
    who = pd.concat([frame[["place", "speaker"]] for frame in (spoken, said)]).drop_duplicates().dropna()
    speakers = np.bincount(who["place"].to_numpy(np.int64), minlength=len(some))
    given = [one.transcript for one in some]
    return pd.DataFrame(
        {
            "file": [portable_name(t.source) for t in given],
            "duration": pd.Series([t.duration for t in given], dtype="float64"),
            "language": pd.Series([t.language for t in given], dtype=object),
            "speakers": speakers,
            "words": np.bincount(spoken["place"], minlength=len(some)),
            "status": pd.Series([t.status for t in given], dtype=object),
            "source": pd.Series([t.source for t in given], dtype=object),
            "transcript_id": [one.id for one in some],
        }
    )


def arrow(frame: pd.DataFrame, name: str) -> pa.Table:
    """Return a frame by the schema of a table; recordings keep what else they have."""
    schema = SCHEMAS[name]
    columns = [_column(frame[field.name], field.type) for field in schema]
    if name != RECORDINGS:
        return pa.Table.from_arrays(columns, schema=schema)
    more = [column for column in frame.columns if column not in schema.names]
    for column in more:
        kind = _own_type(frame[column])
        if not pa.types.is_null(kind):  # without a value it has no type, and must not get a wrong one
            schema = schema.append(pa.field(str(column), kind))
            columns.append(_column(frame[column], kind))
    return pa.Table.from_arrays(columns, schema=schema)


def _own_type(values: pd.Series) -> pa.DataType:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pa.string()
    try:
        kind = pa.Array.from_pandas(values).type
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UsageError(
            f"Column {values.name!r} cannot be written to Parquet: {error}.",
            hint="Give it one kind of value.",
        ) from error
    return pa.string() if pa.types.is_large_string(kind) else kind


def _column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = pa.array(values.cat.categories.astype(str), pa.string())
        codes = pa.array(values.cat.codes.to_numpy(), mask=(values.cat.codes < 0).to_numpy())
        return pa.DictionaryArray.from_arrays(codes.cast(pa.int32()), names).cast(kind)
    found = pa.Array.from_pandas(values)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return found if found.type == kind else found.cast(kind)


def own_columns(columns: Mapping[str, Any] | pd.DataFrame | None, count: int) -> list[dict[str, Any]]:
    """Return what the user gave for each of so many transcripts; see :meth:`Corpus.add`."""
    if columns is None or (isinstance(columns, pd.DataFrame) and not len(columns.columns)):
        return [{} for _ in range(count)]
    if not isinstance(columns, pd.DataFrame):
        return [dict(columns) for _ in range(count)]
    if len(columns) != count:
        raise UsageError(
            f"There are {len(columns)} rows of columns for {count} transcripts.",
            hint="Give one row for each, in order.",
        )
    return [{str(name): value for name, value in row.items()} for row in columns.to_dict("records")]
