from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from aai_jupyter.client.client import Client

from .scripted import QUICK, ScriptedService, endpoint_at, serve


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, list[Any]]]:
    current: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await current[0](scope, receive, send)

    for url in serve(app):
        yield url, current


@pytest.fixture
def service(_server: tuple[str, list[Any]]) -> ScriptedService:
    """A fresh script on the one server of the session."""
    url, current = _server
    scripted = ScriptedService()
    scripted.url = url
    current[:] = [scripted]
    return scripted


@pytest.fixture
async def client(service: ScriptedService) -> AsyncIterator[Client]:
    async with Client(endpoint_at(service.url), policy=QUICK) as made:
        yield made
