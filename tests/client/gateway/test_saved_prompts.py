"""Prompts saved at the service: made once, overwritten only when told to."""

from __future__ import annotations

import json

from aai_jupyter.client import Client
from tests.client.scripted import ScriptedService, reply

PROMPT = {"model": "smart", "messages": [{"role": "user", "content": "Sum up {{ what }}."}]}


async def test_a_prompt_is_saved_as_text_and_overwritten_by_its_name(
    service: ScriptedService, client: Client
) -> None:
    service.on("POST", "/v1/prompts", reply({}, status=201))
    await client.gateway.save_prompt("digest", PROMPT)
    (made,) = service.sent("POST")
    assert made.json["name"] == "digest"
    assert json.loads(made.json["prompt"]) == PROMPT
    service.on("PUT", "/v1/prompts/digest", reply({}))
    await client.gateway.save_prompt("digest", PROMPT, replace=True)
    (changed,) = service.sent("PUT")
    assert json.loads(changed.json["prompt"]) == PROMPT
