"""Saved prompts of the engine: kept under a name, filled in when they are run, each project's its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aai_jupyter.client import Client
from aai_jupyter.errors import AaiError
from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from tests.local.conftest import KEY, OTHER_KEY, Running, run_engine

SCRIPT = "A: Marketing spent twelve thousand dollars in Berlin.\nB: I will send the numbers on Friday."
PROMPT = {
    "model": "extractive",
    "max_tokens": 300,
    "messages": [{"role": "user", "content": "Who will send the {{ what }}?\n\n{{ transcript }}"}],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_engine(tmp_path_factory.mktemp("home"), routes=gateway_routes()) as found:
        yield found


def ask(engine: Running, body: dict[str, Any], key: str = KEY, method: str = "POST", path: str = "") -> Any:
    where = path or "/v1/chat/completions"
    return engine.client.request(method, engine.url + where, json=body, headers={"authorization": key})


async def test_a_prompt_is_saved_by_our_client_and_run_with_its_placeholders_filled(engine):
    id = engine.finished(SCRIPT, speaker_labels=True)["id"]
    async with Client(Endpoint(engine.url, engine.url, engine.url, ApiKey(KEY), local=True)) as client:
        await client.gateway.save_prompt("who/sends", PROMPT)
        with pytest.raises(AaiError, match="a prompt of this name exists"):
            await client.gateway.save_prompt("who/sends", {"model": "other"})
        await client.gateway.save_prompt("who/sends", PROMPT | {"max_tokens": 400}, replace=True)
    run = {"aai_prompt": "who/sends", "prompt_replacements": {"what": "numbers"}, "transcript_id": id}
    answer = ask(engine, run).json()
    assert "I will send the numbers on Friday" in answer["choices"][0]["message"]["content"]
    own = [{"role": "user", "content": "Where did marketing spend?\n\n{{ transcript }}"}]
    answer = ask(engine, run | {"messages": own}).json()  # what the request says wins
    assert "Berlin" in answer["choices"][0]["message"]["content"]
    assert ask(engine, run, key=OTHER_KEY).status_code == 404


def test_what_is_no_prompt_is_refused_with_every_reason(engine):
    def reasons(body: dict[str, Any]) -> list[str]:
        answer = ask(engine, body, path="/v1/prompts")
        assert answer.status_code == 400
        return answer.json()["metadata"]["errors"]

    assert len(reasons({})) == 2
    assert len(reasons({"name": "a" * 201, "prompt": "{"})) == 2
    assert reasons({"name": "list", "prompt": "[]"}) == ["prompt must be a JSON string of an object"]
    assert reasons({"name": "long", "prompt": json.dumps({"a": "b" * 1_000_000})})[0].startswith(
        "prompt must not"
    )
    assert ask(engine, {"prompt": "{}"}, method="PUT", path="/v1/prompts/none").status_code == 404
    assert ask(engine, {"aai_prompt": "none", "model": "extractive"}).status_code == 404
    assert ask(engine, {"aai_prompt": 3, "model": "extractive"}).status_code == 400
    assert ask(engine, {"name": "x", "prompt": "{}"}, key="wrong", path="/v1/prompts").status_code == 401
