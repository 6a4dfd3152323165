"""Real models, loaded once; real recordings, recognised once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
from tests.local.models.models_clips import SAMPLE

END = 40_000
"""Milliseconds: between the fifth turn of the sample and the sixth."""


@pytest.fixture(scope="session")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> SpeechRecogniser:
    """Whisper base, as installed by the data packages."""
    found = SpeechRecogniser("base", tmp_path_factory.mktemp("engine"))
    found.prepare()
    return found


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """What is said in the sample, by whom, and when."""
    return json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def said(reference: dict[str, Any]) -> str:
    """The text of `recognised`."""
    return " ".join(turn["text"] for turn in reference["turns"] if 1000 * turn["end"] <= END)


@pytest.fixture(scope="session")
def recognised(recogniser: SpeechRecogniser) -> dict[str, Any]:
    """Five turns of the sample with nearly everything asked for; tests/test_demo.py has the whole."""
    params = {
        "audio_end_at": END,
        "speech_models": ["universal-3-5-pro"],
        "language_detection": True,
        "speaker_labels": True,
        "sentiment_analysis": True,
        "auto_highlights": True,
        "redact_pii": True,
        "redact_pii_policies": ["duration"],
        "redact_pii_sub": "entity_name",
        "redact_static_entities": {"BOOK NAME": ["John Dashwood"]},
        "redact_pii_return_unredacted": True,
    }
    recogniser.check_params(params)
    shares: list[float] = []
    result = recogniser.recognise(SAMPLE, params, on_progress=shares.append)
    return {**result, "shares": shares}
