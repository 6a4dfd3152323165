"""Recordings on servers of S3 and SFTP, both on loopback; without the packages for them, skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from tests.jobs.conftest import Service, speech

EN: Any = {"language_code": "en"}
NAMES = ("ann", "ben")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    moto = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    store.mkdir("archive")
    for name in NAMES:
        store.pipe(f"archive/2024/{name}.wav", speech(f"My name is {name}."))
    yield store
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    asyncssh = pytest.importorskip("asyncssh")
    pytest.importorskip("paramiko")
    import threading

    folder = tmp_path / "served"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.wav").write_bytes(speech(f"My name is {name}."))

    class Server(asyncssh.SSHServer):  # type: ignore[name-defined]
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("ann", "s3cret")

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def serve() -> Any:
        key = asyncssh.generate_private_key("ssh-ed25519")
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder)),
        )

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result()
    yield f"sftp://ann:s3cret@127.0.0.1:{server.get_port()}", folder
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_objects_of_a_bucket(logged_in: Service, in_folder: Path, s3: Any) -> None:
    found = aai.transcribe(["s3://archive/2024/*.wav"], **EN)
    assert found.sources == [f"s3://archive/2024/{name}.wav" for name in NAMES]
    logged_in.proxy.requests.clear()
    assert aai.transcribe(["s3://archive/2024"], **EN).ids == found.ids
    (in_folder / "same.wav").write_bytes(speech("My name is ben."))
    assert aai.transcribe("same.wav", **EN).id == found.ids[1]
    assert not logged_in.proxy.requests
    s3.pipe("archive/2024/ann.wav", speech("My name is another."))
    assert aai.transcribe("s3://archive/2024/ann.wav", **EN).text.endswith("another.")
    with pytest.raises(aai.SourceError, match="does not exist"):
        aai.transcribe("s3://archive/gone.wav", **EN)


def test_files_of_a_server(logged_in: Service, in_folder: Path, sftp: tuple[str, Path]) -> None:
    address, folder = sftp
    found = aai.transcribe([f"{address}/*.wav"], **EN)
    assert found.failed.empty
    assert all("s3cret" not in str(source) for source in found.sources)
    assert [str(source)[-8:] for source in found.sources] == ["/ann.wav", "/ben.wav"]
    logged_in.proxy.requests.clear()
    assert aai.transcribe([f"{address}/ann.wav"], **EN).ids == found.ids[:1]
    assert not logged_in.proxy.requests
    (folder / "ann.wav").write_bytes(speech("My name is quite another."))
    assert aai.transcribe(f"{address}/ann.wav", **EN).text.endswith("another.")
