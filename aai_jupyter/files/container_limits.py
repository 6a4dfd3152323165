"""Cores that a container may use, by its control group; the machine's own figures do not tell."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(root: Path = CGROUP) -> int:
    """Return how many cores may be used: by affinity, and by the quota of the container where there is one.

    Examples
    --------
    >>> usable_cores() >= 1
    True
    """
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota(root)
    return given if quota is None else max(1, min(given, math.floor(quota + 0.01)))


def cpu_quota(root: Path = CGROUP) -> float | None:
    """Return the cores that the control group may use, in parts of one; None without a limit.

    Parameters
    ----------
    root : Path
        Where control groups are mounted: version 2, or version 1 with its folders.
    """
    whole = _words(root / "cpu.max")
    if len(whole) == 2:
        return _share(whole[0], whole[1])
    quota, period = _words(root / "cpu" / "cpu.cfs_quota_us"), _words(root / "cpu" / "cpu.cfs_period_us")
    return _share(quota[0], period[0]) if quota and period else None


def _share(quota: str, period: str) -> float | None:
    if not (quota.isdecimal() and period.isdecimal()) or not int(period) or not int(quota):
        return None  # "max", or -1
    return int(quota) / int(period)


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return []
