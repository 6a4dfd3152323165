from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..conftest import run_engine

pytest.register_assert_rewrite(f"{__package__}.sockets")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An engine that takes four sessions at once."""
    from aai_jupyter.local.streaming.websocket_route import Live

    from .sockets import ScriptedModels

    home = tmp_path_factory.mktemp("live")
    with run_engine(home, routes=Live(ScriptedModels("base", home), sessions=4).routes()) as running:
        yield running
