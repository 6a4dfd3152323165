"""A service with a ledger, and recordings to send to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.simulator import Simulator


def some(values: Iterable[Any], *short: Any) -> list[Any]:
    """All values as parameters of a test; those that are not named wait for `make nightly`."""

    def parameters(value: Any) -> Any:
        values = value if isinstance(value, tuple) else (value,)
        return pytest.param(*values, marks=() if value in short else pytest.mark.nightly)

    return [parameters(value) for value in values]


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
