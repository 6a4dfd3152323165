"""Requests stay under the limit that the service tells; none is lost when it refuses."""

from __future__ import annotations

import asyncio

import pytest

from aai_jupyter.client.gateway import gateway_retry as gateway_module
from aai_jupyter.client.gateway.rate_limits import MARGIN, Limits
from aai_jupyter.errors import AaiError, RateLimitError
from tests.scripted_llm import Say


async def ask(gateway, questions):
    found = await asyncio.gather(*(gateway.chat("smart", f"q{n}") for n in range(questions)))
    return [one.text for one in found]


async def test_many_questions_keep_to_the_limit(gateway, llm):
    llm.limit, llm.window = 10, 0.6
    llm.scripts = [lambda body: Say(body["messages"][0]["content"], delay=0.02)]
    assert await ask(gateway, 35) == [f"q{n}" for n in range(35)]
    # One that is on its way when the window ends may be counted in the next: that one is asked again.
    assert llm.refused <= 3
    assert llm.most_in_window <= 10


async def test_a_storm_of_refusals_loses_nothing(gateway, llm):
    refusal = {"code": 429, "message": "too many requests for this action", "request_id": "r"}
    told = {"retry-after": "0.01"}
    llm.scripts = [
        *[Say(status=429, body=refusal, headers=told)] * 40,
        lambda b: Say(b["messages"][0]["content"]),
    ]
    assert await ask(gateway, 12) == [f"q{n}" for n in range(12)]
    (state,) = gateway.limits.state()
    assert state.refused == 40
    assert state.waiting == 0


async def test_somebody_else_uses_up_the_limit(gateway, llm):
    """Another kernel of the account takes every second place: refusals happen, and nothing is lost."""
    llm.limit, llm.window = 6, 0.3
    count = llm._count

    def crowded():
        count()
        return count()

    llm._count = crowded
    assert await ask(gateway, 14) == ["Yes."] * 14


async def test_an_endless_storm_ends(gateway, llm, monkeypatch):
    monkeypatch.setattr(gateway_module, "PATIENCE", 0.05)
    llm.scripts = [
        Say(status=429, body={"code": 429, "message": "too many"}, headers={"retry-after": "0.02"})
    ]
    with pytest.raises(RateLimitError, match="too many"):
        await gateway.chat("smart", "Hi")


async def test_a_service_that_fails_is_asked_four_times(gateway, llm):
    llm.scripts = [Say(status=502, body={})]
    with pytest.raises(AaiError):
        await gateway.chat("smart", "Hi")
    assert len(llm.bodies) == gateway_module.FAULTS == 4
    (state,) = gateway.limits.state()
    assert (state.sent, state.refused, state.waiting) == (4, 0, 0)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def headers(limit, left, reset):
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(reset),
    }


async def test_one_request_goes_ahead_until_the_limit_is_known():
    clock = Clock()
    limits = Limits(clock=clock, wall=clock)
    at = await limits.turn("m")
    others = [asyncio.create_task(limits.turn("m")) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in others)
    limits.answered("m", at, headers(3, 2, 60))
    done, pending = await asyncio.wait(others, timeout=0.5)
    assert (len(done), len(pending)) == (2, 1)
    (state,) = limits.state()
    assert (state.limit, state.remaining, state.waiting) == (3, 0, 1)
    assert state.resets_in == pytest.approx(60 + MARGIN)
    for task in pending:
        task.cancel()


async def test_without_headers_nothing_is_held_back():
    limits = Limits()
    limits.answered("m", await limits.turn("m"), {})
    await asyncio.gather(*(limits.turn("m") for _ in range(500)))
    assert limits.state()[0].limit is None


@pytest.mark.parametrize("reset", ["30", "30.0", "1030", "1030000"])
async def test_the_end_of_a_window_in_any_form(reset):
    """Seconds to go, or a moment: seconds or milliseconds since the epoch."""
    clock, wall = Clock(), Clock()
    if float(reset) > 1000:
        wall.now = 1_800_000_000.0
        reset = str(1_800_000_030) + ("000" if len(reset) > 4 else "")
    limits = Limits(clock=clock, wall=wall)
    limits.answered("m", await limits.turn("m"), headers(5, 4, reset))
    assert limits.state()[0].resets_in == pytest.approx(30 + MARGIN)


async def test_a_negative_remainder_means_none():
    clock = Clock()
    limits = Limits(clock=clock, wall=clock)
    limits.answered("m", await limits.turn("m"), headers(5, -3, 60))
    assert limits.state()[0].remaining == 0
    clock.now += 61
    assert limits.state()[0].remaining == 5


async def test_a_late_answer_about_a_window_that_is_over_changes_nothing():
    clock = Clock()
    limits = Limits(clock=clock, wall=clock)
    first = await limits.turn("m")
    limits.answered("m", first, headers(5, 4, 10))
    clock.now += 11
    await limits.turn("m")
    limits.answered("m", first, headers(5, 0, 10))
    assert limits.state()[0].remaining == 4


async def test_a_cancelled_probe_lets_the_next_one_go():
    limits = Limits()
    await limits.turn("m")
    limits.failed("m")
    async with asyncio.timeout(60):
        await limits.turn("m")


async def test_what_a_limit_is_of_is_read_and_kept():
    limits = Limits()
    at = await limits.turn("m")
    limits.answered("m", at, {"x-ratelimit-model": "gpt-5", "x-ratelimit-service": "Speech Understanding"})
    (state,) = limits.state()
    assert (state.model, state.service) == ("gpt-5", "Speech Understanding")
