"""An unreadable reply with status 200 is asked for once more; no shape of JSON raises anything raw."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.gateway.chat_completion import Gatherer
from aai_jupyter.client.gateway.rate_limits import MARGIN, Limits
from aai_jupyter.client.gateway.stream_events import error_in, piece
from aai_jupyter.errors import AaiError, NetworkError, ResponseError
from tests.client.gateway.test_limits import Clock, headers
from tests.scripted_llm import Say, stream_bytes

USAGE = {"prompt_tokens": 9, "completion_tokens": 4}
SPOILED = {
    "garbage": b"<html>Log in to the hotel</html>",
    "nothing": b"",
    "cut": b'{"choices": [{"index": 0, "mess',
    "a list": b"[1, 2]",
    "no choices": b'{"id": "x"}',
    "choices of another kind": b'{"choices": 5}',
    "nested without end": b"[" * 100_000,
}


def spoiled(raw):
    # An empty body needs a reply of its own: `raw` that is false means the regular one.
    return Say(raw=raw) if raw else Say(cut_at=0)


@pytest.mark.parametrize("raw", SPOILED.values(), ids=SPOILED)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_unreadable_reply_is_asked_for_once_more(gateway, llm, raw, stream):
    seen = []
    on_delta = (lambda delta: seen.append(delta.text)) if stream else None
    llm.scripts = [spoiled(raw), Say("At last.")]
    assert (await gateway.chat("smart", "Hi", on_delta=on_delta)).text == "At last."
    assert "".join(seen) == ("At last." if stream else "")
    assert len(llm.bodies) == 2
    llm.scripts = [spoiled(raw)]
    with pytest.raises(AaiError) as caught:
        await gateway.chat("smart", "Hi", on_delta=on_delta)
    assert isinstance(caught.value, ResponseError | NetworkError)
    assert len(llm.bodies) == (6 if isinstance(caught.value, NetworkError) else 4)  # cut: the network's fault
    (state,) = gateway.limits.state()
    assert state.waiting == 0


async def test_a_stream_that_is_spoiled_before_its_first_piece_is_asked_for_again(gateway, llm):
    for first in (b": nothing\n\n", b"data: [DONE]\n\n", b'data: {"choi\n\n', b"data: 7\n\n"):
        llm.scripts = [Say(raw=first), Say(["At ", "last."])]
        assert (await gateway.chat("smart", "Hi", on_delta=lambda delta: None)).text == "At last."


async def test_what_was_shown_is_not_asked_for_again(gateway, llm):
    good = stream_bytes(Say(["So far"]), USAGE)
    place = good.index(b"\n\n", good.index(b"So far")) + 2
    llm.scripts = [Say(raw=good[:place] + b"data: {nonsense\n\n")]
    with pytest.raises(ResponseError) as caught:
        await gateway.chat("smart", "Hi", on_delta=lambda delta: None)
    assert caught.value.partial.text == "So far"  # type: ignore[attr-defined]
    assert len(llm.bodies) == 1


async def test_an_understanding_that_cannot_be_read_is_asked_for_once_more(gateway, llm):
    llm.scripts = [Say(raw=b"garbage"), Say(body={"speech_understanding": {"response": {}}})]
    reply = await gateway.understand("t1", {"summarization": {}})
    assert b"response" in reply.content
    assert len(llm.bodies) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**64) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "tool_calls", "function", "name", "arguments", "id",
             "index", "finish_reason", "usage", "warnings", "error", "code", "prompt_tokens", "text",
             "prompt_tokens_details", "cache_creation", "model"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.lists(JSON, max_size=3))
def test_no_shape_of_an_answer_raises_anything_raw(values):
    gatherer = Gatherer()
    for value in values:
        with contextlib.suppress(AaiError):
            piece(msgspec.json.encode(value).decode(), gatherer)
        if isinstance(value, dict):
            error_in(value)
            Gatherer().add(value)
    gatherer.completion(model="m")


async def test_an_earlier_end_that_a_refusal_names_is_believed_and_tried_by_one():
    clock = Clock()
    limits = Limits(clock=clock, wall=clock)
    at = await limits.turn("m")
    limits.answered("m", at, headers(3, 2, 60))
    for sent in [await limits.turn("m"), await limits.turn("m")]:
        limits.refused("m", sent, headers(3, 0, 60), 1.0)
    (state,) = limits.state()
    assert state.resets_in == pytest.approx(1 + MARGIN)
    clock.now += 1.1
    others = [asyncio.create_task(limits.turn("m")) for _ in range(3)]
    done, waiting = await asyncio.wait(others, timeout=0.5)
    assert (len(done), len(waiting)) == (1, 2)
    limits.answered("m", done.pop().result(), headers(3, 2, 60))
    done, waiting = await asyncio.wait(waiting, timeout=0.5)
    assert (len(done), len(waiting)) == (2, 0)


async def test_a_refusal_that_names_about_the_same_end_or_a_later_one_changes_nothing_or_waits():
    clock = Clock()
    limits = Limits(clock=clock, wall=clock)
    limits.answered("m", await limits.turn("m"), headers(3, 2, 30))
    limits.refused("m", await limits.turn("m"), headers(3, 0, 30), 29.0)  # whole seconds, rounded down
    assert limits.state()[0].resets_in == pytest.approx(30 + MARGIN)
    limits.refused("m", clock.now, headers(3, 0, 30), 40.0)
    assert limits.state()[0].resets_in == pytest.approx(40 + MARGIN)


async def test_a_short_wait_is_not_sat_out_to_the_end_of_a_window(gateway, llm):
    refusal = {"code": 429, "message": "too many requests for this action"}
    first = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "99", "x-ratelimit-reset": "60"}
    llm.scripts = [
        Say("One.", headers=first),
        *[Say(status=429, body=refusal, headers={"retry-after": "0.05"})] * 5,
        Say("Yes."),
    ]
    assert (await gateway.chat("smart", "Hi")).text == "One."
    async with asyncio.timeout(60):
        found = await asyncio.gather(*(gateway.chat("smart", f"q{n}") for n in range(10)))
    assert [one.text for one in found] == ["Yes."] * 10
