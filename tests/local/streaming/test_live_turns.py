"""What becomes of finished turns: personal data taken out, a language model asked. Words are scripted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.local.streaming.websocket_route import Live
from tests.scripted_llm import Say, ScriptedLlm, running

from ..conftest import run_engine
from .sockets import give, messages, quiet, session, spoken

SAID = ["Call", "me", "on", "555-123-4567,", "<b>today</b>."]


class Said:
    """Whisper that always hears the same."""

    multilingual = False

    def turn_words(self, samples: np.ndarray, language: str, **_: Any) -> list[RecognisedWord]:
        return [RecognisedWord(text, 200 * k, 200 * k + 150, 0.9) for k, text in enumerate(SAID)]


class SaidModels(LiveModels):
    def load(self, name: str) -> Any:
        return Said()

    def warm_up(self, name: str) -> None:
        return

    def speaker_change(self, samples: np.ndarray, since: int) -> int | None:
        return None


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm()) as made:
        yield made


@pytest.fixture(scope="module")
def live(llm: ScriptedLlm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = Path(tmp_path_factory.mktemp("live"))
    routes = (*Live(SaidModels("base", home)).routes(), *gateway_routes(llm.url))
    with run_engine(home, routes=routes) as engine:
        yield engine


async def turns(live: Any, **query: Any) -> list[dict[str, Any]]:
    async with session(live, **query) as socket:
        await give(socket, spoken(3.0))
        await give(socket, quiet(0.3))
        await socket.send('{"type":"Terminate"}')
        found, code = await messages(socket)
    assert code == 1000
    return found


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "Call me on ############, <b>today</b>."),
        ({"redact_pii_sub": "entity_name"}, "Call me on [PHONE_NUMBER], <b>today</b>."),
        ({"speech_model": "universal-streaming-english"}, "call me on ############ b>today</b"),
    ],
)
async def test_personal_data_leaves_no_trace(live, more, text):
    found = await turns(live, redact_pii="true", redact_pii_policies="phone_number", **more)
    assert found[0]["configuration"]["redact_pii"]
    said = [one for one in found if one["type"] == "Turn"]
    assert [one["end_of_turn"] for one in said] == [True]  # no partial turns: they could not be redacted
    assert said[0]["transcript"] == said[0]["utterance"] == text
    assert "555" not in json.dumps(found)


async def test_a_model_is_asked_about_each_finished_turn(live, llm):
    llm.scripts = [Say("It is a call.")]
    model = (await asked_models(live))[0]
    settings = {"model": model, "messages": [{"role": "user", "content": "What is it? {{turn}}"}]}
    found = await turns(
        live,
        llm_gateway=json.dumps(settings | {"max_tokens": 50, "transcript_id": "x"}),
        redact_pii="true",
        redact_pii_policies="phone_number",
    )
    (answer,) = (one for one in found if one["type"] == "LLMGatewayResponse")
    assert found.index(answer) > max(k for k, one in enumerate(found) if one["type"] == "Turn")
    assert answer["turn_order"] == 0
    assert answer["transcript"] == "Call me on ############, <b>today</b>."
    assert answer["data"]["choices"][0]["message"]["content"] == "It is a call."
    assert llm.bodies[-1]["messages"][-1]["content"] == f"What is it? {answer['transcript']}"
    assert "555" not in json.dumps(llm.bodies)


async def test_an_answer_that_does_not_come_is_a_warning(live):
    found = await turns(live, llm_gateway='{"model":"nobody","messages":[{"role":"user","content":"?"}]}')
    (warning,) = (one["warning"] for one in found if one["type"] == "Warning")
    assert "nobody" in warning
    assert found[-1]["type"] == "Termination"


async def asked_models(live: Any) -> list[str]:
    data = live.client.get("/v1/models").json()["data"]
    return [one["id"] for one in data if one["id"] != "extractive"]
