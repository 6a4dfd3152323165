"""Sends under the limits, and again what was refused for now."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aai_jupyter.client.gateway.rate_limits import Limits
from aai_jupyter.client.gateway.stream_events import explained
from aai_jupyter.client.retry import FailedAttempt, RetryPolicy
from aai_jupyter.errors import RequestTimeoutError

T = TypeVar("T")

FAULTS = 4
"""Attempts at most when the service or the network fails."""
PATIENCE = 900.0
"""Seconds of nothing but "too many requests" after which a request gives up."""


class GatewayRetry:
    """How often, and how long, one request is tried."""

    def __init__(
        self, limits: Limits, policy: RetryPolicy, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self._policy, self._clock = policy, clock

    async def send(self, limit: str, attempt: Callable[[], Awaitable[tuple[T, Mapping[str, str]]]]) -> T:
        """Send when the limit allows; again when refused for now, or when the service failed.

        A request that was refused keeps its claim: no question of many is lost to a crowd of them. One whose
        reply was lost is sent again, because nothing else brings the answer; a timeout is not, because the
        next attempt would take as long and cost as much.
        """
        policy = self._policy
        faults, refused_since = 0, None
        while True:
            at = await self.limits.turn(limit)
            noted = False
            try:
                found, headers = await attempt()
                self.limits.answered(limit, at, headers)
                noted = True
                return found
            except FailedAttempt as fault:
                noted = True
                error = explained(fault.error)
                if fault.refused and fault.error.status != 503:
                    self.limits.refused(limit, at, fault.headers, fault.wait)
                    refused_since = self._clock() if refused_since is None else refused_since
                    if self._clock() - refused_since + (fault.wait or 0) < PATIENCE:
                        continue
                    raise error from None
                if "x-ratelimit-limit" in fault.headers:
                    self.limits.answered(limit, at, fault.headers)
                else:
                    self.limits.failed(limit)
                faults += 1
                lost = fault.maybe_done and isinstance(fault.error, RequestTimeoutError)
                if not fault.transient or lost or faults >= FAULTS:
                    raise error from None
                pause = random.uniform(0.5, 1.0) * min(policy.longest, policy.first * 2**faults)
                wait = pause if fault.wait is None else fault.wait + pause
            finally:
                if not noted:  # cancelled, or a fault of ours
                    self.limits.failed(limit)
            await asyncio.sleep(wait)
