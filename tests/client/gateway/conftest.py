from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.client.gateway.gateway_api import Gateway
from tests.client.scripted import Stage
from tests.scripted_llm import QUICK, ScriptedLlm


@pytest.fixture
def llm(stage: Stage) -> ScriptedLlm:
    """A fresh script on the one server of the session."""
    return stage.put(ScriptedLlm())


@pytest.fixture
async def gateway(llm: ScriptedLlm) -> AsyncIterator[Gateway]:
    async with Client(llm.endpoint, policy=QUICK) as client:
        yield client.gateway
