from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aai_jupyter.client.client import Client

from .scripted import QUICK, ScriptedService, Stage, endpoint_at


@pytest.fixture
def service(stage: Stage) -> ScriptedService:
    """A fresh script on the one server of the session."""
    return stage.put(ScriptedService())


@pytest.fixture
async def client(service: ScriptedService) -> AsyncIterator[Client]:
    async with Client(endpoint_at(service.url), policy=QUICK) as made:
        yield made
