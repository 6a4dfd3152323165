"""What the home folder holds takes how much, and what goes: never what costs money or is nowhere else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from aai_jupyter.errors import OptionError
from aai_jupyter.jobs.cache_size import cache_parts, cache_table, prune_cache, size_of

STAYS = ["store-1.sqlite3", "streams/a.flac", "studio/b.wav", "audio/c.mp3", "engine/engine.sqlite3"]
GOES = ["peaks/one", "peaks/two", "engine/uploads/three", "engine/engine-1.log"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for age, name in enumerate([*STAYS, *GOES]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
        old = time.time() - 86400 * (age + 1)
        os.utime(path, (old, old))
    return tmp_path


def left(home: Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def test_what_takes_how_much(home: Path) -> None:
    sizes = {part.name: part.size for part in cache_parts(home) if part.files}
    assert sizes["waveforms"] == 2000
    assert sizes["transcripts"] == 1000
    table = cache_table(home)
    assert "waveforms" in table
    assert "9.00 kB in 9 files" in table or "9 files" in table


def test_the_oldest_goes_until_it_fits_and_what_was_paid_for_stays(home: Path) -> None:
    assert prune_cache(home, limit=2000, dry_run=True) == (2, 2000)
    assert left(home) == {*STAYS, *GOES}
    assert prune_cache(home, limit=2000) == (2, 2000)
    assert left(home) == {*STAYS, "peaks/one", "peaks/two"}
    assert prune_cache(home, limit=0) == (2, 2000)
    assert left(home) == set(STAYS)


def test_what_is_old_goes_and_what_is_in_use_stays(home: Path) -> None:
    (home / "peaks" / "now").write_bytes(bytes(10))
    assert prune_cache(home, older_than=7.5)[0] == 2
    prune_cache(home, limit=0)
    assert left(home) == {*STAYS, "peaks/now"}


def test_a_link_is_not_followed(home: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside"
    outside.write_bytes(bytes(10))
    (home / "peaks" / "link").symlink_to(outside)
    prune_cache(home, limit=0)
    assert outside.exists()


@pytest.mark.parametrize("text", ["", "many", "-1 GB", "GB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(OptionError, match="size"):
        size_of(text)
