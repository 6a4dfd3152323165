"""``aai.corpus(folder)``: many transcripts on disk, read, measured and searched without loading them all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from aai_jupyter import analysis
from aai_jupyter.corpora.catalog import CorpusCatalog
from aai_jupyter.corpora.corpus_erasure import resume_corpus
from aai_jupyter.corpora.corpus_search import CorpusSearch
from aai_jupyter.corpora.corpus_writer import CorpusWriter
from aai_jupyter.corpora.measures import frames, measure, measure_into
from aai_jupyter.corpora.part_files import open_folder, sweep, write_part
from aai_jupyter.corpora.part_tables import PartBuilder, own_columns, parts_of, versioned
from aai_jupyter.corpora.tables_view import TablesView
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.private_view import with_privacy
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

Measure = str | Callable[..., pd.DataFrame]

MEMORY = "1GB"
LIMIT = 100


class Corpus:
    """Transcripts of many recordings in a folder of Parquet files; see :func:`aai_jupyter.corpus`.

    Parameters
    ----------
    folder : Path
        Made when it is missing.
    memory : str, default "1GB"
        Most memory of queries (DuckDB's ``memory_limit``).

    Examples
    --------
    >>> import tempfile
    >>> one = {"id": "b7", "words": [{"text": "Hello.", "start": 0, "end": 500}]}
    >>> corpus = Corpus(Path(tempfile.mkdtemp()) / "calls")
    >>> corpus.add(Transcript.from_json(one, source="1.mp3"))
    1
    >>> corpus.words.df()[["source", "text", "end"]]
      source    text  end
    0  1.mp3  Hello.  0.5
    >>> corpus.search("hello")[["source", "start", "match"]]
      source  start   match
    0  1.mp3    0.0  Hello.
    """

    __module__ = "aai_jupyter"

    def __init__(self, folder: Path, memory: str = MEMORY) -> None:
        self.folder = Path(folder).expanduser()
        self.memory = memory
        open_folder(self.folder)
        resume_corpus(Path(runtime().settings.home), self.folder)
        self._catalog = CorpusCatalog(self.folder)
        self._lock = threading.RLock()
        self._swept = False

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.folder.absolute(), self.memory)  # opened anew where it is unpickled

    # -- writing -------------------------------------------------------------------------------------

    def add(
        self,
        transcripts: Transcript | Iterable[Transcript],
        columns: Mapping[str, Any] | pd.DataFrame | None = None,
    ) -> int:
        """Add transcripts; what is there already, and has not been corrected since, is left out.

        What was added counts from the moment that its part is whole: a process that dies before leaves the
        corpus as it was. Corrections and new names of speakers are added as a later layer; the newest counts.

        Parameters
        ----------
        transcripts : Transcript, TranscriptSet or iterable of Transcript
        columns : mapping or DataFrame, optional
            Further columns of ``recordings``: the same value for all of them, or a frame with one row for
            each transcript, in order.

        Returns
        -------
        int
            Recordings that were written.

        Raises
        ------
        UsageError
            The folder cannot be written, or the columns do not fit.

        Examples
        --------
        >>> corpus.add(calls, {"year": 2026})  # doctest: +SKIP
        """
        if isinstance(transcripts, Transcript):
            transcripts = [transcripts]
        whole = with_privacy(
            transcripts if isinstance(transcripts, TranscriptSet) else TranscriptSet(transcripts)
        )
        some = list(whole)
        extras = own_columns(columns, len(some))
        if isinstance(transcripts, TranscriptSet):  # columns of a manifest
            own = whole.call_columns
            extras = [a | b for a, b in zip(own_columns(own, len(some)), extras, strict=True)]
        with self._lock:
            if not self._swept:
                self._swept = True
                sweep(self.folder)
            known = self.catalog.known()
            wanted = {}
            for one, extra in zip(some, extras, strict=True):
                found = versioned(one, extra)
                if known.get(found.id, (0, ""))[1] != found.version:
                    wanted[found.id] = found  # of one that is listed twice the later state
            layers = {ident: layer for ident, (layer, _) in known.items()}
            for part in parts_of(wanted.values()):
                builder = PartBuilder(layers)
                write_part(self.folder, (builder.group(group) for group in part))
        return len(wanted)

    def transcribe(self, *sources: Any, **options: Any) -> Transcript | TranscriptSet:
        """Transcribe recordings, and add each as it is finished, some at a time.

        Parameters
        ----------
        *sources, **options
            Of :func:`aai_jupyter.transcribe`, whose result it returns; columns of a manifest are added, too.

        Examples
        --------
        >>> corpus.transcribe("calls/*.mp3", speaker_labels=True)  # doctest: +SKIP
        """
        if not options.get("wait", True):
            raise OptionError("A corpus needs the transcripts, which wait=False does not wait for.")
        make = runtime().progress
        shown = options.pop("progress", None) or (make(1) if make else None)
        writer = CorpusWriter(self.add, shown)
        try:
            found = upward.transcribe_all(*sources, progress=writer, **options)
        finally:
            writer.close()
        self.add(found)
        return found

    # -- reading -------------------------------------------------------------------------------------

    @property
    def catalog(self) -> CorpusCatalog:
        """Which recordings there are, as of now."""
        with self._lock:
            self._catalog.refresh()
            return self._catalog

    @cached_property
    def _view(self) -> TablesView:
        return TablesView(self.folder, self.memory)

    @cached_property
    def _search(self) -> CorpusSearch:
        return CorpusSearch(self.folder)

    @property
    def words(self) -> DuckDBPyRelation:
        """One row a word, as ``calls.words``: a lazy relation (``.df()``, ``.pl()``, ``.arrow()``)."""
        return self.sql("SELECT * FROM words")

    @property
    def utterances(self) -> DuckDBPyRelation:
        """One row a turn, as ``calls.utterances``."""
        return self.sql("SELECT * FROM utterances")

    @property
    def recordings(self) -> DuckDBPyRelation:
        """One row a recording: columns of ``calls.recordings``, and those that :meth:`add` was given."""
        return self.sql("SELECT * FROM recordings")

    def sql(self, query: str, parameters: Any = None) -> DuckDBPyRelation:
        """Return the result of a query over ``words``, ``utterances`` and ``recordings``, lazily.

        Parameters
        ----------
        query : str
            SQL of DuckDB.
        parameters : list or dict, optional
            Values of ``?`` or ``$name``.

        Examples
        --------
        >>> corpus.sql("SELECT speaker, count(*) FROM words GROUP BY speaker").df()  # doctest: +SKIP
        """
        return self._view.relation(query, self.catalog, parameters)

    def frames(
        self, name: str = "utterances", columns: Sequence[str] | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield all rows (of these columns) as pandas frames of whole recordings, some 100,000 words each."""
        if name not in ("utterances", "words"):
            raise UsageError(f"There are no frames {name!r}.", hint="There are utterances and words.")
        return frames(self.folder, self.catalog, name, columns)

    @overload
    def measure(
        self, what: Measure, frame: str = ..., *, into: None = None, **options: Any
    ) -> pd.DataFrame: ...
    @overload
    def measure(self, what: Measure, frame: str = ..., *, into: str | Path, **options: Any) -> Path: ...
    def measure(
        self,
        what: Measure,
        frame: str = "utterances",
        *,
        into: str | Path | None = None,
        columns: Sequence[str] | None = None,
        **options: Any,
    ) -> pd.DataFrame | Path:
        """Measure the whole corpus in bounded memory, recording by recording.

        Parameters
        ----------
        what : str or callable
            A function of :mod:`aai_jupyter.analysis` by its name (``"talk_time"``, ``"gaps"``,
            ``"pace"``), or any function of a frame that gives a frame.
        frame : {"utterances", "words"}
            What it is given.
        into : path, optional
            Write the result to this Parquet file as it is made; for results that are large themselves.
        columns : sequence of str, optional
            Read only these columns.
        **options
            Of the function.

        Returns
        -------
        DataFrame or Path
            What the same function gives for the frame of all transcripts; or the path.

        Examples
        --------
        >>> corpus.measure("talk_time", max_pause=0.5)  # doctest: +SKIP
        >>> corpus.measure("gaps", "words", into="gaps.parquet")  # doctest: +SKIP
        """
        function = what if callable(what) else getattr(analysis, what, None)
        if not callable(function):
            raise UsageError(f"There is no measure {what!r}.", hint="Such as talk_time, gaps, pace.")
        parts = self.frames(frame, columns)
        if into is not None:
            return measure_into(parts, function, options, into)
        return measure(parts, function, options)

    # -- search --------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        speaker: str | None = None,
        where: str | None = None,
        limit: int | None = LIMIT,
        meaning: bool = False,
    ) -> pd.DataFrame:
        """Find words, exact phrases and combinations of them, each within one turn; or what is meant.

        Parameters
        ----------
        query : str
            Words beside each other stand in the same turn, ``"in quotes"`` one after the other; ``AND``,
            ``OR``, ``NOT`` and parentheses combine; ``refund*`` is any word that begins so. Case and
            punctuation do not count. With `meaning` a question or sentence as it is.
        speaker : str, optional
            Only what exactly this speaker says.
        where : str, optional
            Only recordings for which this holds, in SQL: ``"agent = 'Ann' AND duration > 60"``.
        limit : int, optional
            At most so many; None finds all.
        meaning : bool, default False
            Rank turns by words and meaning together, the best first. Needs ``aai-jupyter[local-ask]``, whose
            model is English; vectors of new turns are made first.

        Returns
        -------
        DataFrame
            One row for each place: ``source``, ``utterance``, ``speaker``, ``start``, ``end``, ``duration``,
            ``query`` (the part of it that is said there), ``match`` (as written), ``text`` (of the turn),
            ``word``, ``transcript_id``. By meaning one row for each turn, with its ``score``.
            ``hits.aai.play()`` plays them.

        Raises
        ------
        UsageError
            The query is not understood.
        EngineError
            There is no model for `meaning`.

        Examples
        --------
        >>> corpus.search('"full refund" AND (cancel* OR close)', speaker="Ann")  # doctest: +SKIP
        >>> corpus.search("Who wanted their money back?", meaning=True, limit=10)  # doctest: +SKIP
        """
        catalog = self.catalog
        chosen = self._chosen(where, catalog)
        if meaning:
            return self._search.by_meaning(catalog, query, speaker, chosen, limit or LIMIT)
        return self._search.by_words(catalog, query, speaker, chosen, limit)

    def index(self, *, meaning: bool = False, on_progress: Callable[[int], None] | None = None) -> int:
        """Bring the index up to date, which :meth:`search` does by itself.

        Parameters
        ----------
        meaning : bool
            That of meaning instead of that of words.
        on_progress : callable, optional
            Gets the words (turns) that were added so far.

        Returns
        -------
        int
            Words, or turns, that were added.
        """
        index = self._search.meaning if meaning else self._search.words
        return index.extend(self.catalog.names, on_progress)

    @property
    def index_size(self) -> int:
        """Bytes of the index of words."""
        return self._search.words.size

    def _chosen(self, where: str | None, catalog: CorpusCatalog) -> set[str] | None:
        if where is None:
            return None
        rows = self._view.relation(f"SELECT transcript_id FROM recordings WHERE {where}", catalog).fetchall()
        return {ident for (ident,) in rows}

    # -- the whole -----------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Return the number of recordings."""
        return int(self.catalog.newest.sum())

    def __repr__(self) -> str:
        return f"<Corpus of {len(self):,} recordings in {self.folder}>"

    def close(self) -> None:
        """Let go of the files; the next call opens them again."""
        for name in ("_view", "_search"):
            if (part := self.__dict__.pop(name, None)) is not None:
                part.close()
