"""A model that the memory does not hold is refused before it is loaded."""

from __future__ import annotations

from pathlib import Path

import faster_whisper
import pytest

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models import memory_need
from aai_jupyter.local.models.compute_device import ComputeDevice
from aai_jupyter.local.models.word_model import load_word_model

pytestmark = pytest.mark.models


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like that of large-v3, whose weights take no room; it must never be loaded."""

    def load(*args: object, **options: object) -> None:
        pytest.fail("it was loaded")

    monkeypatch.setattr(faster_whisper, "WhisperModel", load)
    folder = tmp_path / "large"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}")
    with (folder / "model.bin").open("wb") as file:
        file.truncate(3_090_000_000)
    return folder


@pytest.mark.parametrize(
    ("free", "kind", "smaller"),
    [
        (4.0, "auto", 'local_model = "large-v3-turbo" (first: aai-jupyter pull large-v3-turbo)'),
        (2.5, "auto", 'local_model = "medium" (first'),
        (1.5, "auto", 'local_model = "small" (first'),
        (1.0, "float32", 'local_model = "base"'),
        (0.1, "auto", "None of the models"),
    ],
)
def test_the_next_smaller_one_is_named(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, kind: str, smaller: str
) -> None:
    monkeypatch.setattr(memory_need, "free_memory", lambda: free * 1e9)
    with pytest.raises(EngineError) as refused:
        load_word_model(str(large), tmp_path, ComputeDevice("cpu", kind))
    assert "needs about " in refused.value.message
    assert smaller in str(refused.value.hint)


def test_an_english_model_may_be_followed_by_an_english_one(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_need, "free_memory", lambda: 0.7e9)
    with pytest.raises(EngineError) as refused:
        memory_need.require_memory("medium.en", large, "int8", tmp_path)
    assert 'local_model = "distil-small.en"' in str(refused.value.hint)
    monkeypatch.setattr(memory_need, "free_memory", lambda: None)  # not known: tried
    memory_need.require_memory("medium.en", large, "int8", tmp_path)
