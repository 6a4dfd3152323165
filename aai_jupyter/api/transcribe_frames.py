"""``aai.transcribe_frames``: a frame of recordings in, a frame of words out, for Dask, Spark and Ray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from aai_jupyter.errors import AaiError, OptionError, SourceError, UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.tables.schema import COLUMNS, Column
from aai_jupyter.transcripts.set_tables import row_count
from aai_jupyter.transcripts.shared_transcribing import SharedStores, transcribe_shared
from aai_jupyter.transcripts.transcribing import transcribe_sources
from aai_jupyter.transcripts.transcript_set import TranscriptSet

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.jobs.job_events import Outcome
    from aai_jupyter.transcripts.transcript import Transcript

FrameName = Literal["words", "utterances"]
Errors = Literal["raise", "column"]
ERROR = "error"
_STRING = pd.StringDtype("python")
_SPARK = {"float64": "DOUBLE", "int64": "BIGINT", "Int64": "BIGINT", "bool": "BOOLEAN"}


def transcribe_frames(
    df: pd.DataFrame,
    source: str = "path",
    frame: FrameName = "words",
    *,
    store: str | Path | None = None,
    storage_options: Mapping[str, Any] | None = None,
    errors: Errors = "raise",
    profile: str | None = None,
    extra: Mapping[str, Any] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Transcribe the recordings of a frame: one row a recording in, one row a word (or utterance) out.

    A plain function of pandas frames, which Dask (``map_partitions``), Spark (``mapInPandas``) and Ray
    (``map_batches``) run on many machines. Workers that share a store pay once for a recording with the same
    options, whatever they are given and whenever one of them is killed.

    Parameters
    ----------
    df : DataFrame
        One row a recording.
    source : str, default "path"
        Column with the path or URL of each.
    frame : {"words", "utterances"}
        What comes out.
    store : path or URL, optional
        What the workers share: a folder that all of them see, or ``s3://``, ``gs://``, ``az://`` by way of
        fsspec. No files are locked. By default the store of this machine.
    storage_options : mapping, optional
        Of the file system of fsspec.
    errors : {"raise", "column"}
        Raise the first failure, after all other rows were done (what was done is kept); or give one row for
        the recording, with the reason in a column ``error``.
    profile, extra, **options
        As of :func:`transcribe`: ``speaker_labels=True``, ...

    Returns
    -------
    DataFrame
        The columns of `df`, repeated for each row of a recording, then those of the frame without its
        ``source``: text instead of categories, so that all partitions have one schema. Without rows the
        columns and dtypes are the same: ``transcribe_frames(df.head(0))`` is Dask's ``meta``.

    Raises
    ------
    UsageError
        A column is missing, or has a name that the frame has already.
    AaiError
        Of the first recording that failed.

    See Also
    --------
    frames_schema : the same columns as Spark writes them.

    Examples
    --------
    >>> calls = pd.DataFrame({"path": ["a.mp3"], "agent": ["Ann"]})
    >>> transcribe_frames(calls.head(0)).columns[:4].tolist()
    ['path', 'agent', 'utterance', 'word']
    >>> ddf.map_partitions(
    ...     transcribe_frames, store="/nfs/aai", meta=transcribe_frames(ddf.head(0))
    ... )  # doctest: +SKIP
    """
    _check(df, source, frame, errors)
    if not len(df):
        return _assembled(df, frame, errors, {}, {})
    request = _request(profile, extra, options)
    sources, failed = _sources(df[source])
    places = list(sources)
    outcomes = _transcribed([sources[place] for place in places], request, store, storage_options)
    failed |= {place: one.error for place, one in zip(places, outcomes, strict=True) if one.error is not None}
    if failed and errors == "raise":
        raise _summed(failed)
    done = {place: one.transcript for place, one in zip(places, outcomes, strict=True) if one.error is None}
    return _assembled(df, frame, errors, done, failed)


def frames_schema(
    df: pd.DataFrame, source: str = "path", frame: FrameName = "words", *, errors: Errors = "raise"
) -> str:
    """Return the columns of :func:`transcribe_frames` as Spark's ``mapInPandas`` takes them.

    Parameters
    ----------
    df : DataFrame
        The columns that go in, with or without rows.
    source, frame, errors
        As of :func:`transcribe_frames`.

    Examples
    --------
    >>> frames_schema(pd.DataFrame({"path": ["a.mp3"]})).split(", ")[:3]
    ['`path` STRING', '`utterance` BIGINT', '`word` BIGINT']
    """
    found = transcribe_frames(df.head(0), source, frame, errors=errors)
    return ", ".join(
        f"`{name}` {_SPARK.get(str(found[name].dtype), _spark(found[name]))}" for name in found.columns
    )


