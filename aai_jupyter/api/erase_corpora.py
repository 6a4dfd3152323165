"""What ``aai.erase`` does about corpora: looks into those noted on this machine, and takes recordings out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from aai_jupyter.errors import UsageError
from aai_jupyter.jobs.erasure_intent import ErasureIntent, IntentFile
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.jobs.noted_places import CORPORA, SHARED_STORES, forget_place, noted_places


def find_in_corpora(
    home: Path, ids: Collection[str], places: Collection[str], intent: ErasureIntent, receipt: ErasureReceipt
) -> None:
    """Note in intent and receipt what the corpora of this machine have of some recordings.

    Parameters
    ----------
    ids : collection of str
        Transcripts.
    places : collection of str
        Paths and URLs of recordings.
    """
    if not (ids or places):
        return
    receipt.unreached += [
        f"{place}, a store that machines share, is not looked into: delete its objects, or those of its "
        "folder results."
        for place in noted_places(home, SHARED_STORES)
    ]
    for folder in map(Path, noted_places(home, CORPORA)):
        try:
            from aai_jupyter.corpora.corpus_erasure import find_recordings

            found = find_recordings(folder, ids, places)
        except ImportError as error:
            receipt.unreached.append(f'{folder}, a corpus ({error}): pip install "aai-jupyter[corpus]".')
        except UsageError as error:
            receipt.unreached.append(f"{error.short} {error.hint or ''}".strip())
            if not folder.exists() and folder.parent.exists() and not receipt.dry_run:
                forget_place(home, CORPORA, str(folder))  # deleted, or moved: that is said once
        else:
            if found.ids:
                intent.corpora[str(folder)] = found.ids
                receipt.add(f"corpus {folder}", "recording", len(found.ids))


def erase_in_corpora(begun: Collection[IntentFile]) -> list[str]:
    """Carry out what intents say of corpora; return what could not be deleted, in sentences."""
    problems = []
    for one in begun:
        if one.intent.corpora:
            try:
                from aai_jupyter.corpora.corpus_erasure import erase_from_corpora

                problems += erase_from_corpora(one)
            except ImportError as error:
                folders = ", ".join(one.intent.corpora)
                problems.append(f'{folders}, a corpus ({error}): pip install "aai-jupyter[corpus]".')
    return problems
