"""Vectors of turns beside the index of words: what is meant, however it is said.

They are made from the parts by the model of :mod:`aai_jupyter.embedding`, which is English and is installed
with ``aai-jupyter[local-ask]``; nothing is downloaded when it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from aai_jupyter.corpora.part_files import part_path
from aai_jupyter.corpora.part_schema import UTTERANCES
from aai_jupyter.embedding.sentence_vectors import SIZE, Embedder
from aai_jupyter.transcripts.atomic_file import write_file

FOLDER = "meaning-1"
"""The number is the version of the model and of how turns are cut."""
PIECE_WORDS = 120
"""Longer turns are cut into pieces: the model reads some 250 pieces of words."""
FEWEST_WORDS = 3
_AT_ONCE = 1024
_SCANNED = 65_536


class MeaningIndex:
    """Vectors of the turns of one corpus, a file for each part.

    Parameters
    ----------
    folder : Path
        Of the corpus.
    """

    def __init__(self, folder: Path) -> None:
        self._corpus = folder
        self._folder = folder / "index" / FOLDER

    @cached_property
    def _embedder(self) -> Embedder:
        return Embedder()

    def extend(self, names: Sequence[str], on_progress: Callable[[int], None] | None = None) -> int:
        """Make the vectors that are missing; return of how many turns.

        Raises
        ------
        EngineError
            The model is not installed.
        """
        made = 0
        for name in names:
            if (self._folder / f"{name}.npz").exists():
                continue
            rows, vectors = self._vectors(name, partial(_tell_more, on_progress, made))
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_file(self._folder / f"{name}.npy", partial(np.save, arr=vectors))
            # The rows last: with them the part counts.
            write_file(self._folder / f"{name}.npz", partial(np.savez, rows=rows))
            made += len(np.unique(rows))
        return made

    def nearest(
        self,
        names: Sequence[str],
        question: str,
        most: int,
        counts: Callable[[int, np.ndarray], np.ndarray],
    ) -> list[tuple[int, int]]:
        """Return the turns nearest to a question, best first: place of their part, row in it.

        Parameters
        ----------
        counts : callable
            Of a place and rows: which of them may be found.
        """
        asked = self._embedder.vectors([question])[0]
        best: list[tuple[float, int, int]] = []
        for place, name in enumerate(names):
            with np.load(self._folder / f"{name}.npz") as file:
                rows = file["rows"]
            if not len(rows):
                continue
            scores = np.concatenate([*_scores(self._folder / f"{name}.npy", asked)])
            scores = np.where(counts(place, rows), scores, -np.inf)
            top = np.argsort(-scores, kind="stable")[: 2 * most]
            # A turn of several pieces counts once, by its best.
            seen: dict[int, float] = {}
            for row, score in zip(rows[top].tolist(), scores[top].tolist(), strict=True):
                if score > -np.inf:
                    seen.setdefault(row, score)
            best += [(score, place, row) for row, score in seen.items()]
            best = sorted(best, key=lambda one: (-one[0], *one[1:]))[:most]
        return [(place, row) for _, place, row in best]

    def remove(self, names: Iterable[str]) -> None:
        """Delete the vectors of parts, and what a writer of them may have left.

        Raises
        ------
        OSError
            A file cannot be deleted.
        """
        for name in names:
            for path in (*self._folder.glob(f"{name}.np?"), *self._folder.glob(f".{name}.np?.*")):
                path.unlink(missing_ok=True)

    def _vectors(self, name: str, tell: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
        rows: list[int] = []
        found: list[np.ndarray] = []
        with pq.ParquetFile(part_path(self._corpus, UTTERANCES, name)) as file:
            for batch in file.iter_batches(_AT_ONCE, columns=["turn_row", "text"]):
                turns, texts = (batch.column(n).to_pylist() for n in range(2))
                pieces = [
                    (row, piece) for row, text in zip(turns, texts, strict=True) for piece in _pieces(text)
                ]
                if pieces:
                    rows += [row for row, _ in pieces]
                    found.append(self._embedder.vectors([piece for _, piece in pieces]).astype(np.float16))
                tell(len(rows))
        vectors = np.concatenate(found) if found else np.zeros((0, SIZE), np.float16)
        return np.array(rows, dtype=np.int64), vectors


def _pieces(text: str | None) -> Iterator[str]:
    words = (text or "").split()
    if len(words) >= FEWEST_WORDS:
        for first in range(0, len(words), PIECE_WORDS):
            yield " ".join(words[first : first + PIECE_WORDS])


def _scores(file: Path, asked: np.ndarray) -> Iterator[np.ndarray]:
    vectors = np.load(file, mmap_mode="r")
    for first in range(0, len(vectors), _SCANNED):
        yield vectors[first : first + _SCANNED].astype(np.float32) @ asked


def _tell_more(on_progress: Callable[[int], None] | None, before: int, count: int) -> None:
    if on_progress is not None:
        on_progress(before + count)
