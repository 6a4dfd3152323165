"""%aai_status shows how much of a rate limit is left."""

import pytest

import aai_jupyter as aai
from aai_jupyter.client.gateway.rate_limits import LimitState
from aai_jupyter.notebook.magics.status_magic import connection, limit_text
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.client.scripted import serve
from tests.scripted_llm import KEY, ScriptedLlm, running


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (LimitState("m", 30, 30, 0.0, 0, 0, 0), "LLM Gateway, m: 30 of 30 requests left."),
        (
            LimitState("m", 9, -1, 9.6, 2, 31, 1),
            "LLM Gateway, m: 0 of 9 requests left, all again in 10 s, 2 waiting.",
        ),
        (LimitState("m", None, None, None, 0, 1, 0), "LLM Gateway, m: no limit."),
    ],
)
def test_a_limit_in_words(state, text):
    assert limit_text(state) == text


def test_the_limit_that_an_answer_told_is_known_to_the_session():
    with running(ScriptedLlm(limit=30, window=60.0)) as llm:
        settings.llm_gateway_base_url = settings.base_url = llm.url
        settings.login(KEY)
        aai.ask("Is it?", "It is.", model="smart")
        (state,) = [one for one in runtime().rate_limits() if one.limit]
        runtime().close()
    assert (state.name, state.limit, state.remaining) == ("smart", 30, 29)


def test_a_service_that_is_down_is_told_soon():
    asked = []

    async def down(scope, receive, send):
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b'{"error": "out of order"}'})

    for url in serve(down):
        settings.base_url = url
        settings.login(KEY)
        text = connection()
        runtime().close()
    assert "out of order" in text
    assert len(asked) <= 2
