"""``%aai_status``: every setting, where it came from, and whether the connection works."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import AaiError
from aai_jupyter.local import unsupported
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.notebook.magics.login_magic import check
from aai_jupyter.notebook.views.small_table import SmallTable
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import Endpoint

if TYPE_CHECKING:
    from aai_jupyter.client.gateway.rate_limits import LimitState
    from aai_jupyter.jobs.store import Store

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
    limits = map(limit_text, runtime().rate_limits())
    note = " ".join([connection(arguments.offline), store_text(runtime().store), *limits])
    display(SmallTable(["setting", "value", "from"], rows, note))


def store_text(store: Store) -> str:
    """Describe how results and the journal of jobs are kept.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from aai_jupyter.jobs.store import Store
    >>> store_text(Store(pathlib.Path(tempfile.mkdtemp()), network=""))
    'Store: on a disk of this machine.'
    """
    count = len(store)  # opens it, and so finds out what it can do
    trouble = f" {store.database.trouble}" if store.database.trouble else ""
    kept = f", {count} {'transcript' if count == 1 else 'transcripts'}" if count else ""
    return f"Store: {store.database.mode}{kept}.{trouble}"


def limit_text(state: LimitState) -> str:
    """Describe what is left of one rate limit.

    Examples
    --------
    >>> from aai_jupyter.client.gateway.rate_limits import LimitState
    >>> limit_text(LimitState("gpt-5", 30, 12, 41.6, 3, 18, 0))
    'LLM Gateway, gpt-5: 12 of 30 requests left, all again in 42 s, 3 waiting.'
    >>> limit_text(LimitState("extractive", None, None, None, 0, 4, 0))
    'LLM Gateway, extractive: no limit.'
    """
    what = f"{state.service or 'LLM Gateway'}, {state.model or state.name}"
    if state.limit is None:
        return f"{what}: no limit."
    parts = [f"{max(0, state.remaining or 0)} of {state.limit} requests left"]
    if state.resets_in:
        parts.append(f"all again in {state.resets_in:.0f} s")
    if state.waiting:
        parts.append(f"{state.waiting} waiting")
    return f"{what}: {', '.join(parts)}."


def connection(offline: bool = False) -> str:
    """Describe where speech goes to, and whether that answers."""
    endpoint = settings.endpoint()
    if endpoint is None:
        return _engine()
    return f"Service: {endpoint.base_url}" if offline else _service(endpoint)


def _service(endpoint: Endpoint) -> str:
    began = time.perf_counter()
    try:
        runtime().bridge.run(check(endpoint))
    except AaiError as error:
        return f"Connection to {endpoint.base_url} failed. {error}"
    return f"Connection to {endpoint.base_url}: works, key accepted ({time.perf_counter() - began:.2f} s)."


def _engine() -> str:
    from aai_jupyter.jobs.engine import engine_model
    from aai_jupyter.jobs.engine_process import engine_available

    why = "as set" if settings.local else "since there is no key"
    missing = engine_available()
    if missing:
        return f"No service ({why}). {missing}"
    model = engine_model()
    state = f"running {model}" if model else f"model {settings.local_model}, starts when it is needed"
    return f"Local engine, {why}: {state}. {unsupported.sentence()} %aai_login switches to AssemblyAI."
