"""Overlap by the segmentation model: runs of frames, and two voices laid over each other."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.sample import sample
from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.heard_overlap import find_overlap, runs_of


@given(st.lists(st.integers(0, 3), max_size=40))
def test_runs_are_where_two_speak(speakers: list[int]) -> None:
    heard = np.full(len(speakers), 4, np.uint8)
    runs = runs_of(np.array(speakers, np.float32) * 4, heard)
    inside = [any(first <= n < stop for first, stop in runs) for n in range(len(speakers))]
    assert inside == [one > 1.5 for one in speakers]
    assert all(stop < following for (_, stop), (following, _) in itertools.pairwise(runs))


def test_two_voices_at_once_are_heard_and_one_is_not(tmp_path: Path) -> None:
    """The bundled recording has one reader after the other: the second is laid over the first."""
    with decode(Path(str(sample())), scratch=tmp_path) as audio:
        first, second = audio.read(0, 9 * 16_000, 0), audio.read(40 * 16_000, 44 * 16_000, 0)
        assert sum(end - start for start, end in find_overlap(audio)) < 1000
    mixed = first.copy()
    mixed[3 * 16_000 : 3 * 16_000 + len(second)] += second[: len(mixed) - 3 * 16_000]
    path = tmp_path / "mixed.wav"
    save(path, mixed)
    with decode(path, scratch=tmp_path) as audio:
        found = find_overlap(audio)
    shared = sum(max(0, min(end, 7000) - max(start, 3000)) for start, end in found)
    outside = sum(end - start for start, end in found) - shared
    assert shared > 1500
    assert outside < 500


def save(path: Path, samples: np.ndarray) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
