"""Session on the real-time web socket: authentication, messages and the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from aai_jupyter.client.http import USER_AGENT, Http
from aai_jupyter.client.options.catalog.streaming_vocabulary import Auth
from aai_jupyter.client.streaming.close_codes import BUSY, LOST, NORMAL, Closed
from aai_jupyter.client.streaming.events import Begin, Event, ServiceError, decode_event
from aai_jupyter.errors import AaiError, AuthenticationError, NetworkError, OptionError, ResponseError
from aai_jupyter.network.proxies import proxy_of
from aai_jupyter.network.web_socket import open_web_socket
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.loopback import is_loopback

API_VERSION = "2025-05-12"
TOKEN_SECONDS = (1, 600)
SESSION_SECONDS = (60, 10800)
_AFTER_ERROR = 1.0  # for the close that follows an Error; it says nothing new
_LARGEST = 16 << 20  # a revision of three hours' words


async def mint_token(
    http: Http, *, expires_in_seconds: int = 60, max_session_duration_seconds: int | None = None
) -> str:
    """Mint a temporary token that opens a session without the key.

    Parameters
    ----------
    expires_in_seconds : int
        1 to 600: how long it may be used to open one.
    max_session_duration_seconds : int, optional
        60 to 10800: how long the session may last.

    Raises
    ------
    OptionError, AaiError
    """
    for name, value, (low, high) in (
        ("expires_in_seconds", expires_in_seconds, TOKEN_SECONDS),
        ("max_session_duration_seconds", max_session_duration_seconds, SESSION_SECONDS),
    ):
        if value is not None and not low <= value <= high:
            raise OptionError(f"{name} must be from {low} to {high}, not {value}.")
    reply = await http.request(
        "GET",
        "/v3/token",
        params={
            "expires_in_seconds": expires_in_seconds,
            "max_session_duration_seconds": max_session_duration_seconds,
        },
        base_url=_http_url(http.endpoint.streaming_base_url),
    )
    try:
        found: str = msgspec.json.decode(reply.content, type=dict[str, Any])["token"]
        return found
    except (*NOT_JSON, KeyError):
        raise ResponseError("The service's answer holds no token.") from None


def _http_url(url: str) -> str:
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url


class Connection:
    """Open session on one socket.

    Attributes
    ----------
    begin : Begin
        The service's first message.
    opened : float
        Monotonic seconds.
    heard : float
        When the last message came, monotonic seconds.
    """

    def __init__(self, socket: ClientConnection, opened: float) -> None:
        self._socket = socket
        self.opened = self.heard = opened
        self.begin = Begin()
        self.error: ServiceError | None = None

    @property
    def session_id(self) -> str | None:
        return self.begin.id

    async def send(self, message: bytes | Mapping[str, Any]) -> None:
        """Send audio, or a message as JSON.

        Raises
        ------
        Closed
        """
        data = message if isinstance(message, bytes) else msgspec.json.encode(message).decode()
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            closed = self._closed(error)
        else:
            return
        raise closed

    async def receive(self) -> Event:
        """Receive the next message.

        Raises
        ------
        Closed
        """
        while True:
            try:
                async with asyncio.timeout(_AFTER_ERROR if self.error is not None else None):
                    text = await self._socket.recv()
            except TimeoutError:
                assert self.error is not None
                closed = Closed(self.error.error_code or LOST, self.error.error, self.session_id)
            except ConnectionClosed as error:
                closed = self._closed(error)
            else:
                self.heard = time.monotonic()
                try:
                    event = decode_event(text)
                except ValueError:
                    continue  # not JSON: nothing that could be understood later either
                if isinstance(event, ServiceError):
                    self.error = event
                return event
            raise closed

    def _closed(self, error: ConnectionClosed) -> Closed:
        code = error.rcvd.code if error.rcvd is not None else LOST
        text = error.rcvd.reason if error.rcvd is not None else "no close frame received"
        if self.error is not None:  # its close frame only says to look here
            code = self.error.error_code or code
            text = self.error.error
        if code in (1005, NORMAL):
            code = NORMAL
        return Closed(code, text, self.session_id)

    async def answers(self, wait: float) -> bool:
        """Whether the other side answers a ping within so many seconds."""
        with contextlib.suppress(TimeoutError, WebSocketException, OSError):
            async with asyncio.timeout(wait):
                await (await self._socket.ping())
            return True
        return False

    async def close(self, wait: float = 1.0) -> None:
        """Close the socket; abort it when the other side does not answer in time."""
        with contextlib.suppress(TimeoutError, WebSocketException, OSError):
            async with asyncio.timeout(wait):
                await self._socket.close()
        if transport := getattr(self._socket, "transport", None):
            transport.abort()


async def open_connection(
    http: Http,
    query: Mapping[str, str],
    *,
    auth: Auth = "header",
    token: str | None = None,
    patience: float = 10.0,
) -> Connection:
    """Connect and wait for ``Begin``.

    Parameters
    ----------
    auth : {"header", "token", "query", "message"}
        How the key goes: ``Authorization`` header; a temporary token minted with it; as ``token`` in the
        query; in a first message. `token` (a temporary one) is used as it is.
    patience : float
        Seconds for the connection and again for ``Begin``.

    Raises
    ------
    Closed
        The service ended it, or did not answer (1006).
    AaiError
        The key is missing, or the host does not take real-time sessions.
    """
    if not http.endpoint.api_key and token is None:
        raise AuthenticationError("There is no API key.")
    if auth == "token" and token is None:
        token = await mint_token(http)
    found = await _opened(http.endpoint, query, auth, token, patience)
    if isinstance(found, Exception):
        # Raised here so that no frame that holds the key or the URL hangs on it.
        found.__context__ = found.__cause__ = None
        raise found.with_traceback(None)
    try:
        return await _begun(found, patience)
    except BaseException:
        await found.close(0.2)
        raise


async def _opened(
    endpoint: Endpoint, query: Mapping[str, str], auth: Auth, token: str | None, patience: float
) -> Connection | Exception:
    """Return the connection, or the error that there is instead."""
    headers = {"AssemblyAI-Version": API_VERSION}
    parts = dict(query)
    if token is not None:
        parts["token"] = token
    elif auth == "query":
        parts["token"] = endpoint.api_key.reveal()
    elif auth == "header":
        headers["Authorization"] = endpoint.api_key.reveal()
    url = f"{endpoint.streaming_base_url}/v3/ws?{urlencode(parts)}"
    try:
        connection = await _connect(url, headers, patience)
        if auth == "message" and token is None:
            key = endpoint.api_key.reveal()
            await connection.send({"type": "Authorization", "authorization": key})
    except (Closed, AaiError) as error:
        return _without(error, endpoint.api_key.reveal(), parts.get("token", ""))
    except Exception as error:  # noqa: BLE001 (of any library below: its frames hold the key)
        host = urlsplit(url).hostname
        fault = NetworkError(f"{host} cannot be reached.", detail=f"{type(error).__name__}: {error}")
        return _without(fault, endpoint.api_key.reveal(), parts.get("token", ""))
    return connection


def _without(error: Closed | AaiError, *secrets: str) -> Closed | AaiError:
    """The same error without the key or a token: a server or proxy may send back what it was sent."""
    for secret in filter(None, secrets):
        for name in ("message", "detail", "hint", "request_id", "text"):
            if isinstance(text := getattr(error, name, None), str):
                setattr(error, name, text.replace(secret, str(ApiKey(secret))))
        error.args = tuple(
            text.replace(secret, str(ApiKey(secret))) if isinstance(text, str) else text
            for text in error.args
        )
    return error


async def _connect(url: str, headers: dict[str, str], patience: float) -> Connection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = proxy_of(f"{parts.scheme}://{parts.netloc}", needs="python_socks")
    began = time.monotonic()
    try:
        socket = await open_web_socket(
            url,
            headers,
            user_agent_header=USER_AGENT,
            open_timeout=patience,
            compression=None,  # audio does not get smaller, and short messages would cost more time
            max_size=_LARGEST,
            max_queue=64,
            # This machine is not out of reach; an engine that is busy answers late.
            ping_interval=None if is_loopback(host) else 10,
            ping_timeout=20,
            proxy=proxy.url if proxy is not None else None,
        )
    except InvalidStatus as error:
        raise _refused(error.response.status_code, bytes(error.response.body or b""), host) from None
    except (OSError, WebSocketException, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        by = f" by the proxy {proxy.shown} ({proxy.variable})" if proxy is not None else ""
        raise Closed(LOST, f"{host} cannot be reached{by}: {reason}") from None
    return Connection(socket, began)


def _refused(status: int, body: bytes, host: str) -> Exception:
    detail = body[:300].decode(errors="replace").strip() or None
    if 300 <= status < 400:
        return AaiError(
            f"{host} answered with a redirect, which is not followed.",
            status=status,
            hint="Set streaming_base_url to the real host.",
        )
    if status in (401, 403):
        return AuthenticationError(f"{host} refused the connection.", detail=detail, status=status)
    if status == 429 or status >= 500:
        return Closed(BUSY, f"HTTP {status} {detail or ''}".strip())
    return AaiError(
        f"{host} does not take real-time sessions.",
        detail=detail,
        status=status,
        hint="Check the setting streaming_base_url (%aai_status).",
    )


async def _begun(connection: Connection, patience: float) -> Connection:
    try:
        async with asyncio.timeout(patience):
            while True:
                event = await connection.receive()
                if isinstance(event, Begin):
                    connection.begin = event
                    return connection
    except TimeoutError:
        raise Closed(LOST, f"no Begin within {patience:g} s") from None
