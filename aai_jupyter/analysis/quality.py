"""Quality of a transcript, against a reference text and reference turns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import fold, split, tokens

if TYPE_CHECKING:
    import pandas as pd

# Words that are common in English, and none in other languages.
_COMMON_WORDS = """
the and that you he they this with are have but what which would could should his their my your it from were
she there not don't i'm it's who when how we're
"""
_COMMON = frozenset(_COMMON_WORDS.split())
INSTALL = 'pip install "aai-jupyter[compare]"'


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
        The ``compare`` extra (jiwer, whisper-normalizer) is not installed, or the reference has no words.

    Examples
    --------
    >>> word_error_rate("Mister Smith paid ten dollars.", "Mr. Smith paid $10")
    0.0
    >>> word_error_rate("今天天气很好", "今天天气很号") == 1 / 6
    True
    """
    try:
        import jiwer
        from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError as error:
        raise UsageError(f"Word error rates need {error.name}.", hint=INSTALL) from None
    if normalize:
        reference, hypothesis = _dotless(reference, hypothesis)
        english = _english(reference, hypothesis, language)
        if english is not None:
            clean = EnglishTextNormalizer()
            if not english:
                clean.ignore_patterns = r"$^"  # "um" is a word elsewhere
            reference, hypothesis = clean(fold(reference)), clean(fold(hypothesis))
        said, heard = tokens(reference), tokens(hypothesis)
    else:
        said, heard = split(reference), split(hypothesis)
    if not tokens(reference):
        raise UsageError("The reference text has no words, so there is no error rate.")
    return float(jiwer.wer(" ".join(said), " ".join(heard)))


def _english(reference: str, hypothesis: str, language: str | None) -> bool | None:
    """Tell whether texts are English; None where they cannot be, False where nothing says so."""
    if language is not None:
        return True if language.lower().startswith("en") else None
    said = tokens(reference)
    common = [word for word in said if word in _COMMON]
    if len(set(common)) > 1 and 10 * len(common) >= len(said):
        return True
    return False if fold(reference + hypothesis).isascii() else None


def _dotless(reference: str, hypothesis: str) -> tuple[str, str]:
    """Write the capitals of Turkish small, which without the language are those of others."""
    if not set("ıİ") & set(reference + hypothesis):
        return reference, hypothesis
    one, two = (text.replace("I", "ı").replace("ı", "ɪ") for text in (reference, hypothesis))
    return one, two


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
    if table.shape[0] < table.shape[1]:
        table = table.T
    # Few speakers: trying every naming is exact and quick; beyond that the greedy one is close.
    n = table.shape[1]
    if table.shape[0] <= 7:
        best = max(
            sum(table[row, k] for k, row in enumerate(rows)) for rows in permutations(range(len(table)), n)
        )
    else:
        best = 0
        table = table.copy()
        for _ in range(n):
            row, column = np.unravel_index(np.argmax(table), table.shape)
            best += table[row, column]
            table[row, :] = table[:, column] = -1
    return float(best / inside.sum())
