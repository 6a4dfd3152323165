"""Identity of a process: whether the one that wrote a claim still lives, told without any wall clock."""

from __future__ import annotations

import os
import platform
import sys
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_GONE = ("Z", "X", "x")  # a process that ended and that nobody has asked about yet


@dataclass(frozen=True)
class ProcessIdentity:
    """A process of some machine.

    Attributes
    ----------
    machine : str
        Machine, its boot and its name space of process ids, as far as the system tells them.
    pid : int
    started : str
        When it was started, in the system's own unit; empty where that is not told. With it a pid that was
        given to another process later is recognised.

    Examples
    --------
    >>> ProcessIdentity.parse(str(this_process())) == this_process()
    True
    >>> this_process().is_running()
    True
    """

    machine: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.machine}|{self.pid}|{self.started}"

    @classmethod
    def parse(cls, text: str) -> ProcessIdentity | None:
        """Read what ``str`` wrote; None when it is something else."""
        machine, *rest = text.rsplit("|", 2)
        if len(rest) != 2 or not rest[0].isdecimal():
            return None
        return cls(machine, int(rest[0]), rest[1])

    def is_running(self) -> bool | None:
        """Whether it lives; None when it is of another machine, or when this system does not tell."""
        here = this_process()
        if self.machine != here.machine:
            return None
        if self == here:
            return True
        started = start_of(self.pid)
        if started is None or (started and self.started and started != self.started):
            return False
        return True if started else None


def this_process() -> ProcessIdentity:
    """Return the identity of this process, a forked one included."""
    return _identity(os.getpid())


@lru_cache(maxsize=4)
def _identity(pid: int) -> ProcessIdentity:
    return ProcessIdentity(_machine(), pid, start_of(pid) or "")


def start_of(pid: int) -> str | None:
    """Return when a process of this machine was started; None when there is none, "" when nobody tells."""
    if sys.platform == "linux":
        return _start_on_linux(pid)
    try:
        import psutil  # ipykernel brings it
    except ImportError:
        return ""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return repr(process.create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return ""


def _start_on_linux(pid: int) -> str | None:
    # Not by psutil: there it is seconds since 1970, which change when the clock is set.
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else ""
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if not fields or fields[0] in _GONE else fields[19]


def _machine() -> str:
    parts = [platform.node().replace("|", "_")]
    if sys.platform == "linux":
        # Process ids of a container mean nothing outside it, and nothing after a restart of the machine.
        for read in (_boot_id, _pid_namespace):
            try:
                parts.append(read())
            except OSError:
                parts.append(uuid.uuid4().hex)  # not to be told: then nobody is of this machine
    else:
        parts.append(f"{uuid.getnode():x}")
    return "/".join(parts)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _pid_namespace() -> str:
    return os.readlink("/proc/self/ns/pid")
