"""Recognizers and diarizers of other packages: really installed ones, with that of the documentation."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.cli import main
from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.engine_process import EngineSpec
from aai_jupyter.local.models.failures import Cancelled, JobFailed, Unsupported
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
from aai_jupyter.settings.configuration import settings
from tests.docs.pages import ROOT, blocks
from tests.local.models.models_clips import CLIPS

pytestmark = pytest.mark.models
CLIP = CLIPS / "goforward.flac"
PAGE = ROOT / "docs" / "howto" / "own_models.md"
BROKEN = """
import math, os, sys
from aai_jupyter.plugins import SpeakerSegment, WordSegment

class Recognizer:
    languages = ("de",)
    def transcribe(self, samples, language):
        yield from self.words(len(samples) / 16_000)

class Unloadable(Recognizer):
    def __init__(self):
        raise OSError("libcudart.so.12: cannot open shared object file")

class Exits(Recognizer):
    def __init__(self):
        sys.exit(3)

class Mute:
    languages = ("en",)

class Silent:
    def transcribe(self, samples, language):
        return []

class Divides(Recognizer):
    def words(self, seconds):
        yield WordSegment("Go", 0, 0.1)
        1 / 0

class Late(Recognizer):
    def words(self, seconds):
        yield WordSegment("Go", 0, seconds + 5)

class Timeless(Recognizer):
    def words(self, seconds):
        yield WordSegment("Go", math.nan, 1)

class Backward(Recognizer):
    def words(self, seconds):
        yield WordSegment("Go", 0.5, 0.6)
        yield WordSegment("forward", 0.1, 0.2)

class Sure(Recognizer):
    def words(self, seconds):
        yield WordSegment("Go", 0, 0.1, 7)

class Strings(Recognizer):
    def words(self, seconds):
        yield "Go"

class Phrases(Recognizer):
    def words(self, seconds):
        yield WordSegment(" Geh vorwärts ", 0, seconds + 0.1)
        yield WordSegment("  ", seconds, seconds)

class Raises:
    def diarize(self, audio, fewest, most):
        raise RuntimeError("no licence")

class Outside:
    def diarize(self, audio, fewest, most):
        yield SpeakerSegment(0, audio.seconds + 60, "A")

class Hides:
    def diarize(self, audio, fewest, most):
        try:
            audio.read()
        except BaseException:
            pass
        return []
"""
BAD = {
    "unloadable": "libcudart.so.12: cannot open",
    "exits": "SystemExit: 3",
    "absent": "No module named 'not_there_at_all'",
    "mute": r"Mute has no method transcribe\(\)",
    "silent": "does not tell its languages",
    "divides": "division by zero",
    "late": "of a chunk of",
    "timeless": "nan",
    "backward": "before the word in front of it",
    "sure": "7.0 is no probability",
    "strings": "no attribute 'text'",
}


def install(folder: Path, name: str, code: str, points: dict[str, dict[str, str]], licence: str = "") -> None:
    """What pip leaves of a wheel of one module."""
    module = next(iter(next(iter(points.values())).values())).partition(":")[0]
    (folder / f"{module}.py").write_text(code, "utf-8")
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: {licence}\n"
    (info / "METADATA").write_text(text, "utf-8")
    sections = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in names.items())
        for group, names in points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections), "utf-8")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on ``sys.path`` with the package of the documentation and a broken one."""
    folder = tmp_path / "site"
    folder.mkdir()
    found = blocks(PAGE)
    project = tomllib.loads(next(block.code for block in found if block.language == "toml"))["project"]
    code = next(block.code for block in found if block.language == "python")
    install(folder, project["name"], code, project["entry-points"], project["license"])
    recognizers = {name: f"broken_models:{name.capitalize()}" for name in (*BAD, "phrases")}
    recognizers |= {"absent": "not_there_at_all:Absent", "base": "broken_models:Mute"}
    diarizers = {name: f"broken_models:{name.capitalize()}" for name in ("raises", "outside", "hides")}
    points = {"aai_jupyter.recognizers": recognizers, "aai_jupyter.diarizers": diarizers}
    install(folder, "broken-models", BROKEN, points)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def heard(tmp_path: Path, model: str, diarizer: str = "builtin", **params: Any) -> dict[str, Any]:
    recogniser = SpeechRecogniser(model, tmp_path / "home", diarizer=diarizer)
    recogniser.prepare()
    recogniser.check_params(params)
    return recogniser.recognise(CLIP, params)


def test_the_example_of_the_documentation(packages: Path, tmp_path: Path) -> None:
    result = heard(tmp_path, "stretches", "levels", speaker_labels=True)
    assert set(result["text"].split()) == {"Speech."}
    assert result["speech_model_used"] == "stretches"
    assert {turn["speaker"] for turn in result["utterances"]} <= {"A", "B"}
    first = result["words"][0]
    assert (first["speaker"], first["confidence"]) == ("A", 0.9)
    assert 0 < first["start"] < first["end"] <= 1000 * result["audio_duration"]
    found = heard(tmp_path, "stretches", language_detection=True, keyterms_prompt=["Go"])
    assert (found["language_code"], found["language_confidence"]) == ("en_us", 0.8)
    (warning,) = found["metadata"]["warnings"]
    assert "'stretches' of level-models 1.0 does not use prompt" in warning["message"]


