"""The measures of conversations as methods of ``df.aai``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from aai_jupyter.analysis import delivery, turn_sequence, turn_taking, wording

By = str | Sequence[str]


class Measures:
    """Measures of the rows of a frame; each is a function of `aai_jupyter.analysis`, too."""

    _df: pd.DataFrame

    def monologues(self, *, max_backchannel: float = 1.0, by: By = ()) -> Any:
        return turn_sequence.monologues(self._df, max_backchannel=max_backchannel, by=by)

    def interactivity(self, *, by: By = ()) -> Any:
        return turn_sequence.interactivity(self._df, by=by)

    def patience(self, *, by: By = ()) -> Any:
        return turn_taking.patience(self._df, by=by)

    def latency(self, *, by: By = ()) -> Any:
        return turn_taking.latency(self._df, by=by)

    def overlaps(self, *, max_backchannel: float = 1.0, by: By = ()) -> Any:
        return turn_taking.overlaps(self._df, max_backchannel=max_backchannel, by=by)

    def silence(self, threshold: float = 1.0, *, by: By = ()) -> Any:
        return turn_taking.silence(self._df, threshold, by=by)

    def turn_entropy(self, *, by: By = ()) -> Any:
        return turn_sequence.turn_entropy(self._df, by=by)

    def fillers(self, language: str = "en", *, words: Iterable[str] = (), by: By = ()) -> Any:
        return delivery.fillers(self._df, language, words=words, by=by)

    def questions(self, *, by: By = ()) -> Any:
        return delivery.questions(self._df, by=by)

    def speech_rate(self, *, min_pause: float = 0.25, by: By = ()) -> Any:
        return delivery.speech_rate(self._df, min_pause=min_pause, by=by)

    def confidence(self, *, below: float = 0.5, by: By = ()) -> Any:
        return delivery.confidence(self._df, below=below, by=by)

    def sentiment(self, window: float = 60.0, *, by: By = ()) -> Any:
        return delivery.sentiment(self._df, window, by=by)

    def kwic(self, phrase: str, *, context: int = 8, by: By = ()) -> Any:
        return wording.kwic(self._df, phrase, context=context, by=by)

    def ngrams(self, n: int = 2, *, most: int | None = 1000, by: By = ()) -> Any:
        return wording.ngrams(self._df, n, most=most, by=by)

    def keyness(self, by: str, target: Any, *, reference: Any = None, fewest: int = 2) -> Any:
        return wording.keyness(self._df, by, target, reference=reference, fewest=fewest)

    def cooccurrence(self, words: Sequence[str], *, by: By = ()) -> Any:
        return wording.cooccurrence(self._df, words, by=by)


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    turn_sequence.monologues,
    turn_sequence.interactivity,
    turn_taking.patience,
    turn_taking.latency,
    turn_taking.overlaps,
    turn_taking.silence,
    turn_sequence.turn_entropy,
    delivery.fillers,
    delivery.questions,
    delivery.speech_rate,
    delivery.confidence,
    delivery.sentiment,
    wording.kwic,
    wording.ngrams,
    wording.keyness,
    wording.cooccurrence,
)
_EXAMPLES = "Examples\n    --------\n"
for _function in _FUNCTIONS:
    _name = _function.__name__
    _text, _head, _examples = str(_function.__doc__).partition(_EXAMPLES)
    _import = f"    >>> from aai_jupyter.analysis import {_name}  # as a method: df.aai.{_name}(...)\n"
    getattr(Measures, _name).__doc__ = _text + _head + _import + _examples
