"""Several transcripts: a list, a mapping by source or id, and frames over all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import Any, NoReturn, overload

import numpy as np
import pandas as pd

from aai_jupyter.analysis.audit import Audit
from aai_jupyter.errors import AaiError, OptionError, UsageError
from aai_jupyter.runtime.saved_output import saved_form, saved_html
from aai_jupyter.tables import TABLES
from aai_jupyter.tables.many import OWNER
from aai_jupyter.tables.search import search
from aai_jupyter.tables.table import Table, Units, check_units, concat, labels, no_labels, texts
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.text.short_names import short_name
from aai_jupyter.transcripts import upward
from aai_jupyter.transcripts.audit_edits import judged_by_edits
from aai_jupyter.transcripts.coded import CodedTranscripts
from aai_jupyter.transcripts.frames import Frames, default_units
from aai_jupyter.transcripts.pseudonymising import PseudonymisedTranscripts
from aai_jupyter.transcripts.saved_columns import load_columns, save_columns
from aai_jupyter.transcripts.saved_recording import portable_name
from aai_jupyter.transcripts.set_call import SetCall
from aai_jupyter.transcripts.set_columns import ORIGIN, RECORDED_AT, SetColumns
from aai_jupyter.transcripts.set_tables import SetTables, in_set
from aai_jupyter.transcripts.transcript import Transcript


class TranscriptSet(Frames, CodedTranscripts, PseudonymisedTranscripts, Sequence[Transcript]):
    """Transcripts in the order of their sources, and what failed.

    Frames are those of :class:`Transcript`, one after the other, beginning with a column ``file`` and ending
    with ``source`` and ``transcript_id``.

    Parameters
    ----------
    transcripts : iterable of Transcript
    failed : iterable of (source, exception), optional
        Sources without a transcript, and why.
    call : SetCall, optional
        What the call that made it knows besides: columns of a manifest, and how to try again.

    Examples
    --------
    >>> one = {"id": "b7c1", "words": [{"text": "Hello.", "start": 0, "end": 500}]}
    >>> calls = TranscriptSet([Transcript.from_json(one, source="calls/1.mp3")])
    >>> calls["1.mp3"].id, calls["b7c1"].source, len(calls.words)
    ('b7c1', 'calls/1.mp3', 1)
    """

    __module__ = "aai_jupyter"

    def __init__(
        self,
        transcripts: Iterable[Transcript] = (),
        failed: Iterable[tuple[str | None, BaseException]] = (),
        call: SetCall | None = None,
    ) -> None:
        self._transcripts = list(transcripts)
        self._failed = [(None if source is None else encodable(source), error) for source, error in failed]
        self._call = call

    # A sequence, and a mapping by name ---------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._transcripts)

    def __iter__(self) -> Iterator[Transcript]:
        return iter(self._transcripts)

    @overload
    def __getitem__(self, key: int | str) -> Transcript: ...
    @overload
    def __getitem__(self, key: slice) -> TranscriptSet: ...
    def __getitem__(self, key: int | str | slice) -> Transcript | TranscriptSet:
        """Return by index, source, file name or id; a slice is a set (without the failures).

        Raises
        ------
        IndexError
            No such place.
        UsageError
            No transcript, or several, of that name.
        """
        if isinstance(key, slice):
            call = self._call.part(range(len(self))[key]) if self._call is not None else None
            return TranscriptSet(self._transcripts[key], call=call)
        if isinstance(key, str):
            return self._named(key)
        return self._transcripts[key]

    def __contains__(self, item: object) -> bool:
        return bool(self._of_name(item)) if isinstance(item, str) else item in self._transcripts

    def _of_name(self, name: str) -> list[int]:
        name = encodable(name)
        tests = (
            lambda t: t.source == name,
            lambda t: t.id == name,
            lambda t: t.source is not None and name in (PurePath(t.source).name, short_name(t.source)),
        )
        for test in tests:
            if found := [place for place, transcript in enumerate(self._transcripts) if test(transcript)]:
                return found
        return []

    def _ipython_key_completions_(self) -> list[str]:
        """Return what Tab offers after ``calls["``."""
        whole = [t.source or t.id or "" for t in self._transcripts]
        names = Counter(PurePath(one).name for one in whole)
        return list(dict.fromkeys(n if names[n := PurePath(one).name] == 1 else one for one in whole))

    def _named(self, name: str) -> Transcript:
        found = self._of_name(name)
        if len(found) == 1:
            return self._transcripts[found[0]]
        if found:
            places = ", ".join(map(str, found))
            raise UsageError(f"Several transcripts are named {name!r}.", hint=f"Take one by place: {places}.")
        if any(encodable(name) == source for source, _ in self._failed):
            raise UsageError(f"{name!r} has no transcript: it failed.", hint="See .failed for the reason.")
        known = [transcript.source or transcript.id or "?" for transcript in self._transcripts]
        shown = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
        raise UsageError(f"No transcript {name!r} in this set.", hint=f"It has {shown or 'none'}.")

    @property
    def sources(self) -> list[str | None]:
        """Source of each transcript."""
        return [transcript.source for transcript in self]

    @property
    def ids(self) -> list[str | None]:
        """Id of each transcript."""
        return [transcript.id for transcript in self]

    @property
    def speakers(self) -> NoReturn:
        """Not available for a set: speakers are named in each of its transcripts."""
        raise AttributeError("A set has no speakers: label A is somebody else in each recording.")

    @speakers.setter
    def speakers(self, names: Any) -> None:
        raise UsageError(
            "Speakers are named in each recording: label A is somebody else in each.",
            hint='For one: calls[0].speakers = {"A": "Ann"}. For all: for call in calls: call.speakers = ...',
        )

    def recognise(self, **options: Any) -> pd.DataFrame:
        """Look for remembered voices (:data:`aai_jupyter.voices`) among the speakers; nothing is named by it.

        Returns
        -------
        DataFrame
            One row a speaker: ``name`` (NA when nobody remembered is near), ``score``, ``seconds``, ``why``.

        Examples
        --------
        >>> calls.recognise()[["source", "speaker", "name"]]  # doctest: +SKIP
        """
        return upward.recognise(self, **options)

    @property
    def errors(self) -> list[tuple[str | None, BaseException]]:
        """Failures as exceptions, with their sources."""
        return list(self._failed)

    # Frames ------------------------------------------------------------------------------------------

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        """Return a frame over all transcripts; parameters as in :meth:`Transcript.frame`."""
        if name not in TABLES:
            raise OptionError(f"No frame {name!r}.", hint=f"There are {', '.join(TABLES)}.")
        return self._joined(name, self._tables.parts(name, extra), units)

    def search(self, *phrases: str) -> pd.DataFrame:
        """Find where words or phrases were said, in all transcripts; see :meth:`Transcript.search`."""
        found = [in_set(search(t.edited_answer.speech, phrases), t, place) for place, t in enumerate(self)]
        return self._joined("word_search", found, None)

    def _each(self) -> list[Transcript]:
        return self._transcripts

    def _codes_frame(self, parts: list[Table]) -> pd.DataFrame:
        return self._joined("codes", [in_set(part, t) for part, t in zip(parts, self, strict=True)], None)

    def _with_names(self, views: Sequence[Transcript], change: upward.TextChange) -> TranscriptSet:
        call = (
            None
            if self._call is None
            else replace(self._call.saved(), columns=self._call.columns.changed(change))
        )
        return TranscriptSet(views, call=call)  # failures name sources, and quote what the service said

    @cached_property
    def _tables(self) -> SetTables:
        return SetTables(self._transcripts)

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name != "_tables"}
        return kept | {"_call": self._call.saved() if self._call is not None else None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= {"_call": None} | state  # pickled by a version without it

    def _joined(self, name: str, parts: list[Table], units: Units | None) -> pd.DataFrame:
        units = check_units(units or default_units())
        table = concat(name, parts)
        table.columns.setdefault("source", no_labels(len(table)))
        frame = table.frame(units)
        if self._call is not None:
            owner = table.columns.get(OWNER, np.empty(0, dtype=np.int64))
            assert isinstance(owner, np.ndarray)
            frame = self._call.transcribed.add_to(frame, owner, units)
        frame.attrs = {
            "transcripts": len(self),
            "models": sorted({model for one in self if (model := one.model)}),
            "units": units,
        }
        return frame

    @property
    def recordings(self) -> pd.DataFrame:
        """One row for each recording: file (its bare name), duration (seconds), language, counts, ids.

        Examples
        --------
        >>> one = {"id": "b7c1", "audio_duration": 9, "words": [{"text": "Hi.", "start": 0, "end": 500}]}
        >>> calls = TranscriptSet([Transcript.from_json(one, source="calls/1.mp3")])
        >>> calls.recordings[["file", "duration", "words"]]
            file  duration  words
        0  1.mp3       9.0      1
        """
        names = [short_name(t.source) if t.source else None for t in self]
        words, speakers = self._tables.counts()
        frame = pd.DataFrame(
            {
                "file": pd.Series(names, dtype=pd.StringDtype("python")),
                "duration": pd.Series([t.duration for t in self], dtype="float64"),
                "language": pd.Series([t.edited_answer.data.language_code for t in self], dtype=object),
                "speakers": pd.Series(speakers, dtype="int64"),
                "words": pd.Series(words, dtype="int64"),
                "status": pd.Series([t.status for t in self], dtype=object),
                "source": pd.Categorical([t.source for t in self]),
                "transcript_id": pd.Categorical([t.id for t in self]),
            }
        )
        return self._with_call_columns(frame)

    @property
    def call_columns(self) -> pd.DataFrame:
        """The further columns of :attr:`recordings`: of a manifest, and when each was recorded."""
        return self._with_call_columns(pd.DataFrame(index=pd.RangeIndex(len(self))))

    def _with_call_columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self._call is None:
            return frame
        columns = self._call.transcribed
        if columns.recorded_at is not None and columns.origin is not None:
            frame[RECORDED_AT], frame[ORIGIN] = columns.recorded_at, columns.origin
        return columns.add_kept(frame, np.arange(len(frame)))

    @property
    def failed(self) -> pd.DataFrame:
        """Sources that failed: source, error (its kind), message, remedy, transcript_id."""
        errors = [error for _, error in self._failed]
        frame = Table(
            "failed",
            {
                "source": labels([source for source, _ in self._failed]),
                "error": texts([type(error).__name__ for error in errors]),
                "message": texts([_message(error) for error in errors]),
                "remedy": texts([getattr(error, "hint", None) for error in errors]),
                "transcript_id": texts([getattr(error, "transcript_id", None) for error in errors]),
            },
        ).frame()
        return frame if self._call is None else self._call.missing.add_kept(frame, np.arange(len(frame)))

    def retry_failed(self, **options: Any) -> TranscriptSet:
        """Try again what failed, and put what succeeds in its place among the others.

        Parameters
        ----------
        **options
            ``max_cost``, ``tag`` or ``progress`` of :func:`aai_jupyter.transcribe`, other than before.

        Returns
        -------
        TranscriptSet
            This one.

        Raises
        ------
        UsageError
            It was not made by a call in this kernel.

        Examples
        --------
        >>> calls.retry_failed().failed  # doctest: +SKIP
        """
        if not self._failed:
            return self
        if self._call is None or self._call.retry is None:
            raise UsageError(
                "It is not known any more how these were transcribed.",
                hint="Call aai.transcribe again with the same sources: what is finished costs nothing.",
            )
        made = self._call.retry(self._call.failed_places, options)
        self._call.merge(made, self._transcripts, self._failed)
        return self

    def audit(self, n: int = 200, *, seed: int = 0) -> Audit:
        """Draw words to be judged by ear: the error rate without a reference, with its interval.

        Parameters
        ----------
        n : int, default 200
            Words, stratified by confidence: more where errors are likely.
        seed : int, default 0

        Returns
        -------
        Audit
            ``audit.play()`` plays them. What is accepted or corrected in a player counts as right or wrong;
            or fill ``audit.frame["wrong"]``. ``audit.estimate`` has the rate and 95 % interval so far.

        Examples
        --------
        >>> audit = calls.audit(200)  # doctest: +SKIP
        >>> audit.play()  # doctest: +SKIP
        >>> audit.estimate  # doctest: +SKIP
        AuditEstimate(rate=0.081, low=0.051, high=0.126, judged=200, words=48210)
        """
        words = self.frame("words", units="s")
        return Audit.of(words, n, seed=seed, transcripts=self, look=partial(judged_by_edits, self))

    # Files -------------------------------------------------------------------------------------------

    def export(
        self, path: str | Path, format: str | None = None, *, language: Any = None, **options: Any
    ) -> Path:
        """Write a file for each transcript into a folder, or one file where the format holds several.

        Parameters
        ----------
        path : path
            A folder (made when missing), then ``format`` says what to write there; or a file.
        format, language, **options
            As in :meth:`Transcript.export`.

        Returns
        -------
        Path
            The folder, or the file.

        Raises
        ------
        OptionError, UsageError

        Examples
        --------
        >>> calls.export("elan", "eaf")  # doctest: +SKIP
        >>> calls.export("calls.xlsx")  # doctest: +SKIP
        """
        return upward.export_set(self, path, format, language=language, **options)

    def save(self, folder: str | Path, *, audio: bool = False) -> Path:
        """Write each transcript into a folder, in order, and columns of a manifest; :meth:`load` reads them.

        Parameters
        ----------
        folder : str or Path
            Made when it is missing.
        audio : bool, default False
            Put the recordings into the files, too.
        """
        target = Path(folder).expanduser()
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"Cannot save to {target}: {error.strerror or error}.",
                hint="Give a folder that can be written.",
            ) from error
        width = len(str(len(self)))
        for number, t in enumerate(self, 1):
            name = Path(portable_name(t.source) or t.id or "transcript").stem
            safe = re.sub(r"[^\w.-]+", "_", name)[:80]
            t.save(target / f"{number:0{width}}-{safe}.aai", audio=audio)
        save_columns(SetColumns() if self._call is None else self._call.transcribed, target)
        return target

    @classmethod
    def load(cls, folder: str | Path) -> TranscriptSet:
        """Read the transcripts that :meth:`save` wrote into a folder.

        Raises
        ------
        UsageError
            It is no folder, or has no saved transcripts; or one is damaged.
        """
        target = Path(folder).expanduser()
        files = sorted(target.glob("*.aai")) if target.is_dir() else []
        if not files:
            raise UsageError(
                f"{target} is no folder of saved transcripts.", hint="One file is read by aai.load(path)."
            )
        columns = load_columns(target, len(files))
        call = None if columns is None else SetCall(list(range(len(files))), [], columns)
        return cls((Transcript.load(file) for file in files), call=call)

    # Display -----------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        failed = f", {len(self._failed)} failed" if self._failed else ""
        return f"<TranscriptSet of {len(self)}{failed}>"

    def _repr_html_(self) -> str:
        from aai_jupyter.reports.page import set_html

        return saved_html(set_html(self), repr(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], Any]:
        from aai_jupyter.reports.page import set_html, set_text

        metadata = {"aai_jupyter": {"transcript_id": [transcript.id for transcript in self]}}
        plain = bounded(set_text(self), "the frame calls.utterances, or calls[0]")
        return saved_form({"text/plain": plain, "text/html": set_html(self)}, repr(self)), metadata


def _message(error: BaseException) -> str:
    if isinstance(error, AaiError):
        return error.short
    return encodable(str(error)) or type(error).__name__
