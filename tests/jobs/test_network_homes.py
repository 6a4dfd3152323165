"""Homes on network file systems: recognised, and shared under a lock of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aai_jupyter.jobs import file_systems
from aai_jupyter.jobs.file_systems import is_remote_drive, kind_of, mounts_on_linux, mounts_on_mac
from aai_jupyter.jobs.folder_lock import FREE, FolderLock, LockLost
from aai_jupyter.jobs.store import FILE, Store

MOUNTINFO = """\
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 21 0:35 / /home rw,relatime shared:9 - nfs4 server:/home rw,vers=4.2
41 40 0:36 / /home/a\\040b rw - fuse.sshfs ann@host:/ rw
42 40 254:1 / /home/local rw - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/tmp/x", "ext4"), ("/home/ann", "nfs4"), ("/home/a b/c", "fuse.sshfs"), ("/home/local/y", "xfs")],
)
def test_the_mount_tells_on_linux(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTINFO)
    assert kind_of(Path(path), mounts_on_linux(tmp_path / "mountinfo")) == kind


def test_the_mount_tells_on_a_mac() -> None:
    said = "/dev/disk1s1 on / (apfs, local)\n//ann@nas/x on /Volumes/x (smbfs, nodev, mounted by ann)\n"
    assert kind_of(Path("/Volumes/x/home"), mounts_on_mac(said)) == "smbfs"
    assert kind_of(Path("/Users/ann"), mounts_on_mac(said)) == "apfs"


def test_a_share_is_a_network_drive_on_windows() -> None:
    class Share:
        anchor = "\\\\server\\share\\"

    assert is_remote_drive(Share())


def test_the_folder_of_a_home_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(file_systems, "mounts_on_linux", lambda: [(Path("/"), "lustre")])
    store = Store(tmp_path / "home")
    store.begin("k", "acc", "s", "{}")
    assert "lustre" in store.database.mode
    assert not (tmp_path / "home" / f"{FILE}-wal").exists()
    assert not (tmp_path / "home" / f"{FILE}-shm").exists()
    store.close()


def test_a_store_of_a_local_disk_is_read_on_a_network(tmp_path: Path) -> None:
    local = Store(tmp_path, network="")
    local.begin("k", "acc", "s", "{}")
    remote = Store(tmp_path, network="nfs4")
    local.close()
    assert remote.open_job("k") is not None
    remote.begin("k2", "acc", "s", "{}")
    remote.close()


WRITER = """
import sys
from pathlib import Path
from aai_jupyter.jobs.store import Store
store = Store(Path(sys.argv[1]), network="nfs4")
for n in range(25):
    store.begin(f"{sys.argv[2]}-{n}", "acc", "s", "{}")
"""


def test_processes_write_in_turn_without_the_locks_of_sqlite(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)]) for number in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    store = Store(tmp_path, network="nfs4")
    assert len(store.jobs()) == 75
    store.close()


def test_a_lock_that_was_taken_over_is_noticed(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "lock")
    assert lock.acquire(1.0)
    (tmp_path / "lock.9").write_text("another")
    with pytest.raises(LockLost):
        lock.check()
    lock.release()
    assert (tmp_path / "lock.9").exists()


def test_a_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from aai_jupyter.jobs.folder_lock import FolderLock; "
        "assert FolderLock(Path(sys.argv[1]) / 'lock').acquire(1.0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert FREE not in [file.read_text() for file in tmp_path.iterdir()]
    assert FolderLock(tmp_path / "lock").acquire(0.5)
