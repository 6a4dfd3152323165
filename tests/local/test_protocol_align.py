"""``/v2/local/align``: a stream of progress and one answer; refusals; nothing goes on for nobody."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest
from conftest import OTHER_KEY, error, run_engine, wait_for  # type: ignore[import-not-found]
from engine_process import ScriptReader  # type: ignore[import-not-found]

from aai_jupyter.local.alignment_route import alignment_routes
from aai_jupyter.local.models.failures import Cancelled, JobFailed


class AligningReader(ScriptReader):
    """Gives each word a second; "fail" cannot be read, "crash" is a fault, "hang" waits to be stopped."""

    def __init__(self):
        super().__init__()
        self.stopped = threading.Event()

    def align(self, path, text, params, *, on_progress):
        if text == ["fail"]:
            raise JobFailed("Audio duration is too short.")
        if text == ["crash"]:
            raise RuntimeError("a fault of the models")
        try:
            for step in range(1, 4):
                on_progress(step / 4)
            while text == ["hang"]:
                on_progress(0.9)
        except Cancelled:
            self.stopped.set()
            raise
        words = [{"start": 1000 * n, "end": 1000 * n + 500, "aligned": True} for n in range(len(text))]
        return {"words": words, "problems": [], "language_code": params.get("language_code", "en")}


@pytest.fixture(scope="module")
def aligning(tmp_path_factory):
    home: Path = tmp_path_factory.mktemp("aligning")
    with run_engine(home, recogniser=AligningReader(), routes=tuple(alignment_routes())) as running:
        yield running


def events(answer: httpx.Response) -> list[dict]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]


def ask(aligning, words, **more):
    return aligning.client.post(
        "/v2/local/align", json={"audio_url": aligning.upload("sound"), "words": words, **more}
    )


def test_words_come_with_times_after_progress(aligning):
    *progress, answer = events(ask(aligning, ["Guten", "Tag"], language_code="de"))
    assert [word["start"] for word in answer["words"]] == [0, 1000]
    assert answer["language_code"] == "de"
    assert all(0 <= event["progress"] <= 1 for event in progress)


def test_what_fails_is_told_in_the_stream(aligning):
    assert events(ask(aligning, ["fail"]))[-1] == {"error": "Audio duration is too short."}
    assert "error" in events(ask(aligning, ["crash"]))[-1]


def test_what_cannot_be_aligned_is_refused(aligning):
    assert "words must be" in error(ask(aligning, []))
    assert "words must be" in error(ask(aligning, ["x" * 20_000]))
    assert "schema" in error(ask(aligning, [1, 2]))
    away = {"audio_url": "https://example.org/a.mp3", "words": ["a"]}
    assert "upload of this engine" in error(aligning.client.post("/v2/local/align", json=away))
    assert error(aligning.client.post("/v2/local/align", content=b"{"))
    mine = aligning.upload("sound")
    with aligning.as_other() as other:
        assert other.headers["authorization"] == OTHER_KEY
        error(other.post("/v2/local/align", json={"audio_url": mine, "words": ["a"]}), 403)
    nobody = httpx.post(f"{aligning.url}/v2/local/align", json=away, trust_env=False)
    assert nobody.status_code == 401


def test_work_stops_when_nobody_waits_for_it(aligning):
    body = {"audio_url": aligning.upload("sound"), "words": ["hang"]}
    with aligning.client.stream("POST", "/v2/local/align", json=body) as answer:
        next(answer.iter_lines())
    wait_for(aligning.reader.stopped.is_set)
