"""Synthetic conversations of any length: real English words by a Zipf-Mandelbrot law, turns of two people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

import numpy as np

WORDS_OF_RECORDING = 5_000
"""Some half an hour."""
WORDS_OF_TURN = 18
_EXPONENT, _SHIFT = 1.07, 2.7


def vocabulary() -> np.ndarray:
    """Some 20,000 English words, the commonest first: those of the engine's WordPiece vocabulary."""
    lines = (files("aai_jupyter") / "data" / "bert-uncased-vocab.txt").read_text(encoding="utf-8").split()
    return np.array([word for word in lines if word.isascii() and word.isalpha() and len(word) > 1])


class Conversations:
    """Recordings one after the other, the same on every machine.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int = 7) -> None:
        self._chance = np.random.default_rng(seed)
        self.words = vocabulary()
        weight = 1 / (np.arange(len(self.words)) + 1 + _SHIFT) ** _EXPONENT
        self._cumulative = np.cumsum(weight / weight.sum())
        self.made = 0

    def recordings(self, words: int) -> Iterator[tuple[bytes, list[str]]]:
        """Yield recordings of so many words in all: JSON as of the service, and the text of the turns."""
        while words > 0:
            size = min(words, WORDS_OF_RECORDING)
            yield self._recording(size)
            words -= size

    def _recording(self, size: int) -> tuple[bytes, list[str]]:
        chance = self._chance
        drawn = np.minimum(np.searchsorted(self._cumulative, chance.random(size)), len(self.words) - 1)
        texts = self.words[drawn].tolist()
        lengths = chance.integers(80, 520, size)
        starts = (np.cumsum(lengths + chance.integers(0, 130, size)) - lengths).tolist()
        ends = [start + length for start, length in zip(starts, lengths.tolist(), strict=True)]
        confidence = np.round(chance.uniform(0.4, 1, size), 4).tolist()
        breaks = chance.geometric(1 / WORDS_OF_TURN, size // 4 + 2).cumsum()
        cuts = [0, *breaks[breaks < size].tolist(), size]
        words, said, turns = [], [], []
        for number, (first, last) in enumerate(pairwise(cuts)):
            own = texts[first:last]
            own[0] = own[0].capitalize()
            own[-1] += "."
            speaker = "AB"[number % 2]
            texts[first:last] = own
            text = " ".join(own)
            turns.append(text)
            words += [
                f'{{"text":"{word}","start":{a},"end":{b},"confidence":{c},"speaker":"{speaker}"}}'
                for word, a, b, c in zip(
                    own, starts[first:last], ends[first:last], confidence[first:last], strict=True
                )
            ]
            said.append(
                f'{{"speaker":"{speaker}","text":"{text}","start":{starts[first]},"end":{ends[last - 1]},'
                f'"confidence":0.9}}'
            )
        self.made += 1
        head = {
            "id": f"synthetic-{self.made:07}",
            "status": "completed",
            "audio_duration": ends[-1] // 1000 + 1,
        }
        raw = json.dumps({**head, "language_code": "en", "speaker_labels": True})[:-1]
        return f'{raw},"words":[{",".join(words)}],"utterances":[{",".join(said)}]}}'.encode(), turns
