"""Whether an address is this machine, by its text alone: no name is looked up."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host is this machine.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "127.example.org", "")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def is_loopback_url(url: str) -> bool:
    """Whether the host of a URL is this machine; False for what is no URL.

    Examples
    --------
    >>> is_loopback_url("http://[::1]:8000/done"), is_loopback_url("http://127.example.org/")
    (True, False)
    """
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:  # brackets that hold no address
        return False
