"""Selection of rows by time and by text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import Units, native, speaker_column, units_of
from aai_jupyter.errors import UsageError
from aai_jupyter.tables.any_frame import as_pandas, in_library_of, rows_of
from aai_jupyter.text.folded_text import FoldedText
from aai_jupyter.text.tokenization import clusters, is_unspaced

_CONTEXT = 40


_TIMES = ("start", "end", "duration")


def between(
    df: pd.DataFrame, t0: Any = None, t1: Any = None, *, clip: bool = False, units: Units | None = None
) -> pd.DataFrame:
    """Rows that overlap the time from `t0` to `t1`.

    A row ``[start, end]`` is in when ``start < t1`` and ``end > t0``; a row without duration when
    ``t0 <= start < t1``.

    Parameters
    ----------
    df : DataFrame
        Any frame with ``start`` and ``end``.
    t0, t1 : float, str or timedelta, optional
        Numbers are in the frame's own unit (seconds for a timedelta frame), ``"1:02.5"`` and timedeltas fit
        any frame. None leaves that side open.
    clip : bool, default False
        Cut ``start``, ``end`` (and ``duration``) to the interval.
    units : {"s", "ms", "timedelta"}, optional
        Unit of the frame; known from its dtype unless you say.

    Returns
    -------
    DataFrame
        A copy of those rows: same index, columns, dtypes and attrs.

    Examples
    --------
    >>> df = pd.DataFrame({"start": [0.0, 1.0, 2.0], "end": [1.0, 2.0, 3.0], "text": ["a", "b", "c"]})
    >>> between(df, 1.5, 2.5, clip=True)
       start  end text
    1    1.5  2.0    b
    2    2.0  2.5    c
    """
    if not isinstance(df, pd.DataFrame):
        return rows_of(df, between(as_pandas(df), t0, t1, clip=clip, units=units), _TIMES if clip else ())
    unit = units or units_of(df)
    low = None if t0 is None else native(t0, unit, "t0")
    high = None if t1 is None else native(t1, unit, "t1")
    if low is not None and high is not None and low > high:
        raise UsageError(f"t0={t0!r} is after t1={t1!r}.", hint="Give the earlier time first.")
    inside = (df["start"].notna() & df["end"].notna()).to_numpy(dtype=bool)
    if high is not None:
        inside = inside & (df["start"] < high).to_numpy(dtype=bool, na_value=False)
    if low is not None:
        after = (df["end"] > low) | (df["start"] >= low)
        inside = inside & after.to_numpy(dtype=bool, na_value=False)
    rows = df[inside].copy()
    if clip:
        for name in ("start", "end"):
            kept = rows[name].clip(lower=low, upper=high)
            rows[name] = kept.astype(df[name].dtype)
        if "duration" in rows:
            rows["duration"] = (rows["end"] - rows["start"]).astype(df["duration"].dtype)
    return rows


def search(
    df: pd.DataFrame, pattern: str, *, regex: bool = False, case: bool = False, context: int = _CONTEXT
) -> pd.DataFrame:
    """Every place where something is said.

    In a words frame a phrase is found across words, and ``start`` and ``end`` are those of the words it
    touches; in other frames they are those of the row. Spaces of a plain phrase match punctuation too
    (``"times it was"`` finds "times, it was"); a phrase never crosses from one turn to the next. Composed and
    decomposed letters, curly and straight quotes, full and half width are the same; a letter with a mark is
    another letter (``"पान"`` does not find "पानी").

    Parameters
    ----------
    df : DataFrame
        Any frame with ``text``, ``start`` and ``end``.
    pattern : str
        What to look for, anywhere in a word: ``"refund"`` finds "refunds".
    regex : bool, default False
        Take `pattern` as a regular expression (module `re`). Turns are separated by newlines.
    case : bool, default False
        Tell upper from lower case.
    context : int, default 40
        Characters of the same turn to show on either side.

    Returns
    -------
    DataFrame
        One row for each match, in the frame's order: (``file``,) ``start``, ``end`` (in the frame's own
        unit), ``speaker`` (category), ``match`` (the text found), ``context``, ``row`` (index label of the
        first row matched), (``source``, ``transcript_id``).

    Raises
    ------
    UsageError
        The pattern is empty, or not a regular expression.

    Examples
    --------
    >>> texts = ["a", "full", "refund,", "please"]
    >>> df = pd.DataFrame({"text": texts, "start": [0, 1, 2, 3], "end": [1, 2, 3, 4]})
    >>> search(df, "full refund")[["start", "end", "match", "context"]]
       start  end        match                context
    0      1    3  full refund  a full refund, please
    """
    if not isinstance(pattern, str) or not pattern.strip():
        raise UsageError("There is nothing to search for.", hint='Give a word or a phrase: search("refund").')
    if not isinstance(df, pd.DataFrame):
        found = search(as_pandas(df), pattern, regex=regex, case=case, context=context)
        return in_library_of(df, found)
    names = [name for name in ("file", "source", "transcript_id") if name in df] if _several(df) else []
    texts = df["text"].astype("object").where(df["text"].notna(), "").astype(str).tolist()
    starts, joined = _join(df, texts)
    spots = _matches(joined, pattern, case) if regex else _phrases(joined, pattern, case)
    begin, stop = np.array(spots, dtype=np.int64).reshape(-1, 2).T
    first = np.searchsorted(starts, begin, side="right") - 1
    last = np.searchsorted(starts, stop - 1, side="right") - 1
    who = speaker_column(df).astype("category")
    columns: dict[str, Any] = {name: df[name].array.take(first) for name in names if name == "file"}
    columns["start"] = df["start"].array.take(first)
    columns["end"] = df["end"].array.take(last)
    columns["speaker"] = who.array.take(first)
    kind: Any = df["text"].dtype
    columns["match"] = pd.Series([joined[a:b].strip() for a, b in spots], dtype=kind).array
    columns["context"] = pd.Series([_around(joined, a, b, context) for a, b in spots], dtype=kind).array
    columns["row"] = df.index.take(first)
    columns |= {name: df[name].array.take(first) for name in names if name != "file"}
    result = pd.DataFrame(columns)
    result.attrs = dict(df.attrs)
    return result


def _phrases(text: str, phrase: str, case: bool) -> list[tuple[int, int]]:
    folded = FoldedText(text, case=case)
    found = folded.phrase(phrase, case=case).finditer(folded.text)
    return [folded.span(*match.span()) for match in found if match.end() > match.start()]


def _matches(text: str, pattern: str, case: bool) -> list[tuple[int, int]]:
    try:
        found = re.compile(pattern, re.NOFLAG if case else re.IGNORECASE)
    except re.error as problem:
        raise UsageError(
            f"{pattern!r} is not a regular expression: {problem}.",
            hint="Leave out regex=True to search as is.",
        ) from problem
    return [match.span() for match in found.finditer(text) if match.end() > match.start()]


def _several(df: pd.DataFrame) -> bool:
    return "source" in df or ("transcript_id" in df and df["transcript_id"].nunique(dropna=False) > 1)


def _join(df: pd.DataFrame, texts: list[str]) -> tuple[np.ndarray, str]:
    """Concatenate all texts, with the offset of each: spaces join words of a turn, newlines turns."""
    if not texts:
        return np.zeros(0, dtype=np.int64), ""
    same = np.zeros(len(texts), dtype=bool)
    if "word" in df or not any(" " in text for text in texts):  # one word a row
        same[1:] = True
        for name in ("transcript_id", "source", "utterance", "speaker", "channel"):
            if name in df:
                codes, _ = pd.factorize(df[name], use_na_sentinel=False)
                same[1:] &= codes[1:] == codes[:-1]
    glue = np.where(same, " ", "\n")
    foreign = [] if "".join(texts).isascii() else [i for i, text in enumerate(texts) if not text.isascii()]
    for place in foreign:
        if same[place] and is_unspaced(texts[place][0]):
            glue[place] = ""
        if place + 1 < len(texts) and same[place + 1] and is_unspaced(texts[place][-1]):
            glue[place + 1] = ""
    glue[0] = ""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    widths = np.char.str_len(glue)
    starts = np.cumsum(lengths + widths) - lengths
    parts = [""] * (2 * len(texts))
    parts[::2], parts[1::2] = glue.tolist(), texts
    return starts, "".join(parts)


def _around(text: str, begin: int, stop: int, width: int) -> str:
    """Return the match and up to `width` characters of the same turn on either side, cut between words."""
    low = max(text.rfind("\n", 0, begin) + 1, 0)
    high = text.find("\n", stop)
    high = len(text) if high < 0 else high
    before, after = text[low:begin], text[stop:high]
    if len(before) > width:
        before = "…" + _cut(clusters(before[-width - 1 :])[1:])
    if len(after) > width:
        after = _cut(clusters(after[: width + 1])[:-1][::-1], backwards=True) + "…"
    return (before + text[begin:stop] + after).strip()


def _cut(characters: list[str], *, backwards: bool = False) -> str:
    """Drop characters up to the first place between two words; all are kept where there is none."""
    for place, character in enumerate(characters):
        if character.isspace() or is_unspaced(character[0]):
            characters = characters[place + character.isspace() :]
            break
    return "".join(reversed(characters) if backwards else characters)
