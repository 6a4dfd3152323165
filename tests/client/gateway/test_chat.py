"""Chat completions over real HTTP: plain, streamed and cut anywhere, with every kind of error."""

from __future__ import annotations

import json

import pytest

from aai_jupyter.client.gateway import gateway_api as gateway_module
from aai_jupyter.client.gateway.chat_completion import Usage
from aai_jupyter.errors import (
    AuthenticationError,
    BadRequestError,
    NetworkError,
    NotFoundError,
    OptionError,
    ResponseError,
    ServerError,
)
from tests.scripted_llm import KEY, Say, call, chunk, model, stream_bytes

USAGE = {"prompt_tokens": 9, "completion_tokens": 4}


async def test_a_plain_answer(gateway, llm):
    llm.scripts = [Say("Three decisions.", finish="end_turn")]
    found = await gateway.chat("smart", "What was decided?", max_tokens=50, temperature=0)
    assert (found.text, found.finish_reason, found.request_id) == ("Three decisions.", "end_turn", "req-1")
    assert found.usage.output_tokens == 5
    sent = llm.bodies[0]
    assert sent == {
        "model": "smart",
        "messages": [{"role": "user", "content": "What was decided?"}],
        "max_tokens": 50,
        "temperature": 0,
    }


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
async def test_a_stream_is_the_same_however_it_is_cut(gateway, llm, size):
    pieces = ["Grüße ", "an ", "日本 ", "😀", "\n\ndata: not an event"]
    calls = [call("look_up", {"name": "Zoë", "deep": {"n": 1}}), call("add", {"a": 1}, "call_b")]
    llm.scripts = [Say(pieces, calls=calls, usage=USAGE, chunk=size, finish="tool_calls")]
    seen = []
    found = await gateway.chat("smart", "Hi", on_delta=lambda delta: seen.append(delta.text))
    assert seen == pieces
    assert found.text == "".join(pieces)
    assert [(c.id, c.name, json.loads(c.arguments)) for c in found.tool_calls] == [
        ("call_a", "look_up", {"name": "Zoë", "deep": {"n": 1}}),
        ("call_b", "add", {"a": 1}),
    ]
    assert found.usage == Usage(9, 4)
    assert found.finish_reason == "tool_calls"
    assert llm.bodies[0]["stream"] is True
    assert llm.bodies[0]["stream_options"] == {"include_usage": True}


async def test_every_cut_of_the_bytes_either_ends_well_or_says_that_it_broke(gateway, llm):
    whole = Say(["One ", "two."], usage=USAGE)
    raw = stream_bytes(whole, USAGE)
    finished = raw.index(b"\n", raw.index(b'"finish_reason": "stop"'))
    for place in range(0, len(raw), 41):
        llm.scripts = [Say(["One ", "two."], usage=USAGE, cut_at=place)]
        seen = []
        if place >= finished:
            found = await gateway.chat("smart", "Hi", on_delta=lambda delta: None)
            assert found.text == "One two."
        else:
            with pytest.raises((NetworkError, ResponseError)) as caught:
                await gateway.chat("smart", "Hi", on_delta=lambda delta: seen.append(delta.text))  # noqa: B023
            assert caught.value.partial.text == "".join(seen)  # type: ignore[attr-defined]


async def test_a_model_that_cannot_stream_is_asked_plainly(gateway, llm):
    llm.scripts = [Say("Whole.")]
    seen = []
    found = await gateway.chat("plain", "Hi", on_delta=lambda delta: seen.append(delta.text))
    assert seen == ["Whole."] == [found.text]
    assert "stream" not in llm.bodies[0]


FLAT = {
    "code": 400,
    "message": "invalid request body",
    "request_id": "r-7",
    "metadata": {"errors": ["bad name"]},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, FLAT, BadRequestError, "invalid request body: bad name"),
        (400, {"error": {"code": 400, "message": "nested"}}, BadRequestError, "nested"),
        (401, {"error": "Authentication error, API token missing/invalid", "status": "error"},
         AuthenticationError, "API token missing"),
        (404, {"code": 404, "message": "transcript not found"}, NotFoundError, "transcript not found"),
        (400, {"code": 400, "message": "Your account does not have access to this LLM Gateway model"},
         BadRequestError, "%aai_models"),
        (500, {"code": 500, "message": "provider trouble"}, ServerError, "provider trouble"),
    ],
)  # fmt: skip
async def test_errors_before_the_answer(gateway, llm, stream, status, body, kind, words):
    llm.scripts = [Say(status=status, body=body)]
    with pytest.raises(kind) as caught:
        await gateway.chat("smart", "Hi", on_delta=print if stream else None)
    assert words in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.request_id == body.get("request_id")


async def test_errors_within_a_stream_keep_what_came(gateway, llm):
    for error in ({"error": {"message": "overloaded", "code": 529}}, {"code": 400, "message": "overloaded"}):
        events = [chunk({"content": "So "}), chunk({"content": "far"}), error]
        raw = b"".join(b"data: " + json.dumps(e).encode() + b"\n\n" for e in events)
        llm.scripts = [Say(raw=raw)]
        with pytest.raises((ServerError, BadRequestError), match="overloaded") as caught:
            await gateway.chat("smart", "Hi", on_delta=lambda delta: None)
        assert caught.value.partial.text == "So far"  # type: ignore[attr-defined]
        assert len(llm.bodies) == 1  # what was shown is not asked for again
        llm.bodies.clear()


async def test_malformed_json(gateway, llm):
    llm.scripts = [Say(raw=b'data: {"choices": [\n\ndata: [DONE]\n\n')]
    with pytest.raises(ResponseError, match="not JSON"):
        await gateway.chat("smart", "Hi", on_delta=lambda delta: None)
    llm.scripts = [Say(raw=b"<html>Log in to the hotel</html>")]
    with pytest.raises(ResponseError, match="not from the API"):
        await gateway.chat("smart", "Hi")
    llm.scripts = [Say(body={"detail": "?"})]
    with pytest.raises(ResponseError, match="no choices"):
        await gateway.chat("smart", "Hi")


async def test_failures_of_the_service_are_tried_again(gateway, llm):
    llm.scripts = [Say(status=502, body={}), Say(status=503, body={}), Say("At last.")]
    assert (await gateway.chat("smart", "Hi")).text == "At last."


async def test_the_catalog_is_kept_for_a_minute_and_looked_at_again_for_a_new_model(
    gateway, llm, monkeypatch
):
    await gateway.models()
    await gateway.chat("smart", "Hi")
    assert llm.looks == 1
    llm.models.append(model("newest"))
    assert (await gateway.chat("newest", "Hi")).text == "Yes."
    assert llm.looks == 2
    with pytest.raises(OptionError, match="no model 'nobody'"):
        await gateway.chat("nobody", "Hi")
    looks = llm.looks
    monkeypatch.setattr(gateway_module, "CATALOG_SECONDS", -1.0)
    await gateway.models()
    assert llm.looks == looks + 1
