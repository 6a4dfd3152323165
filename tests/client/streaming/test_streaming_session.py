# ruff: noqa: ASYNC110, PT012, SIM117 - what is waited for happens in the server; the nesting is what is tested
"""Sessions against a scripted service over real sockets: faults, guards, and every way out."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
import textwrap

import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.connecting import StreamingPolicy, StreamingSession
from aai_jupyter.client.streaming.events import (
    Begin,
    Event,
    Reconnected,
    Reconnecting,
    Termination,
    Turn,
    Unknown,
    Warning,
)
from aai_jupyter.errors import (
    AuthenticationError,
    OptionError,
    SourceError,
    StreamingAccessError,
    StreamingError,
    StreamingInputError,
    StreamingLostError,
)
from tests.streaming_server import KEY, RATE, Script, scripted, speech, words_of

QUICK = StreamingPolicy(begin=2.0, end=1.0, hasty_end=0.5, first=0.01, longest=0.02, catch_up=1e6)
SECONDS = 24


async def said(script: Script, seconds: float = SECONDS, **options) -> StreamingSession:
    """Stream the recording as fast as it goes."""
    async with scripted(script), Client(script.endpoint) as client:
        options.setdefault("policy", QUICK)
        async with client.streaming.connect(sample_rate=RATE, **options) as session:
            sound = speech(seconds)
            for start in range(0, len(sound), 4800):
                await session.send(sound[start : start + 4800])
        return session


def final_words(session: StreamingSession) -> list[tuple[str, int, int]]:
    return [(w.text, w.start, w.end) for turn in session.turns.final() for w in turn.words]


async def test_a_recording_undisturbed():
    script = Script()
    session = await said(script)
    assert final_words(session) == words_of(SECONDS)
    assert script.messages == [{"type": "Terminate"}]
    assert all(50 <= ms <= 1000 for ms in script.frames)
    assert session.seconds_billed >= 0
    assert session.reconnections == []
    assert script.open == 0


@pytest.mark.parametrize("decade", range(10))
async def test_dropped_at_random_moments_every_word_is_there_once(decade):
    """100 runs: the line is cut, or the server fails, up to four times in each."""
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
        self.carried = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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


# Keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["header", "query", "message"])
async def test_ways_to_send_the_key(auth):
    script = Script()
    await said(script, 1, auth=auth)
    assert (script.headers[0].get("authorization") == KEY) == (auth == "header")
    assert (script.queries[0].get("token") == KEY) == (auth == "query")
    first = {"type": "Authorization", "authorization": KEY}
    assert (script.messages[0] == first) == (auth == "message")
    assert script.headers[0]["assemblyai-version"] == "2025-05-12"
    assert "aai_jupyter" in script.headers[0]["user-agent"]


async def test_a_token_stands_for_the_key():
    script = Script()
    await said(script, 1, token="temporary")
    assert "authorization" not in script.headers[0]
    assert script.queries[0]["token"] == "temporary"


async def test_the_key_is_in_no_error():
    script = Script(error=(1008, "Unauthorized Connection: Invalid API key"))
    async with scripted(script), Client(script.endpoint) as client:
        with pytest.raises(StreamingAccessError) as raised:
            async with client.streaming.connect(policy=QUICK, auth="query"):
                raise AssertionError
    error: BaseException | None = raised.value
    while error is not None:
        assert KEY not in repr(error)
        frame = error.__traceback__
        while frame is not None:
            assert KEY not in repr(
                {k: v for k, v in frame.tb_frame.f_locals.items() if k not in ("script", "client")}
            )
            frame = frame.tb_next
        error = error.__cause__ or error.__context__


async def test_wrong_arguments_are_told_before_anything_is_sent():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        for arguments in ({"auth": "bearer"}, {"max_minutes": 0}, {"speed": 0}, {"speech_modle": "x"}):
            with pytest.raises(OptionError):
                client.streaming.connect(**arguments)
        with pytest.raises(SourceError):
            client.streaming.connect("/no/such/file.wav")
        with pytest.raises(OptionError, match="from 1 to 600"):
            await client.streaming.token(expires_in_seconds=601)
    assert script.legs == 0


async def test_no_key():
    script = Script()
    async with scripted(script):
        from dataclasses import replace

        from aai_jupyter.endpoint import ApiKey

        async with Client(replace(script.endpoint, api_key=ApiKey())) as client:
            with pytest.raises(AuthenticationError):
                async with client.streaming.connect(policy=QUICK):
                    raise AssertionError


# Messages --------------------------------------------------------------------------------------------------


async def test_messages_and_what_a_reconnection_keeps_of_them():
    script = Script(faults=lambda leg, frame: 1006 if (leg, frame) == (0, 10) else None)
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(sample_rate=RATE, policy=QUICK, prompt="old") as session:
            session.update(keyterms_prompt=["Zarr"], prompt="")
            session.force_endpoint()
            session.keep_alive()
            await session.send(speech(6))
            while script.legs < 2:
                await asyncio.sleep(0.01)
    assert script.messages[:3] == [
        {"type": "UpdateConfiguration", "keyterms_prompt": ["Zarr"], "prompt": ""},
        {"type": "ForceEndpoint"},
        {"type": "KeepAlive"},
    ]
    assert script.queries[0]["prompt"] == "old"
    assert "prompt" not in script.queries[1]
    assert script.queries[1]["keyterms_prompt"] == '["Zarr"]'


async def test_another_model_than_asked_for_is_a_warning():
    session = await said(Script(model="u3-rt-agent"), 1, speech_model="universal-3-6-pro")
    assert session.warnings == ["The service runs u3-rt-agent, not universal-3-6-pro as asked for."]


async def test_warnings_and_unknown_messages_reach_the_reader():
    script = Script(
        extra=[{"type": "Warning", "warning_code": 7, "warning": "careful"}, {"type": "Applause"}]
    )
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(sample_rate=RATE, policy=QUICK) as session:
            events = []
            async for event in session:
                events.append(event)
                if isinstance(event, Unknown):
                    break
    assert [type(e) for e in events] == [Begin, Warning, Unknown]
    assert session.warnings == ["careful"]


# Every way out ---------------------------------------------------------------------------------------------


async def ended(script: Script) -> None:
    async with asyncio.timeout(10):
        while script.open or {"type": "Terminate"} not in script.messages:
            await asyncio.sleep(0.01)


async def test_an_exception_in_the_block_ends_the_session():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        with pytest.raises(ZeroDivisionError):
            async with client.streaming.connect(sample_rate=RATE, policy=QUICK):
                1 / 0  # noqa: B018
        await ended(script)


async def test_cancelling_ends_the_session():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        begun = asyncio.Event()

        async def talk():
            async with client.streaming.connect(sample_rate=RATE, policy=QUICK) as session:
                begun.set()
                async for _ in session:
                    pass

        task = asyncio.create_task(talk())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended(script)


async def test_a_session_nobody_holds_is_ended():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(sample_rate=RATE, policy=QUICK)
        await session.__aenter__()
        del session
        gc.collect()
        await ended(script)


async def test_closing_the_client_ends_its_sessions():
    script = Script()
    async with scripted(script):
        async with Client(script.endpoint) as client:
            session = client.streaming.connect(sample_rate=RATE, policy=QUICK)
            await session.__aenter__()
        await ended(script)
        assert session.state == "ended"


async def test_the_longest_duration_ends_the_session():
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(sample_rate=RATE, policy=QUICK, max_minutes=0.005) as session:
            await session.send(speech(3))
            async for _ in session:
                pass
        assert final_words(session) == words_of(3)
        assert "max_minutes" in session.warnings[0]
        await ended(script)


@pytest.mark.parametrize("release", [False, True])
async def test_pause_sends_nothing_and_resume_goes_on(release):
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(sample_rate=RATE, policy=QUICK, inactivity_timeout=5) as session:
            sound = speech(12)
            await session.send(sound[: 6 * RATE * 2])
            while session.core.buffer.unsent:
                await asyncio.sleep(0.01)
            session.pause(release=release)
            if release:
                await ended(script)
            frames = len(script.frames)
            await session.send(speech(5))  # not heard
            await asyncio.sleep(2.0 if not release else 0.1)
            assert len(script.frames) == frames
            assert ({"type": "KeepAlive"} in script.messages) == (not release)
            session.resume()
            await session.send(sound[6 * RATE * 2 :])
        assert script.legs == (2 if release else 1)
        assert final_words(session) == words_of(12)


@pytest.mark.parametrize("way", ["exit", "async"])
def test_leaving_the_process_ends_the_session(way):
    """A script that ends without closing anything; the server is in this process."""
    code = textwrap.dedent(
        """
        import asyncio, sys
        from aai_jupyter.client.client import Client
        from aai_jupyter.bridge import Bridge
        from aai_jupyter.endpoint import ApiKey, Endpoint
        url, way = sys.argv[1:]
        http = url.replace("ws", "http", 1)
        async def begin():
            client = Client(Endpoint(http, url, http, ApiKey("k" * 20)))
            session = client.streaming.connect(sample_rate=8000)
            await session.__aenter__()
            return session
        if way == "async":
            async def main():
                session = await begin()
                raise SystemExit(0)
            asyncio.run(main())
        else:
            bridge = Bridge()
            session = bridge.run(begin())
        """
    )

    async def main() -> Script:
        script = Script()
        async with scripted(script):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, script.url, way, stderr=subprocess.PIPE
            )
            _, errors = await process.communicate()
            assert process.returncode == 0, errors
            await ended(script)
        return script

    asyncio.run(main())


# Encodings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "opus", "ogg_opus", "aac"])
def test_coded_sound_is_the_sound(encoding):
    av = pytest.importorskip("av")
    import io

    import numpy as np

    from aai_jupyter.client.streaming.codec import make_encoder

    rate = 16000
    time = np.arange(rate * 2) / rate
    tone = (8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2").tobytes()
    encoder = make_encoder(encoding, rate)
    messages = [m for i in range(0, len(tone), 3200) for m in encoder.encode(tone[i : i + 3200])]
    messages += encoder.finish()
    if encoding == "pcm_mulaw":
        assert {len(m) for m in messages} == {1600}
        codec = av.CodecContext.create("pcm_mulaw", "r")
        codec.sample_rate, codec.layout = rate, "mono"
        frames = [f for m in messages for f in codec.decode(av.Packet(m))]
    elif encoding == "opus":
        codec = av.CodecContext.create("opus", "r")
        codec.sample_rate, codec.layout = 48000, "mono"
        frames = [f for m in messages for f in codec.decode(av.Packet(m))]
        assert {f.samples for f in frames} == {2880}  # 60 ms: a legal message
    else:
        frames = list(av.open(io.BytesIO(b"".join(messages))).decode(audio=0))
    sound = np.concatenate([f.to_ndarray().reshape(-1).astype(float) for f in frames])
    hertz = frames[0].sample_rate
    assert len(sound) / hertz == pytest.approx(2, abs=0.15)  # coders fill up their first and last frames
    spectrum = np.abs(np.fft.rfft(sound[hertz // 2 : hertz * 3 // 2]))
    assert np.argmax(spectrum) == 440


def test_without_pyav_the_install_line_is_told(monkeypatch):
    from aai_jupyter.client.streaming import codec as streaming_codec
    from aai_jupyter.client.streaming import sources as streaming_sources

    monkeypatch.setattr(streaming_codec, "pyav", lambda: None)
    monkeypatch.setattr(streaming_sources, "pyav", lambda: None)
    with pytest.raises(OptionError, match=r'pip install "aai-jupyter\[audio\]"'):
        streaming_codec.make_encoder("opus", 16000)
    with pytest.raises(SourceError, match=r"aai-jupyter\[audio\]"):
        streaming_sources.open_source(b"fLaC" + bytes(100))


async def test_a_wav_needs_no_pyav(monkeypatch, tmp_path):
    import wave

    from aai_jupyter.client.streaming import sources as streaming_sources

    monkeypatch.setattr(streaming_sources, "pyav", lambda: None)
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(speech(6))
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        async with client.streaming.connect(str(path), policy=QUICK, speed=1e4) as session:
            async for _ in session:
                pass
    assert script.queries[0]["sample_rate"] == str(RATE)
    assert final_words(session) == words_of(6)
