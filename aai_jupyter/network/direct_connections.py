"""Direct connections for httpx, taken from a stack of idle ones.

httpcore's own pool looks at all its connections and all that waits whenever a request begins or ends: with a
hundred at once that costs several times what the request itself does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cached_property

import httpcore
import httpx

from aai_jupyter.network.asyncio_streams import AsyncioBackend


class DirectTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections to their hosts; a connection serves one request after another.

    Parameters
    ----------
    context : callable
        Gives the context for https, when the first connection needs it: making one reads all certificates.
    most : int
        Connections at once; further requests wait.
    idle : int
        Idle connections that are kept for each host.
    expiry : float
        Seconds after which an idle one is no longer used.
    """

    def __init__(
        self, context: Callable[[], ssl.SSLContext], *, most: int = 100, idle: int = 32, expiry: float = 4.0
    ) -> None:
        self._places = asyncio.Semaphore(most)
        self._keep, self._expiry = idle, expiry
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = defaultdict(list)
        self._make_context = context
        self._backend = AsyncioBackend()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the connection is free again when the response is closed."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = httpcore.Request(
            request.method,
            target,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        await self._places.acquire()
        connection = None
        try:
            connection = await self._connection(target.origin)
            with _as_httpx():
                response = await connection.handle_async_request(sent)
        except BaseException:
            self._places.release()
            if connection is not None and not connection.is_closed():
                await connection.aclose()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(self, target.origin, connection, response),
            extensions=response.extensions,
        )

    async def _connection(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        while idle := self._idle[str(origin)]:
            connection = idle.pop()
            if connection.is_idle() and not connection.has_expired():
                return connection
            await connection.aclose()
        context = self._tls if origin.scheme == b"https" else None
        return httpcore.AsyncHTTPConnection(
            origin, context, keepalive_expiry=self._expiry, network_backend=self._backend
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._make_context()

    async def give_back(self, origin: httpcore.Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection for the next request, or close it."""
        self._places.release()
        idle = self._idle[str(origin)]
        if connection.is_idle() and len(idle) < self._keep:
            idle.append(connection)
        elif not connection.is_closed():
            await connection.aclose()

    async def aclose(self) -> None:
        """Close the idle connections; those in use are closed by their responses."""
        self._keep = 0
        for idle in self._idle.values():
            while idle:
                await idle.pop().aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(
        self,
        transport: DirectTransport,
        origin: httpcore.Origin,
        connection: httpcore.AsyncHTTPConnection,
        response: httpcore.Response,
    ) -> None:
        self._transport, self._origin = transport, origin
        self._connection, self._response = connection, response
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            with _as_httpx():
                await self._response.aclose()
        finally:
            await self._transport.give_back(self._origin, self._connection)


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise the exception of httpx for that of httpcore: it has one of the same name for each."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
    ) as error:
        for kind in type(error).__mro__:
            found = getattr(httpx, kind.__name__, None)
            if isinstance(found, type) and issubclass(found, httpx.HTTPError):
                raise found(str(error)) from error
        raise httpx.TransportError(str(error)) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
