"""Tables of a set: of all its regular transcripts in one pass, of each other one by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from aai_jupyter.tables import TABLES, Speech
from aai_jupyter.tables.many import OWNER, SPOKEN, Decoded, ManySpeech, decoded, lacks
from aai_jupyter.tables.table import Labels, Table, labels, no_labels
from aai_jupyter.transcripts.transcript import Transcript

FEWEST = 4
"""Transcripts from which one pass pays."""
WORDS_AT_ONCE = 200_000
"""Words of one pass: decoded, each takes several times the memory of its row."""


class SetTables:
    """Tables of a set of transcripts, one part for each run of transcripts.

    Parameters
    ----------
    transcripts : sequence of Transcript
    """

    def __init__(self, transcripts: Sequence[Transcript]) -> None:
        self._transcripts = transcripts
        self._state: list[tuple[int, bool]] = []
        self._runs: list[tuple[slice, ManySpeech | None]] = []

    def parts(self, name: str, extra: bool) -> list[Table]:
        """Return the parts of a frame, in the order of the transcripts."""
        found: list[Table] = []
        for place, many in self._in_runs():
            some = self._transcripts[place]
            if many is None or extra:
                numbered = enumerate(some, place.start)
                found += [
                    in_set(one.edited_answer.table(name, extra), one, number) for number, one in numbered
                ]
            elif name in SPOKEN:
                part = many.table(name, [one.source for one in some])
                part.columns[OWNER] = part.columns[OWNER] + place.start
                found.append(part)
            else:
                found += self._found(name, many, place.start, some)
        return found

    def counts(self) -> tuple[list[int], list[int]]:
        """Return the number of words and of speakers of each transcript."""
        words: list[int] = []
        speakers: list[int] = []
        for place, many in self._in_runs():
            if many is not None:
                some, voices = many.counts()
                words += some
                speakers += voices
                continue
            for one in self._transcripts[place]:
                words.append(len(one.edited_answer.speech.words))
                speakers.append(len({*one.speakers.values()}))
        return words, speakers

    def _found(self, name: str, many: ManySpeech, first: int, some: Sequence[Transcript]) -> list[Table]:
        """Return the parts of a frame that most transcripts have no rows for."""
        parts: list[Table] = []
        numbered = enumerate(some, first)
        for without, group in groupby(numbered, key=lambda one: lacks(one[1].edited_answer.data, name)):
            members = list(group)
            these = [one for _, one in members]
            if without:
                datas = [one.edited_answer.data for one in these]
                template = TABLES[name](Speech(datas[0]), False)
                parts.append(many.empty(template, datas, [one.source for one in these]))
            else:
                parts += [
                    in_set(one.edited_answer.table(name, False), one, number) for number, one in members
                ]
        return parts

    def _in_runs(self) -> list[tuple[slice, ManySpeech | None]]:
        state = [(id(one.edited_answer.data), _plain(one)) for one in self._transcripts]
        if state != self._state:
            self._runs, self._state = list(_runs(self._transcripts)), state
        return self._runs


def _plain(transcript: Transcript) -> bool:
    answer = transcript.edited_answer
    return answer.editor is None and not answer.answers


def _runs(transcripts: Sequence[Transcript]) -> Iterator[tuple[slice, ManySpeech | None]]:
    """Share the transcripts among passes: alike ones together, but not too many words."""
    first = words = 0
    kind: bool | None = None
    parts: list[Decoded] = []
    for place, one in enumerate(transcripts):
        part = decoded(one.edited_answer.data) if _plain(one) else None
        its = None if part is None else bool(part.said)
        if place and (its is not kind or words >= WORDS_AT_ONCE):
            yield _run(transcripts, slice(first, place), parts)
            first, words, parts = place, 0, []
        kind = its
        if part is not None:
            parts.append(part)
            words += len(part.words)
    if transcripts:
        yield _run(transcripts, slice(first, len(transcripts)), parts)


def _run(
    transcripts: Sequence[Transcript], these: slice, parts: Sequence[Decoded]
) -> tuple[slice, ManySpeech | None]:
    if len(parts) < FEWEST:
        return these, None
    return these, ManySpeech([one.edited_answer.data for one in transcripts[these]], parts)


def row_count(transcript: Transcript, name: str) -> int:
    """Return how many rows of ``words`` or ``utterances`` of a set are those of a transcript."""
    speech = transcript.edited_answer.speech
    return len(speech.words if name == "words" else speech.utterances)


def in_set(table: Table, transcript: Transcript, place: int = 0) -> Table:
    """Return the table with columns of its source and its place, and with the names of its speakers."""
    columns = dict(table.columns)
    if names := transcript._renamed():
        columns = {
            key: values.renamed(names) if key == "speaker" and isinstance(values, Labels) else values
            for key, values in columns.items()
        }
    rows = np.zeros(len(table), dtype=np.int64)
    columns[OWNER] = rows + place
    columns["source"] = labels([transcript.source]).take(rows) if transcript.source else no_labels(len(table))
    return Table(table.name, columns, table.extra)
