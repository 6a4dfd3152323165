# ruff: noqa: ASYNC110, SIM117 - what is waited for happens in the server; the nesting is what is tested
"""Sessions with the scripted service over real sockets: keys, messages, and every way out."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from aai_jupyter.client.client import Client
from aai_jupyter.client.streaming.events import Begin, Unknown, Warning
from aai_jupyter.errors import AuthenticationError, OptionError, SourceError, StreamingAccessError
from tests.examples import some
from tests.streaming_server import KEY, RATE, Script, scripted, speech, words_of

from .sessions import QUICK, ended, final_words, said

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

        from aai_jupyter.settings.endpoint import ApiKey

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


@pytest.mark.parametrize("source", [None, (np.zeros(60 * RATE, "int16"), RATE)])
async def test_a_session_nobody_holds_is_ended(source):
    script = Script()
    async with scripted(script), Client(script.endpoint) as client:
        session = client.streaming.connect(source, sample_rate=RATE, policy=QUICK)
        session.listen(lambda event: None)
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
            while len(script.frames) < 60:  # of 100 ms; what has left the buffer may still be on its way
                await asyncio.sleep(0.01)
            session.pause(release=release)
            if release:
                await ended(script)
            frames = len(script.frames)
            await session.send(speech(5))  # not heard
            await asyncio.sleep(0.1)
            while not release and {"type": "KeepAlive"} not in script.messages:
                await asyncio.sleep(0.01)
            assert len(script.frames) == frames
            assert not release or {"type": "KeepAlive"} not in script.messages
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
        from aai_jupyter.runtime.bridge import Bridge
        from aai_jupyter.settings.endpoint import ApiKey, Endpoint
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


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize(
    ("name", "way"),
    some(
        [(name, way) for name in ("SIGTERM", "SIGHUP") for way in ("beside", "async")],
        *[("SIGTERM", "beside"), ("SIGHUP", "async")],
    ),
)
def test_a_signal_that_ends_a_script_ends_its_session(name, way):
    code = textwrap.dedent(
        """
        import asyncio, os, signal, sys, time
        import aai_jupyter as aai
        url, name, way = sys.argv[1:]
        aai.settings.api_key, aai.settings.streaming_base_url = "k" * 20, url
        aai.settings.base_url = url.replace("ws", "http", 1)
        number = getattr(signal, name)
        if way == "async":
            async def main():
                async with aai.Client() as client, client.streaming.connect(sample_rate=8000):
                    os.kill(os.getpid(), number)
                    await asyncio.sleep(30)
            asyncio.run(main())
        else:
            live = aai.LiveStream(sample_rate=8000).start()
            while live.state != "open":
                time.sleep(0.01)
            os.kill(os.getpid(), number)
            time.sleep(30)
        """
    )

    async def main() -> Script:
        script = Script()
        async with scripted(script):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, script.url, name, way, stderr=subprocess.PIPE
            )
            _, errors = await process.communicate()
            assert process.returncode == 128 + getattr(signal, name), errors
            await ended(script)
        return script

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_without_an_open_session_a_signal_does_what_it_did():
    ask = "from aai_jupyter.client.streaming.finalizers import watch_signals; watch_signals(); "
    kill = "os.kill(os.getpid(), signal.SIGTERM)"
    code = f"import os, signal; {ask}{kill}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGTERM
    code = f"import os, signal; signal.signal(signal.SIGTERM, lambda *_: os._exit(7)); {ask}{kill}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7
