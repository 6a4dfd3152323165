"""What the progress of a batch says, in HTML and in plain text."""

import re

import pytest

from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.notebook.views import live_output
from aai_jupyter.notebook.views.progress import MAX_ROWS, Progress
from aai_jupyter.transcripts.transcript import Transcript


def event(index=0, label="a.wav", stage="checking", **more):
    return JobEvent(index, label, stage, **more)


def transcript(**raw):
    words = [{"text": "hi", "speaker": "A"}, {"text": "ho", "speaker": "B"}]
    metadata = {"warnings": [{"message": "one channel is silent"}]}
    whole = {"words": words, "confidence": 0.934, "speech_model_used": "universal-2", "metadata": metadata}
    return Transcript.from_json(whole | raw)


def at(progress, seconds):
    """Text and HTML as they are so many seconds after the first event."""
    start = min(row.started for row in progress.rows.values())
    return progress._text(start + seconds), progress._html(start + seconds)


def test_an_upload_shows_bytes_rate_and_a_bar():
    progress = Progress(None)
    progress(event(stage="uploading", size=4_000_000))
    progress(event(stage="uploading", sent=1_000_000, size=4_000_000))
    row = progress.rows[0]
    row.uploading_since = row.started
    text, html = at(progress, 2)
    assert text == "a.wav: uploading, 1.0 MB of 4.0 MB, 500.0 kB/s, 0:02"
    assert '<progress max="4000000" value="1000000"' in html


def test_a_long_name_stays_on_one_line_and_is_there_as_a_whole():
    name = "interview with the mayor of the old town about its bridges, second part.mp3"
    progress = Progress(None)
    progress(event(label=name))
    text, html = at(progress, 2)
    assert text.startswith("interview with the m…es, second part.mp3: checking")
    assert f'title="{name}"' in html
    assert "white-space:nowrap" in html


def test_waiting_shows_the_stage_and_the_time_gone():
    progress = Progress(None)
    progress(event(stage="queued", transcript_id="t-1"))
    assert at(progress, 5)[0] == "a.wav: queued, 0:05"
    progress(event(stage="processing", transcript_id="t-1"))
    assert at(progress, 65)[0] == "a.wav: processing, 1:05"
    assert progress.unfinished() == {"a.wav": "t-1"}


def test_the_end_shows_what_was_found_which_model_ran_and_warnings():
    progress = Progress(None)
    progress(event(stage="completed", transcript_id="t-1", transcript=transcript()))
    text, html = at(progress, 0)
    assert text.startswith("a.wav: done, 2 words, 2 speakers, confidence 0.93, universal-2, 1 warning, 0:00")
    assert "<progress" not in html
    assert progress.unfinished() == {}


def test_a_result_from_the_cache_says_so():
    progress = Progress(None)
    progress(event(stage="cached", transcript=transcript()))
    assert at(progress, 0)[0].startswith("a.wav: done, from cache, 2 words")


def test_a_failure_shows_the_services_words():
    progress = Progress(None)
    progress(event(stage="error", message="Not audio.\n  Really."))
    assert at(progress, 0)[0].startswith("a.wav: failed, Not audio. Really, 0:00")


def test_what_is_left_when_the_wait_ends_stops_moving_and_says_how_it_goes_on(capsys):
    progress = Progress(None)
    progress(event(0, "a.wav", "processing", transcript_id="t-1"))
    progress(event(1, "b.wav", "uploading", size=10))
    progress.draw(last=True)
    assert capsys.readouterr().out == "a.wav: processing, goes on as t-1\nb.wav: stopped\n"
    assert "<progress" not in at(progress, 0)[1]


def test_labels_and_messages_of_others_are_escaped_and_cannot_control_a_terminal():
    progress = Progress(None)
    progress(event(label="<img src=x onerror=alert(1)>\x1b[2J.wav", stage="error", message="<script>\x07"))
    text, html = at(progress, 0)
    assert "\x1b" not in text + html
    assert "\x07" not in text + html
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img" in html


def test_a_large_batch_shows_a_few_rows_and_counts_the_rest():
    progress = Progress(None)
    for index in range(500):
        progress(event(index, f"{index}.wav", "completed" if index < 480 else "processing"))
    progress(event(7, "7.wav", "error", message="broken"))
    text, html = at(progress, 1)
    lines = text.splitlines()
    assert len(lines) == MAX_ROWS + 2  # the rows, the rest, and how many have ended
    assert any("broken" in line for line in lines)
    assert lines[-1] == "and 488 more: 479 done; 9 processing"
    assert len(re.findall("<b[ >]", html)) == MAX_ROWS


def test_a_log_of_many_names_what_failed_and_counts_the_rest(capsys, monkeypatch):
    monkeypatch.setattr(Progress, "redraw_seconds", 0)
    monkeypatch.setattr(live_output, "DRAWING_SHARE", float("inf"))
    progress = Progress(None, summarise=lambda transcript: pytest.fail("nobody sees it"))
    progress.begin([f"calls/{index}.wav" for index in range(500)])
    for index in range(500):
        progress(event(index, f"calls/{index}.wav", "cached", transcript=transcript()))
        if index % 100 == 7:
            progress(event(index, f"calls/{index}.wav", "error", message="broken"))
        progress.draw()
    progress.draw(last=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines if "broken" in line] == [
        f"{index}.wav: failed" for index in range(7, 500, 100)
    ]
    assert lines[-1] == "500 of 500, 5 failed."
    assert len(lines) < 12


def test_a_terminal_gets_one_line_for_each_change(capsys, monkeypatch):
    monkeypatch.setattr(Progress, "redraw_seconds", 0)
    monkeypatch.setattr(live_output, "DRAWING_SHARE", float("inf"))
    progress = Progress(None)
    for stage in ("uploading", "uploading", "processing", "processing"):
        progress(event(stage=stage))
        progress.draw()
    progress(event(stage="completed", transcript=transcript()))
    progress.draw(last=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["a.wav: uploading", "a.wav: processing", "a.wav: done"]
