"""Stores that are full, read-only, damaged or newer: what can be read is used, and nothing is paid twice."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import sys
import uuid
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from aai_jupyter.jobs.journal import SUBMITTED, SUBMITTING
from aai_jupyter.jobs.store import FILE, Store
from tests.examples import some
from tests.faults.kernel import Kernel, Plan, transcribe
from tests.faults.simulator import Simulator


async def filled(simulator: Simulator, recordings: list[Path], home: Path) -> Plan:
    plan = Plan(simulator.url, home, tuple(recordings))
    assert [line[:8] for line in await transcribe(plan)] == ["Words of"] * 3
    return plan


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("size", some([512, *range(20_000, 220_000, 10_000)], 512, 40_000, 110_000))
def test_a_full_disk_submits_nothing_that_it_cannot_journal(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, size: int
) -> None:
    plan = Plan(simulator.url, tmp_path / "home", tuple(recordings), largest_file=size)
    said = Kernel(plan).result()
    assert said is not None
    assert not any("RAW" in line for line in said)
    errors = [line for line in said if not line.startswith(("Words of", "message"))]
    assert all("nothing was submitted" in line for line in errors)
    again = Kernel(replace(plan, largest_file=None)).result()
    assert [line[:8] for line in again or []] == ["Words of"] * 3
    assert simulator.paid_twice == {}


class Unwritable:
    """A store whose file can only be read, whoever asks (root may write anywhere)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = os.open
        monkeypatch.setattr(os, "open", self)

    def __call__(self, path: str, flags: int, *more: int, **named: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT) and str(path).endswith(FILE):
            raise OSError(30, "Read-only file system", str(path))
        return self._open(path, flags, *more, **named)


