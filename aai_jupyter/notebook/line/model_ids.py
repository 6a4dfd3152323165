"""Ids of language models for Tab completion, waiting at most a moment for the catalog."""

from __future__ import annotations

import concurrent.futures

from aai_jupyter.errors import AaiError

WAIT_SECONDS = 0.25


def model_ids() -> tuple[str, ...]:
    """Return ids of the models that the current endpoint offers; empty when they are not known yet.

    Nothing is started for it: without a key, and before the engine runs, there is nothing to ask. A catalog
    that comes too late is there for the next Tab.
    """
    from aai_jupyter.jobs.engine import engine_model
    from aai_jupyter.runtime.process import runtime

    rt = runtime()
    try:
        nobody = rt.settings.uses_engine and engine_model() is None
    except AaiError:
        return ()
    if nobody:
        return ()

    async def ids() -> tuple[str, ...]:
        gateway = (await rt.client()).gateway
        return tuple(model.id for model in gateway.known_models or await gateway.models())

    coming = rt.bridge.submit(ids())
    try:
        found: tuple[str, ...] = coming.result(WAIT_SECONDS)
    except (concurrent.futures.TimeoutError, AaiError):
        coming.add_done_callback(lambda done: done.cancelled() or done.exception())  # its error is nobody's
        return ()
    return found
