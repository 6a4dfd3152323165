"""Claims: locks between kernels, so that no two upload and pay for the same recording.

A claim lasts from the decision to the journalled id, no longer: waiting for a submitted job costs
nothing and any number of kernels may do it. A holder renews its claims; one that died is found out at once
on the same machine, and by its silence otherwise.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
import uuid

from aai_jupyter.jobs.store import Store

#: A holder renews its claims this often ...
BEAT_SECONDS = 5.0
#: ... and is taken for dead when it has been silent for so long.
SILENT_SECONDS = 20.0

_PROCESS = uuid.uuid4().hex[:12]


class Claims:
    """The claims of one batch.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> store = Store(pathlib.Path(tempfile.mkdtemp()))
    >>> ours, theirs = Claims(store), Claims(store)
    >>> ours.acquire("k"), theirs.acquire("k"), ours.release("k"), theirs.acquire("k")
    (True, False, None, True)
    """

    def __init__(self, store: Store) -> None:
        self._database = store.database
        self.owner = f"{platform.node()}|{os.getpid()}|{_PROCESS}|{uuid.uuid4().hex[:8]}"

    def acquire(self, key: str) -> bool:
        """Claim a key; return False when a living holder has it."""

        def work(db: sqlite3.Connection) -> bool:
            row = db.execute("SELECT owner, beat FROM claims WHERE key = ?", (key,)).fetchone()
            now = time.time()
            if row is not None and row[0] != self.owner and _alive(row[0], row[1], now):
                return False
            db.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", (key, self.owner, now))
            return True

        return self._database.write(work)

    def release(self, key: str) -> None:
        """Release a claim."""
        sql = "DELETE FROM claims WHERE key = ? AND owner = ?"
        self._database.write(lambda db: db.execute(sql, (key, self.owner)))

    def beat(self) -> None:
        """Renew all claims that are held."""
        sql = "UPDATE claims SET beat = ? WHERE owner = ?"
        self._database.write(lambda db: db.execute(sql, (time.time(), self.owner)))


def _alive(owner: str, beat: float, now: float) -> bool:
    node, pid, process, _ = owner.rsplit("|", 3)
    if node == platform.node():
        if int(pid) == os.getpid() and process != _PROCESS:
            return False  # a restarted container gives its kernel the same pid
        if os.name == "posix":  # on Windows signal 0 would be sent, not asked about
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                return False
            except PermissionError:
                pass  # somebody else's process, but alive
    return abs(now - beat) < SILENT_SECONDS
