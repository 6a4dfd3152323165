"""Dictation in JupyterLab: press, speak, release, and the text is in a variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jiwer
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from tests.browser.conftest import ONLY_CHROMIUM
from tests.browser.notebooks.conftest import SCRIPTED, Screen, at_least, sync_api, write_voice

from .test_captions import START

expect: Any = sync_api.expect
CLIP = Path(__file__).parents[2] / "data" / "beckett.flac"
SAID = "Ever tried, ever failed. No matter. Try again. Fail again. Fail better."


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip, and silence for as long as a test may take."""
    return write_voice(tmp_path_factory.mktemp("voice") / "clip.wav", CLIP, before=0.5, after=20)


def errors(text: str) -> float:
    normal = EnglishTextNormalizer()
    return jiwer.wer(normal(SAID), normal(text))


@pytest.mark.nightly  # the parts: test_studio, the recorder module, the magic in a kernel, the engine
@ONLY_CHROMIUM
@pytest.mark.models
def test_press_speak_release_and_the_text_is_in_a_variable(stage: Screen) -> None:
    page = stage.page
    path = stage.server.notebook("dictate.ipynb", START, "d = %aai_stream --clip --as note", "0")
    stage.open(path)
    stage.run(0)
    stage.run(1)
    recorder = page.locator(".aai-recorder")
    button = recorder.locator(".aai-rec-button")
    expect(button).to_have_text("Hold to speak")
    stage.shot("dictate-idle")

    button.hover()
    page.mouse.down()
    expect(button).to_have_text("Release to send")
    expect(recorder.locator(".aai-time")).to_have_text(at_least(5))
    assert int(recorder.locator("[role=meter]").get_attribute("aria-valuenow")) >= 0
    stage.shot("dictate-recording")
    expect(recorder.locator(".aai-time")).to_have_text(at_least(11))
    page.mouse.up()
    expect(recorder.locator("[role=log] .aai-rec-text")).to_contain_text("ried")
    stage.shot("dictate-text")
    text = stage.value("note")
    print(f"word error rate of the clip: {errors(text):.1%}")
    assert errors(text) <= 0.15, text
    assert stage.value("[d.text, len(d.clips), d.clips[0].audio, d.frame.shape[0]]") == [text, 1, None, 1]

    # A second one by keyboard alone; the output was sent anew meanwhile, and the focus is still there.
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Stop and send")
    expect(recorder.locator(".aai-time")).to_have_text(at_least(2))
    page.keyboard.press("Enter")
    expect(recorder.locator(".aai-rec-row")).to_have_count(2)
    expect(button).to_be_focused()
    # And one that is forgotten.
    page.keyboard.down("Space")
    expect(button).to_have_text("Release to send")
    page.keyboard.press("Escape")
    page.keyboard.up("Space")
    expect(button).to_have_text("Hold to speak")
    stage.until("[len(d.clips), d.state]", [2, "idle"])
    # What was said is text in the saved notebook.
    stage.saved(path, text.split()[-1])


@pytest.mark.nightly
def test_a_cell_that_waits_for_the_page_is_told_and_a_task_may_wait(stage: Screen) -> None:
    page = stage.page
    task = "import asyncio\nasync def use():\n    print('heard:', await d)\nasyncio.create_task(use());"
    stage.open(stage.server.notebook("wait.ipynb", SCRIPTED, "d = aai.dictate()", "d.wait(90)", task, "0"))
    for cell in range(4):
        stage.run(cell)
    cells = page.locator(".jp-Notebook .jp-Cell")
    expect(cells.nth(2)).to_contain_text("the kernel does not hear the page")
    button = page.locator(".aai-recorder .aai-rec-button")
    button.click()
    expect(page.locator(".aai-recorder .aai-time")).to_have_text(at_least(4))
    button.click()
    expect(cells.nth(3)).to_contain_text("heard: Word0")


@pytest.mark.nightly  # as captions do
def test_a_page_that_may_not_record_says_the_remedy(stage: Screen) -> None:
    stage.open(stage.server.notebook("refused.ipynb", SCRIPTED, "d = aai.dictate()", "0"))
    stage.run(0)
    stage.run(1)
    recorder = stage.page.locator(".aai-recorder")
    with stage.refusing_microphone():
        recorder.get_by_role("button", name="Hold to speak").click()
        expect(recorder.locator("[role=alert]")).to_contain_text("The microphone is not allowed here")
        expect(recorder.locator("[role=alert]")).to_contain_text("--device default")
        stage.shot("dictate-denied")
    assert stage.value("[d.state, len(d.clips)]") == ["idle", 0]
