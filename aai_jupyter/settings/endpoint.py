"""Endpoint: hosts by region, and a key that is masked wherever it is shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from aai_jupyter.text.public_class import public

HOSTS: dict[str, dict[str, str]] = {
    "global": {
        "base_url": "https://api.assemblyai.com",
        "streaming_base_url": "wss://streaming.assemblyai.com",
        "llm_gateway_base_url": "https://llm-gateway.assemblyai.com",
        "sync_base_url": "https://sync.assemblyai.com",
    },
    "us": {
        "base_url": "https://api.assemblyai.com",
        "streaming_base_url": "wss://streaming.us.assemblyai.com",
        "llm_gateway_base_url": "https://llm-gateway.assemblyai.com",
        "sync_base_url": "https://sync.us.assemblyai.com",
    },
    "eu": {
        "base_url": "https://api.eu.assemblyai.com",
        "streaming_base_url": "wss://streaming.eu.assemblyai.com",
        "llm_gateway_base_url": "https://llm-gateway.eu.assemblyai.com",
        "sync_base_url": "https://sync.eu.assemblyai.com",
    },
}
"""Hosts of the four services by region. One ``region`` setting moves all of them.

Recordings and the Gateway have no ``.us.`` host: that of recordings is in the US, of the Gateway nothing is
promised. So the cache keys of recordings are the same for ``global`` and ``us``.
"""


class ApiKey:
    """An API key that is masked in repr, str, format and pickle.

    Examples
    --------
    >>> print(ApiKey("0123456789abcdef"), f"{ApiKey('0123456789abcdef')}")
    ••••cdef ••••cdef
    >>> bool(ApiKey(""))
    False
    """

    __module__ = "aai_jupyter"

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        """Return the key itself; for request headers only."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        # Short keys show nothing at all: four of eight letters would be half the secret.
        return ("••••" + self._value[-4:] if len(self._value) >= 16 else "••••") if self._value else "(none)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[type[ApiKey], tuple[str]]:
        return ApiKey, ("",)


def _fingerprint(identity: str) -> str:
    return hashlib.blake2b(identity.encode(), digest_size=8, person=b"aai_jupyter").hexdigest()


LOCAL_ACCOUNT = _fingerprint("local")
"""The account of the local engine: its token changes with every start, but its data stays."""


@public
@dataclass(frozen=True)
class Endpoint:
    """The hosts and the key of one client.

    ``sync_base_url``, the host of short clips, is that of recordings when it is left out: one server for all.
    """

    base_url: str
    streaming_base_url: str
    llm_gateway_base_url: str
    api_key: ApiKey
    local: bool = False
    region: str = "global"
    sync_base_url: str = ""

    def __post_init__(self) -> None:
        if not self.sync_base_url:
            object.__setattr__(self, "sync_base_url", self.base_url)

    @property
    def account(self) -> str:
        """Hash of host and key, for cache keys and the journal; the key cannot be recovered from it."""
        return LOCAL_ACCOUNT if self.local else _fingerprint(f"{self.base_url}\n{self.api_key.reveal()}")
