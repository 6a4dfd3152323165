from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aai_jupyter.runtime import runtime
from aai_jupyter.settings import settings
from tests.client.scripted import serve
from tests.scripted_llm import KEY, ScriptedLlm


@pytest.fixture(scope="session")
def _llm_server() -> Iterator[tuple[str, list[Any]]]:
    current: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await current[0](scope, receive, send)

    for url in serve(app):
        yield url, current


@pytest.fixture
def llm(_llm_server: tuple[str, list[Any]]) -> Iterator[ScriptedLlm]:
    """The service is the scripted one: its key and its host are set as a user would."""
    url, current = _llm_server
    made = ScriptedLlm()
    made.url = url
    current[:] = [made]
    settings.api_key = KEY
    settings.llm_gateway_base_url = url
    settings.base_url = url
    yield made
    runtime().close()