async def test_a_store_that_can_only_be_read_is_read_and_nothing_is_submitted(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await filled(simulator, [*recordings[:2], recordings[0]], tmp_path / "home")
    Unwritable(monkeypatch)
    said = await transcribe(replace(plan, sources=tuple(recordings)))
    assert [line[:8] for line in said[:2]] == ["Words of"] * 2
    assert said[2].startswith("StoreError: The journal of jobs cannot be written, so nothing was submitted.")
    assert "AAI_JUPYTER_HOME" in said[3]
    assert len(simulator.jobs) == 2


async def test_room_on_the_disk_is_used_without_a_restart(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "home"
    folder.write_text("in the way")
    lines: list[str] = []
    store = Store(folder, lines.append)
    job = store.record(store.begin("k", "acc", "s", "{}"), SUBMITTING)
    store.complete(store.record(job, SUBMITTED, transcript_id="t1"), b'{"id": "t1"}')
    assert store.cached("k") is not None
    assert not store.database.try_disk_again()
    folder.unlink()
    assert store.database.try_disk_again()
    store.close()
    fresh = Store(folder)
    found = fresh.cached("k")
    assert found is not None
    assert found.raw == b'{"id": "t1"}'
    assert len(lines) == 1
    fresh.close()


def flipped(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped bits": flipped,
    "zero page": lambda content, chance: (
        content[: (at := chance.randrange(len(content) // 4096) * 4096)] + bytes(4096) + content[at + 4096 :]
    ),
    "no head": lambda content, chance: bytes(4096) + content[4096:],
    "cut": lambda content, chance: content[: 4096 * chance.randrange(3, len(content) // 4096)],
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("seed", some(range(30), 0))
async def test_a_damaged_store_is_salvaged_row_by_row(tmp_path: Path, kind: str, seed: int) -> None:
    store = Store(tmp_path)
    # No flipped bit makes one of these of another.
    keys = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(120)]
    ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}")) for number in range(120)]

    def finished(number: int) -> None:
        job = store.record(store.begin(keys[number], "acc", f"{number}.wav", "{}"), SUBMITTING)
        raw = b'{"id": "%s", "text": "%s"}' % (ids[number].encode(), os.urandom(300).hex().encode())
        store.complete(store.record(job, SUBMITTED, transcript_id=ids[number]), raw)

    store.database.write_all([partial(finished, number) for number in range(120)])
    store.database.compact()
    store.close()
    path = tmp_path / FILE
    path.write_bytes(DAMAGE[kind](path.read_bytes(), random.Random(seed)))
    lines: list[str] = []
    fresh = Store(tmp_path, lines.append)
    found = [fresh.cached(key) for key in keys]
    known = [fresh.database.read(lambda db, key=key: fresh.lost_in(db, (key,))) for key in keys]
    # What cannot be read of a result is mostly known by its id: asked for again, not paid again.
    answers = [json.loads(stored.raw)["id"] if stored is not None else None for stored in found]
    assert all(answer in (None, ids[number]) for number, answer in enumerate(answers))
    least = {"flipped bits": 105, "zero page": 105, "no head": 105, "cut": 0}[kind]
    assert sum(bool(stored or job) for stored, job in zip(found, known, strict=True)) >= least
    assert len(lines) <= 1
    fresh.close()


async def test_a_result_that_is_damaged_is_asked_for_by_its_id(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    plan = await filled(simulator, recordings, tmp_path / "home")
    store = Store(plan.home)
    store.database.write(lambda db: db.execute("UPDATE transcripts SET raw = x'789c00' WHERE id = 'job-0'"))
    store.database.write(lambda db: db.execute("UPDATE transcripts SET raw = 'text' WHERE id = 'job-1'"))
    store.database.write(lambda db: db.execute("DELETE FROM transcripts WHERE id = 'job-2'"))
    store.close()
    assert [line[:8] for line in await transcribe(plan)] == ["Words of"] * 3
    assert len(simulator.jobs) == 3
    simulator.requests.clear()
    assert [line[:8] for line in await transcribe(plan)] == ["Words of"] * 3
    assert not simulator.requests


@pytest.mark.parametrize("how", ["version", "file"])
async def test_a_store_of_a_newer_version_is_refused_in_one_line(
    simulator: Simulator, recordings: list[Path], tmp_path: Path, how: str
) -> None:
    home = tmp_path / "home"
    plan = await filled(simulator, [*recordings[:2], recordings[0]], home)
    if how == "version":
        connection = sqlite3.connect(home / FILE)
        connection.executescript("PRAGMA user_version = 9; ALTER TABLE jobs ADD COLUMN region TEXT")
        connection.close()
    else:
        (home / FILE).rename(home / FILE.replace("-1", "-2"))
    said = await transcribe(replace(plan, sources=tuple(recordings)))
    assert [line for line in said if "newer version" in line and line.startswith("message")]
    read = [line[:8] for line in said[:2]]
    assert read == (["Words of"] * 2 if how == "version" else ["StoreErr"] * 2)
    assert said[2].startswith("StoreError")
    assert len(simulator.jobs) == 2


async def test_one_more_column_is_no_fault(
    simulator: Simulator, recordings: list[Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    plan = await filled(simulator, recordings, home)
    connection = sqlite3.connect(home / FILE)
    for table in ("transcripts", "cache", "uploads", "layers", "jobs", "journal", "claims"):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN more TEXT DEFAULT 'x'")
    connection.close()
    said = await transcribe(replace(plan, options={"speaker_labels": True}))
    assert [line[:8] for line in said] == ["Words of"] * 3


def test_a_file_that_another_process_replaced_is_not_written(tmp_path: Path) -> None:
    one = Store(tmp_path)
    one.begin("a", "acc", "s", "{}")
    (tmp_path / FILE).rename(tmp_path / "aside")
    for companion in ("-wal", "-shm"):
        (tmp_path / f"{FILE}{companion}").unlink(missing_ok=True)
    other = Store(tmp_path)
    other.begin("b", "acc", "s", "{}")
    one.begin("c", "acc", "s", "{}")
    assert {job.key for job in other.jobs()} == {"b", "c"}
    one.close()
    other.close()


def test_pages_are_read_without_sqlite(tmp_path: Path) -> None:
    from aai_jupyter.jobs.salvage import readable_rows

    store = Store(tmp_path)
    large = zlib.compress(b'{"text": "%s"}' % os.urandom(40_000).hex().encode())
    store.database.write(
        lambda db: db.execute("INSERT INTO transcripts VALUES ('a', 't', ?, 's', '{}', 1.5)", (large,))
    )
    rows = dict(readable_rows(tmp_path / FILE))
    assert rows["transcripts"] == ("a", "t", large, "s", "{}", 1.5)
    store.close()


@pytest.mark.parametrize("kind", ["edits", "audio"])
@pytest.mark.parametrize(
    "value", [b"\x00\xff{", b"7", b"[7]", b'[{"operation": "nothing"}]', b'{"a": ', b"null", b'["x", []]']
)
def test_a_damaged_layer_costs_the_layer_only(tmp_path: Path, kind: str, value: bytes) -> None:
    from aai_jupyter.client.transcript_data import decode_transcript
    from aai_jupyter.transcripts.restore import restored

    store = Store(tmp_path)
    store.keep_layer("t1", kind, value)
    words = [{"text": "Hi.", "start": 0, "end": 5, "confidence": 1.0, "speaker": None}]
    data = decode_transcript({"id": "t1", "status": "completed", "text": "Hi.", "words": words})
    transcript = restored(data, store)
    assert transcript.text == "Hi."
    if kind == "edits" and value not in (b"null", b'{"a": '):
        assert len(transcript.problems) == 1
    store.close()
