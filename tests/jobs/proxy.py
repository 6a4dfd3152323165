"""A TCP proxy before a real server: counts requests, and can lose the reply to the next submission."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from urllib.parse import urlsplit

REQUEST = re.compile(rb"(GET|POST|DELETE) (/[^ ?]*)[^ ]* HTTP/1\.1\r\n")


class Proxy:
    """``with Proxy(url) as proxy``: speak to ``proxy.url`` instead."""

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port
        self.requests: Counter[str] = Counter()
        #: How many replies to ``POST /v2/transcript`` are still to be lost: carried out, but never heard of.
        self.lose = 0
        #: How many submissions are still to be lost before they reach the server.
        self.swallow = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def jobs(self) -> int:
        """Submissions sent."""
        return self.requests["POST /v2/transcript"]

    @property
    def uploads(self) -> int:
        return self.requests["POST /v2/upload"]

    def __enter__(self) -> Proxy:
        self._thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        state = {"lose": False}

        async def forward() -> None:
            while data := await reader.read(1 << 16):
                for method, path in REQUEST.findall(data):
                    name = f"{method.decode()} {path.decode()}"
                    self.requests[name] += 1
                    if name == "POST /v2/transcript" and self.swallow:
                        self.swallow -= 1
                        return
                    if name == "POST /v2/transcript" and self.lose:
                        self.lose -= 1
                        state["lose"] = True
                far_writer.write(data)
                await far_writer.drain()

        async def back() -> None:
            while data := await far_reader.read(1 << 16):
                if state["lose"]:
                    return
                writer.write(data)
                await writer.drain()

        tasks = [asyncio.create_task(forward()), asyncio.create_task(back())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in (writer, far_writer):
                end.close()
