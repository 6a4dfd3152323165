"""Whom connections trust, and what they show: a real TLS server that wants a certificate."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from aai_jupyter.errors import NetworkError
from aai_jupyter.network.certificates import CertificateFiles, certificates, tls_context
from aai_jupyter.settings.configuration import settings

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "client"):
        subprocess.run(
            [
                "openssl", "req", "-x509", "-nodes", "-newkey", "ec",
                "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    return folder


class Greeter(BaseHTTPRequestHandler):
    """Says hello."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url(files: Path) -> Iterator[str]:
    """A server that wants to see a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.pem", files / "server.key")
    context.load_verify_locations(files / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Greeter)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def named() -> Iterator[None]:
    yield
    certificates.ask(settings.certificate_files)


@pytest.mark.usefixtures("named")
def test_a_named_authority_is_trusted_and_a_certificate_is_shown(files: Path, url: str) -> None:
    with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
        httpx.get(url, verify=tls_context())
    ca, cert, key = (str(files / name) for name in ("server.pem", "client.pem", "client.key"))
    certificates.ask(lambda: CertificateFiles(ca_file=ca))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.ConnectError)):
        httpx.get(url, verify=tls_context())
    certificates.ask(lambda: CertificateFiles(ca, cert, key))
    assert httpx.get(url, verify=tls_context()).text == "hello"


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("name", ["ca_file", "client_cert"])
def test_a_file_that_cannot_be_used_is_named_with_its_setting(tmp_path: Path, name: str) -> None:
    for path in (tmp_path / "missing.pem", tmp_path):
        certificates.ask(lambda path=path: CertificateFiles(**{name: str(path)}))
        with pytest.raises(NetworkError, match=f"Setting {name} names"):
            tls_context()


def test_the_system_decides_whom_it_trusts() -> None:
    import truststore

    assert isinstance(tls_context(trust_env=False), truststore.SSLContext)
