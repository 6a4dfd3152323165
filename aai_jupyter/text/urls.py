"""URLs that this process may open: the one place that says which.

A URL that its user typed may lead anywhere. One that came out of a file, an answer or a redirect may not
lead to what only this machine or its network can reach.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

_UNPRINTED = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_SIGNED_PREFIXES = ("x-amz-", "x-goog-")
_SIGNATURES = (
    ({"awsaccesskeyid", "signature"}, {"awsaccesskeyid", "signature", "expires"}),
    ({"googleaccessid", "signature"}, {"googleaccessid", "signature", "expires"}),
    ({"key-pair-id", "signature"}, {"key-pair-id", "signature", "expires", "policy"}),
    (
        {"sig", "sv", "se"},
        {
            "sig",
            "sv",
            "se",
            "st",
            "sp",
            "sr",
            "spr",
            "sip",
            "ss",
            "srt",
            "sdd",
            "saoid",
            "suoid",
            "scid",
            "skoid",
        }
        | {"sktid", "skt", "ske", "sks", "skv", "ses"},
    ),
)
"""Parameters by which a signature is recognised, and all that belong to it, in lower case."""
_INTERNAL = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")


def is_web_url(value: object) -> bool:
    """Whether this is an ``http`` or ``https`` URL that libraries agree on: host, port, no hidden characters.

    Examples
    --------
    >>> is_web_url("https://example.org/talk.mp3"), is_web_url("concat:a|b"), is_web_url("http://h:99999/")
    (True, False, False)
    """
    if not isinstance(value, str) or _UNPRINTED.search(value):
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        named = bool(host) and ("%" not in host or ":" in host)  # a zone of IPv6, or letters in disguise
        return parts.scheme in ("http", "https") and named and parts.port != 0
    except ValueError:  # brackets that hold no address, a port that is none
        return False


def stable_address(url: str) -> str:
    """The address of what lies behind a URL: without a signature, which is another one each time.

    Signatures of Amazon S3 and CloudFront, Google Cloud Storage and Azure are known; the version of an object
    stays. A fragment is never sent to a server. What is no URL stays as it is.

    Examples
    --------
    >>> stable_address("https://Calls.s3.amazonaws.com:443/1.mp3?versionId=7&X-Amz-Date=1&X-Amz-Signature=2#t=5")
    'https://calls.s3.amazonaws.com/1.mp3?versionId=7'
    >>> stable_address("https://example.org/get?id=7&sig=2")  # not a signature of Azure
    'https://example.org/get?id=7&sig=2'
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url
    if not host:
        return url
    login, at, _ = parts.netloc.rpartition("@")
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}.get(parts.scheme):
        shown += f":{port}"
    pieces = parts.query.split("&")
    names = {piece.partition("=")[0].lower() for piece in pieces}
    signed = {name for name in names if name.startswith(_SIGNED_PREFIXES)}
    signed |= next((group & names for needed, group in _SIGNATURES if needed <= names), set())
    query = "&".join(piece for piece in pieces if piece.partition("=")[0].lower() not in signed)
    return urlunsplit((parts.scheme, login + at + shown, parts.path, query, ""))


def host_of(url: str) -> str:
    """The host of a URL, without port and name of a user; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_internal(host: str) -> bool:
    """Whether a host is, by its very text, this machine or one of a private network; names are not looked up.

    Examples
    --------
    >>> [is_internal(host) for host in ("127.0.0.1", "10.1.2.3", "::1", "localhost", "example.org")]
    [True, True, True, True, False]
    >>> is_internal("2130706433"), is_internal("0x7f.1")  # other ways to write 127.0.0.1
    (True, True)
    """
    host = host.rstrip(".").lower()
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        # No dot: a name of this network, or an address as one number. A last part that begins with a digit
        # is no name of the internet: systems read it as an address.
        last = host.rpartition(".")[2]
        return "." not in host or host.endswith(_INTERNAL) or last[:1].isdigit()
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global
