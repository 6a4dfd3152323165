from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.client.gateway.calls import Gateway
from tests.client.scripted import serve
from tests.scripted_llm import QUICK, ScriptedLlm


@pytest.fixture(scope="session")
def _llm_server() -> Iterator[tuple[str, list[Any]]]:
    current: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await current[0](scope, receive, send)

    for url in serve(app):
        yield url, current


@pytest.fixture
def llm(_llm_server: tuple[str, list[Any]]) -> ScriptedLlm:
    """A fresh script on the one server of the session."""
    url, current = _llm_server
    made = ScriptedLlm()
    made.url = url
    current[:] = [made]
    return made


@pytest.fixture
async def gateway(llm: ScriptedLlm) -> AsyncIterator[Gateway]:
    async with Client(llm.endpoint, policy=QUICK) as client:
        yield client.gateway
