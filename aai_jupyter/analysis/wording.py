"""Wording: keyword in context, n-grams, keyness between groups, co-occurrence.

References
----------
.. [1] Luhn (1960). Key word-in-context index for technical literature. American Documentation 11(4).
.. [2] Dunning (1993). Accurate methods for the statistics of surprise and coincidence. Computational
   Linguistics 19(1), 61-74. (log-likelihood)
.. [3] Hardie (2014). Log Ratio: an informal introduction. CASS, Lancaster. (effect size of keyness)
.. [4] Church & Hanks (1990). Word association norms, mutual information, and lexicography. Computational
   Linguistics 16(1), 22-29.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from aai_jupyter.analysis.frame_columns import Coded
from aai_jupyter.analysis.metrics import ratio
from aai_jupyter.analysis.said_words import Tokens, phrase_places
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.text.tokenization import join, units

By = str | Sequence[str]
CRITICAL = 3.841458820694124
"""Chi squared with one degree of freedom, 5 %."""


def kwic(df: Any, phrase: str, *, context: int = 8, by: By = ()) -> Any:
    """Return every place of a word or phrase with the words around it (Luhn 1960).

    Parameters
    ----------
    df : DataFrame
        With ``text``: words, utterances.
    phrase : str
        Whole words; case and punctuation do not count. `search` finds parts of words.
    context : int, default 8
        Words on either side, of the same turn.
    by : str or sequence of str, optional
        Columns that stand first in the result.

    Returns
    -------
    DataFrame
        ``start``, ``end`` (as in `df`, of the first row and the last), ``speaker``, ``left``, ``match``,
        ``right``. In a words frame it plays: ``kwic(df, "refund").aai.play()``.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"text": ["I", "want", "a", "refund,", "now."], "word": range(5)})
    >>> kwic(df, "a refund")[["left", "match", "right"]].values.tolist()
    [['I want', 'a refund,', 'now.']]
    """
    parts = tuple(units(phrase)) if isinstance(phrase, str) else ()
    if not parts:
        raise UsageError("There is nothing to search for.", hint='kwic(df, "refund")')
    tokens = Tokens.of(df, by=by)
    places = phrase_places(tokens, parts)
    last = places + len(parts) - 1
    names = [*tokens.names, *(name for name in ("start",) if name in tokens.columns)]
    taken = {name: tokens.row[places] for name in names if name != "speaker"}
    if "end" in tokens.columns:
        taken["end"] = tokens.row[last]
    # Parts follow one another: the first and last word of each are found by bisection.
    part = tokens.part[places]
    low = np.maximum(places - context, np.searchsorted(tokens.part, part, "left"))
    high = np.minimum(last + 1 + context, np.searchsorted(tokens.part, part, "right"))
    left, match, right = (
        [join(tokens.texts(*pair)) for pair in zip(first.tolist(), end.tolist(), strict=True)]
        for first, end in ((low, places), (places, last + 1), (last + 1, high))
    )
    who = Coded(tokens.speaker.codes[tokens.row[places]], tokens.speaker.names)
    columns = {"speaker": who, "left": left, "match": match, "right": right}
    return tokens.columns.result(columns, taken, **_units(tokens))


def ngrams(df: Any, n: int = 2, *, most: int | None = 1000, by: By = ()) -> Any:
    """Count runs of `n` words within turns.

    Parameters
    ----------
    df : DataFrame
        With ``text``.
    n : int, default 2
    most : int or None, default 1000
        Rows of each combination of `by`; None for all.
    by : str or sequence of str, optional
        ``"speaker"`` counts those of each speaker.

    Returns
    -------
    DataFrame
        ``ngram``, ``count``, ``per_thousand`` (of the n-grams), most frequent first.

    Examples
    --------
    >>> import pandas as pd
    >>> ngrams(pd.DataFrame({"text": ["to be or not to be"]})).head(1).values.tolist()
    [['to be', 2, 400.0]]
    """
    if n < 1:
        raise OptionError(f"n={n!r} words make no n-gram.")
    tokens = Tokens.of(df, by=by)
    places = _runs(tokens, n)
    group = tokens.recording[tokens.row[places]] if len(places) else np.zeros(0, dtype=np.int64)
    codes = tokens.code[places] if len(places) else np.zeros(0, dtype=np.int64)
    run = codes
    width = len(tokens.keys) + 1
    for step in range(1, n):
        if int(run.max(initial=0)) > 2**62 // width:  # the next word would not fit
            _, run = np.unique(run, return_inverse=True)
        run = run * width + tokens.code[places + step]
    if len(tokens.first) > 1:
        _, run = np.unique(run, return_inverse=True)
    size = int(run.max(initial=0)) + 1
    kinds, first, count = np.unique(
        group * size + run if len(tokens.first) > 1 else run, return_index=True, return_counts=True
    )
    whose = kinds // size if len(tokens.first) > 1 else np.zeros(len(kinds), dtype=np.int64)
    order = np.lexsort((first, -count, whose))
    whole = np.bincount(group, minlength=len(tokens.first))
    if most is not None:
        rank = np.arange(len(order)) - np.searchsorted(whose[order], whose[order])
        order = order[rank < most]
    texts = [
        " ".join(tokens.keys[tokens.code[places[at] + step]] for step in range(n))
        for at in first[order].tolist()
    ]
    columns = {
        "ngram": texts,
        "count": count[order].astype(np.int64),
        "per_thousand": ratio(1000.0 * count[order], whole[whose[order]]),
    }
    rows = tokens.first[whose[order]] if len(order) else np.zeros(0, dtype=np.int64)
    return tokens.columns.result(columns, dict.fromkeys(tokens.names, rows))


def keyness(df: Any, by: str, target: Any, *, reference: Any = None, fewest: int = 2) -> Any:
    """Return words that one group says more, or less, than the others.

    Log-likelihood ``G2 = 2 sum(O ln(O / E))`` (Dunning 1993) with its sign, and the log ratio of the relative
    frequencies ``log2((a + 0.5) / (A + 0.5) / ((b + 0.5) / (B + 0.5)))`` (Hardie 2014), which says how
    much more.

    Parameters
    ----------
    df : DataFrame
        With ``text``.
    by : str
        Column of the groups: ``"speaker"``, ``"team"``.
    target : str
        The group.
    reference : str, optional
        The other group; all others unless you say.
    fewest : int, default 2
        Words said less often, by both, are left out.

    Returns
    -------
    DataFrame
        ``word``, ``count``, ``reference_count``, ``per_thousand``, ``reference_per_thousand``, ``log_ratio``,
        ``low``, ``high`` (95 % interval of it), ``g2``, ``significant`` (1 or 0: by the 5 % limit, divided by
        the number of words compared: Bonferroni); highest G2 first.

    Notes
    -----
    Known error: words of one speaker are not independent, so G2 is too high for words of one topic.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"speaker": ["A", "B"], "text": ["price price price", "price time time"]})
    >>> keyness(df, "speaker", "A")[["word", "count", "reference_count"]].values.tolist()
    [['price', 3, 1], ['time', 0, 2]]
    """
    tokens = Tokens.of(df)
    tokens.columns.check(by)
    groups = tokens.columns.labels(by)
    names = [str(name) for name in groups.names]
    for name in (target, reference):
        if name is not None and str(name) not in names:
            raise UsageError(f"No row has {by} {name!r}.", hint=f"It has: {', '.join(names[:20])}.")
    whose = groups.codes[tokens.row]
    said = tokens.code >= 0
    ours = said & (whose == names.index(str(target)))
    others = (
        whose == names.index(str(reference)) if reference is not None else whose != names.index(str(target))
    )
    theirs = said & others & (whose >= 0)
    size = len(tokens.keys)
    a = np.bincount(tokens.code[ours], minlength=size).astype(np.float64)
    b = np.bincount(tokens.code[theirs], minlength=size).astype(np.float64)
    whole_a, whole_b = a.sum(), b.sum()
    kept = np.flatnonzero(a + b >= max(fewest, 1))
    a, b = a[kept], b[kept]
    both = max(whole_a + whole_b, 1)
    expected = [(a + b) * whole_a / both, (a + b) * whole_b / both]
    g2 = np.zeros(len(kept))
    for seen, chance in zip((a, b), expected, strict=True):
        g2 += (
            2
            * seen
            * np.log(np.divide(seen, chance, out=np.ones(len(kept)), where=(seen > 0) & (chance > 0)))
        )
    effect = np.log2((a + 0.5) / (whole_a + 0.5)) - np.log2((b + 0.5) / (whole_b + 0.5))
    half = 1.959963984540054 / np.log(2) * np.sqrt(1 / (a + 0.5) + 1 / (b + 0.5))
    signed = np.where(effect < 0, -g2, g2)
    order = np.lexsort((kept, -signed))
    limit = _critical(max(len(kept), 1))
    columns = {
        "word": [tokens.keys[number] for number in kept[order].tolist()],
        "count": a[order].astype(np.int64),
        "reference_count": b[order].astype(np.int64),
        "per_thousand": 1000 * a[order] / max(whole_a, 1),
        "reference_per_thousand": 1000 * b[order] / max(whole_b, 1),
        "log_ratio": effect[order],
        "low": (effect - half)[order],
        "high": (effect + half)[order],
        "g2": signed[order],
        "significant": (g2[order] > limit).astype(np.int64),
    }
    return tokens.columns.result(columns)


def cooccurrence(df: Any, words: Sequence[str], *, by: By = ()) -> Any:
    """Return how often words or phrases are said in the same turn.

    Parameters
    ----------
    df : DataFrame
        With ``text``: utterances, or words with ``utterance``.
    words : sequence of str
        Words or phrases.
    by : str or sequence of str, optional
        Columns that part the rows.

    Returns
    -------
    DataFrame
        One row a pair: ``one``, ``two``, ``turns`` (with both), ``one_turns``, ``two_turns``, ``all_turns``,
        ``jaccard`` (both / either), ``pmi``: ``log2(p(both) / (p(one) p(two)))`` bits (Church & Hanks
        1990), NaN without any.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"text": ["price and time", "price", "time", "other"]})
    >>> cooccurrence(df, ["price", "time"])[["jaccard", "pmi"]].round(2).values.tolist()
    [[0.33, 0.0]]
    """
    tokens = Tokens.of(df, by=by)
    asked = [word for word in dict.fromkeys(words) if units(word)]
    n = len(tokens.first)
    parts, where = np.unique(tokens.part, return_index=True)
    of_part = tokens.recording[tokens.row[where]] if len(where) else np.zeros(0, dtype=np.int64)
    whole = np.bincount(of_part, minlength=n)[:n]
    there = {}
    for word in asked:
        found = np.zeros(len(parts), dtype=bool)
        found[np.searchsorted(parts, tokens.part[phrase_places(tokens, tuple(units(word)))])] = True
        there[word] = found
    rows: dict[str, list[Any]] = {"one": [], "two": []}
    counts: list[np.ndarray] = []
    for one, two in combinations(asked, 2):
        each = [there[one] & there[two], there[one], there[two]]
        rows["one"] += [one] * n
        rows["two"] += [two] * n
        counts.append(np.stack([np.bincount(of_part, part, minlength=n)[:n] for part in each]))
    both, first, second = np.concatenate(counts, axis=1) if counts else np.zeros((3, 0))
    total = np.tile(whole, len(counts)).astype(np.float64)
    together = ratio(both * total, first * second)
    columns = {
        **rows,
        "turns": both.astype(np.int64),
        "one_turns": first.astype(np.int64),
        "two_turns": second.astype(np.int64),
        "all_turns": total.astype(np.int64),
        "jaccard": ratio(both, first + second - both),
        "pmi": np.log2(together, out=np.full(len(together), np.nan), where=together > 0),
    }
    at = np.tile(tokens.first, len(counts))
    return tokens.columns.result(columns, dict.fromkeys(tokens.names, at))


def _runs(tokens: Tokens, n: int) -> np.ndarray:
    """Return where `n` words of one part stand in a row, none of them punctuation alone."""
    size = len(tokens.code) - n + 1
    if size < 1:
        return np.zeros(0, dtype=np.int64)
    whole = tokens.part[:size] == tokens.part[n - 1 :]
    for step in range(n):
        whole &= tokens.code[step : size + step] >= 0
    return np.flatnonzero(whole)


def _critical(tests: int) -> float:
    """Return the limit of chi squared (1) for 5 % over several tests."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - 0.05 / tests / 2) ** 2


def _units(tokens: Tokens) -> dict[str, Any]:
    columns = tokens.columns
    return {"units": columns.units()} if {"start", "end"} <= {*columns.names} else {}
