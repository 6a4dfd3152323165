"""Speech to text in notebooks: magics, widgets and DataFrames. ``%load_ext aai_jupyter`` starts it.

Every name below is imported when it is first used: neither ``import aai_jupyter`` nor ``%load_ext`` waits for
pandas or an HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aai_jupyter._version import __version__

# At once, and by name: importing the module of the same name later would hide a lazy `settings`.
from aai_jupyter.settings import settings

if TYPE_CHECKING:
    from aai_jupyter import errors
    from aai_jupyter.api import (
        Client,
        Job,
        get,
        get_async,
        jobs_frame,
        load,
        run,
        sample,
        transcribe,
        transcribe_async,
    )
    from aai_jupyter.transcript import Transcript
    from aai_jupyter.transcript_set import TranscriptSet

_HOMES = {
    **dict.fromkeys(
        (
            "Client",
            "Job",
            "get",
            "get_async",
            "jobs_frame",
            "load",
            "run",
            "sample",
            "transcribe",
            "transcribe_async",
        ),
        "aai_jupyter.api",
    ),
    "Transcript": "aai_jupyter.transcript",
    "TranscriptSet": "aai_jupyter.transcript_set",
}
__all__ = [
    "Client",
    "Job",
    "Transcript",
    "TranscriptSet",
    "__version__",
    "errors",
    "get",
    "get_async",
    "jobs_frame",
    "load",
    "run",
    "sample",
    "settings",
    "transcribe",
    "transcribe_async",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name == "errors":
        value = import_module("aai_jupyter.errors")
    else:
        raise AttributeError(f"module 'aai_jupyter' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext aai_jupyter``."""
    import_module("aai_jupyter.notebook.loading").load_ipython_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by ``%unload_ext aai_jupyter``."""
    import_module("aai_jupyter.notebook.loading").unload_ipython_extension(shell)