def test_a_request_may_name_it(packages: Path, tmp_path: Path) -> None:
    result = heard(tmp_path, "base", speech_models=["stretches"], language_code="de")
    assert set(result["text"].split()) == {"Sprache."}
    with pytest.raises(Unsupported, match=r'"whisper-base".*"stretches"'):
        heard(tmp_path, "base", speech_models=["nothing"])
    with pytest.raises(JobFailed, match="language_code: stretches knows only de, en"):
        heard(tmp_path, "stretches", language_code="fr")


def test_live_speech_and_clips_use_it(packages: Path, tmp_path: Path) -> None:
    import numpy as np

    models = LiveModels("phrases", tmp_path)
    quiet = np.zeros(16_000, np.float32)
    said = models.load("phrases").turn_words(quiet, "en", context=1.0)
    assert [(word.text, word.start, word.end) for word in said] == [("Geh", 0, 273), ("vorwärts", 273, 1000)]
    assert models.for_captions("phrases", "en") is models.load("phrases")  # no English captions of German
    assert models.chosen("phrases") == "phrases"


def test_a_model_of_one_language_needs_no_name_of_it(packages: Path, tmp_path: Path) -> None:
    result = heard(tmp_path, "phrases")
    assert (result["language_code"], result["text"].split()[:2]) == ("de", ["Geh", "vorwärts"])


@pytest.mark.parametrize("name", BAD)
def test_a_broken_recognizer_is_a_sentence(packages: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(EngineError, match=BAD[name]) as failed:
        heard(tmp_path, name)
    assert failed.value.message.startswith(f"The recognizer {name!r} of broken-models 1.0 ")
    assert "pip uninstall broken-models" in str(failed.value.hint)


@pytest.mark.parametrize(("name", "reason"), [("raises", "no licence"), ("outside", "of a recording of")])
def test_a_broken_diarizer_is_a_sentence(packages: Path, tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(EngineError, match=f"The diarizer '{name}' of broken-models 1.0 .*{reason}"):
        heard(tmp_path, "stretches", name, speaker_labels=True)
    assert heard(tmp_path, "stretches", name)["text"]  # nobody asked who speaks


def test_a_diarizer_cannot_hide_that_a_job_was_cancelled(packages: Path, tmp_path: Path) -> None:
    recogniser = SpeechRecogniser("stretches", tmp_path / "home", diarizer="hides")

    def stop(share: float) -> None:
        if share >= 0.72:  # the words are there
            raise Cancelled("deleted")

    with pytest.raises(Cancelled):
        recogniser.recognise(CLIP, {"speaker_labels": True}, on_progress=stop)


def test_bounds_that_it_ignores_are_told(packages: Path, tmp_path: Path) -> None:
    result = heard(tmp_path, "stretches", "levels", speaker_labels=True, speakers_expected=4)
    said = [warning["message"] for warning in result["metadata"]["warnings"]]
    assert (
        "The diarizer 'levels' of level-models 1.0 found 2 speakers, which is not what was asked for." in said
    )


def test_names_that_nobody_or_two_packages_bring(packages: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no diarizer called 'level'"):
        SpeechRecogniser("stretches", tmp_path, diarizer="level").prepare()
    with pytest.raises(EngineError, match="no Whisper model called 'stretch'"):
        SpeechRecogniser("stretch", tmp_path).prepare()
    points = {"aai_jupyter.recognizers": {"stretches": "other_models:Other"}}
    install(packages, "other-models", "", points)
    with pytest.raises(EngineError, match=r"level-models 1.0 and other-models 1.0 both bring a recognizer"):
        SpeechRecogniser("stretches", tmp_path)


def test_the_list_of_models_has_them(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {tuple(line.split()[:2]): line for line in lines if line}
    assert "installed: level-models 1.0" in rows["stretches", "recognizer"]
    assert "MIT" in rows["stretches", "recognizer"]
    assert "installed: level-models 1.0" in rows["levels", "diarizer"]
    assert "not run by this engine" in rows["speaker-diarization-community-1", "diarizer"]
    assert any(line.startswith("base") and "its name is taken" in line for line in lines)


def test_settings_choose_another_engine_and_other_answers() -> None:
    usual, name = EngineSpec.of(settings), settings.engine_name
    settings.local_diarizer = "levels"
    assert EngineSpec.of(settings).diarizer == "levels"
    assert EngineSpec.of(settings) != usual
    assert (name, settings.engine_name) == ("base", "base, levels")


@pytest.fixture
def chosen(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's process finds the packages, too."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), str(ROOT)]))
    monkeypatch.setenv("AAI_JUPYTER_ENGINE_LINGER", "0")
    settings.local = True
    settings.local_model, settings.local_diarizer = "stretches", "levels"


def test_the_engine_s_process_outlives_a_broken_one(chosen: None) -> None:
    talk = aai.transcribe(CLIP, speaker_labels=True, language_code="en")
    assert set(talk.text.split()) == {"Speech."}
    for name in ("divides", "exits"):
        broken = pytest.raises(aai.AaiError, match=f"{name!r} of broken-models 1.0")
        with pytest.warns(UserWarning, match="sent as it is"), broken:
            aai.transcribe(CLIP, speech_models=[name])
    again = aai.transcribe(CLIP, language_code="de")
    assert set(again.text.split()) == {"Sprache."}
