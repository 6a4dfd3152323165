"""Ports for servers that have to be told theirs before they listen."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """A free port that no connection gets by chance before the server has it.

    Systems give away ports from 32768 on (Windows and macOS: 49152) whenever a socket asks for any; one of
    those, free a moment ago, may be taken by another test while the server starts.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
