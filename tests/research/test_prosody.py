"""``df.aai.prosody``: rows keep their columns and get the measures of their sound."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.transcripts.transcript import Transcript
from tests.asking.recordings import transcript

RATE = 16_000


def tone(hertz: float, seconds: float) -> np.ndarray:
    at = np.arange(round(RATE * seconds)) / RATE
    return np.sum([np.sin(2 * np.pi * n * hertz * at) / n for n in range(1, 6)], axis=0) * 3000


@pytest.fixture
def t() -> Transcript:
    made = transcript(
        [("A", 0.0, 2.0, "one two"), ("B", 2.0, 4.0, "three four five"), ("A", 4.0, 5.0, "six")]
    )
    sound = np.concatenate([tone(120, 2), tone(210, 2), np.zeros(RATE)]).astype(np.int16)
    made.audio = (sound, RATE)
    return made


def test_each_row_has_its_voice(t: Transcript) -> None:
    found = t.utterances.aai.prosody(t)
    assert found["f0_median"].iloc[:2].tolist() == pytest.approx([120, 210], rel=0.01)
    assert found["f0_range"].iloc[0] == pytest.approx(0, abs=0.2)
    assert found["words_per_second"].tolist() == pytest.approx([1, 1.5, 1], rel=0.01)
    assert np.isnan(found["f0_median"].iloc[2])
    assert found["voiced"].iloc[2] == 0
    assert found["intensity"].iloc[0] == pytest.approx(found["intensity"].iloc[1], abs=0.5)
    assert list(found.columns[: len(t.utterances.columns)]) == list(t.utterances.columns)


def test_units_and_empty_frames(t: Transcript) -> None:
    in_ms = t.frame("utterances", units="ms").aai.prosody(t)
    assert in_ms["f0_median"].iloc[0] == pytest.approx(120, rel=0.01)
    assert t.utterances.iloc[:0].aai.prosody(t).empty
    calls = aai.TranscriptSet([t])
    assert calls.utterances.aai.prosody(calls)["voiced"].iloc[0] > 0.9


def test_what_cannot_be_measured(t: Transcript) -> None:
    with pytest.raises(OptionError, match="Hz"):
        t.utterances.aai.prosody(t, floor=500, ceiling=75)
    with pytest.raises(UsageError, match="not here"):
        t.utterances.aai.prosody(transcript([("A", 0.0, 2.0, "one two")]))
    with pytest.raises(AttributeError, match="start"):
        pd.DataFrame({"end": [1.0], "text": ["x"]}).aai.prosody(t)
