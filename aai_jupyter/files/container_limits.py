"""Cores and memory that a container may use, by its control groups; the machine's own figures do not tell.

Groups lie in one another, and each may have a limit: that of this process counts, and those around it. In a
container the own group is often mounted as the root, while its path is still that on the host: then the root
alone is found.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

CGROUP = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
MEMINFO = Path("/proc/meminfo")


def usable_cores(root: Path = CGROUP, own: Path = OWN) -> int:
    """Return how many cores may be used: by affinity, and by the quota of the container where there is one.

    Examples
    --------
    >>> usable_cores() >= 1
    True
    """
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota(root, own)
    return given if quota is None else max(1, min(given, math.floor(quota + 0.01)))


def cpu_quota(root: Path = CGROUP, own: Path = OWN) -> float | None:
    """Return the cores that the control groups may use, in parts of one; None without a limit.

    Parameters
    ----------
    root : Path
        Where control groups are mounted: version 2, or version 1 with its folders.
    own : Path
        What tells the groups of this process.
    """
    shares = [_share(*_pair(_words(group / "cpu.max"))) for group in _groups(root, own, "")]
    for group in _groups(root, own, "cpu"):
        quota, period = _words(group / "cpu.cfs_quota_us"), _words(group / "cpu.cfs_period_us")
        shares.append(_share(*_pair([*quota, *period])))
    return min((share for share in shares if share is not None), default=None)


def free_memory(root: Path = CGROUP, own: Path = OWN, meminfo: Path = MEMINFO) -> int | None:
    """Return how many bytes may still be used: of the machine, and of each control group; None if unknown.

    What a group keeps of files only to have them at hand counts as free: it is given up when needed.

    Examples
    --------
    >>> (free_memory() or 1) > 0
    True
    """
    found = [_available(meminfo)]
    for group in _groups(root, own, ""):
        found.append(_left(group, "memory.max", "memory.current", "inactive_file"))
    for group in _groups(root, own, "memory"):
        found.append(_left(group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"))
    return min((free for free in found if free is not None), default=None)


def _groups(root: Path, own: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's group and of those around it: of version 2, or of a controller."""
    folder = root / controller
    yield folder
    for line in _lines(own):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller in controllers.split(","):
            inside = PurePosixPath(path.lstrip("/"))
            if ".." not in inside.parts:
                yield from (folder / part for part in (inside, *inside.parents) if part.parts)


def _left(group: Path, limit: str, usage: str, cached: str) -> int | None:
    most, used = _words(group / limit), _words(group / usage)
    if len(most) != 1 or len(used) != 1 or not (most[0].isdecimal() and used[0].isdecimal()):
        return None  # "max", or no such group
    held = dict(line.split()[:2] for line in _lines(group / "memory.stat") if len(line.split()) > 1)
    given_up = held.get(cached, "0")
    return max(int(most[0]) - int(used[0]) + (int(given_up) if given_up.isdecimal() else 0), 0)


def _available(meminfo: Path) -> int | None:
    for line in _lines(meminfo):
        words = line.split()
        if len(words) > 1 and words[0] == "MemAvailable:" and words[1].isdecimal():
            return 1024 * int(words[1])
    if meminfo.exists() or find_spec("psutil") is None:  # ipykernel brings it
        return None
    import psutil

    return int(psutil.virtual_memory().available)


def _share(quota: str, period: str) -> float | None:
    if not (quota.isdecimal() and period.isdecimal()) or not int(period) or not int(quota):
        return None  # "max", or -1
    return int(quota) / int(period)


def _pair(words: list[str]) -> tuple[str, str]:
    return (words[0], words[1]) if len(words) == 2 else ("", "")


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
