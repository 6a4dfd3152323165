"""Turns that end because somebody else speaks: words are scripted, the voices are real in the last test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aai_jupyter.local.models.audio_decoding import decode
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.streaming.websocket_route import Live

from ..conftest import run_engine
from .sockets import RATE, ScriptedModels, quiet, spoken, talk, turns

CLIPS = Path(__file__).parents[3] / "tests" / "data"
PATIENT = {"min_turn_silence": 2000, "max_turn_silence": 2000}


class Answered(ScriptedModels):
    """One answer that begins so many seconds after the beginning of a turn, heard a second later."""

    answered: float | None = 2.0

    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        at = self.answered
        if at is None or len(samples) - since < (at + 1) * RATE:
            return None
        self.answered = None
        return since + round(at * RATE)


@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize("labels", ["false", "true"])
async def test_a_turn_ends_where_another_speaker_begins_and_no_sound_is_lost(tmp_path, labels, pause):
    models = Answered("base", tmp_path)
    models.answered = 2.0 + pause
    sound = quiet(1.0), spoken(2.0), quiet(pause), spoken(3.0, 2.0), quiet(1.0)
    with run_engine(tmp_path, routes=Live(models).routes()) as engine:
        found = await talk(engine, *sound, speaker_labels=labels, **PATIENT)
    first, second = turns(found)
    begun = [one["timestamp"] for one in found if one["type"] == "SpeechStarted"]
    # Each turn begins 0.3 s before its voice; one that answers begins with its voice, at a frame of 32 ms.
    answer = begun[0] - 300 + 1000 * (2.0 + pause)
    assert len(begun) == 2
    assert abs(begun[1] - answer) <= 64
    # Scripted words are half a second apart: none on the wrong side, and none missing.
    assert first["words"][-1]["end"] <= begun[1] + 300
    assert begun[1] - 300 <= second["words"][0]["start"] <= begun[1] + 600
    assert second["words"][0]["start"] - first["words"][-1]["end"] <= 600 + 1000 * pause
    assert ("speaker_label" in second) == (labels == "true")


class RealVoices(ScriptedModels):
    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        return LiveModels.speaker_change(self, samples, since)


async def test_a_telephone_call_has_the_turns_of_its_speakers(tmp_path):
    with decode(CLIPS / "pyannote_sample.flac") as audio:
        sound = (audio.read(9 * RATE, 24 * RATE) * 32767).astype("<i2")
    with run_engine(tmp_path, routes=Live(RealVoices("base", tmp_path)).routes()) as engine:
        found = await talk(engine, sound, include_partial_turns="false", **PATIENT)
    starts: list[Any] = [turn["words"][0]["start"] / 1000 + 9 for turn in turns(found)]
    # Who speaks in turn, by the reference: 9.92, 10.57, 14.49, 18.05 and 21.78 s.
    for change in (14.5, 18.0, 21.7):
        assert min(abs(start - change) for start in starts) < 0.5
    assert len(starts) <= 6
