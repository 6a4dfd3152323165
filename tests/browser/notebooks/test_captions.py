"""Live captions in JupyterLab: a microphone that plays a real recording, the local engine, real time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import av
import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from aai_jupyter.api.sample import sample
from tests.browser.conftest import ONLY_CHROMIUM
from tests.browser.notebooks.conftest import SCRIPTED, Screen, sync_api, write_voice

expect: Any = sync_api.expect
TURNS = 2
SILENCE = 4.0

START = """
import os
os.environ.pop("ASSEMBLYAI_API_KEY", None)
os.environ.pop("ASSEMBLYAI_BASE_URL", None)
%load_ext aai_jupyter
import aai_jupyter as aai
aai.settings.local = True
aai.settings.local_model = "tiny.en"
"""


def known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample().with_suffix(".json").read_text("utf-8"))
    return found


def reference() -> str:
    return " ".join(turn["text"] for turn in known()["turns"][:TURNS])


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's first turns and some silence."""
    until = known()["turns"][TURNS]["start"] - 0.1
    return write_voice(tmp_path_factory.mktemp("voice") / "turns.wav", sample(), until=until, after=SILENCE)


@ONLY_CHROMIUM
@pytest.mark.models
def test_what_the_microphone_plays_becomes_captions_and_a_frame(stage: Screen) -> None:
    page = stage.page
    path = stage.server.notebook(
        "live.ipynb",
        START,
        "%aai_stream --mic --as talk --keyterms-prompt Dashwood --inactivity-timeout 120",
        "0",
    )
    stage.open(path)
    stage.run(0)
    # The engine loads its models at the first use; nothing that is said may be lost by that.
    stage.run(1)
    captions = page.locator(".aai-captions")
    expect(captions).to_have_attribute("data-state", "open")
    expect(captions.locator(".aai-partial .aai-text")).not_to_be_empty()
    stage.shot("captions-partial")
    expect(captions.locator("[role=log] .aai-text").first).to_contain_text("best of times")
    stage.shot("captions-final")
    assert stage.value("len(talk.words)") > 5  # while it goes on
    assert captions.locator("[role=meter]").get_attribute("aria-valuenow") is not None
    expect(captions.locator(".aai-heading")).to_contain_text("Fake")

    captions.get_by_role("button", name="Key terms and prompt").click()
    captions.locator(".aai-cap-terms").fill("Dashwood, incredulity")
    captions.get_by_role("button", name="Use from now on").click()
    expect(captions.locator(".aai-cap-form")).to_contain_text("Sent.")
    stage.shot("captions-terms")
    captions.get_by_role("button", name="Key terms and prompt").click()

    # Played once: then it is silent. The last word is there when all of it has been heard.
    seconds = known()["turns"][TURNS]["start"] + SILENCE - 1
    stage.until(f"talk.status()['seconds'] >= {seconds}", True)
    expect(captions.locator("[role=log]")).to_contain_text(re.compile("to do for", re.I))
    shown = " ".join(captions.locator("[role=log] .aai-text").all_inner_texts())
    captions.get_by_role("button", name="Stop").click()
    stage.until("talk.state", "ended")
    # Its sound can be played now; and text stays, for whoever opens the notebook again.
    expect(page.locator(".aai-captions")).to_have_count(0)
    player = page.locator(".aai-player")
    expect(player).to_contain_text("best of times")
    expect(page.locator(".jp-OutputArea-output", has_text="of sound, free").first).to_be_visible()
    player.get_by_role("button", name="Play").first.click()
    expect(player.get_by_role("button", name="Pause").first).to_be_visible()
    stage.shot("captions-ended")
    assert "of sound, free" in stage.saved(path, "best of times")

    normal = EnglishTextNormalizer()
    rate = jiwer.wer(normal(reference()), normal(shown))
    print(f"word error rate of the captions: {rate:.1%}")
    assert rate <= 0.15, shown
    kept = stage.value("[talk.text, str(talk.audio), len(talk.turns), bool(talk.turns.end_of_turn.all())]")
    assert jiwer.wer(normal(reference()), normal(kept[0])) <= 0.15
    assert Path(kept[1]).stat().st_size > 100_000


@pytest.mark.nightly  # the module tests have a kernel that goes, and a microphone that is refused
def test_a_kernel_that_is_started_anew_hears_nothing_any_more(stage: Screen) -> None:
    path = stage.server.notebook("anew.ipynb", SCRIPTED, "%aai_stream --mic --as talk", "0")
    stage.open(path)
    stage.run(0)
    stage.run(1)
    captions = stage.page.locator(".aai-captions")
    expect(captions).to_have_attribute("data-state", "open")
    stage.restart_kernel()
    expect(captions).to_contain_text("The kernel is gone, so the microphone was switched off.")
    expect(captions).to_have_attribute("data-state", "ended")
    expect(captions.get_by_role("button", name="Microphone on")).to_be_disabled()
    stage.shot("captions-kernel-gone")
    assert stage.value("'talk' in globals()") is False  # also: the server is done with the restart


@pytest.mark.nightly
def test_a_page_that_may_not_record_says_why_and_nothing_is_begun(stage: Screen) -> None:
    stage.open(stage.server.notebook("denied.ipynb", SCRIPTED, "%aai_stream --mic --as talk", "0"))
    stage.run(0)
    with stage.refusing_microphone():
        stage.run(1)
        captions = stage.page.locator(".aai-captions")
        expect(captions.locator("[role=alert]")).to_contain_text("The microphone is not allowed here")
        stage.shot("captions-denied")
    assert stage.value("[talk.state, talk.status()['billed']]") == ["idle", 0.0]
    captions.get_by_role("button", name="Stop").click()
    stage.until("talk.state", "ended")


@ONLY_CHROMIUM
@pytest.mark.nightly  # the module test has both sides, with a share that ends
def test_both_sides_of_a_call_are_kept_as_two_channels(stage: Screen) -> None:
    """The browser's own dialog, which answers by itself here, and a share whose sound beeps."""
    stage.open(stage.server.notebook("call.ipynb", SCRIPTED, "%aai_stream --mic --computer --as talk", "0"))
    stage.run(0)
    stage.run(1)
    captions = stage.page.locator(".aai-captions")
    expect(captions).to_contain_text("The others must know it and agree")
    stage.shot("call-consent")
    captions.get_by_role("button", name="They know").click()
    expect(captions.locator(".aai-cap-recording")).to_have_text("Recording both sides: You and Computer")
    expect(captions).to_have_attribute("data-state", "open")
    stage.until("talk.status()['seconds'] > 6 and min(talk.status()['levels']) >= 0", True)
    stage.shot("call-live")
    captions.get_by_role("button", name="Stop").click()
    stage.until("talk.state", "ended")
    kept = stage.value("str(talk.audio)")
    with av.open(kept) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    samples = sound.reshape(-1, 2).astype(np.float64)
    assert (np.sqrt((samples**2).mean(0)) > 20).all()  # both sides are heard
    player = stage.page.locator(".aai-player")
    expect(player).to_be_visible()
    # Chromium's stand-ins for both sides sound alike, and what is louder on the other side is left out.
    assert set(stage.value("sorted(talk.turns.speaker.unique())")) <= {"Computer", "You"}
