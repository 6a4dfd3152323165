"""Claims: which process prepares a job, so that no two upload and pay for the same recording.

A claim lasts from the decision to the journalled id, no longer: waiting for a submitted job costs nothing and
any number of kernels may do it. While a holder lives its counter grows.

No clock of the wall decides anything. The claim of a process of this machine is free when that process is
gone, and never before, however long it stands still. That of another machine is free when its counter has
stood still while we looked at it. A holder that stood still itself finds out: each step that spends money
first renews the claim, in the transaction that journals the step, and ends when the claim is another's.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Collection

from aai_jupyter.jobs.holder_watch import HolderWatch
from aai_jupyter.jobs.journal import Cells, Claim
from aai_jupyter.jobs.process_identity import ProcessIdentity, this_process
from aai_jupyter.jobs.sql_cells import SqlCells
from aai_jupyter.jobs.store import Store

#: A holder renews its claims this often.
BEAT_SECONDS = 5.0


class ClaimLost(Exception):
    """Another process has taken the claim over: nothing may be posted."""


class HeldClaims:
    """The claims of one batch by the rules that hold wherever they are kept.

    Parameters
    ----------
    clock : callable, optional
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._watch = HolderWatch(clock)
        self._held: set[str] = set()
        self.owner = f"{this_process()}|{uuid.uuid4().hex}"

    def take(self, cells: Cells, key: str) -> str | None:
        """Claim a key, as part of a transaction; return the holder when a living one has it."""
        seen = cells.claim(key)
        if (
            seen is not None
            and seen.owner != self.owner
            and not self._watch.is_free(key, seen.owner, seen.beat)
        ):
            return seen.owner
        if not cells.swap_claim(key, seen, Claim(self.owner, (seen.beat if seen else 0) + 1)):
            return "another process"
        self._watch.forget(key)
        self._held.add(key)
        return None

    def renew(self, cells: Cells, key: str) -> None:
        """Show that we live, as part of a transaction that does what only the holder may do.

        Raises
        ------
        ClaimLost
            The claim is another's.
        """
        seen = cells.claim(key)
        if seen is None or seen.owner != self.owner:
            raise ClaimLost(key)
        if not cells.swap_claim(key, seen, Claim(self.owner, seen.beat + 1)):
            raise ClaimLost(key)

    def give_back(self, cells: Cells, key: str) -> None:
        """Release a claim, as part of a transaction; one that is another's stays."""
        self._held.discard(key)
        seen = cells.claim(key)
        if seen is not None and seen.owner == self.owner:
            cells.swap_claim(key, seen, None)

    @property
    def any_held(self) -> bool:
        """Whether a claim was taken and not given back."""
        return bool(self._held)


class Claims(HeldClaims):
    """The claims of one batch, in the store of this machine.

    Parameters
    ----------
    store : Store
    clock : callable, optional
        Seconds that only grow.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> store = Store(pathlib.Path(tempfile.mkdtemp()))
    >>> ours, theirs = Claims(store), Claims(store)
    >>> ours.acquire("k"), theirs.acquire("k"), ours.release("k"), theirs.acquire("k")
    (True, False, None, True)
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._database = store.database

    def acquire(self, key: str) -> bool:
        """Claim a key; return False when a living holder has it."""
        return self._database.write(lambda db: self.take(SqlCells(db), key), "claim") is None

    def release(self, key: str) -> None:
        """Release a claim."""
        self._database.write(lambda db: self.give_back(SqlCells(db), key), "release")

    def release_all(self, kept: Collection[str] = ()) -> None:
        """Release what is held, but for the keys to keep: a living process must not hold what it forgot."""
        keys = self._held.difference(kept)

        def work(db: sqlite3.Connection) -> None:
            for key in keys:
                self.give_back(SqlCells(db), key)

        if keys:
            self._database.write(work, "release")

    def beat(self) -> None:
        """Renew all claims that are held."""
        sql = "UPDATE claims SET beat = beat + 1 WHERE owner = ?"

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql, (self.owner,))

        if self._held:
            self._database.write(work, "beat")


def holder(owner: str) -> str:
    """Name the holder of a claim for people.

    Examples
    --------
    >>> holder("laptop/boot/pid:[4026]|4711|8812|3f")
    'process 4711 on laptop'
    >>> holder("something else")
    'another process'
    """
    process = ProcessIdentity.parse(owner.rpartition("|")[0])
    return f"process {process.pid} on {process.machine.split('/')[0]}" if process else "another process"
