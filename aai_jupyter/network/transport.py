"""Requests through the proxy of their address, or directly."""

from __future__ import annotations

import ssl
from functools import cached_property
from types import TracebackType

import httpx

from aai_jupyter.network.certificates import tls_context
from aai_jupyter.network.direct_connections import DirectTransport
from aai_jupyter.network.proxies import Proxy, proxy_of


class ProxyFault(httpx.ProxyError):
    """The proxy cannot be reached, or does not let the request through; the target was never asked."""

    def __init__(self, proxy: Proxy, reason: str, request: httpx.Request, *, reached: bool) -> None:
        super().__init__(reason, request=request)
        self.proxy, self.reached = proxy, reached


class Routes(httpx.AsyncBaseTransport):
    """One connection pool for each proxy that is used, and one without.

    Parameters
    ----------
    expiry : float
        Seconds after which an idle connection is no longer used.
    trust_env : bool
        Whether variables and the system may name proxies and certificate authorities.
    """

    def __init__(self, *, expiry: float = 5.0, trust_env: bool = True) -> None:
        self._limits = httpx.Limits(
            max_connections=100, max_keepalive_connections=20, keepalive_expiry=expiry
        )
        self._trust_env = trust_env
        self._direct = DirectTransport(lambda: self._context, expiry=expiry)
        self._proxied: dict[Proxy, httpx.AsyncHTTPTransport] = {}

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return tls_context(trust_env=self._trust_env)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises
        ------
        NetworkError
            The certificate authority that the environment names cannot be read.
        """
        proxy = proxy_of(str(request.url), needs="socksio") if self._trust_env else None
        if proxy is None:
            return await self._direct.handle_async_request(request)
        if proxy not in self._proxied:
            self._proxied[proxy] = httpx.AsyncHTTPTransport(
                verify=self._context, limits=self._limits, proxy=proxy.url
            )
        try:
            return await self._proxied[proxy].handle_async_request(request)
        except httpx.ProxyError as error:
            raise ProxyFault(proxy, str(error), request, reached=True) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if _is_tls(error):
                raise  # the tunnel stands; what answers at its end is not trusted
            raise ProxyFault(proxy, str(error), request, reached=False) from error

    async def aclose(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()

    async def __aenter__(self) -> Routes:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
