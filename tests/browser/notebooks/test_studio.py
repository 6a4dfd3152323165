"""The studio in JupyterLab: a dropped file, the microphone, a run, a player."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.notebooks.conftest import Screen, at_least, sync_api
from tests.jobs.conftest import speech
from tests.local.conftest import KEY

expect: Any = sync_api.expect


def drop(screen: Screen, files: dict[str, bytes]) -> None:
    """Drop files on the studio as a hand does."""
    data = screen.page.evaluate_handle(
        """(files) => {
            const data = new DataTransfer();
            for (const [name, text] of files) {
                data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            }
            return data;
        }""",
        [(name, base64.b64encode(content).decode()) for name, content in files.items()],
    )
    zone = screen.page.locator(".aai-studio-drop")
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": data})


def test_from_a_file_and_the_microphone_to_a_transcript(screen: Screen) -> None:
    page = screen.page
    path = screen.server.notebook("studio.ipynb", "import aai_jupyter as aai\ns = aai.studio()\ns", "s")
    screen.open(path)
    screen.run(0)
    studio = page.locator(".aai-studio").first
    begin = studio.get_by_role("button", name="Transcribe")
    expect(begin).to_be_disabled()
    expect(begin).to_have_attribute("title", "Add a recording first")
    text, ground = begin.evaluate("(b) => [getComputedStyle(b).color, getComputedStyle(b).backgroundColor]")
    assert ground not in (text, "rgba(0, 0, 0, 0)"), "what comes next can be seen before a file is chosen"
    screen.shot("studio-empty")
    drop(screen, {"<b>call</b>.wav": speech("good morning to you"), "notes<i>.txt": b"no sound in here"})
    files = studio.locator(".aai-studio-files li")
    expect(files).to_have_count(1)
    expect(studio.locator(".aai-notice")).to_contain_text("notes_i_.txt is plain text, not audio. ")

    studio.get_by_role("button", name="Record").click()
    expect(studio.locator(".aai-time")).to_have_text(at_least(2))
    screen.shot("studio-recording")
    studio.get_by_role("button", name="Pause").click()
    studio.get_by_role("button", name="Stop", exact=True).click()
    expect(files).to_have_count(2)
    assert screen.value("s.files[1]['seconds']") > 1.5
    samples = "__import__('numpy').fromfile(next(s.folder.glob('recording*')), dtype='<i2')[22:]"
    assert screen.value(f"int({samples}.max())") > 1000
    studio.get_by_role("button", name="Remove recording").click()
    expect(files).to_have_count(1)

    studio.get_by_label("Tell speakers apart", exact=True).check()
    studio.get_by_label("Language", exact=True).select_option("en")
    studio.get_by_text("Show the cell").click()  # what was said of the other file does not cover it
    expect(studio.locator(".aai-studio-cell")).to_contain_text("--speaker-labels")
    expect(studio.locator(".aai-studio-price")).to_contain_text("per hour")
    screen.shot("studio")
    studio.get_by_role("button", name="Transcribe").click()
    with page.expect_download() as saved:
        studio.get_by_role("combobox", name="Save ").select_option(label="Captions (SRT)")
    assert saved.value.suggested_filename.endswith("b_.srt")
    assert "morning" in Path(saved.value.path()).read_text("utf-8")
    studio.get_by_role("button", name="Open").click()
    expect(studio.locator(".aai-player .aai-text").last).to_contain_text("good morning to you")
    screen.shot("studio-result")
    assert "morning" in screen.value("s.results[0].text")
    assert KEY not in page.content()
    studio.get_by_role("button", name="Transcribe").click()  # the same once more
    expect(studio.locator(".aai-studio-line .aai-facts").last).to_have_text(
        re.compile(r"^done, (\d+\.\d s, )?from cache, transcribed \d{4}-\d\d-\d\d \d\d:\d\d$")
    )

    screen.run(1)  # as after a reload: the kernel still goes by what was chosen
    again = page.locator(".aai-studio").nth(1)
    expect(again.get_by_label("Tell speakers apart", exact=True)).to_be_checked()
    expect(again.get_by_label("Language", exact=True)).to_have_value("en")
    expect(again.get_by_label("Punctuation", exact=True)).to_be_checked()


@pytest.mark.nightly
def test_what_is_free_shows_no_prices(screen: Screen) -> None:
    code = "import aai_jupyter as aai\naai.settings.local = True\ns = aai.studio()\ns"
    screen.open(screen.server.notebook("free.ipynb", code, "0"))
    screen.run(0)
    studio = screen.page.locator(".aai-studio")
    expect(studio.get_by_label("Tell speakers apart", exact=True)).to_be_visible()
    expect(studio.get_by_text("/h").first).to_be_hidden()
