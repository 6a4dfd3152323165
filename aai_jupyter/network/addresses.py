"""Sockets that listen, and look-ups of names."""

from __future__ import annotations

import asyncio
import socket
import sys

from aai_jupyter.network.offline_lock import lock
from aai_jupyter.text.urls import host_of, is_internal

HOST = "127.0.0.1"


def listen(port: int = 0) -> socket.socket:
    """Return a socket that listens on 127.0.0.1; port 0 takes a free one.

    The protocol is named because asyncio switches Nagle's algorithm off only for sockets that are
    TCP by name, and without that each answer waits 40 ms for an acknowledgement.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # from now on callers queue until a server accepts: none is refused
    except OSError as error:
        listener.close()
        raise OSError(f"Port {port} cannot be used ({error.strerror}); try another.") from error
    return listener


async def leads_inside(url: str) -> bool:
    """Whether a URL leads to this machine or its network: by its text, or by what its name stands for.

    Raises
    ------
    OfflineError
        The name would have to be looked up, and the offline lock holds.
    """
    host = host_of(url)
    if is_internal(host):
        return True
    lock.check_host(host)
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False  # only a proxy may know the name: it connects then, not this machine
    return any(is_internal(str(address[0])) for *_, address in found)
