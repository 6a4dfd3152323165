"""One connection pool; timeouts, retries and errors of requests. `hosts` knows who may see the key."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from aai_jupyter._version import __version__
from aai_jupyter.client.failed_attempt import network_fault, status_fault
from aai_jupyter.client.hosts import Hosts
from aai_jupyter.client.responses import Reply
from aai_jupyter.client.retry import Call, FailedAttempt, RetryPolicy, Throttle
from aai_jupyter.errors import AaiError, AccessError, RateLimitError
from aai_jupyter.network.addresses import leads_inside
from aai_jupyter.network.http_client import UNPACKED, http_client, is_packed
from aai_jupyter.settings.endpoint import Endpoint
from aai_jupyter.text.loopback import is_loopback_url
from aai_jupyter.text.urls import is_web_url

USER_AGENT = f"AssemblyAI/1.0 (integration=aai_jupyter/{__version__})"

_MAX_REDIRECTS = 10
# Below the 5 s after which many servers drop an idle connection: a request sent into such a drop is lost
# without anybody knowing whether it was carried out.
_KEEP_IDLE = 4.0
_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)
# One write is one chunk, and the reply comes when the service has stored the whole file.
_UPLOAD_TIMEOUT = httpx.Timeout(300.0, connect=10.0, pool=None)
# The service answers a clip within 30 s, or gives up; the engine may be slow, and is not paid.
CLIP_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=None)
LOCAL_CLIP_TIMEOUT = httpx.Timeout(600.0, connect=10.0, pool=None)
# A model may think for minutes before its first token.
MODEL_TIMEOUT = httpx.Timeout(300.0, connect=10.0, pool=None)

Progress = Callable[[int, int | None], None]


class Http:
    """Requests to the hosts of one endpoint.

    Parameters
    ----------
    endpoint : Endpoint
    policy : RetryPolicy, optional
    common_pause : bool
        Hold back all requests after "too many requests". Not where limits count by model.
    """

    def __init__(
        self, endpoint: Endpoint, *, policy: RetryPolicy | None = None, common_pause: bool = True
    ) -> None:
        self.endpoint = endpoint
        self.policy = policy or RetryPolicy()
        self._common_pause = common_pause
        self.throttle = Throttle()
        self._hosts = Hosts(endpoint)
        # A proxy of the company cannot reach the engine on this machine.
        self._client = http_client(
            headers={"User-Agent": USER_AGENT},
            timeout=_TIMEOUT,
            expiry=_KEEP_IDLE,
            trust_env=not is_loopback_url(endpoint.base_url),
        )

    def __repr__(self) -> str:
        return f"Http({self.endpoint.base_url!r})"

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        call: Call = Call.READ,
        base_url: str | None = None,
    ) -> Reply:
        """Send, retry as `call` allows, and give the reply.

        Raises
        ------
        AaiError
            The subclass that fits the status, or NetworkError without any reply.
        """
        try:
            return await self.call(method, path, params=params, json=json, call=call, base_url=base_url)
        except FailedAttempt as fault:
            error = fault.error
        raise error  # outside `except`: no frame of the HTTP library, which holds the headers, hangs on it

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        call: Call = Call.READ,
        base_url: str | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Reply:
        """Like :meth:`request`, but raises the last :class:`FailedAttempt`: it knows more than its error.

        ``before`` is awaited before each attempt; what it raises ends the call.
        """
        headers = {"Content-Type": "application/json"} if json is not None else {}
        content = msgspec.json.encode(json) if json is not None else None
        url = (base_url or self.endpoint.base_url) + path
        query = {k: v for k, v in (params or {}).items() if v is not None}

        async def attempt() -> Reply:
            if before is not None:
                await before()
            return await self._attempt(method, url, query, headers, content, _TIMEOUT)

        return await self.policy.retrying(call)(attempt)

    async def once(
        self, method: str, path: str, *, json: Any = None, base_url: str, limits: httpx.Timeout = _TIMEOUT
    ) -> Reply:
        """One attempt, for callers with rules of their own; raises :class:`FailedAttempt`."""
        headers = {"Content-Type": "application/json"} if json is not None else {}
        content = msgspec.json.encode(json) if json is not None else None
        return await self._attempt(method, base_url + path, {}, headers, content, limits)

    async def post(
        self,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        base_url: str,
        limits: httpx.Timeout = _TIMEOUT,
        call: Call = Call.SUBMIT,
    ) -> Reply:
        """POST bytes, retry as `call` allows, and give the reply; raises as :meth:`request` does."""

        async def attempt() -> Reply:
            return await self._attempt("POST", base_url + path, {}, headers, content, limits)

        try:
            return await self.policy.retrying(call)(attempt)
        except FailedAttempt as fault:
            error = fault.error
        raise error

    async def post_once(
        self,
        path: str,
        content: AsyncIterable[bytes],
        headers: Mapping[str, str],
        *,
        base_url: str,
        limits: httpx.Timeout = _TIMEOUT,
    ) -> Reply:
        """POST a body that is made while it is sent, and so only once; raises :class:`FailedAttempt`."""
        return await self._attempt("POST", base_url + path, {}, headers, content, limits)

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, *, json: Any, base_url: str, limits: httpx.Timeout = _TIMEOUT
    ) -> AsyncIterator[tuple[Mapping[str, str], AsyncIterator[bytes]]]:
        """POST once; the reply's headers, and its bytes as they come. Raises :class:`FailedAttempt`."""
        url = base_url + path
        host = self._hosts.name_of(url)
        await self.throttle.turn()
        trouble: Exception | None = None
        answered = False
        try:
            async with self._client.stream(
                "POST",
                url,
                headers={"Content-Type": "application/json", "Accept": "text/event-stream"},
                content=msgspec.json.encode(json),
                timeout=limits,
                auth=self._hosts.auth(url),
                follow_redirects=False,
            ) as response:
                answered = True
                if response.is_success:
                    yield response.headers, response.aiter_bytes()
                else:
                    reply = Reply(response.status_code, response.headers, await response.aread())
                    trouble = self._status_fault(reply, host)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            trouble = self._network_fault(exc, host)
        except AaiError as exc:
            if answered:
                raise  # of whoever reads the answer
            trouble = exc  # before a connection is made: offline lock, proxy variable, certificates
        if trouble is not None:
            raise _clean(trouble)

    async def upload(
        self,
        path: str,
        body: Callable[[], contextlib.AbstractAsyncContextManager[AsyncIterable[bytes] | bytes]],
        size: int | None,
    ) -> Reply:
        """POST a body that is read anew for every attempt."""
        headers = {"Content-Type": "application/octet-stream"}
        if size is not None:
            headers["Content-Length"] = str(size)

        async def attempt() -> Reply:
            async with body() as chunks:
                url = self.endpoint.base_url + path
                return await self._attempt("POST", url, {}, headers, chunks, _UPLOAD_TIMEOUT)

        try:
            return await self.policy.retrying(Call.UPLOAD)(attempt)
        except FailedAttempt as fault:
            error = fault.error
        raise error

    async def _attempt(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any],
        headers: Mapping[str, str],
        content: bytes | AsyncIterable[bytes] | None,
        limits: httpx.Timeout,
    ) -> Reply:
        host = self._hosts.name_of(url)
        await self.throttle.turn()
        trouble: Exception
        try:
            response = await self._client.request(
                method,
                url,
                params=params,
                headers=headers,
                content=content,
                timeout=limits,
                auth=self._hosts.auth(url),
                follow_redirects=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            trouble = self._network_fault(exc, host)
        except AaiError as exc:  # of the body's reader, or before a connection is made
            trouble = exc
        else:
            reply = Reply(response.status_code, response.headers, response.content)
            if response.is_success:
                return self._hosts.scrubbed(reply)
            trouble = self._status_fault(reply, host)
        raise _clean(trouble)

    def _network_fault(self, exc: Exception, host: str) -> FailedAttempt:
        return network_fault(exc, host, self._hosts.scrub)

    def _status_fault(self, reply: Reply, host: str) -> FailedAttempt:
        fault = status_fault(reply, host, self.endpoint.region, self._hosts.scrub)
        limited = isinstance(fault.error, RateLimitError)
        if self._common_pause and limited and fault.wait is not None and fault.wait < self.policy.total:
            self.throttle.pause(fault.wait)
        return fault

    async def download(self, url: str, path: Path, *, progress: Progress | None = None) -> Path:
        """Stream a public or pre-signed URL into a file, without the key; the file appears when it is whole.

        Raises
        ------
        AaiError
            No such file, expired address, broken connection.
        OSError
            The file cannot be written.
        """

        async def attempt() -> Path:
            return await self._download_once(url, path, progress)

        try:
            return await self.policy.retrying(Call.READ)(attempt)
        except FailedAttempt as fault:
            error = fault.error
        raise error

    @contextlib.asynccontextmanager
    async def _following(self, url: str) -> AsyncIterator[httpx.Response]:
        """GET an address that came out of an answer, and what it redirects to: never this machine's network.

        Unless the service itself is there, as the local engine is.
        """
        inside = await leads_inside(self.endpoint.base_url)
        for _ in range(_MAX_REDIRECTS):
            if not is_web_url(url) or (not inside and await leads_inside(url)):
                raise AccessError(
                    f"{self._hosts.name_of(self.endpoint.base_url)} names an address of this machine's "
                    "network for a file; it is not opened."
                )
            async with self._client.stream("GET", url, headers=UNPACKED, follow_redirects=False) as response:
                if not response.has_redirect_location or response.next_request is None:
                    yield response
                    return
                url = str(response.next_request.url)
        raise AccessError(f"{self._hosts.name_of(url)} redirects too often.")

    async def _download_once(self, url: str, path: Path, progress: Progress | None) -> Path:
        host = self._hosts.name_of(url)
        part = path.with_name(path.name + ".part")
        try:
            async with self._following(url) as response:
                if response.is_success:
                    await _save(response, part, progress)
                    os.replace(part, path)
                    return path
                fault = self._status_fault(
                    Reply(response.status_code, response.headers, await response.aread()), host
                )
                if response.status_code == 403:  # storage says so of an address whose time is over
                    fault = FailedAttempt(
                        AccessError(f"{host} does not give the file.", detail=fault.error.detail, status=403)
                    )
                trouble: Exception = fault
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            trouble = self._network_fault(exc, host)
        except AaiError as exc:  # refused before it was asked
            trouble = exc
        finally:
            part.unlink(missing_ok=True)
        raise _clean(trouble)


async def _save(response: httpx.Response, path: Path, progress: Progress | None) -> None:
    if is_packed(response):
        raise AccessError(f"{response.url.host} sends the file packed (Content-Encoding); it is not opened.")
    length = response.headers.get("content-length", "")
    total = int(length) if length.isdigit() else None
    file = await asyncio.to_thread(path.open, "wb")
    with file:
        async for chunk in response.aiter_raw(1 << 18):
            await asyncio.to_thread(file.write, chunk)
            if progress:
                progress(response.num_bytes_downloaded, total)


def _clean(exc: Exception) -> Exception:
    exc.__context__ = exc.__cause__ = None
    return exc.with_traceback(None)
