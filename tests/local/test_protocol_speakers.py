"""``/v2/local/speakers``: a stream of progress and one answer; what is wrong is refused."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from conftest import OTHER_KEY, error, run_engine  # type: ignore[import-not-found]
from engine_process import ScriptReader  # type: ignore[import-not-found]

from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.speaker_route import speaker_routes


class ListeningReader(ScriptReader):
    """Hears B in every word; "fail" cannot be read."""

    def speakers(self, path, words, *, on_progress):
        if words[0].text == "fail":
            raise JobFailed("Audio duration is too short.")
        on_progress(0.5)
        heard = [{"speaker": "B", "confidence": 0.9} for _ in words]
        return {"words": heard, "ghosts": [], "voices": {}, "model": "script"}


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    home: Path = tmp_path_factory.mktemp("listening")
    with run_engine(home, recogniser=ListeningReader(), routes=tuple(speaker_routes())) as running:
        yield running


def word(text="so", start=0, end=100, speaker="A"):
    return {"text": text, "start": start, "end": end, "speaker": speaker}


def ask(listening, words):
    return listening.client.post(
        "/v2/local/speakers", json={"audio_url": listening.upload("sound"), "words": words}
    )


def last_event(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text.strip().splitlines()[-1].removeprefix("data: "))


def test_words_come_with_speakers(listening):
    answer = last_event(ask(listening, [word(), word(start=100, end=200, speaker=None)]))
    assert [one["speaker"] for one in answer["words"]] == ["B", "B"]
    assert last_event(ask(listening, [word("fail")])) == {"error": "Audio duration is too short."}


@pytest.mark.parametrize(
    "words",
    [
        [],
        [word(end=-1)],
        [word(start=50, end=10)],
        [word(start=500, end=600), word()],
        [word("x" * 20_000)],
        [word(end=2**60)],
        [word(start=n, end=n, speaker=str(n)) for n in range(300)],
        [{"text": "so"}],
    ],
)
def test_what_is_no_transcript_is_refused(listening, words):
    assert ask(listening, words).status_code == 400


def test_only_own_uploads(listening):
    body = {"audio_url": "https://example.org/a.mp3", "words": [word()]}
    assert "upload of this engine" in error(listening.client.post("/v2/local/speakers", json=body))
    mine = listening.upload("sound")
    with listening.as_other() as other:
        assert OTHER_KEY
        assert (
            other.post("/v2/local/speakers", json={"audio_url": mine, "words": [word()]}).status_code == 403
        )
