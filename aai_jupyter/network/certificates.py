"""Certificates: whom the operating system trusts, or who is named instead, and what servers are shown."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass

from aai_jupyter.errors import NetworkError

_OF_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


@dataclass(frozen=True)
class CertificateFiles:
    """PEM files that the settings name: authorities beside the usual ones, and what servers are shown."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None


class Certificates:
    """Where the files are named; settings are above this room, and say so when they are made."""

    def __init__(self) -> None:
        self._ask: Callable[[], CertificateFiles] = CertificateFiles

    def ask(self, asked: Callable[[], CertificateFiles]) -> None:
        """Ask this from now on."""
        self._ask = asked

    def files(self) -> CertificateFiles:
        """Return the files of now."""
        return self._ask()


certificates = Certificates()
"""Those of this process."""


def tls_context(*, trust_env: bool = True) -> ssl.SSLContext:
    """Return the context for https.

    Raises
    ------
    NetworkError
        ``SSL_CERT_FILE``, ``SSL_CERT_DIR`` or a setting names what cannot be read; the message has its name.

    Examples
    --------
    >>> tls_context(trust_env=False).verify_mode.name
    'CERT_REQUIRED'
    """
    files = certificates.files()
    context = _authorities(trust_env)
    if files.ca_file:
        _load("ca_file", files.ca_file, lambda: context.load_verify_locations(cafile=files.ca_file))
    if cert := files.client_cert:
        key = files.client_key
        # Without a question for a passphrase: nobody may be there to answer it.
        _load("client_cert", cert, lambda: context.load_cert_chain(cert, key, password=lambda: ""))
    return context


def _authorities(trust_env: bool) -> ssl.SSLContext:
    if trust_env and (file := os.environ.get("SSL_CERT_FILE")):
        return _named("SSL_CERT_FILE", file)
    if trust_env and (folder := os.environ.get("SSL_CERT_DIR")):
        return _named("SSL_CERT_DIR", folder)
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.platform == "linux":
        import certifi  # a container may have no store at all

        context.load_verify_locations(cafile=certifi.where())
    return context


def _load(setting: str, path: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError:
        reason = "it is no such PEM file, or its key is missing or locked"
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        return
    raise NetworkError(f"Setting {setting} names {path}, which cannot be used: {reason}.", hint="Correct it.")


def _named(variable: str, path: str) -> ssl.SSLContext:
    folder = variable.endswith("DIR")
    try:
        if folder:
            for part in path.split(os.pathsep):
                os.listdir(part)  # OpenSSL says nothing of a folder that is missing
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        reason = "it holds no certificate"
    except OSError as error:
        reason = error.strerror or str(error)
    wrong = NetworkError(
        f"{variable} names {path}, which cannot be used as certificate authority: {reason}.",
        hint=f"Correct {variable}, or unset it to use the usual authorities.",
    )
    wrong.lasting = True
    raise wrong


def untrusted_hint() -> str:
    """What to do about a certificate that is not trusted."""
    named = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)
    if named is not None:
        return f"{named} names the authorities that are trusted ({os.environ[named]}): add the proxy's."
    other = next((name for name in _OF_OTHERS if os.environ.get(name)), None)
    if other is not None:
        return f"{other} is not read here: set SSL_CERT_FILE to the same file ({os.environ[other]})."
    return (
        "A proxy may replace certificates here: set ca_file, or SSL_CERT_FILE, to its certificate authority."
    )
