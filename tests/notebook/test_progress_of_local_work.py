"""Percent, time left and words so far of local work; one line for all; what a quiet call still says."""

from types import SimpleNamespace
from typing import Any

import pytest

from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.notebook.line.help import docstring
from aai_jupyter.notebook.magics.registry import MODULES, SPECS
from aai_jupyter.notebook.magics.transcribe_magic import _tell_failures
from aai_jupyter.notebook.views.progress import Progress


def progress(*events: JobEvent) -> Progress:
    found = Progress(SimpleNamespace(kernel=object()))
    for event in events:
        found(event)
    return found


def test_a_row_says_how_far_it_is_and_how_long_it_takes() -> None:
    event = JobEvent(
        0, "talk.mp3", "processing", share=0.42, seconds_left=241.0, text="and so we <b>agreed</b>"
    )
    view = progress(event, JobEvent(0, "talk.mp3", "processing"))
    now = view.rows[0].started + 60
    assert "42%, 4 min left" in view._text(now)
    assert "… and so we <b>agreed</b>" in view._text(now)
    html = view._html(now)
    assert 'value="42"' in html
    assert "<b>agreed" not in html


def test_rows_are_aligned_and_one_line_tells_of_all() -> None:
    view = progress(
        JobEvent(0, "a.mp3", "completed", size=100),
        JobEvent(1, "a much longer name.mp3", "processing", size=100, share=0.5, seconds_left=9.0),
        JobEvent(2, "c.mp3", "error", size=100, message="no speech"),
        JobEvent(3, "d.mp3", "queued", size=100),
    )
    now = view.rows[0].started + 300
    first, second, *_, last = view._text(now).splitlines()
    assert first.index("done") == second.index("processing")
    assert last.startswith("2 of 4, 1 failed, ")
    assert last.endswith(" min left")


def test_what_failed_says_nothing_of_the_time_left() -> None:
    view = progress(JobEvent(0, "a.mp3", "error", message="empty"), JobEvent(1, "b.mp3", "checking"))
    assert view._total(view.rows[0].started + 60) == "1 of 2, 1 failed"
    view(JobEvent(1, "b.mp3", "processing", share=0.01, seconds_left=9.0))
    assert view._total(view.rows[1].started + 60) == "1 of 2, 1 failed"


def test_the_start_of_an_engine_is_not_in_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("aai_jupyter.notebook.views.progress.time.monotonic", lambda: now)
    view = progress(JobEvent(0, "a.mp3", "checking"), JobEvent(1, "b.mp3", "checking"))
    now += 600
    view(JobEvent(0, "a.mp3", "processing", share=0.5))
    assert view._total(now + 60) == "0 of 2, 3 min left"


def test_printed_lines_tell_of_all_when_one_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    view = Progress(None)
    for stage in ("completed", "submitted", "processing"):
        view(JobEvent(0 if stage == "completed" else 1, stage, stage))
        print(*view._new_lines(view.rows[0].started), sep="\n")
    assert capsys.readouterr().out.count("1 of 2") == 1


def test_at_the_end_nothing_is_left() -> None:
    view = progress(JobEvent(0, "a", "completed"), JobEvent(1, "b", "cached"))
    assert view._text(view.rows[0].started + 1).splitlines()[-1] == "2 of 2."
    alone = progress(JobEvent(0, "a", "completed"))
    assert "of 1" not in alone._text(alone.rows[0].started + 1)


def test_a_quiet_call_says_how_many_failed(capsys: pytest.CaptureFixture[str]) -> None:
    class Set(list[Any]):
        failed = ("x", "y")

    _tell_failures(Set([1, 2, 3, 4, 5, 6]), "calls")
    assert capsys.readouterr().out == "2 of 8 failed: see calls.failed\n"
    _tell_failures(SimpleNamespace(failed=()), None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["transcribe", "aai_stream", "aai_ask"])
def test_help_begins_with_examples_and_the_way_on(name: str) -> None:
    lines = docstring(SPECS[name]).splitlines()
    assert [line.strip()[:1] for line in lines[2:5]] != ["", "", ""]
    assert any("%aai_status" in line for line in lines[:9])
    assert name in MODULES
