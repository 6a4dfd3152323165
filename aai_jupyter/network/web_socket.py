"""Web sockets of a client. The only module that connects one; it asks the offline lock first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from aai_jupyter.network.certificates import tls_context
from aai_jupyter.network.offline_lock import lock

# websockets writes headers and URLs, and so the key, into its log at DEBUG: ours has no DEBUG, whatever the
# root logger is set to.
_LOG = logging.getLogger("aai_jupyter.websocket")
_LOG.setLevel(logging.INFO)


class _Connect(connect):
    """Follows no redirect: what is sent, the key too, is for the host of the settings."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_web_socket(url: str, headers: Mapping[str, str], **options: Any) -> ClientConnection:
    """Connect; options are those of :class:`websockets.asyncio.client.connect`.

    Raises
    ------
    OfflineError
        The address is not this machine, and the offline lock holds.
    NetworkError
        The certificate authority that the environment names cannot be read.
    """
    lock.check(url)
    if url.startswith("wss:"):  # the authorities that requests trust
        options["ssl"] = await asyncio.to_thread(tls_context)
    return await _Connect(url, additional_headers=headers, logger=_LOG, **options)
