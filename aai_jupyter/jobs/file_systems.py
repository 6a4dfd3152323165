"""Which file system a folder is on: SQLite's shared memory and locks do not work across a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

NETWORK = frozenset(
    {
        "9p",
        "acfs",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse.ceph",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "webdav",
        "wekafs",
    }
)
_DRIVE_REMOTE = 4
_ESCAPED = re.compile(r"\\([0-7]{3})")


def network_file_system(folder: Path) -> str | None:
    """Return the kind of network file system that a folder is on; None for a disk of this machine."""
    path = Path(os.path.realpath(folder))
    if sys.platform == "win32":
        return "a network drive" if is_remote_drive(path) else None
    kind = kind_of(path, mounts_on_mac() if sys.platform == "darwin" else mounts_on_linux())
    return kind if kind in NETWORK else None


def kind_of(path: Path, mounts: Iterable[tuple[Path, str]]) -> str | None:
    """Return the kind of the mount that a path is below; of several on one place the last one.

    Examples
    --------
    >>> kind_of(Path("/home/ann/x"), [(Path("/"), "ext4"), (Path("/home"), "nfs4")])
    'nfs4'
    """
    best: tuple[int, str] | None = None
    for place, kind in mounts:
        if path.is_relative_to(place) and (best is None or len(place.parts) >= best[0]):
            best = len(place.parts), kind
    return best[1] if best else None


def mounts_on_linux(file: Path = Path("/proc/self/mountinfo")) -> list[tuple[Path, str]]:
    """Return places and kinds of all mounts; none where the system does not tell."""
    try:
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if separator and len(fields) > 4:
            place = _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
            found.append((Path(place), right.split(" ")[0]))
    return found


def mounts_on_mac(output: str | None = None) -> list[tuple[Path, str]]:
    """Return places and kinds of all mounts, as ``mount`` prints them.

    Examples
    --------
    >>> mounts = mounts_on_mac("server:/home on /Users/ann (nfs, nodev, mounted by ann)")
    >>> [(place.as_posix(), kind) for place, kind in mounts]
    [('/Users/ann', 'nfs')]
    """
    if output is None:
        try:
            output = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5).stdout
        except (OSError, subprocess.SubprocessError):
            return []
    found = []
    for line in output.splitlines():  # disk on place (kind, options)
        mount, _, options = line.rpartition(" (")
        place = mount.partition(" on /")[2]
        if mount and place is not None:
            found.append((Path("/" + place), options.rstrip(")").partition(",")[0].strip()))
    return found


def is_remote_drive(path: Path) -> bool:
    """Whether Windows says that a path is on another machine."""
    anchor = path.anchor
    if anchor.startswith("\\\\"):
        return True
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only there on Windows
    return bool(kernel.GetDriveTypeW(anchor) == _DRIVE_REMOTE)
