"""Quality of a transcript, against a reference text and reference turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.analysis.assignment import best_pairs
from aai_jupyter.analysis.extras import compare_extra
from aai_jupyter.analysis.normalisers import normaliser_of
from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import split, tokens

if TYPE_CHECKING:
    import pandas as pd


def word_error_rate(
    reference: str, hypothesis: str, *, normalize: bool = True, language: str | None = None
) -> float:
    """Word error rate: (substitutions + deletions + insertions) / words of the reference.

    Parameters
    ----------
    reference, hypothesis : str
        What was said, and what was recognised.
    normalize : bool, default True
        Case, punctuation and ways to write the same letter do not count as errors. English texts are compared
        after the text normaliser of the Whisper paper (Radford et al. 2022, appendix C): nor do spelling
        variants there, and numbers as words or digits. In scripts without spaces (Chinese, Japanese, Thai,
        ...) each character counts as a word: the rate is the character error rate.
    language : str, optional
        Code of the language ("en", "de"). Unless you say, a text is English when its commonest words are.

    Returns
    -------
    float
        0 is perfect; above 1 is possible when more words were inserted than the reference has.

    Raises
    ------
    UsageError
        The ``compare`` extra is not installed, or the reference has no words.

    Examples
    --------
    >>> word_error_rate("Mister Smith paid ten dollars.", "Mr. Smith paid $10")
    0.0
    >>> word_error_rate("今天天气很好", "今天天气很号") == 1 / 6
    True
    """
    if not tokens(reference):
        raise UsageError("The reference text has no words, so there is no error rate.")
    words = normaliser_of(reference, hypothesis, language).words if normalize else split
    return float(compare_extra("jiwer").wer(" ".join(words(reference)), " ".join(words(hypothesis))))


def speaker_agreement(words: pd.DataFrame, turns: Sequence[dict[str, Any]]) -> float:
    """Share of words that got the right speaker, under the best one-to-one naming of the speakers.

    A word belongs to the reference turn in which its midpoint lies; words between turns do not count.

    Parameters
    ----------
    words : DataFrame
        A ``words`` frame in seconds, with ``start``, ``end`` and ``speaker``.
    turns : sequence of dict
        Reference turns with ``speaker``, ``start`` and ``end`` in seconds, in order and without overlap.

    Returns
    -------
    float
        Between 0 and 1; NaN when no word lies in a turn.

    Examples
    --------
    >>> import pandas as pd
    >>> words = pd.DataFrame({"start": [0.0, 1.0], "end": [0.5, 1.5], "speaker": ["A", "B"]})
    >>> speaker_agreement(words, [{"speaker": "Ann", "start": 0, "end": 2}])
    0.5
    """
    import numpy as np
    import pandas as pd

    from aai_jupyter.tables.any_frame import as_pandas

    words = as_pandas(words)
    middle = (words["start"].to_numpy(float) + words["end"].to_numpy(float)) / 2
    starts = np.array([turn["start"] for turn in turns], float)
    ends = np.array([turn["end"] for turn in turns], float)
    at = np.searchsorted(starts, middle, side="right") - 1
    inside = (at >= 0) & (middle <= ends[np.maximum(at, 0)]) if len(turns) else np.zeros(len(words), bool)
    if not inside.any():
        return float("nan")
    truth = np.array([turn["speaker"] for turn in turns])[at[inside]]
    found = words["speaker"].astype(object).where(words["speaker"].notna(), "").to_numpy()[inside]
    table = pd.crosstab(found, truth).to_numpy()
    rows, columns = best_pairs(table)
    return float(table[rows, columns].sum() / inside.sum())
