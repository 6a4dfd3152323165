"""Selection of rows by time and by text."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import Units, native, speaker_column, units_of
from aai_jupyter.errors import UsageError

# Scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CONTEXT = 40


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
    (``"times it was"`` finds "times, it was"); a phrase never crosses from one turn to the next.

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
        One row for each match, in the frame's order: (``transcript_id``, ``source``,) ``start``, ``end`` (in
        the frame's own unit), ``speaker`` (category), ``match`` (the text found), ``context``, ``row`` (index
        label of the first row matched).

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
    found = _compile(pattern, regex, case)
    names = [name for name in ("transcript_id", "source") if name in df] if _several(df) else []
    texts = df["text"].astype("object").where(df["text"].notna(), "").astype(str).tolist()
    starts, joined = _join(df, texts)
    spots = [match.span() for match in found.finditer(joined) if match.end() > match.start()]
    begin, stop = np.array(spots, dtype=np.int64).reshape(-1, 2).T
    first = np.searchsorted(starts, begin, side="right") - 1
    last = np.searchsorted(starts, stop - 1, side="right") - 1
    who = speaker_column(df).astype("category")
    columns: dict[str, Any] = {name: df[name].array.take(first) for name in names}
    columns["start"] = df["start"].array.take(first)
    columns["end"] = df["end"].array.take(last)
    columns["speaker"] = who.array.take(first)
    kind: Any = df["text"].dtype
    columns["match"] = pd.Series([joined[a:b].strip() for a, b in spots], dtype=kind).array
    columns["context"] = pd.Series([_around(joined, a, b, context) for a, b in spots], dtype=kind).array
    columns["row"] = df.index.take(first)
    result = pd.DataFrame(columns)
    result.attrs = dict(df.attrs)
    return result


def _compile(pattern: str, regex: bool, case: bool) -> re.Pattern[str]:
    if not isinstance(pattern, str) or not pattern.strip():
        raise UsageError("There is nothing to search for.", hint='Give a word or a phrase: search("refund").')
    flags = re.NOFLAG if case else re.IGNORECASE
    if not regex:
        words = [re.escape(word) for word in pattern.split()]
        # Punctuation at the end of a word must not hide a phrase; a newline is the end of a turn.
        plain = r"[^\w\n]*[^\S\n]+[^\w\n]*".join(words)
        return re.compile(re.sub(f"(?<=[{_UNSPACED}])(?=[{_UNSPACED}])", "[^\\\\S\\\\n]*", plain), flags)
    try:
        return re.compile(pattern, flags)
    except re.error as problem:
        raise UsageError(
            f"{pattern!r} is not a regular expression: {problem}.",
            hint="Leave out regex=True to search as is.",
        ) from problem


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
    glue[0] = ""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    widths = np.char.str_len(glue)
    starts = np.cumsum(lengths + widths) - lengths
    return starts, "".join(part for pair in zip(glue.tolist(), texts, strict=True) for part in pair)


def _around(text: str, begin: int, stop: int, width: int) -> str:
    """Return the match and up to `width` characters of the same turn on either side, cut at spaces."""
    low = max(text.rfind("\n", 0, begin) + 1, 0)
    high = text.find("\n", stop)
    high = len(text) if high < 0 else high
    before, after = text[low:begin], text[stop:high]
    if len(before) > width:
        before = "…" + before[len(before) - width :].partition(" ")[2]
    if len(after) > width:
        after = after[:width].rpartition(" ")[0] + "…"
    return (before + text[begin:stop] + after).strip()
