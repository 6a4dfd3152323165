"""Speech to text in notebooks: magics, widgets and DataFrames. ``%load_ext aai_jupyter`` starts it.

Every name below is imported when it is first used: neither ``import aai_jupyter`` nor ``%load_ext`` waits for
pandas or an HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aai_jupyter._version import __version__

# At once, and by name: importing the module of the same name later would hide a lazy `settings`.
from aai_jupyter.settings.configuration import settings

if TYPE_CHECKING:
    from aai_jupyter import errors
    from aai_jupyter.api.ask import ask, ask_async
    from aai_jupyter.api.chat import chat
    from aai_jupyter.api.dictate import dictate, dictate_async
    from aai_jupyter.api.job import Job, get, get_async, jobs_frame
    from aai_jupyter.api.load import load
    from aai_jupyter.api.run import run
    from aai_jupyter.api.sample import sample
    from aai_jupyter.api.service_client import Client
    from aai_jupyter.api.stream import stream, stream_async
    from aai_jupyter.api.studio import studio
    from aai_jupyter.api.transcribe import transcribe, transcribe_async
    from aai_jupyter.asking.conversation import Conversation
    from aai_jupyter.live.dictation import Dictation
    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.transcripts.clip import Clip
    from aai_jupyter.transcripts.live_transcript import LiveTranscript
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

_NAMES = {
    "aai_jupyter.api.ask": ("ask", "ask_async"),
    "aai_jupyter.api.chat": ("chat",),
    "aai_jupyter.api.dictate": ("dictate", "dictate_async"),
    "aai_jupyter.api.job": ("Job", "get", "get_async", "jobs_frame"),
    "aai_jupyter.api.load": ("load",),
    "aai_jupyter.api.run": ("run",),
    "aai_jupyter.api.sample": ("sample",),
    "aai_jupyter.api.service_client": ("Client",),
    "aai_jupyter.api.stream": ("stream", "stream_async"),
    "aai_jupyter.api.studio": ("studio",),
    "aai_jupyter.api.transcribe": ("transcribe", "transcribe_async"),
    "aai_jupyter.asking.conversation": ("Conversation",),
    "aai_jupyter.live.dictation": ("Dictation",),
    "aai_jupyter.live.live_stream": ("LiveStream",),
    "aai_jupyter.transcripts.clip": ("Clip",),
    "aai_jupyter.transcripts.live_transcript": ("LiveTranscript",),
    "aai_jupyter.transcripts.transcript": ("Transcript",),
    "aai_jupyter.transcripts.transcript_set": ("TranscriptSet",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = [
    "Client",
    "Clip",
    "Conversation",
    "Dictation",
    "Job",
    "LiveStream",
    "LiveTranscript",
    "Transcript",
    "TranscriptSet",
    "__version__",
    "ask",
    "ask_async",
    "chat",
    "dictate",
    "dictate_async",
    "errors",
    "get",
    "get_async",
    "jobs_frame",
    "load",
    "run",
    "sample",
    "settings",
    "stream",
    "stream_async",
    "studio",
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
