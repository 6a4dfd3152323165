"""Sends requests to the gateway under its rate limits, and retries those that fail."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import tenacity

from aai_jupyter.client.gateway.rate_limits import Limits
from aai_jupyter.client.gateway.stream_events import explained
from aai_jupyter.client.retry import FailedAttempt, RetryPolicy, backoff
from aai_jupyter.errors import RequestTimeoutError, ResponseError

T = TypeVar("T")

FAULTS = 4
"""Attempts at most when the service or the network fails."""
UNREADABLE = 1
"""Times that an unreadable reply with status 200 is asked for again: it may have been paid."""
PATIENCE = 900.0
"""Seconds of nothing but "too many requests" after which a request gives up."""


class GatewayRetry:
    """Retry of requests under the limits of their models.

    Parameters
    ----------
    limits : Limits
    policy : RetryPolicy
        Its pauses; how often is decided here.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self, limits: Limits, policy: RetryPolicy, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self._policy, self._clock = policy, clock

    async def send(self, limit: str, attempt: Callable[[], Awaitable[tuple[T, Mapping[str, str]]]]) -> T:
        """Send when the limit allows; retry what was refused for now, and what the service failed at.

        A request that was refused keeps its claim: no question of many is lost to a crowd of them. One whose
        reply was lost is sent again, because nothing else brings the answer; a timeout is not, because the
        next attempt would take as long and cost as much. A reply that cannot be read is asked for once more.

        Parameters
        ----------
        limit : str
            Name of the rate limit.
        attempt : callable
            Sends once; gives the result and the reply's headers, or raises `FailedAttempt`.

        Raises
        ------
        AaiError
            Of the last attempt.
        """

        async def once() -> T:
            at = await self.limits.turn(limit)
            try:
                found, headers = await attempt()
            except FailedAttempt as fault:
                self._note(limit, at, fault)
                raise
            except BaseException:  # cancelled, or a fault of ours
                self.limits.failed(limit)
                raise
            self.limits.answered(limit, at, headers)
            return found

        try:
            return await _Failures(self._policy, self._clock).retrying()(once)
        except FailedAttempt as fault:
            error = explained(fault.error)
        raise error

    def _note(self, limit: str, at: float, fault: FailedAttempt) -> None:
        """Tell the limits what a failed attempt says about them."""
        if _is_rate_limited(fault):
            self.limits.refused(limit, at, fault.headers, fault.wait)
        elif "x-ratelimit-limit" in fault.headers:
            self.limits.answered(limit, at, fault.headers)
        else:
            self.limits.failed(limit)


class _Failures:
    """Failed attempts of one request, and what they say about the next."""

    def __init__(self, policy: RetryPolicy, clock: Callable[[], float]) -> None:
        self._policy, self._clock = policy, clock
        self._faults = self._unreadable = 0
        self._limited_since: float | None = None

    def retrying(self) -> tenacity.AsyncRetrying:
        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self._retry), wait=self._wait, reraise=True
        )

    def _retry(self, fault: BaseException) -> bool:
        if not isinstance(fault, FailedAttempt):
            return False
        if _is_rate_limited(fault):
            now = self._clock()
            self._limited_since = now if self._limited_since is None else self._limited_since
            return now - self._limited_since + (fault.wait or 0) < PATIENCE
        self._faults += 1
        if isinstance(fault.error, ResponseError):
            self._unreadable += 1
            return self._unreadable <= UNREADABLE and self._faults < FAULTS
        timed_out = fault.maybe_done and isinstance(fault.error, RequestTimeoutError)
        return fault.transient and not timed_out and self._faults < FAULTS

    def _wait(self, state: tenacity.RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if not isinstance(fault, FailedAttempt) or _is_rate_limited(fault):
            return 0.0  # the limits know when
        return (fault.wait or 0.0) + backoff(self._policy.first, self._policy.longest, self._faults)


def unreadable(error: ResponseError, headers: Mapping[str, str]) -> FailedAttempt:
    """Make the failed attempt of a reply that says it succeeded and cannot be read."""
    return FailedAttempt(error, transient=True, maybe_done=True, headers=headers)


def _is_rate_limited(fault: FailedAttempt) -> bool:
    """Whether there were too many requests; a 503, which may come again too, is a fault of the service."""
    return fault.refused and fault.error.status != 503
