"""Delivery: fillers, questions, speech rate, confidence, sentiment over time.

References
----------
.. [1] Clark & Fox Tree (2002). Using uh and um in spontaneous speaking. Cognition 84(1), 73-111. (fillers)
.. [2] Goldman-Eisler (1968). Psycholinguistics: Experiments in Spontaneous Speech. Academic Press. (rates)
.. [3] de Jong & Bosker (2013). Choosing a threshold for silent pauses. DiSS 2013, 17-20. (0.25 s)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Coded, FrameColumns, Units, group_codes
from aai_jupyter.analysis.intervals_of_rates import count_interval, mean_interval, share_interval
from aai_jupyter.analysis.metrics import ratio, talk_seconds
from aai_jupyter.analysis.said_words import Tokens, phrase_hits
from aai_jupyter.analysis.spans import Spans
from aai_jupyter.errors import OptionError

By = str | Sequence[str]
FILLERS: dict[str, tuple[str, ...]] = {
    "en": ("uh", "um", "uhm", "er", "erm", "ah", "hm", "hmm", "mm", "you know", "i mean"),
    "de": ("äh", "ähm", "öh", "öhm", "hm", "hmm", "ehm", "halt", "sozusagen"),
    "fr": ("euh", "heu", "hum", "ben", "bah", "hein", "du coup"),
    "es": ("eh", "em", "este", "mmm", "o sea", "pues"),
    "it": ("eh", "ehm", "uhm", "mmm", "cioè", "tipo"),
    "pt": ("é", "eh", "hum", "ã", "né", "tipo"),
    "nl": ("eh", "ehm", "uh", "uhm", "hm", "zeg maar"),
}
"""Fillers by language. Words that mean something else, too (``halt``, ``este``), are counted always."""
_QUESTION = ("?", "？", "؟")
LOW_CONFIDENCE = 0.5


def fillers(
    df: Any,
    language: str = "en",
    *,
    words: Iterable[str] = (),
    units: Units | None = None,
    by: By = (),
) -> Any:
    """Count filler words of each speaker.

    Parameters
    ----------
    df : DataFrame
        With ``text``: words, or utterances. Phrases do not cross rows of an utterances frame.
    language : str, default "en"
        Which list of :data:`FILLERS`: en, de, fr, es, it, pt, nl.
    words : iterable of str, optional
        Further fillers, words or phrases; with ``language=""`` the only ones.
    units : {"s", "ms", "timedelta"}, optional
    by : str or sequence of str, optional
        Columns that tell rows apart.

    Returns
    -------
    DataFrame
        ``speaker``, ``fillers``, ``words``, ``share`` (fillers / words) with Wilson's 95 % interval ``low``
        and ``high``, ``per_minute`` (of the speaker's talk time).

    Notes
    -----
    Known error: most recognisers leave fillers out. Ask for them (``disfluencies=True``), and take the figure
    for "at least". A filler is ``um``, not what it does (Clark & Fox Tree 2002).

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"text": ["Um,", "you", "know", "it"], "start": range(4), "end": range(1, 5)})
    >>> fillers(df)[["fillers", "words"]].values.tolist()
    [[2, 4]]
    """
    if language and language[:2].lower() not in FILLERS:
        raise OptionError(
            f"There is no list of fillers for {language!r}.",
            hint=f'It has {", ".join(FILLERS)}; or words=["eh"].',
        )
    known = [*(FILLERS[language[:2].lower()] if language else ()), *words]
    spans, tokens = _spoken(df, units, by)
    found = phrase_hits(tokens, known)
    return _counted(spans, tokens, found, "fillers")


def questions(df: Any, *, units: Units | None = None, by: By = ()) -> Any:
    """Count questions of each speaker: words that end with a question mark.

    Parameters
    ----------
    df : DataFrame
        With ``text``: words, sentences, utterances.
    units, by : optional
        As in `fillers`.

    Returns
    -------
    DataFrame
        ``speaker``, ``questions``, ``words``, ``share`` (of words), ``low``, ``high``, ``per_minute``.

    Notes
    -----
    Known error: that of the recogniser's punctuation. Questions without their form ("You came.") are not
    found, and rhetorical ones are.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"text": ["Why?", "So."], "start": [0.0, 1.0], "end": [1.0, 2.0]})
    >>> questions(df)["questions"].tolist()
    [1]
    """
    spans, tokens = _spoken(df, units, by)
    asked = np.array([word.rstrip("\"'”’»)]").endswith(_QUESTION) for word in tokens.written], dtype=np.int64)
    found = asked[tokens.word] if len(tokens) else tokens.word
    return _counted(spans, tokens, found, "questions")


def speech_rate(df: Any, *, min_pause: float = 0.25, units: Units | None = None, by: By = ()) -> Any:
    """Return speech and articulation rate of each speaker, and how much the rate varies.

    ``speech_rate``: ``60 * words / time`` with pauses within turns; ``articulation_rate``: without pauses of
    at least `min_pause` (Goldman-Eisler 1968; de Jong & Bosker 2013); ``variation``: standard deviation over
    mean of the rates of turns of at least five words, weighted by words.

    Parameters
    ----------
    df : DataFrame
        Words: other rows do not show pauses.
    min_pause : float, default 0.25
        Seconds.
    units, by : optional
        As in `fillers`.

    Returns
    -------
    DataFrame
        ``speaker``, ``words``, ``time`` (s), ``speech_rate``, ``low``, ``high`` (95 %, as of a count),
        ``articulation_time`` (s), ``articulation_rate``, ``variation``.

    Notes
    -----
    Words per minute, not syllables: rates of two languages cannot be compared. Known error: that of word
    ends, which recognisers put into the pause; articulation rates are too low by some per cent.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"text": ["a", "b"], "start": [0.0, 3.0], "end": [1.0, 4.0], "speaker": "A",
    ...                    "utterance": 0})
    >>> speech_rate(df)[["speech_rate", "articulation_rate"]].values.tolist()
    [[30.0, 60.0]]
    """
    spans = Spans.of(df, units, by=by)
    n = spans.n_groups
    rows, talk = talk_seconds(spans, np.inf)
    _, spoken = talk_seconds(spans, min_pause)
    group = spans.group[rows]
    words = np.bincount(spans.group, spans.words, minlength=n)
    time = np.bincount(group, talk, minlength=n).astype(np.float64)
    articulated = np.bincount(group, spoken, minlength=n).astype(np.float64)
    here = np.flatnonzero(np.bincount(spans.group, minlength=n))
    low, high = count_interval(words[here], time[here] / 60)
    place, speaker = np.divmod(here, len(spans.speakers) + 1)
    columns = {
        "speaker": spans.speaker_of(speaker),
        "words": np.rint(words[here]).astype(np.int64),
        "time": time[here],
        "speech_rate": ratio(60 * words[here], time[here]),
        "low": low,
        "high": high,
        "articulation_time": articulated[here],
        "articulation_rate": ratio(60 * words[here], articulated[here]),
        "variation": _variation(spans)[here],
    }
    return spans.keyed(place, columns)


def confidence(df: Any, *, below: float = LOW_CONFIDENCE, units: Units | None = None, by: By = ()) -> Any:
    """Return the recogniser's confidence by speaker.

    Parameters
    ----------
    df : DataFrame
        With ``confidence``: words.
    below : float, default 0.5
        Words below it count as uncertain.
    units, by : optional
        As in `fillers`.

    Returns
    -------
    DataFrame
        ``speaker``, ``rows`` (with a confidence), ``mean``, ``low``, ``high`` (normal 95 % interval of the
        mean), ``uncertain`` (share below), ``uncertain_low``, ``uncertain_high`` (Wilson).

    Notes
    -----
    Known error: confidences are no probabilities. Compare speakers of one model, and see ``calls.audit`` for
    errors.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"confidence": [0.9, 0.3], "start": [0.0, 1.0], "end": [1.0, 2.0], "speaker": "A"})
    >>> confidence(df)[["mean", "uncertain"]].round(2).values.tolist()
    [[0.6, 0.5]]
    """
    columns = FrameColumns(df)
    columns.check("confidence")
    recording, who, group, first = _groups(columns, by)
    values = columns.floats("confidence")
    known = np.flatnonzero(~np.isnan(values))
    n = len(first)
    count = np.bincount(group[known], minlength=n)[:n]
    total = np.bincount(group[known], values[known], minlength=n)[:n]
    squares = np.bincount(group[known], values[known] ** 2, minlength=n)[:n]
    few = np.bincount(group[known], values[known] < below, minlength=n)[:n]
    mean, low, high = mean_interval(total, squares, count)
    share_low, share_high = share_interval(few, count)
    return columns.result(
        {
            "speaker": Coded(who.codes[first], who.names),
            "rows": count.astype(np.int64),
            "mean": mean,
            "low": low,
            "high": high,
            "uncertain": ratio(few.astype(np.float64), count),
            "uncertain_low": share_low,
            "uncertain_high": share_high,
        },
        dict.fromkeys(recording, first),
    )


def sentiment(df: Any, window: float = 60.0, *, units: Units | None = None, by: By = ()) -> Any:
    """Return sentiment over time by speaker: the mean of -1, 0 and 1 in windows.

    Parameters
    ----------
    df : DataFrame
        ``t.sentiments``: with ``sentiment`` NEGATIVE, NEUTRAL or POSITIVE.
    window : float, default 60
        Seconds; a row counts in the window that has its middle.
    units, by : optional
        As in `fillers`.

    Returns
    -------
    DataFrame
        ``speaker``, ``start``, ``end`` (s), ``sentences``, ``mean`` (-1 to 1), ``low``, ``high`` (normal 95 %
        interval), ``positive``, ``negative`` (shares).

    Notes
    -----
    Sentiment of words, not of a person: it says nothing about what somebody feels. Known error: the model's,
    which is not given by the service.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"sentiment": ["POSITIVE", "NEGATIVE"], "start": [0.0, 70.0], "end": [5.0, 75.0]})
    >>> sentiment(df)[["start", "mean"]].values.tolist()
    [[0.0, 1.0], [60.0, -1.0]]
    """
    columns = FrameColumns(df)
    columns.check("sentiment", "start", "end")
    if not (np.isfinite(window) and window > 0):
        raise OptionError(f"window={window!r} is no length in seconds.")
    unit = units or columns.units()
    middle = (columns.seconds("start", unit) + columns.seconds("end", unit)) / 2
    scale = {"NEGATIVE": -1.0, "NEUTRAL": 0.0, "POSITIVE": 1.0}
    felt = columns.labels("sentiment")
    score = np.array([*(scale.get(str(name).upper(), np.nan) for name in felt.names), np.nan])[felt.codes]
    rows = np.flatnonzero(~np.isnan(score) & ~np.isnan(middle))
    slot = np.floor(middle[rows] / window).astype(np.int64)
    recording, who, own, _ = _groups(columns, by)
    size = int(slot.max() - slot.min()) + 1 if len(slot) else 1
    lowest = int(slot.min()) if len(slot) else 0
    kinds, group = np.unique(own[rows] * size + slot - lowest, return_inverse=True)
    n = len(kinds)
    first = np.full(n, len(score))
    np.minimum.at(first, group, rows)
    count = np.bincount(group, minlength=n)
    values = score[rows]
    mean, low, high = mean_interval(
        np.bincount(group, values, minlength=n), np.bincount(group, values**2, minlength=n), count
    )
    start = (kinds % size + lowest) * window
    return columns.result(
        {
            "speaker": Coded(who.codes[first], who.names),
            "start": start.astype(np.float64),
            "end": start + window,
            "sentences": count.astype(np.int64),
            "mean": mean,
            "low": low,
            "high": high,
            "positive": ratio(np.bincount(group, values > 0, minlength=n), count),
            "negative": ratio(np.bincount(group, values < 0, minlength=n), count),
        },
        dict.fromkeys(recording, first),
    )


def _groups(columns: FrameColumns, by: By) -> tuple[list[str], Coded, np.ndarray, np.ndarray]:
    """Return what names a recording, the speakers, and the group of each row with its first row."""
    keys = [by] if isinstance(by, str) else list(by)
    columns.check(*keys)
    for name in ("file", "source", "transcript_id"):
        if name in columns and name not in keys:
            found = columns.labels(name).codes
            if name == "source" or (len(found) and found.max() != found.min()):
                keys.append(name)
    who = columns.speaker()
    group, first = group_codes([*(columns.labels(name) for name in keys), who])
    return [name for name in keys if name != "speaker"], who, group, first


def _spoken(df: Any, units: Units | None, by: By) -> tuple[Spans, Tokens]:
    return Spans.of(df, units, by=by), Tokens.of(df, by=by)


def _counted(spans: Spans, tokens: Tokens, hits: np.ndarray, name: str) -> Any:
    """Return hits of each speaker, for each word and each minute of talk."""
    n, size = spans.n_groups, len(spans.speakers) + 1
    who = np.where(tokens.speaker.codes < 0, size - 1, tokens.speaker.codes)
    group = (tokens.recording * size + who)[tokens.row]
    count = np.bincount(group, hits, minlength=n)
    words = np.bincount(group, minlength=n)
    rows, talk = talk_seconds(spans, 1.0)
    time = np.bincount(spans.group[rows], talk, minlength=n)
    here = np.flatnonzero(words)
    low, high = share_interval(count[here], words[here])
    place, speaker = np.divmod(here, size)
    columns = {
        "speaker": spans.speaker_of(speaker),
        name: np.rint(count[here]).astype(np.int64),
        "words": words[here].astype(np.int64),
        "share": ratio(count[here].astype(np.float64), words[here]),
        "low": low,
        "high": high,
        "per_minute": ratio(60.0 * count[here], time[here]),
    }
    return spans.keyed(place, columns)


def _variation(spans: Spans) -> np.ndarray:
    """Return the coefficient of variation of the rates of each group's turns."""
    n = spans.n_groups
    if not len(spans.turn):
        return np.full(n, np.nan)
    turns = int(spans.turn.max()) + 1
    start, end = np.full(turns, np.inf), np.full(turns, -np.inf)
    np.minimum.at(start, spans.turn, spans.start)
    np.maximum.at(end, spans.turn, spans.end)
    words = np.bincount(spans.turn, spans.words, minlength=turns)
    group = np.zeros(turns, dtype=np.int64)
    group[spans.turn] = spans.group
    kept = np.flatnonzero((words >= 5) & (end > start))
    rate, weight, own = words[kept] / (end - start)[kept], words[kept], group[kept]
    whole = np.bincount(own, weight, minlength=n)
    mean = ratio(np.bincount(own, weight * rate, minlength=n), whole)
    spread = ratio(np.bincount(own, weight * (rate - mean[own]) ** 2, minlength=n), whole)
    several = np.bincount(own, minlength=n) > 1
    return np.where(several, ratio(np.sqrt(spread), mean), np.nan)
