"""A recognizer of another package, asked as the engine asks Whisper, and not believed blindly."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.live_first import ORDER
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.plugins.installed_plugins import Plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LATE = 0.5
"""Seconds that a word may end after its chunk does: models count in steps. It is cut there."""


class PluginRecognizer:
    """A loaded recognizer. Calls from several threads take turns.

    Parameters
    ----------
    plugin : Plugin

    Raises
    ------
    EngineError
        It cannot be loaded.
    """

    note = ""
    longest = 30.0

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._model = plugin.load()
        with plugin.blamed("does not tell its languages"):
            self._codes = [str(code).lower() for code in self._model.languages]
            if not self._codes:
                raise ValueError("languages is empty")
        self._detects = callable(getattr(self._model, "detect_language", None))
        self._turn = threading.Lock()

    @property
    def multilingual(self) -> bool:
        """Whether it has several languages."""
        return len(self._codes) > 1

    @property
    def languages(self) -> frozenset[str]:
        """The codes that it knows."""
        return frozenset(self._codes)

    def language_probabilities(self, samples: NDArray[np.float32]) -> dict[str, float]:
        """Return language probabilities of up to 30 s of speech.

        Raises
        ------
        JobFailed
            It has several languages, and cannot tell them.
        """
        if not self.multilingual:
            return {self._codes[0]: 1.0}
        if not self._detects:
            raise JobFailed(
                f"{self._plugin} does not detect languages: say language_code, one of {self._listed()}."
            )
        with self._called():
            found = self._model.detect_language(samples)
            shares = {str(code): _share(found.get(code)) for code in self._codes}
        total = sum(shares.values())
        return {code: share / total if total else 1 / len(shares) for code, share in shares.items()}

    def prompt_problem(self, prompt: str) -> str:
        """What to tell of a prompt: none is used."""
        return f"{self._plugin} does not use prompt and keyterms_prompt."

    def words(
        self,
        samples: NDArray[np.float32],
        language: str,
        *,
        prompt: str | None = None,
        temperature: float = 0.0,
        on_heard: Callable[[float, str], None] | None = None,
        on_loop: Callable[[RecognisedWord], None] | None = None,
    ) -> list[RecognisedWord]:
        """Return words of a chunk, as `Whisper.words` does.

        Raises
        ------
        JobFailed
            It does not know this language.
        EngineError
            It failed, or what it gave is not words.
        """
        if language not in self._codes:
            raise JobFailed(f"{self._plugin} knows {self._listed()}, not {language!r}.")
        with self._called():
            return list(_words(self._model.transcribe(samples, language), len(samples) / RATE))

    def turn_words(
        self,
        samples: NDArray[np.float32],
        language: str | Callable[[Mapping[str, float]], str],
        *,
        prompt: str | None = None,
        context: float = 0.0,
        beam: int = 5,
        least: float = 0.0,
        most_silent: float = 1.0,
    ) -> list[RecognisedWord] | None:
        """Return words of a real-time turn; None where there are none."""
        if not self.multilingual:  # a session has no other name for it than English
            language = self._codes[0]
        elif not isinstance(language, str):
            language = language(self.language_probabilities(samples))
        return self.words(samples, language) or None

    def aligned(
        self, samples: NDArray[np.float32], words: Sequence[str], language: str
    ) -> list[tuple[int, int, float]] | None:
        """None: it does not give times to words that are known."""
        return None

    def _listed(self) -> str:
        return ", ".join(self._codes)

    @contextmanager
    def _called(self) -> Iterator[None]:
        """One turn of the model; live speech goes first, and faults get the package's name."""
        ORDER.before_call()
        with self._turn, self._plugin.blamed("failed"):
            yield


def _words(found: Iterable[Any], seconds: float) -> Iterator[RecognisedWord]:
    """Yield what a model gave, in order of time.

    Raises
    ------
    ValueError
        It is not words of this chunk.
    """
    last = 0.0
    for one in found:
        text, start, end = one.text, float(one.start), float(one.end)
        if not isinstance(text, str):
            raise ValueError(f"the text of a word is {text!r}")
        if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end <= seconds + _LATE):
            raise ValueError(f"{text!r} is said from {start} to {end} s of a chunk of {seconds:.2f} s")
        if start < last:
            raise ValueError(f"{text!r} begins at {start} s, before the word in front of it")
        last = start
        if not text.strip():
            continue
        start, end = min(start, seconds), min(end, seconds)
        # A text of several words has the time of all: each gets a part of it by its letters.
        parts = text.split()
        letters, at = sum(map(len, parts)), start
        for part in parts:
            until = at + (end - start) * len(part) / letters
            yield RecognisedWord(part, round(1000 * at), round(1000 * until), _share(one.confidence))
            at = until


def _share(value: Any) -> float:
    share = float(value or 0.0)
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no probability")
    return share


_LOADING = threading.Lock()


def load_plugin_recognizer(plugin: Plugin) -> PluginRecognizer:
    """Return a recognizer, loaded once in a process; one that failed is tried again."""
    with _LOADING:
        return _load(plugin)


@lru_cache(maxsize=2)
def _load(plugin: Plugin) -> PluginRecognizer:
    return PluginRecognizer(plugin)
