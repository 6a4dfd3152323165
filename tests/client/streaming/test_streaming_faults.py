# ruff: noqa: PT012, SIM117 - the nesting is what is tested
"""Whatever happens to network and service, every word is there once, or the fault is told."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.connecting import StreamingPolicy, StreamingSession
from aai_jupyter.client.streaming.events import Begin, Event, Reconnected, Reconnecting, Termination, Turn
from aai_jupyter.errors import StreamingAccessError, StreamingError, StreamingInputError, StreamingLostError
from tests.examples import some
from tests.streaming_server import RATE, Script, scripted, speech, words_of

from .sessions import QUICK, SECONDS, final_words, said


async def test_a_recording_undisturbed():
    script = Script()
    session = await said(script)
    assert final_words(session) == words_of(SECONDS)
    assert script.messages == [{"type": "Terminate"}]
    assert all(50 <= ms <= 1000 for ms in script.frames)
    assert session.seconds_billed >= 0
    assert session.reconnections == []
    assert script.open == 0


@pytest.mark.parametrize("decade", some(range(10), 0, 1, 2))
async def test_dropped_at_random_moments_every_word_is_there_once(decade):
    """30 runs, 100 in the night: the line is cut, or the server fails, up to four times in each."""
    for seed in range(10 * decade, 10 * decade + 10):
        chance = random.Random(seed)
        faults = {
            (leg, chance.randrange(0, SECONDS * 8)): chance.choice([1006, 1006, 1011, 3005, 3008])
            for leg in range(chance.randint(1, 4))
        }
        if seed % 5 == 0:
            faults[max(leg for leg, _ in faults) + 1, -1] = 1006  # after the last word, before the end
        script = Script(
            faults=lambda leg, frame, faults=faults: faults.get((leg, frame)), partials=bool(seed % 3)
        )
        session = await said(script)
        assert final_words(session) == words_of(SECONDS), f"run {seed}"
        assert len(session.reconnections) == script.legs - 1
        assert all(gap.lost == 0 for gap in session.reconnections)
        orders = [turn.turn_order for turn in session.turns.ordered()]
        assert orders == list(range(len(orders)))
        assert session.turns.open() == []


async def test_the_connections_of_one_session_are_told():
    events: list[Event] = []
    script = Script(faults=lambda leg, frame: 3005 if (leg, frame) == (0, 40) else None)
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(sample_rate=RATE, policy=QUICK) as session:
            session.listen(events.append)
            await session.send(speech(9))
        assert session.ids == ["session-0", "session-1"]
    kinds = [type(e) for e in events if isinstance(e, Reconnecting | Reconnected | Begin | Termination)]
    assert kinds == [Reconnecting, Begin, Reconnected, Termination]
    assert events[-1] is None
    gap = session.reconnections[0]
    assert gap.code == 3005
    assert 4100 <= gap.position <= 9000
    assert 0 < gap.replayed <= gap.position


async def test_a_network_that_stands_still_loses_nothing():
    """The server reads nothing for a while; sound goes on coming."""
    script = Script(stall=lambda leg, frame: 1.5 if frame == 20 else 0.0)
    session = await said(script, policy=StreamingPolicy(catch_up=1e6))
    assert final_words(session) == words_of(SECONDS)
    assert session.reconnections == []


class Relay:
    """A network between client and server that can stand still, for pings and all."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2])
        self.moving = asyncio.Event()
        self.moving.set()
        self.carried = self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await self.moving.wait()
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            await self.moving.wait()
            self.carried += len(data)
            writer.write(data)
        writer.close()


