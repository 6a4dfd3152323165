"""Erasure in corpora: parts are written anew without a recording, the old ones and their entries deleted.

A part is never changed, so the new one counts before the old one goes: of a recording that is in both, one
counts. An :class:`~aai_jupyter.jobs.erasure_intent.ErasureIntent` names what is to go before anything does,
and each part before it is deleted. An erasure that was killed is finished when the corpus is opened next, or
by ``aai.erase()``.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aai_jupyter.corpora.meaning_index import MeaningIndex
from aai_jupyter.corpora.part_files import MANIFEST, open_folder, part_names, part_path, sweep, unfinished
from aai_jupyter.corpora.part_rewriting import ids_of, remove_part, rewrite_part
from aai_jupyter.corpora.part_schema import RECORDINGS
from aai_jupyter.corpora.word_index import WordIndex
from aai_jupyter.errors import UsageError
from aai_jupyter.jobs.erasure import finish
from aai_jupyter.jobs.erasure_intent import IntentFile, pending
from aai_jupyter.jobs.noted_places import CORPORA, note_place

_PART = re.compile(r"[0-9A-Za-z]+-[0-9a-f]+")


@dataclass(frozen=True)
class Found:
    """Recordings of one corpus that are to be erased."""

    folder: Path
    ids: list[str]


def find_recordings(folder: Path, ids: Collection[str], places: Collection[str] = ()) -> Found:
    """Look for recordings in a corpus, by their ids or by where their sound is.

    Parameters
    ----------
    places : collection of str
        Paths and URLs. A relative path names other recordings in other folders, and does not count.

    Raises
    ------
    UsageError
        It is no corpus, or cannot be read.
    """
    wanted = pa.array(sorted(ids), pa.string())
    sources = pa.array(sorted(one for one in places if "://" in one or os.path.isabs(one)), pa.string())
    found: dict[str, None] = {}
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"The corpus {folder} is not there any more.",
            hint="If it was moved, open it with aai.corpus() where it is, and erase once more.",
        )
    open_folder(folder)
    try:
        for name in part_names(folder):
            table = pq.read_table(part_path(folder, RECORDINGS, name), columns=["transcript_id", "source"])
            listed = table.column("transcript_id")
            good = pc.or_(pc.is_in(listed, wanted), pc.is_in(table.column("source"), sources))
            found |= dict.fromkeys(listed.filter(good).to_pylist())
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(f"The corpus {folder} cannot be read ({error}).") from error
    return Found(folder, list(found))


def erase_from_corpora(one: IntentFile) -> list[str]:
    """Carry out what an intent says of corpora; return what could not be deleted, in sentences."""
    problems = []
    for place in list(one.intent.corpora):
        folder = Path(place)
        if not folder.exists() and folder.parent.exists():  # deleted since
            one.intent.corpora.pop(place)
            continue
        try:
            _erase(folder, one)
        except (OSError, UsageError, pa.ArrowInvalid, sqlite3.Error) as error:
            why = error.short if isinstance(error, UsageError) else str(error)
            problems.append(f"the corpus {folder}: {why} aai.erase() tries it again.")
            continue
        left = unfinished(folder)
        if left:
            problems.append(
                f"{', '.join(map(str, left))}: somebody adds to the corpus, or died while doing so; they may "
                "hold it. aai.erase() looks again; what is a day old goes."
            )
            continue
        one.intent.corpora.pop(place)
        one.intent.parts.pop(place, None)
    return problems


def resume_corpus(home: Path, folder: Path) -> None:
    """Note where a corpus is, and finish in it what an earlier process began to erase."""
    place = os.path.abspath(folder)
    note_place(home, CORPORA, place)
    for one in pending(home):
        if place in one.intent.corpora:
            erase_from_corpora(one)
            finish(one)


def _erase(folder: Path, one: IntentFile) -> None:
    if not (folder / MANIFEST).is_file():  # such as a drive that is not there now
        raise UsageError("It is not there.")
    open_folder(folder)
    sweep(folder)
    place, ids = str(folder), one.intent.corpora[str(folder)]
    gone = one.intent.parts.setdefault(place, [])
    index = WordIndex(folder)
    wanted = pa.array(sorted(ids), pa.string())
    for name in part_names(folder):
        if name not in gone and pc.any(pc.is_in(ids_of(folder, name), wanted)).as_py():
            rewrite_part(folder, name, ids)
            gone.append(name)
            one.save()
    gone = [name for name in gone if _PART.fullmatch(name)]  # the intent is a file: no path may be in it
    _remove(folder, gone, index)
    index.scrub(gone)
    index.close()


def _remove(folder: Path, names: Iterable[str], index: WordIndex) -> None:
    counted = part_names(folder)
    for name in names:
        if name in counted and index.size and name in index.parts():
            index.remove(name)
        remove_part(folder, name)
    MeaningIndex(folder).remove(names)
