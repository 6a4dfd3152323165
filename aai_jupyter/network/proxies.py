"""Proxies as environment variables and the system name them, one for each address.

Which hosts go without a proxy is the standard library's rule (``NO_PROXY``: names and their subdomains), and
addresses and networks beside it (``[::1]``, ``fd07:b51a::/64``, ``10.0.0.0/8``), as curl takes them. What
cannot be a proxy is an error that names the variable.
"""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from aai_jupyter.errors import MissingDependencyError, NetworkError
from aai_jupyter.text.loopback import is_loopback

SCHEMES = ("http", "https", "socks5", "socks5h")
SOCKS = {"socksio": "socksio", "python_socks": "python-socks"}
"""Packages that speak SOCKS, by import name: for requests, and for live speech."""


@dataclass(frozen=True)
class Proxy:
    """A proxy.

    Attributes
    ----------
    url : str
        With user name and password, if it has such.
    shown : str
        Without them.
    variable : str
        Where it is set.
    """

    url: str = field(repr=False)
    shown: str
    variable: str


def proxy_of(url: str, *, needs: str | None = None) -> Proxy | None:
    """Return the proxy of an address; None when it is reached directly.

    Parameters
    ----------
    needs : str, optional
        Import name of the package without which a SOCKS proxy cannot be used.

    Raises
    ------
    NetworkError
        The variable holds no proxy's address.
    MissingDependencyError
        It is a SOCKS proxy, and the package is not installed.

    Examples
    --------
    >>> proxy_of("http://127.0.0.1:8000") is None
    True
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    known = urllib.request.getproxies()
    name = next((name for name in (scheme, "all") if known.get(name)), None)
    if name is None or goes_direct(host, known.get("no", "")):
        return None
    found = _proxy(known[name].strip(), _variable(name))
    if needs is not None and found.url.startswith("socks") and find_spec(needs) is None:
        raise MissingDependencyError(
            f"{found.variable} names a SOCKS proxy ({found.shown}), which needs {SOCKS[needs]}.",
            hint=f"%pip install {' '.join(SOCKS.values())}, or unset {found.variable}.",
        )
    return found


def goes_direct(host: str, no_proxy: str) -> bool:
    """Whether ``NO_PROXY``, or the system, takes a host out.

    Examples
    --------
    >>> goes_direct("api.example.org", "localhost, example.org"), goes_direct("10.1.2.3", "10.0.0.0/8")
    (True, True)
    """
    entries = [entry.strip() for entry in no_proxy.split(",")]
    if "*" in entries:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return _bypassed(host, no_proxy)
    for entry in entries:
        try:
            if address in ip_network(entry.replace("[", "").replace("]", ""), strict=False):
                return True
        except (ValueError, TypeError):
            continue  # a name
    return _bypassed(host, no_proxy)


def _bypassed(host: str, no_proxy: str) -> bool:
    listed = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009 - typeshed does not know it
    named = listed(host, {"no": no_proxy})
    return bool(named or urllib.request.proxy_bypass(host))


def variables_that_are_set() -> list[str]:
    """Names of the proxy variables that are set, for a message; their values may hold passwords."""
    names = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
    return [found for name in names for found in (name, name.upper()) if os.environ.get(found)]


def _variable(name: str) -> str:
    for spelled in (f"{name}_proxy", f"{name.upper()}_PROXY"):  # the order of the standard library
        if os.environ.get(spelled):
            return spelled
    return "The system's setting for proxies"


def _proxy(text: str, variable: str) -> Proxy:
    text = text if "://" in text else f"http://{text}"
    wrong = NetworkError(
        f"{variable} is not the address of a proxy.", hint=f"Correct it, or unset {variable}."
    )
    wrong.lasting = True
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        if "@" in text:  # a # or / in the password ends the host before the password has ended
            wrong.hint = (
                f"In {variable}, write %23 for # and %40 for @ (%2F for /, %3F for ?) in the password."
            )
        raise wrong
    if parts.scheme.lower() not in SCHEMES:
        wrong.detail = f"{parts.scheme}:// is none of {', '.join(SCHEMES)}"
        raise wrong
    shown = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port else "")
    return Proxy(text, shown, variable)
