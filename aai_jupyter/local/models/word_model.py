"""What the engine asks of a model that writes words, and the loading of one by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aai_jupyter.local.models import whisper
from aai_jupyter.local.models.compute_device import ComputeDevice
from aai_jupyter.local.models.plugin_recognizer import load_plugin_recognizer
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.weights.find_weights import recognizer_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WordModel(Protocol):
    """A loaded model: Whisper, or a recognizer of another package. See `Whisper` for what each does."""

    @property
    def note(self) -> str:
        """What to tell of how it computes."""

    @property
    def longest(self) -> float:
        """Seconds of speech that one call of `words` takes."""

    @property
    def multilingual(self) -> bool: ...

    @property
    def languages(self) -> frozenset[str]: ...

    def language_probabilities(self, samples: NDArray[np.float32]) -> dict[str, float]: ...

    def prompt_problem(self, prompt: str) -> str: ...

    def words(
        self,
        samples: NDArray[np.float32],
        language: str,
        *,
        prompt: str | None = None,
        temperature: float = 0.0,
        on_heard: Callable[[float, str], None] | None = None,
        on_loop: Callable[[RecognisedWord], None] | None = None,
    ) -> list[RecognisedWord]: ...

    def turn_words(
        self,
        samples: NDArray[np.float32],
        language: str | Callable[[Mapping[str, float]], str],
        *,
        prompt: str | None = None,
        context: float,
        beam: int = 5,
        least: float = -1.0,
        most_silent: float = 1.0,
    ) -> list[RecognisedWord] | None: ...

    def aligned(
        self, samples: NDArray[np.float32], words: Sequence[str], language: str
    ) -> list[tuple[int, int, float]] | None: ...


def load_word_model(name: str, home: Path, device: ComputeDevice) -> WordModel:
    """Return a model, loaded once in a process.

    Raises
    ------
    EngineError
        Its weights are not here, the memory does not hold it, or the package that brings it is broken.
    """
    if (plugin := recognizer_plugin(name)) is not None:
        return load_plugin_recognizer(plugin)
    return whisper.load_model(name, home, device)