def _spark(values: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(values):
        return "TIMESTAMP"
    if pd.api.types.is_integer_dtype(values):
        return "BIGINT"
    return "DOUBLE" if pd.api.types.is_float_dtype(values) else "STRING"


def _check(df: pd.DataFrame, source: str, frame: str, errors: str) -> None:
    if frame not in ("words", "utterances"):
        raise OptionError(f"frame is words or utterances, not {frame!r}.")
    if errors not in ("raise", "column"):
        raise OptionError(f"errors is raise or column, not {errors!r}.")
    if source not in df:
        raise UsageError(
            f"The frame has no column {source!r} with the recordings.",
            hint=f'Name it: source="...". There are {", ".join(map(str, df.columns))}.',
        )
    ours = {column.name for column in COLUMNS[frame]} | ({ERROR} if errors == "column" else set())
    if taken := [str(name) for name in df.columns if name in ours]:
        raise UsageError(
            f"The frame of {frame} has a column {taken[0]!r} itself.",
            hint=f'Rename yours: df.rename(columns={{"{taken[0]}": "my_{taken[0]}"}}).',
        )


def _request(
    profile: str | None, extra: Mapping[str, Any] | None, options: Mapping[str, Any]
) -> TranscriptRequest:
    from aai_jupyter.client.options.transcript_request import build_request

    named = runtime().settings.profile(profile) if profile else {}
    return build_request({**named, **options}, extra=extra)


def _sources(values: pd.Series) -> tuple[dict[int, Source], dict[int, AaiError]]:
    """Return the recordings by row, and what is wrong with the others."""
    from aai_jupyter.client.sources.reading import resolve_sources

    good: dict[int, Source] = {}
    bad: dict[int, AaiError] = {}
    for place, value in enumerate(values.tolist()):
        try:
            if value is None or value is pd.NA or value != value:
                raise SourceError("There is no recording in this row.", hint="Give its path or URL.")
            found = resolve_sources(value)
            if len(found) != 1:
                raise SourceError(f"{value!r} names {len(found)} recordings.", hint="One row names one.")
            (good[place],) = found
        except SourceError as error:
            bad[place] = error
    return good, bad


def _transcribed(
    sources: Sequence[Source],
    request: TranscriptRequest,
    store: str | Path | None,
    storage_options: Mapping[str, Any] | None,
) -> list[Outcome]:
    if not sources:
        return []
    rt = runtime()
    if store is None:
        return rt.run(transcribe_sources(sources, request))
    shared = rt.part(SharedStores).at(store, dict(storage_options or {}))
    return rt.run(transcribe_shared(sources, request, shared))


def _summed(failed: Mapping[int, AaiError]) -> AaiError:
    first = failed[min(failed)]
    if len(failed) > 1:
        first.add_note(f"{len(failed)} recordings failed; this is the first.")
    return first


def _assembled(
    df: pd.DataFrame,
    frame: FrameName,
    errors: Errors,
    done: Mapping[int, Transcript],
    failed: Mapping[int, AaiError],
) -> pd.DataFrame:
    found = TranscriptSet(done.values()).frame(frame, units="s").drop(columns="source", errors="ignore")
    rows = np.repeat(
        np.array([*done], dtype=np.int64), [row_count(one, frame) for one in done.values()]
    ).astype(np.int64)
    columns = {column.name: _plain(found[column.name], column) for column in COLUMNS[frame]}
    made = pd.DataFrame(columns)
    if errors == "column":
        made = _with_failures(made, failed)
        rows = np.r_[rows, np.array([*failed], dtype=np.int64)]
    order = np.argsort(rows, kind="stable")
    taken = df.take(rows[order]).reset_index(drop=True)
    made = made.take(order).reset_index(drop=True)
    return pd.concat([taken, made], axis=1)


def _plain(values: pd.Series, column: Column) -> pd.Series:
    if column.dtype in ("category", "string"):
        text = values.astype(object).where(values.notna(), None)
        return pd.Series(pd.array(text.to_numpy(), dtype=_STRING))
    return values


def _with_failures(made: pd.DataFrame, failed: Mapping[int, AaiError]) -> pd.DataFrame:
    """Append a row of missing values for each failure; numbers of words may be missing then."""
    whole = {name: "Int64" for name in made.columns if made[name].dtype == np.int64}
    made = made.astype(whole)
    made[ERROR] = pd.Series(pd.array([None] * len(made), dtype=_STRING))
    more = made.head(0).reindex(range(len(failed)))
    more[ERROR] = pd.Series(pd.array([error.short for error in failed.values()], dtype=_STRING))
    return pd.concat([made, more], ignore_index=True) if len(failed) else made
