"""Make ``aai_jupyter/local/data/voices.npz``: how voices differ, of LibriSpeech in Resemblyzer's repository.

    git clone https://github.com/resemble-ai/Resemblyzer
    python tools/make_voice_model.py Resemblyzer/audio_data aai_jupyter/local/data/voices.npz

One utterance of each of 227 readers of train-clean-100 (CC BY 4.0) is cut into units of about a second or
two. Their embeddings give the covariance within a voice and that between voices, and both together the space
of `aai_jupyter.local.models.voice_clusters`: probabilistic linear discriminant analysis (Ioffe, 2006).
Readers of ``tests/data/voices`` are left out: conversations and recognition of voices are measured on them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.make_voices import samples_of, stretches

KEPT = 128
"""Dimensions of the space."""
SHRUNK = 0.05
"""Share of the mean variance that is added to each direction within a voice: the sample is small."""
VOICES = Path(__file__).parents[1] / "tests" / "data" / "voices" / "voices.json"


def units(path: Path) -> list[np.ndarray]:
    """Embeddings of pieces of 0.6 to 2.2 s."""
    from aai_jupyter.local.models.speaker_models import MEL_HOP, embed, mel_frames

    mel = mel_frames(samples_of(path))
    rng = np.random.default_rng(sum(path.name.encode()))
    found = []
    for start, stop in stretches(samples_of(path)):
        first, last = start // MEL_HOP, stop // MEL_HOP
        while last - first >= 40:
            end = min(first + int(rng.integers(60, 220)), last)
            if end - first >= 40:
                found.append(embed(mel[first:end]))
            first = end
    return found


def discriminant(voices: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Mean, transform and variance between voices of groups of vectors."""
    means = np.stack([vectors.mean(0) for vectors in voices])
    mean = means.mean(0)
    left = np.concatenate([vectors - vectors.mean(0) for vectors in voices])
    within = left.T @ left / (len(left) - len(voices))
    # The mean of few units varies by itself; that is not a difference of voices.
    between = np.cov(means.T) - within * np.mean([1 / len(vectors) for vectors in voices])
    within += SHRUNK * np.trace(within) / len(within) * np.eye(len(within))
    size, axes = np.linalg.eigh(within)
    whitened = axes / np.sqrt(size)
    variance, turned = np.linalg.eigh(whitened.T @ between @ whitened)
    best = np.argsort(-variance)[:KEPT]
    transform = whitened @ turned[:, best]
    return {"mean": mean, "transform": transform, "between": np.maximum(variance[best], 1e-3)}


def main(source: str, target: str) -> None:
    held_back = set(json.loads(VOICES.read_text(encoding="utf-8")))
    paths = sorted(Path(source).glob("librispeech_train-clean-100/*.flac"))
    voices = [np.array(units(path)) for path in paths if path.name.split("-")[0] not in held_back]
    found = discriminant([vectors for vectors in voices if len(vectors) >= 3])
    np.savez(target, **{name: array.astype(np.float32) for name, array in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:3])
