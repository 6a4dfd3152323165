from __future__ import annotations

from collections.abc import Iterator

import pytest

from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.client.scripted import Stage
from tests.scripted_llm import KEY, ScriptedLlm


@pytest.fixture
def llm(stage: Stage) -> Iterator[ScriptedLlm]:
    """The service is the scripted one: its key and its host are set as a user would."""
    made = stage.put(ScriptedLlm())
    settings.api_key = KEY
    settings.llm_gateway_base_url = made.url
    settings.base_url = made.url
    yield made
    runtime().close()
