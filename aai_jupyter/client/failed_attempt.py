"""Failed attempts from network errors and replies: the error, and whether to retry."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

import httpx

from aai_jupyter.client.responses import (
    Reply,
    is_own_refusal,
    is_rate_limit,
    retry_after,
    status_error,
)
from aai_jupyter.client.retry import FailedAttempt
from aai_jupyter.errors import NetworkError, RequestTimeoutError
from aai_jupyter.network.certificates import untrusted_hint
from aai_jupyter.network.proxies import variables_that_are_set
from aai_jupyter.network.transport import ProxyFault

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def network_fault(exc: Exception, host: str, scrub: Callable[[str], str]) -> FailedAttempt:
    """Make the failed attempt of a request without any reply.

    Parameters
    ----------
    exc : Exception
        Of httpx.
    host : str
        What errors call the host.
    scrub : callable
        Takes the key out of a text.
    """
    sent = not isinstance(exc, _NOT_SENT)
    reason = scrub(str(exc)).strip() or type(exc).__name__
    error: NetworkError
    untrusted = "CERTIFICATE" in reason
    if isinstance(exc, ProxyFault):
        error = _proxy_error(exc, host, reason)
    elif isinstance(exc, httpx.TimeoutException):
        what = "did not answer in time" if sent else "could not be reached in time"
        error = RequestTimeoutError(f"{host} {what}.")
    elif isinstance(exc.__cause__, ssl.SSLError) or untrusted:
        error = NetworkError(f"No trusted connection to {host}.", detail=reason, hint=untrusted_hint())
    elif sent:
        error = NetworkError(f"{host} broke off the connection.", detail=reason)
    else:
        error = NetworkError(f"{host} cannot be reached.", detail=reason, hint=_unreached_hint())
    transient = not untrusted and not isinstance(exc, httpx.InvalidURL)
    return FailedAttempt(error, transient=transient, maybe_done=sent)


def _proxy_error(exc: ProxyFault, host: str, reason: str) -> NetworkError:
    proxy = exc.proxy
    direct = f"NO_PROXY={host} reaches {host} without it"
    if not exc.reached:
        return NetworkError(
            f"The proxy {proxy.shown} ({proxy.variable}) cannot be reached.",
            detail=reason,
            hint=f"Correct or unset {proxy.variable}; {direct}.",
        )
    login = "It wants a user name and password. " if "407" in reason else ""
    return NetworkError(
        f"The proxy {proxy.shown} ({proxy.variable}) does not connect to {host}.",
        detail=reason,
        hint=f"{login}Correct {proxy.variable}; {direct}.",
    )


def _unreached_hint() -> str | None:
    """Names the variables that may be the reason; None for the usual hint."""
    found = variables_that_are_set()
    if not found:
        return None
    return (
        f"Check the connection and the host (%aai_status). {' and '.join(found)} "
        f"{'are' if len(found) > 1 else 'is'} set: no proxy is used for this host."
    )


def status_fault(reply: Reply, host: str, region: str, scrub: Callable[[str], str]) -> FailedAttempt:
    """Make the failed attempt of an error reply; parameters as in :func:`network_fault`."""
    # A server or proxy may send back what it was sent, anywhere.
    headers = {name: scrub(value) for name, value in reply.headers.items()}
    content = scrub(reply.content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    error = status_error(reply.status, content, headers, host=host, region=region)
    limited = is_rate_limit(reply.status, error.detail, reply.content)
    broken = reply.status >= 500 or reply.status == 408
    refused = limited or reply.status == 503
    return FailedAttempt(
        error,
        transient=limited or broken,
        maybe_done=not refused and broken,
        refused=refused,
        by_service=400 <= reply.status < 500 and reply.status != 408 and is_own_refusal(reply.content),
        wait=retry_after(reply.headers, time.time()) if refused else None,
        headers=headers,
    )
