"""The engine of this process: one membership, left at the end and in forked children."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable

from aai_jupyter.jobs.engine_client import EngineClient
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.endpoint import Endpoint

# One per process, like the exit hook that it needs.
_engine = EngineClient()
atexit.register(_engine.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_engine._forget)


def ensure_engine(settings: Settings, on_message: Callable[[str], None] | None = None) -> Endpoint:
    """Join the engine, or start it; see :meth:`EngineClient.ensure`. Blocking, thread-safe."""
    return _engine.ensure(settings, on_message)


def engine_model() -> str | None:
    """Return the name of the running engine's model, such as "whisper-base int8"; None without one."""
    return _engine.model if _engine.running else None


def stop_engine() -> None:
    """Leave the engine; it ends by itself some time after its last client."""
    _engine.stop()
