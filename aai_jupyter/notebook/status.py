"""``%aai_status``: every setting, where it came from, and whether the connection works."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aai_jupyter import limits
from aai_jupyter.endpoint import Endpoint
from aai_jupyter.errors import AaiError
from aai_jupyter.notebook.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.notebook.login import check
from aai_jupyter.notebook.table import Table
from aai_jupyter.settings import settings

SPEC = MagicSpec(
    "aai_status",
    "Show each setting with its value (the key masked) and where it came from, and check the connection.",
    ("%aai_status [--offline]",),
    max_words=0,
    flags=(Flag("offline", "Do not check the connection."),),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> None:
    """Run the magic."""
    from IPython.display import display

    rows = [(row.name, row.value, row.origin) for row in settings.rows()]
    note = _connection(arguments.offline)
    display(Table(["setting", "value", "from"], rows, note))


def _connection(offline: bool) -> str:
    endpoint = None if settings.local else settings.service_endpoint()
    if endpoint is None:
        return _engine()
    return f"Service: {endpoint.base_url}" if offline else _service(endpoint)


def _service(endpoint: Endpoint) -> str:
    from aai_jupyter.runtime import runtime

    began = time.perf_counter()
    try:
        runtime().bridge.run(check(endpoint))
    except AaiError as error:
        return f"Connection to {endpoint.base_url} failed. {error}"
    return f"Connection to {endpoint.base_url}: works, key accepted ({time.perf_counter() - began:.2f} s)."


def _engine() -> str:
    from aai_jupyter.jobs.engine import engine_available, engine_model

    why = "as set" if settings.local else "since there is no key"
    missing = engine_available()
    if missing:
        return f"No service ({why}). {missing}"
    model = engine_model()
    state = f"running {model}" if model else f"model {settings.local_model}, starts when it is needed"
    return f"Local engine, {why}: {state}. {limits.sentence()} %aai_login switches to AssemblyAI."
