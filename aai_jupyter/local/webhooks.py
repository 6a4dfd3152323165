"""Delivery of webhooks to a listener on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import httpx

from aai_jupyter.errors import OfflineError
from aai_jupyter.network.http_client import http_client


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """Timeouts and attempts of a delivery; seconds."""

    attempts: int = 10
    pause: float = 10.0
    timeout: float = 10.0


async def deliver(params: Mapping[str, Any], payload: Mapping[str, Any], rules: WebhookRules) -> int | None:
    """POST the payload until a 2xx or 4xx answer, or until the attempts are used up.

    Parameters
    ----------
    params : mapping
        The transcript's request: ``webhook_url`` and the optional header pair.

    Returns
    -------
    int or None
        HTTP status of the last attempt that got an answer; None when none did.
    """
    headers = {}
    if "webhook_auth_header_name" in params:
        headers[params["webhook_auth_header_name"]] = params["webhook_auth_header_value"]
    code = None
    # No proxy and no redirect: the target was checked to be this machine.
    async with http_client(timeout=rules.timeout, trust_env=False) as client:
        for attempt in range(rules.attempts):
            if attempt:
                await anyio.sleep(rules.pause)
            try:
                code = (await client.post(params["webhook_url"], json=payload, headers=headers)).status_code
            except httpx.HTTPError:
                continue
            except (httpx.InvalidURL, UnicodeError, ValueError, OfflineError):
                break  # it can never be sent
            if 200 <= code < 300 or 400 <= code < 500:
                break
    return code