async def test_ten_seconds_without_network_in_live_speech():
    """The real ten seconds: pings are due in them, and sound goes on coming as fast as it is spoken."""
    script = Script()
    async with scripted(script):
        relay = Relay(script.url)
        async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
            script.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with Client(script.endpoint) as client:
                async with client.streaming.connect(sample_rate=RATE) as session:
                    sound = speech(14)
                    for n, start in enumerate(range(0, len(sound), RATE // 5)):
                        session.push(sound[start : start + RATE // 5])
                        await asyncio.sleep(0.1)
                        if n == 30:
                            before, heard = relay.carried, len(final_words(session))
                            relay.moving.clear()
                        if n == 130:
                            assert relay.carried - before == 0
                            assert len(final_words(session)) == heard > 0
                            relay.moving.set()
    assert final_words(session) == words_of(14)
    assert session.reconnections == []
    assert session.seconds_lost == 0
    assert script.legs == 1


ENDING = StreamingPolicy(begin=1.5, end=1.5, hasty_end=1.5, first=0.01, longest=0.02, catch_up=1e6)


async def stands_still_at_the_end(script: Script, relay: Relay, *, attempts: int = 10) -> StreamingSession:
    """Stream with a network that stops before the last words, and is back for the third connection."""
    async with Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=replace(ENDING, attempts=attempts))
        session.start()
        await session.begun.wait()
        sound = speech(8)
        session.push(sound[: 5 * RATE * 2])
        async with asyncio.timeout(60):
            while len(script.frames) < 50:  # noqa: ASYNC110 - the server counts them
                await asyncio.sleep(0.01)
        relay.moving.clear()
        session.push(sound[5 * RATE * 2 :])
        session.end()
        async with asyncio.timeout(60):
            while relay.connections < 3 and not session.ended.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            relay.moving.set()
            await session.wait()
    return session


async def test_a_network_that_stands_still_at_the_end_loses_no_last_words():
    script = Script()
    async with scripted(script):
        relay = Relay(script.url)
        async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
            script.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            session = await stands_still_at_the_end(script, relay)
    assert session.error is None
    assert final_words(session) == words_of(8)
    assert len(session.reconnections) == 1


async def test_last_words_that_a_dead_network_keeps_are_an_error():
    script = Script()
    async with scripted(script):
        relay = Relay(script.url)
        async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
            script.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            session = await stands_still_at_the_end(script, relay, attempts=1)
    assert isinstance(session.error, StreamingLostError)
    assert "s of sound gave no finished words" in str(session.error)
    assert len(final_words(session)) < len(words_of(8))


async def test_a_service_that_is_busy_at_first_is_asked_again():
    script = Script(refusals=[503, 503, 429, 503, 500, 503])
    session = await said(script, 4)
    assert final_words(session) == words_of(4)
    assert script.refusals == []
    refused = Script(refusals=[503] * 40)
    with pytest.raises(StreamingLostError, match="503"):
        await said(refused, 4, policy=replace(QUICK, attempts=5))
    assert len(refused.refusals) == 35


async def test_a_network_that_is_cut_while_it_stands_still():
    script = Script(
        stall=lambda leg, frame: 1.0 if (leg, frame) == (0, 20) else 0.0,
        faults=lambda leg, frame: 1006 if (leg, frame) == (0, 20) else None,
    )
    session = await said(script, policy=StreamingPolicy(first=0.01, catch_up=1e6))
    assert final_words(session) == words_of(SECONDS)
    assert len(session.reconnections) == 1


async def test_live_sound_that_cannot_wait_is_bounded_and_the_loss_is_told():
    script = Script(stall=lambda leg, frame: 0.3 if (leg, frame) == (0, 0) else 0.0)
    policy = StreamingPolicy(buffer=5.0, catch_up=1e6)
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=policy)
        session.start()
        sound = speech(30)  # all at once, before the session has begun
        lost = sum(session.push(sound[i : i + 1600]) for i in range(0, len(sound), 1600))
        await session.finish()
    assert lost == pytest.approx(25)
    assert session.seconds_lost == pytest.approx(25)
    expected = [word for word in words_of(30) if word[1] >= 25_000]
    assert final_words(session) == expected  # at their own times, for all that came before


async def test_connections_that_break_at_once_are_retried_as_often_as_the_policy_says():
    script = Script(faults=lambda leg, frame: 1011 if frame == 5 else None)
    events: list[Event | None] = []
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=replace(QUICK, attempts=4))
        with pytest.raises(StreamingLostError):
            async with session:
                session.listen(events.append)
                await session.send(speech(4))
                await session.wait()
    assert script.legs == 4
    assert [event.attempt for event in events if isinstance(event, Reconnecting)] == [1, 2, 3]
    assert events[-1] is None


async def test_first_words_wait_for_begin():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=QUICK)
        session.start()
        session.push(speech(4))
        assert session.state == "connecting"
        await session.finish()
    assert final_words(session) == words_of(4)


async def test_a_server_that_never_begins():
    script = Script(begin=False)
    policy = StreamingPolicy(begin=0.1, first=0.01, longest=0.02)
    async with scripted(script), Client(script.endpoint) as client:
        with pytest.raises(StreamingLostError, match="no Begin within"):
            async with client.streaming.connect(policy=policy):
                raise AssertionError("it never began")
    assert script.legs == 3


async def test_a_server_that_never_terminates():
    session = await said(Script(terminate=False), 4, policy=StreamingPolicy(end=0.2, catch_up=1e6))
    assert final_words(session) == words_of(4)
    assert "did not confirm the end" in session.warnings[0]
    assert session.seconds_billed > 0


@pytest.mark.parametrize(
    ("code", "text", "kind", "remedy"),
    [
        (1008, "Unauthorized Connection: Invalid API key", StreamingAccessError, "Check the key"),
        (1008, "Unauthorized Connection: Signature has expired", StreamingAccessError, "make a new one"),
        (1008, "Too many concurrent sessions", StreamingAccessError, "Stop other sessions"),
        (3006, "User Input Validation Error: Invalid 'mode': x", StreamingInputError, "option that it names"),
        (3006, "Session terminated due to inactivity: 5 seconds", StreamingInputError, "inactivity_timeout"),
        (3007, "Input Duration Error: 20.0 ms", StreamingInputError, "50 to 1000 ms"),
        (3009, "Unauthorized Connection: Too many concurrent sessions", StreamingAccessError, "Stop other"),
        (4711, "Something new", StreamingError, None),
    ],
)
async def test_errors_that_are_final_have_the_services_words_and_a_remedy(code, text, kind, remedy):
    script = Script(error=(code, text))
    async with scripted(script), Client(script.endpoint) as client:
        with pytest.raises(kind) as raised:
            async with client.streaming.connect(policy=QUICK):
                raise AssertionError
    assert type(raised.value) is kind
    assert raised.value.detail == text
    assert raised.value.status == code
    assert remedy is None or remedy in str(raised.value)
    assert script.legs == 1


async def test_an_error_in_the_middle_keeps_what_was_heard():
    script = Script(faults=lambda leg, frame: 3007 if frame == 60 else None)
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=QUICK)
        heard = []
        with pytest.raises(StreamingInputError):
            async with session:
                await session.send(speech(5))
                await session.send(speech(12)[5 * RATE * 2 :])
                async for event in session:
                    heard += [event] if isinstance(event, Turn) and event.end_of_turn else []
    assert len(heard) == len(session.turns.final()) == 2
    assert session.error is not None


async def test_a_host_that_is_not_there():
    script = Script()
    async with scripted(script):
        endpoint = script.endpoint
    async with Client(endpoint) as client:
        with pytest.raises(StreamingLostError, match="cannot be reached"):
            async with client.streaming.connect(policy=QUICK):
                raise AssertionError
