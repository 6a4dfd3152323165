"""What is stored is looked up at once for all, decoded when asked for, and told at its own place."""

from __future__ import annotations

from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter.jobs.job_events import JobEvent
from aai_jupyter.runtime.process import runtime
from tests.jobs.conftest import speech


@pytest.fixture
def calls(logged_in, in_folder):
    (in_folder / "calls").mkdir()
    for n in range(12):
        (in_folder / f"calls/{n:02}.wav").write_bytes(speech(f"Call number {n}."))
    return logged_in


def test_a_second_run_reads_the_store_once_for_all_and_decodes_nothing(calls, monkeypatch):
    first = aai.transcribe(["calls"], language_code="en")
    reads = []
    database = runtime().store.database
    read = database.read
    monkeypatch.setattr(database, "read", lambda work: (reads.append(work), read(work))[1])
    sent = len(calls.proxy.requests)
    again = aai.transcribe(["calls"], language_code="en")
    assert len(reads) <= 3
    assert len(calls.proxy.requests) == sent
    assert all("_decoded" not in vars(one.edited_answer.data) for one in again)
    assert again.ids == first.ids
    assert again.words.equals(first.words)
    assert [one.audio.file for one in again] == sorted(Path("calls").absolute().iterdir())


def test_known_new_and_bad_ones_keep_their_places_in_result_and_events(calls):
    aai.transcribe(["calls/03.wav", "calls/07.wav"], language_code="en")
    Path("calls/05.wav").write_bytes(b"")
    ended = {}

    def note(event):
        if event.stage in ("cached", "completed", "error"):
            ended[event.index] = event.stage, event.label

    found = aai.transcribe(["calls"], language_code="en", progress=note)
    stages = {3: "cached", 7: "cached", 5: "error"}
    assert ended == {n: (stages.get(n, "completed"), f"calls/{n:02}.wav") for n in range(12)}
    assert found.sources == [f"calls/{n:02}.wav" for n in range(12) if n != 5]
    assert [one.text.split()[-1] for one in found] == [f"{n}." for n in range(12) if n != 5]


class Drawn:
    """A progress display that takes down when it is drawn for the last time."""

    def __init__(self) -> None:
        self.ended: list[int] = []
        self.last: list[int] = []

    def __call__(self, event: JobEvent) -> None:
        if event.stage in ("cached", "completed", "error"):
            self.ended.append(event.index)

    def draw(self, *, last: bool = False) -> None:
        if last:
            self.last.append(len(self.ended))


def test_the_display_ends_once_when_all_have_ended(calls):
    for _ in range(2):
        drawn = Drawn()
        aai.transcribe(["calls"], language_code="en", progress=drawn)
        assert drawn.last == [12]
