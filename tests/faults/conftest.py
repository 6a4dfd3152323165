"""A service with a ledger, and recordings to send to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as service:
        yield service


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "audio"
    folder.mkdir()
    paths = [folder / f"{number}.wav" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(b"RIFF....WAVE" + bytes([number]) * 400)
    return paths
