"""``aai.corpus``: a folder of many transcripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aai_jupyter.errors import MissingDependencyError

if TYPE_CHECKING:
    from aai_jupyter.corpora.corpus import Corpus

LIBRARIES = ("duckdb", "pyarrow")


def corpus(folder: str | Path, *, memory: str = "1GB") -> Corpus:
    """Open a corpus: transcripts of many recordings as Parquet files, which any program of data reads.

    Parameters
    ----------
    folder : path
        Made when it is missing.
    memory : str, default "1GB"
        Most memory of a query; what does not fit goes to a temporary file.

    Returns
    -------
    Corpus
        ``add(calls)``; ``words``, ``utterances``, ``recordings`` and ``sql(...)`` as lazy relations of
        DuckDB; ``search(...)``; ``measure("talk_time")``.

    Raises
    ------
    MissingDependencyError
        DuckDB or pyarrow is not installed.
    UsageError
        The folder is none, or of something else.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> calls = aai.corpus("calls")  # doctest: +SKIP
    >>> calls.add(aai.transcribe("support/*.mp3", speaker_labels=True))  # doctest: +SKIP
    >>> calls.search('"full refund"', speaker="Agent").aai.play()  # doctest: +SKIP
    """
    try:
        import duckdb  # noqa: F401 - what is missing is told before anything is written

        from aai_jupyter.corpora.corpus import Corpus
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise MissingDependencyError(
            f"A corpus needs {' and '.join(LIBRARIES)} ({error}).", hint='pip install "aai-jupyter[corpus]"'
        ) from error
    return Corpus(Path(folder), memory)
