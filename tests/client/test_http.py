"""Retries, faults and the safety of the key, over real sockets."""

import asyncio
import time
import traceback

import pytest

from aai_jupyter import errors
from aai_jupyter.client.client import Client
from aai_jupyter.client.http import USER_AGENT
from aai_jupyter.client.retry import Call, FailedAttempt, RetryPolicy, Throttle
from aai_jupyter.settings.configuration import settings

from .scripted import HTML_502, KEY, QUICK, RESET, ScriptedService, endpoint_at, reply

JOB = {"id": "t1", "status": "completed", "text": "Hello."}
LIMITED = reply({"error": "Too many requests"}, 429)


async def test_every_request_says_who_we_are_and_carries_the_raw_key(
    service: ScriptedService, client: Client
) -> None:
    service.on("GET", "/v2/transcript/t1", reply(JOB))
    assert (await client.transcripts.get("t1")).text == "Hello."
    headers = service.received[0].headers
    assert headers["authorization"] == KEY
    assert headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("AssemblyAI/1.0 (integration=aai_jupyter/")


async def test_errors_of_the_local_engine_name_it_instead_of_its_address(service: ScriptedService) -> None:
    service.on("GET", "/v2/transcript/t1", reply({"error": "bad"}, 400))
    async with Client(endpoint_at(service.url, local=True)) as client:
        with pytest.raises(errors.BadRequestError, match=r"^The local engine refused the request\."):
            await client.transcripts.get("t1")


@pytest.mark.parametrize("trouble", [RESET, HTML_502, reply(None, 503), reply(JOB, cut=9), LIMITED])
async def test_reading_survives_what_passes(
    service: ScriptedService, client: Client, trouble: object
) -> None:
    service.on("GET", "/v2/transcript/t1", trouble, trouble, reply(JOB))
    assert (await client.transcripts.get("t1")).id == "t1"
    assert len(service.received) == 3


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "bad", errors.BadRequestError),
        (401, "Authentication error", errors.AuthenticationError),
        (403, "Cannot access uploaded file", errors.AccessError),
        (404, "no such thing", errors.NotFoundError),
    ],
)
async def test_refusals_are_not_repeated(
    service: ScriptedService, client: Client, status: int, text: str, kind: type[errors.AaiError]
) -> None:
    service.on("GET", "/v2/transcript/t1", reply({"error": text}, status))
    with pytest.raises(kind) as caught:
        await client.transcripts.get("t1")
    assert len(service.received) == 1
    assert (caught.value.detail, caught.value.status, caught.value.transcript_id) == (text, status, "t1")


