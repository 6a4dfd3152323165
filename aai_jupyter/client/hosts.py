"""Which hosts are the endpoint's: only they are shown the key, and errors call them by name."""

from __future__ import annotations

import re
from collections.abc import Generator
from urllib.parse import urlsplit

import httpx

from aai_jupyter.client.responses import Reply
from aai_jupyter.errors import AuthenticationError
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from aai_jupyter.text.loopback import is_loopback_url


class _KeyAuth(httpx.Auth):
    """Adds the key at the last moment, so that no frame of ours holds it as a plain string."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._key.reveal()
        yield request


class Hosts:
    """The hosts of one endpoint, and what they may know.

    Parameters
    ----------
    endpoint : Endpoint

    Examples
    --------
    >>> urls = "https://api.example", "wss://live.example", "https://llm.example"
    >>> hosts = Hosts(Endpoint(*urls, ApiKey("k")))
    >>> hosts.auth("https://elsewhere.example/a.wav") is None, hosts.auth("https://api.example/v2") is None
    (True, False)
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._origins = {
            _origin(url)
            for url in (
                endpoint.base_url,
                endpoint.llm_gateway_base_url,
                endpoint.streaming_base_url,
                endpoint.sync_base_url,
            )
        }

    def auth(self, url: str) -> httpx.Auth | None:
        """The key, if this is a host of the endpoint; other hosts never see it."""
        key = self._endpoint.api_key
        if _origin(url) not in self._origins or not key:
            return None
        if not re.fullmatch(r"[\x21-\x7e]+", key.reveal()):
            raise AuthenticationError(
                "The API key has spaces or letters that no key has.", hint="Copy it again, without quotes."
            )
        return _KeyAuth(key)

    def scrub(self, text: str) -> str:
        """A text without the key."""
        key = self._endpoint.api_key.reveal()
        return text.replace(key, str(self._endpoint.api_key)) if key else text

    def scrubbed(self, reply: Reply) -> Reply:
        """A reply without the key: a server or proxy may send back what it was sent."""
        key = self._endpoint.api_key.reveal().encode()
        if not key or (
            key not in reply.content and all(key.decode() not in one for one in reply.headers.values())
        ):
            return reply
        headers = {name: self.scrub(value) for name, value in reply.headers.items()}
        masked = str(self._endpoint.api_key).encode()
        return Reply(reply.status, headers, reply.content.replace(key, masked))

    def name_of(self, url: str) -> str:
        """What errors call the host: the engine's address says nothing to a person."""
        local = self._endpoint.local and is_loopback_url(url)
        return "The local engine" if local else urlsplit(url).hostname or url


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(scheme)
