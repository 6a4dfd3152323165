"""Upload throughput and memory, against ``curl -T`` to the same loopback server.

    python -m benchmarks.bench_upload [--size MIB] [--rounds N]

Both send the same sparse file to the same server process, in turns; the median round of each counts.
The best would not do: on two cores, curl's rounds fall into two groups, the faster by half again or more, as
the scheduler places it and the server. The range is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from aai_jupyter.client.client import Client
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

MIB = 1 << 20
DEFAULT_MIB = 2048
_REPLY = b'{"upload_url":"https://cdn.example/upload/1"}'


def _serve(listener: socket.socket) -> None:
    """Take a request with Content-Length, throw its body away, answer: the least a server can do."""
    buffer = memoryview(bytearray(4 * MIB))
    while True:
        connection, _ = listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    break
                head += part
            else:
                lines, _, body = head.partition(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in lines.split(b"\r\n")[1:])
                if fields.get(b"expect"):
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                _swallow(connection, body, int(fields.get(b"content-length", -1)), buffer)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                    b"content-length: %d\r\n\r\n%s" % (len(_REPLY), _REPLY)
                )


def _swallow(connection: socket.socket, body: bytes, length: int, buffer: memoryview) -> None:
    """Read a body to its end: so many bytes, or (below 0) as many chunks as there are."""
    rest, tail = length - len(body), body[-5:]
    while rest > 0 or (length < 0 and tail != b"0\r\n\r\n"):
        got = connection.recv_into(buffer)
        if not got:
            break
        rest -= got
        tail = (tail + bytes(buffer[max(0, got - 5) : got]))[-5:]


@contextlib.contextmanager
def loopback_server() -> Iterator[str]:
    """The server in a process of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(listener,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()


class Memory:
    """Peak of this process's resident memory above what it had at the start, in bytes."""

    def __enter__(self) -> Memory:
        self._process = psutil.Process()
        self._start = self.peak = self._process.memory_info().rss
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.growth = max(self.peak, self._process.memory_info().rss) - self._start


async def _ours(url: str, path: Path, rounds: int, curl: str | None) -> tuple[list[float], list[float], int]:
    endpoint = Endpoint(url, url, url, ApiKey("k" * 32), region="custom")
    ours, theirs, growth = [], [], 0
    async with Client(endpoint) as client:
        await client.transcripts.upload(
            b"RIFF" + bytes(MIB)
        )  # imports and first connection are not throughput
        for _ in range(rounds):
            with Memory() as memory:
                start = time.perf_counter()
                await client.transcripts.upload(path)
                ours.append(time.perf_counter() - start)
            growth = max(growth, memory.growth)
            if curl:
                start = time.perf_counter()
                await asyncio.to_thread(_curl, curl, url, path)
                theirs.append(time.perf_counter() - start)
    return ours, theirs, growth


def _curl(curl: str, url: str, path: Path) -> None:
    command = [curl, "-sS", "-f", "-T", str(path), "-X", "POST", "-o", "-", f"{url}/v2/upload"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _range(mib: int, seconds: list[float]) -> str:
    return f"{mib / max(seconds):,.0f} to {mib / min(seconds):,.0f}"


def main(mib: int = DEFAULT_MIB, rounds: int = 9) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    curl = shutil.which("curl")
    with tempfile.TemporaryDirectory() as folder, loopback_server() as url:
        path = Path(folder) / "long.wav"
        with path.open("wb") as file:
            file.write(b"RIFF\0\0\0\0WAVE")
            file.truncate(mib * MIB)
        ours, theirs, growth = asyncio.run(_ours(url, path, rounds, curl))
    speed = mib / median(ours)
    rows: list[dict[str, object]] = []
    if theirs:
        reference = mib / median(theirs)
        rows.append(
            {
                "what": f"upload of {mib} MiB over loopback, throughput",
                "ours": f"{speed:,.0f} MiB/s ({speed / reference:.2f}x; {_range(mib, ours)})",
                "against": f"curl -T: {reference:,.0f} MiB/s ({_range(mib, theirs)})",
                "goal": "at least 0.9x",
                "met": speed >= 0.9 * reference,
            }
        )
    rows.append(
        {
            "what": f"upload of {mib} MiB, growth of memory",
            "ours": f"{growth / MIB:.1f} MiB",
            "against": "-",
            "goal": "under 32 MiB",
            "met": growth < 32 * MIB,
        }
    )
    for row in rows:
        print(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=DEFAULT_MIB, metavar="MIB", help="the goal is for 2048")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    sys.exit(0 if all(row["met"] for row in main(arguments.size, arguments.rounds)) else 1)