async def test_retry_after_is_waited_for(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1", reply(None, 429, headers={"retry-after": "0.3"}), reply(JOB))
    started = time.monotonic()
    await client.transcripts.get("t1")
    assert time.monotonic() - started >= 0.3


async def test_a_storm_of_429_ends_in_bounded_time(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1", LIMITED)
    with pytest.raises(errors.RateLimitError):
        await client.transcripts.get("t1")
    assert len(service.received) > QUICK.reads  # time counts, not attempts

    service.received.clear()
    service.on("GET", "/v2/transcript/t1", reply(None, 429, headers={"retry-after": "3600"}))
    with pytest.raises(errors.RateLimitError):
        await client.transcripts.get("t1")
    assert len(service.received) == 1


async def test_other_faults_end_after_some_attempts(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1", HTML_502)
    with pytest.raises(errors.ServerError) as caught:
        await client.transcripts.get("t1")
    assert len(service.received) == QUICK.reads
    assert caught.value.detail == "502 Bad Gateway"


async def test_a_login_page_is_not_taken_for_an_answer(service: ScriptedService, client: Client) -> None:
    service.on("GET", "*", reply(b"<html>Welcome to the hotel</html>"))
    with pytest.raises(errors.ResponseError):
        await client.transcripts.get("t1")
    with pytest.raises(errors.ResponseError, match="not from the API"):
        await client.transcripts.sentences("t1")


async def test_an_unreachable_host_is_named() -> None:
    async with Client(endpoint_at("http://127.0.0.1:9"), policy=QUICK) as client:
        with pytest.raises(errors.NetworkError, match=r"127\.0\.0\.1 cannot be reached"):
            await client.transcripts.get("t1")
    async with Client(endpoint_at("http://nowhere.invalid"), policy=QUICK) as client:
        with pytest.raises(errors.NetworkError, match=r"nowhere\.invalid cannot be reached"):
            await client.transcripts.get("t1")


async def test_no_error_shows_the_key(service: ScriptedService, client: Client) -> None:
    """Not in messages, nor in any local variable of any frame that hangs on the exception."""
    service.on("GET", "/v2/transcript/echo", reply({"error": f"bad key {KEY}"}, 401))
    service.on("GET", "/v2/transcript/reset", RESET)
    service.on("GET", "/v2/transcript/fail", HTML_502)
    service.on("POST", "/v2/*", RESET)
    service.on("GET", "/v2/transcript", RESET)
    for call in (
        client.transcripts.get("echo"),
        client.transcripts.get("reset"),
        client.transcripts.get("fail"),
        client.transcripts.upload(b"RIFF" + bytes(100)),
        client.transcripts.submit("https://example.org/a.mp3"),
    ):
        with pytest.raises(errors.AaiError) as caught:
            await call
        shown = "".join(
            traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        )
        assert KEY not in shown
        assert KEY not in str(caught.value)
        assert caught.value.__context__ is None or isinstance(caught.value.__context__, errors.AaiError)


async def test_the_key_shows_in_no_repr(client: Client) -> None:
    assert KEY not in repr(client) + repr(client.http) + repr(client.endpoint) + repr(vars(client.http))


async def test_a_key_that_cannot_be_a_header_is_refused_without_showing_it(service: ScriptedService) -> None:
    async with Client(endpoint_at(service.url, "my secret\nkey"), policy=QUICK) as client:
        with pytest.raises(errors.AuthenticationError) as caught:
            await client.transcripts.get("t1")
    assert "secret" not in str(caught.value)
    assert not service.received


async def test_redirects_are_not_followed_with_the_key(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1", reply(None, 302, headers={"location": "https://evil.example/x"}))
    with pytest.raises(errors.BadRequestError, match=r"evil\.example"):
        await client.transcripts.get("t1")
    assert len(service.received) == 1


async def test_other_hosts_never_see_the_key(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/elsewhere", reply({}))
    other = service.url.replace("127.0.0.1", "localhost")
    await client.http.request("GET", "/elsewhere", base_url=other)
    assert "authorization" not in service.received[0].headers


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    service.on("GET", "/v2/transcript/t1", reply(JOB))
    async with Client(endpoint_at(service.url), policy=QUICK) as client:
        assert (await client.transcripts.get("t1")).id == "t1"


def test_a_client_is_made_from_settings_and_arguments() -> None:
    with pytest.raises(errors.AuthenticationError, match="no API key"):
        Client()
    settings.set("api_key", KEY)
    assert Client().endpoint.base_url == "https://api.assemblyai.com"
    other = Client(api_key="another-key-another-key", region="eu")
    assert other.endpoint.base_url == "https://api.eu.assemblyai.com"
    assert other.endpoint.api_key.reveal() == "another-key-another-key"
    assert settings.region == "global"


@pytest.mark.parametrize(
    ("call", "fault", "again"),
    [
        (Call.READ, FailedAttempt(errors.NetworkError("x"), transient=True, maybe_done=True), True),
        (Call.UPLOAD, FailedAttempt(errors.ServerError("x"), transient=True, maybe_done=True), True),
        (Call.SUBMIT, FailedAttempt(errors.NetworkError("x"), transient=True, maybe_done=True), False),
        (Call.SUBMIT, FailedAttempt(errors.NetworkError("x"), transient=True), True),
        (Call.SUBMIT, FailedAttempt(errors.RateLimitError("x"), transient=True, refused=True), True),
        (Call.READ, FailedAttempt(errors.BadRequestError("x")), False),
    ],
)
async def test_what_may_be_repeated(call: Call, fault: FailedAttempt, again: bool) -> None:
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise fault

    policy = RetryPolicy(first=0.001, longest=0.001)
    if again:
        await policy.retrying(call)(attempt)
        assert attempts == 2
    else:
        with pytest.raises(FailedAttempt):
            await policy.retrying(call)(attempt)
        assert attempts == 1


async def test_requests_stay_below_the_documented_rate() -> None:
    now = 0.0
    turns: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    throttle = Throttle(clock=lambda: now, sleep=sleep)
    while now < 300:
        await throttle.turn()
        turns.append(now)
    assert 15_000 < len(turns) < 20_000

    throttle.pause(30)
    before = now
    await throttle.turn()
    assert now >= before + 30


async def test_a_cancelled_request_ends_at_once(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1", reply(JOB, delay=1.0))
    task = asyncio.create_task(client.transcripts.get("t1"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
