"""Retry and throttling of requests: when a failed call is retried, and how fast requests may be sent."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import tenacity

from aai_jupyter.errors import AaiError
from aai_jupyter.text.public_class import public

# 20,000 requests in 5 minutes are allowed for an account. A full bucket and 300 s of refill give 17,000: a
# large batch starts without a brake, and some room is left for other kernels of the same account.
BURST = 8000
REQUESTS_PER_SECOND = 30.0


class Call(Enum):
    """Kind of a call; it decides when it may be retried."""

    READ = "read"  # GET and DELETE: repeating changes nothing
    UPLOAD = "upload"  # repeating wastes time only
    SUBMIT = "submit"  # repeating costs money
    CREATE = "create"  # so does this, and a job that was made can be looked for: anything unclear is


class FailedAttempt(Exception):
    """Failed attempt: the error to show, and what is known about retrying it.

    Attributes
    ----------
    error : AaiError
    maybe_done : bool
        The request may have reached the service and been carried out.
    transient : bool
        The same request may succeed later.
    refused : bool
        The service said that it did nothing and asks to come again (429, 503).
    by_service : bool
        The service itself refused, in its own words (4xx with its JSON): surely nothing was done. A proxy
        may answer 503 or 429, with a page of its own or nothing, after it has handed the request on.
    wait : float or None
        Seconds that the service asks to wait.
    headers : mapping
        Of the reply, names in lower case; empty without a reply.
    """

    def __init__(
        self,
        error: AaiError,
        *,
        transient: bool = False,
        maybe_done: bool = False,
        refused: bool = False,
        by_service: bool = False,
        wait: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.transient = transient
        self.maybe_done = maybe_done
        self.refused = refused
        self.by_service = by_service
        self.wait = wait
        self.headers: Mapping[str, str] = headers or {}

    @property
    def surely_nothing(self) -> bool:
        """The request never left, or the service itself refused it."""
        no_reply = self.error.status is None
        return self.by_service or (no_reply and not self.maybe_done)


@public
@dataclass(frozen=True)
class RetryPolicy:
    """Policy of retries. All times in seconds.

    Attributes
    ----------
    reads, uploads : int
        Attempts at most.
    first, longest : float
        Waits grow from ``first`` by doubling, with jitter, up to ``longest``.
    total : float
        No new attempt starts later than this after the first one, whatever ``Retry-After`` says.
    settle : float
        First pause before a job whose reply was lost is looked for in the list; the others are 2, 4 and 8
        times as long. Only then is it submitted again.
    missing : float
        How long "not found" is not believed of a job that was submitted.
    outage : float
        How long a wait for a running job goes on while the service does not answer.
    """

    reads: int = 6
    uploads: int = 3
    first: float = 0.5
    longest: float = 20.0
    total: float = 120.0
    settle: float = 2.0
    missing: float = 30.0
    outage: float = 900.0

    def retrying(self, call: Call) -> tenacity.AsyncRetrying:
        """Make the tenacity controller for one call."""
        backoff = tenacity.wait_random_exponential(multiplier=self.first, max=self.longest)

        def wait(state: tenacity.RetryCallState) -> float:
            fault = state.outcome.exception() if state.outcome else None
            asked = fault.wait if isinstance(fault, FailedAttempt) else None
            # A little later than asked, each at another moment: else all that waited come back at once.
            return float(backoff(state)) if asked is None else asked + 0.25 * float(backoff(state))

        def again(exc: BaseException) -> bool:
            if not isinstance(exc, FailedAttempt) or not exc.transient:
                return False
            if call is Call.CREATE:
                return exc.surely_nothing
            return exc.refused or not exc.maybe_done or call is not Call.SUBMIT

        def stop(state: tenacity.RetryCallState) -> bool:
            if state.upcoming_sleep >= self.total:
                return True
            if call is Call.UPLOAD:  # how long an upload takes says nothing about whether to try again
                return state.attempt_number >= self.uploads
            fault = state.outcome.exception() if state.outcome else None
            patient = (
                isinstance(fault, FailedAttempt) and fault.refused
            )  # told to come again: only time counts
            late = (state.seconds_since_start or 0.0) + state.upcoming_sleep >= self.total
            return late or (state.attempt_number >= self.reads and not patient)

        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(again), wait=wait, stop=stop, reraise=True
        )


def backoff(first: float, longest: float, doublings: int) -> float:
    """Compute the seconds to wait: ``first`` doubled so often, ``longest`` at most; jitter takes up to half.

    Examples
    --------
    >>> 1.0 <= backoff(0.5, 20.0, 2) <= 2.0, 10.0 <= backoff(0.5, 20.0, 9) <= 20.0
    (True, True)
    """
    return random.uniform(0.5, 1.0) * min(longest, first * 2.0**doublings)


class Throttle:
    """Token bucket for all requests of one client, and a common pause after "too many requests".

    Parameters
    ----------
    rate : float
        Requests per second in the long run.
    burst : int
        Requests that may go out at once after a quiet time.
    """

    def __init__(
        self,
        rate: float = REQUESTS_PER_SECOND,
        burst: int = BURST,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate, self._burst, self._clock, self._sleep = rate, burst, clock, sleep
        self._tokens = float(burst)
        self._at = clock()
        self._resume = 0.0

    def pause(self, seconds: float) -> None:
        """Hold back all requests for a while: the service's limit counts them together."""
        self._resume = max(self._resume, self._clock() + seconds)

    async def turn(self) -> None:
        """Wait until one more request may be sent."""
        while (rest := self._resume - self._clock()) > 0:
            await self._sleep(rest)
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        # Tokens may go below zero: each that comes takes its place in the queue and sleeps until its turn.
        self._tokens -= 1
        if self._tokens < 0:
            await self._sleep(-self._tokens / self._rate)
