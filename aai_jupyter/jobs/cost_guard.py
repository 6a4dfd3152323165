"""Guard of one call's ``max_cost``: nothing is sent that may pass it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.errors import CostLimitError
from aai_jupyter.jobs.charges import Charge, SpendingRules, check_budget
from aai_jupyter.jobs.job_transactions import Wanted
from aai_jupyter.jobs.store import Store

if TYPE_CHECKING:
    from aai_jupyter.client.sources.reading import Source
    from aai_jupyter.jobs.shared_store import SharedStore


class CostGuard:
    """Adds up what a call sends, by estimate until its true length is known.

    Recordings of unknown length, such as URLs, are sent one at a time until the first is finished, and then
    counted as being as long as the longest of them was.

    Parameters
    ----------
    limit : float or None
        USD; None: there is no limit.

    Examples
    --------
    >>> guard = CostGuard(1.0)
    >>> guard.check([Charge("m", 3600, 0.6), Charge("m", 3600, 0.6)])
    Traceback (most recent call last):
        ...
    aai_jupyter.CostLimitError: Nothing was sent: about $1.20 is more than max_cost, $1.00.
      → Raise max_cost, or send fewer recordings; %transcribe --dry-run lists their lengths.
    """

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._held: dict[str, float] = {}
        self._unknown: set[str] = set()
        self._longest: float | None = None
        self._stopped = False
        self._changed = asyncio.Condition()

    def check(self, charges: Iterable[Charge]) -> None:
        """Refuse a whole call.

        Raises
        ------
        CostLimitError
        """
        if self._limit is None:
            return
        total = sum(charge.usd for charge in charges)
        if total > self._limit + 1e-9:
            raise CostLimitError(
                f"Nothing was sent: about ${total:.2f} is more than max_cost, ${self._limit:.2f}.",
                hint="Raise max_cost, or send fewer recordings; %transcribe --dry-run lists their lengths.",
            )

    async def hold(self, key: str, charge: Charge) -> None:
        """Count a recording that is about to be sent.

        Raises
        ------
        CostLimitError
            It would pass the limit, or one before did: from then on nothing is sent.
        """
        if self._limit is None or key in self._held:
            return
        async with self._changed:
            if charge.seconds is None:
                await self._changed.wait_for(lambda: self._longest is not None or not self._unknown)
                self._unknown.add(key)
            usd = (self._longest or 0.0) if charge.seconds is None else charge.usd
            sent = sum(self._held.values())
            # A recording of unknown length that nothing is known of is not sent once all is spent.
            passes = sent + usd > self._limit + 1e-9 or (usd == 0.0 and sent >= self._limit)
            if self._stopped or passes:
                self._stopped = True
                self._unknown.discard(key)
                self._changed.notify_all()
                raise CostLimitError(
                    f"Not sent: it would pass max_cost, ${self._limit:.2f} "
                    f"(${sent:.2f} is spent or on its way).",
                    hint="Run it again with a higher max_cost: what is finished is not paid again.",
                )
            self._held[key] = usd

    async def settle(self, key: str, usd: float) -> None:
        """Put in what a recording has cost: 0 for one that is not billed."""
        if key not in self._held:
            return
        async with self._changed:
            del self._held[key]
            if usd:
                self._held[key] = usd
            if key in self._unknown:
                self._unknown.discard(key)
                self._longest = max(self._longest or 0.0, usd) or None
            self._changed.notify_all()


class CostCheck:
    """Check of a whole batch before anything of it is sent.

    Parameters
    ----------
    spending : SpendingRules
    guard : CostGuard
    store : Store or SharedStore
    account : str
    """

    def __init__(
        self, spending: SpendingRules, guard: CostGuard, store: Store | SharedStore, account: str
    ) -> None:
        self._spending, self._guard = spending, guard
        self._store, self._account = store, account

    async def run(
        self,
        sources: Sequence[Source],
        wanted: Callable[[Source], Awaitable[Wanted]],
        known: Callable[[Wanted], Awaitable[object | None]],
    ) -> None:
        """Refuse the batch if what of it has to be paid costs more than it may.

        Parameters
        ----------
        wanted, known : callable
            Read a recording; look for its result or its job.

        Raises
        ------
        CostLimitError
        """
        if not self._spending.limits:
            return
        found: dict[str, Wanted] = {}
        for some in _some(sources):
            read = await asyncio.gather(*(wanted(source) for source in some), return_exceptions=True)
            for one in read:
                if isinstance(one, Wanted):
                    found[one.keys[0]] = one
                elif not isinstance(one, Exception):  # those of a recording are told of it, later
                    raise one
        have = await asyncio.gather(*(known(one) for one in found.values()))
        charges = [one.charge for one, got in zip(found.values(), have, strict=True) if got is None]
        self._guard.check(charges)
        if charges:
            await asyncio.to_thread(self._check_budget, sum(charge.usd for charge in charges))

    def _check_budget(self, usd: float) -> None:
        budget, now = self._spending.monthly_budget, time.time()
        if isinstance(self._store, Store):  # a shared one has no charges: each machine has its own
            self._store.database.read(lambda db: check_budget(db, self._account, usd, budget, now))


def _some(sources: Sequence[Source], size: int = 500) -> Iterator[Sequence[Source]]:
    return (sources[first : first + size] for first in range(0, len(sources), size))
