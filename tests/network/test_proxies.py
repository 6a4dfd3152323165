"""Proxies and certificate authorities of the environment: which are used, and what a wrong one says."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import certifi
import pytest

from aai_jupyter.client import Client
from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.client.streaming.close_codes import Closed
from aai_jupyter.client.streaming.websocket import open_connection
from aai_jupyter.errors import AaiError, MissingDependencyError, NetworkError
from aai_jupyter.network import web_socket
from aai_jupyter.network.certificates import tls_context, untrusted_hint
from aai_jupyter.network.proxies import goes_direct, proxy_of

API = "https://api.assemblyai.com/v2/transcript"
NAMES = ("http", "https", "all", "no")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)


def said(error: AaiError) -> str:
    return f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("HTTPS_PROXY", "http://proxy.corp:8080", "http://proxy.corp:8080"),
        ("https_proxy", "proxy.corp:8080", "http://proxy.corp:8080"),
        ("HTTPS_PROXY", "http://me:p%40ss%231@proxy.corp:8080/", "http://proxy.corp:8080"),
        ("ALL_PROXY", "https://[fd00::1]:3128", "https://[fd00::1]:3128"),
        ("all_proxy", "socks5h://127.0.0.1:9050", "socks5h://127.0.0.1:9050"),
        ("HTTPS_PROXY", "http://me:p@ss@proxy.corp:80", "http://proxy.corp:80"),
    ],
)
def test_a_proxy_is_shown_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(variable, value)
    found = proxy_of(API)
    assert found is not None
    assert (found.shown, found.variable) == (shown, variable)
    assert "me" not in repr(found)
    assert proxy_of("wss://streaming.assemblyai.com/v3/ws") == found
    assert (
        proxy_of("http://127.0.0.1:8000/v2")
        is proxy_of("http://[::1]:8/")
        is proxy_of("ws://localhost:1")
        is None
    )


@pytest.mark.parametrize(
    "value",
    [
        "http://me:p@ss#1@127.0.0.1:9",
        "http://me:a/b@127.0.0.1:9",
        "http://me:a?b@proxy:9",
        "http://proxy:port",
        "http://",
        "://proxy:8080",
        "ftp://proxy:21",
        "socks4://proxy:1080",
        "http://proxy:8080/path",
        "http://[::1:9",
        "http://proxy:99999",
    ],
)
def test_what_is_no_proxy_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(NetworkError, match="HTTPS_PROXY is not the address") as caught:
        proxy_of(API)
    assert "HTTPS_PROXY" in (caught.value.hint or "")
    assert all(secret not in said(caught.value) for secret in ("p@ss", "a/b", "a?b", "me:"))


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("api.assemblyai.com", "localhost,[::1]", False),
        ("api.assemblyai.com", "fd07:b51a::/64", False),
        ("api.assemblyai.com", "*", True),
        ("api.assemblyai.com", " .assemblyai.com , x", True),
        ("api.assemblyai.com", "assemblyai.com", True),
        ("api.assemblyai.com", "api.assemblyai.com:443", False),
        ("api.assemblyai.com", "ssemblyai.com,,;nonsense://", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.0/33,11.0.0.0/8", False),
        ("fd07:b51a::7", "fd07:b51a::/64", True),
        ("fd07:b51a::7", "[fd07:b51a::7]", True),
        ("fd07:b51b::7", "fd07:b51a::/64", False),
    ],
)
def test_hosts_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str, no_proxy: str, direct: bool
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert goes_direct(host, no_proxy) is direct


def test_socks_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    for needs in ("socksio", "python_socks"):
        monkeypatch.setattr("aai_jupyter.network.proxies.find_spec", lambda name: None)
        with pytest.raises(MissingDependencyError, match="ALL_PROXY names a SOCKS proxy") as caught:
            proxy_of(API, needs=needs)
        assert "%pip install socksio python-socks" in (caught.value.hint or "")
    monkeypatch.setattr("aai_jupyter.network.proxies.find_spec", lambda name: name)
    assert proxy_of(API, needs="socksio") is not None


def ask() -> AaiError:
    async def once() -> None:
        async with Client(api_key="0" * 32, policy=RetryPolicy(reads=1)) as client:
            await client.transcripts.get("x")

    with pytest.raises(AaiError) as caught:
        asyncio.run(once())
    return caught.value


DEAD = 9
"""A port where nothing listens: one that was free a moment ago may have been taken by another test."""


@pytest.fixture
def refusing() -> Iterator[int]:
    """A proxy that lets nobody through without a name."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    thread = Thread(target=serve)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_dead_proxy_is_named_and_not_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{DEAD}")
    error = ask()
    assert isinstance(error, NetworkError)
    assert error.message.startswith("The proxy http://127.0.0.1:")
    assert "(HTTPS_PROXY) cannot be reached" in error.message
    assert "NO_PROXY=api.assemblyai.com" in (error.hint or "")
    assert "secret" not in said(error)


def test_a_proxy_that_wants_a_name_says_so(monkeypatch: pytest.MonkeyPatch, refusing: int) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{refusing}")
    error = ask()
    assert "does not connect to api.assemblyai.com" in error.message
    assert "user name and password" in (error.hint or "")


def test_live_speech_names_the_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def once() -> None:
        client = Client(api_key="0" * 32)
        await open_connection(client.http, {}, patience=5)

    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{DEAD}")
    with pytest.raises(Closed, match=r"by the proxy http://127\.0\.0\.1:\d+ \(HTTPS_PROXY\)"):
        asyncio.run(once())
    monkeypatch.setenv("HTTPS_PROXY", "http://a:b#c@127.0.0.1:9")
    with pytest.raises(NetworkError, match="HTTPS_PROXY is not the address"):
        asyncio.run(once())
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    monkeypatch.delenv("HTTPS_PROXY")
    with pytest.raises(NetworkError, match="SSL_CERT_FILE names"):
        asyncio.run(once())


def test_live_speech_trusts_the_same_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def connect(url: str, **options: object) -> None:
        seen.append(options.get("ssl"))

    monkeypatch.setattr(web_socket, "_Connect", connect)
    monkeypatch.setattr(web_socket, "tls_context", lambda: "authorities")
    for url in ("wss://127.0.0.1:9", "ws://127.0.0.1:9"):
        asyncio.run(web_socket.open_web_socket(url, {}))
    assert seen == ["authorities", None]


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("what", ["missing", "empty", "text", "other kind"])
def test_authorities_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, what: str
) -> None:
    path = tmp_path / "authorities"
    if what == "other kind" and variable == "SSL_CERT_FILE":
        path.mkdir()
    elif what != "missing":
        path.write_text("" if what == "empty" else "no certificate")
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(NetworkError, match=f"{variable} names {path}") as caught:
        tls_context()
    assert variable in (caught.value.hint or "")
    with pytest.raises(NetworkError, match=variable):
        asyncio.run(Client(api_key="0" * 32).transcripts.get("b7c1d0f2"))
    with pytest.raises(NetworkError, match=variable):  # not sat out as if the network were down
        asyncio.run(Client(api_key="0" * 32).transcripts.wait("b7c1d0f2"))
    Client(api_key="0" * 32, base_url="http://127.0.0.1:9")  # this machine needs none


def test_authorities_that_can_be_read_are_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert isinstance(tls_context(), ssl.SSLContext)
    assert "SSL_CERT_FILE" in untrusted_hint()
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert isinstance(tls_context(), ssl.SSLContext)
    monkeypatch.delenv("SSL_CERT_DIR")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/corp.pem")
    assert "set SSL_CERT_FILE to the same file (/corp.pem)" in untrusted_hint()
