"""``/v2/local/entities`` and ``/v2/local/overlap``: streams with one answer; what is wrong is refused."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from conftest import error, run_engine  # type: ignore[import-not-found]
from engine_process import ScriptReader  # type: ignore[import-not-found]

from aai_jupyter.local.entity_route import entity_routes
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.overlap_route import overlap_routes


class HearingReader(ScriptReader):
    """Hears two people from 1 to 2 s; "fail" cannot be read."""

    def overlap(self, path, *, on_progress):
        on_progress(0.5)
        if path.read_bytes() == b"fail":
            raise JobFailed("Audio duration is too short.")
        return {"overlap": [(1000, 2000)]}


@pytest.fixture(scope="module")
def hearing(tmp_path_factory):
    home: Path = tmp_path_factory.mktemp("hearing")
    routes = (*entity_routes(), *overlap_routes())
    with run_engine(home, recogniser=HearingReader(), routes=routes) as running:
        yield running


def last_event(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text.strip().splitlines()[-1].removeprefix("data: "))


def test_overlap_is_heard(hearing):
    def ask(sound: str) -> dict:
        return last_event(hearing.client.post("/v2/local/overlap", json={"audio_url": hearing.upload(sound)}))

    assert ask("sound") == {"overlap": [[1000, 2000]]}
    assert ask("fail") == {"error": "Audio duration is too short."}
    assert hearing.client.post("/v2/local/overlap", json={}).status_code == 400
    theirs = hearing.as_other().post("/v2/local/overlap", json={"audio_url": hearing.upload("sound")})
    assert error(theirs, 403)


def test_names_and_numbers_are_found_turn_by_turn(hearing):
    said = ("Then I met Anna Miller in Berlin.", "Call 555-123-4567 or ann@example.org now.")
    texts = [one.split() for one in said]
    found = last_event(hearing.client.post("/v2/local/entities", json={"texts": texts}))
    kinds = {(text, " ".join(texts[text][first:last])): kind for text, first, last, kind in found["entities"]}
    assert kinds[1, "555-123-4567"] == "phone_number"
    assert kinds[1, "ann@example.org"] == "email_address"
    if found["names"]:
        assert kinds[0, "Anna Miller"] == "person_name"


@pytest.mark.parametrize("texts", [None, "x", [["x" * 20_000]], [[1]]])
def test_what_are_no_texts_is_refused(hearing, texts):
    assert hearing.client.post("/v2/local/entities", json={"texts": texts}).status_code == 400
