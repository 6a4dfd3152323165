"""Whether the holder of a claim or lock is gone. No clock of the wall decides it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aai_jupyter.jobs.process_identity import ProcessIdentity

#: One of another machine is taken for dead when its counter has stood still for so long.
SILENT_SECONDS = 20.0
#: Longest time between two looks that counts: while we ourselves stood still, so may have everything.
_LONGEST_LOOK = 2.0


@dataclass
class _Watched:
    owner: str
    beat: int
    looked: float
    still: float = 0.0


class HolderWatch:
    """Looks at holders, and remembers since when their counters stand still.

    Parameters
    ----------
    clock : callable, optional
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watched: dict[str, _Watched] = {}

    def is_free(self, what: str, owner: str, beat: int) -> bool:
        """Tell whether what ``owner`` holds may be taken.

        A process of this machine must be gone, however long it has stood still; the counter of one of
        another machine must have stood still while we looked.
        """
        process = ProcessIdentity.parse(owner.rpartition("|")[0])
        running = process.is_running() if process is not None else None
        if running is not None:
            return not running
        now = self._clock()
        watched = self._watched.get(what)
        if watched is None or (watched.owner, watched.beat) != (owner, beat):
            self._watched[what] = _Watched(owner, beat, now)
            return False
        watched.still += min(now - watched.looked, _LONGEST_LOOK)
        watched.looked = now
        return watched.still >= SILENT_SECONDS

    def forget(self, what: str) -> None:
        """Forget what was seen of a holder."""
        self._watched.pop(what, None)
