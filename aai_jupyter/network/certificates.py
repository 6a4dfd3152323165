"""Certificate authorities that the user's environment names, or those of certifi."""

from __future__ import annotations

import os
import ssl

from aai_jupyter.errors import NetworkError

_OF_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


def tls_context(*, trust_env: bool = True) -> ssl.SSLContext:
    """Return the context for https.

    Raises
    ------
    NetworkError
        ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names what cannot be read; the variable is in the message.

    Examples
    --------
    >>> tls_context(trust_env=False).verify_mode.name
    'CERT_REQUIRED'
    """
    if trust_env and (file := os.environ.get("SSL_CERT_FILE")):
        return _named("SSL_CERT_FILE", file)
    if trust_env and (folder := os.environ.get("SSL_CERT_DIR")):
        return _named("SSL_CERT_DIR", folder)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


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
    return "A proxy may replace certificates here: set SSL_CERT_FILE to its certificate authority."
