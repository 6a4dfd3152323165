"""Speech to text in notebooks: magics, widgets and DataFrames. ``%load_ext aai_jupyter`` starts it.

::

    t = aai.transcribe(aai.sample(), speaker_labels=True)  # or: %transcribe talk.mp3 --speaker-labels --as t
    t.utterances                                           # a DataFrame; t alone is a player
    aai.ask("What was decided?", t)                        # or: %aai_ask --about t What was decided?

The way on: ``%transcribe -h``, ``%aai_stream -h`` (captions while people speak), ``%aai_status`` (key,
engine, settings), ``aai.transcribe?``, ``aai.studio()`` (no code). Several files or a folder give one table.

Every name below is imported when it is first used: neither ``import aai_jupyter`` nor ``%load_ext`` waits for
pandas or an HTTP library.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aai_jupyter._version import __version__
from aai_jupyter.runtime import old_layout

# At once, and by name: importing the module of the same name later would hide a lazy `settings`.
from aai_jupyter.settings.configuration import settings

if TYPE_CHECKING:
    from aai_jupyter import errors
    from aai_jupyter.analysis.agreement import Agreement
    from aai_jupyter.analysis.answer_evaluation import AnswerEvaluation
    from aai_jupyter.analysis.audit import Audit, AuditEstimate
    from aai_jupyter.analysis.comparison import Comparison
    from aai_jupyter.analysis.evaluation import Evaluation
    from aai_jupyter.analysis.timeline_svg import Timeline
    from aai_jupyter.api import glossary
    from aai_jupyter.api.align import align
    from aai_jupyter.api.ask import ask, ask_async
    from aai_jupyter.api.chat import chat
    from aai_jupyter.api.check_captions import check_captions
    from aai_jupyter.api.coding import agreement, codebook
    from aai_jupyter.api.compare import compare, evaluate
    from aai_jupyter.api.dictate import dictate, dictate_async
    from aai_jupyter.api.erase import erase, erase_async
    from aai_jupyter.api.inspect import inspect
    from aai_jupyter.api.job import Job
    from aai_jupyter.api.job_lookup import get, get_async, jobs_frame
    from aai_jupyter.api.load import load
    from aai_jupyter.api.merge import merge
    from aai_jupyter.api.open_corpus import corpus
    from aai_jupyter.api.run import run
    from aai_jupyter.api.sample import sample
    from aai_jupyter.api.service_client import Client
    from aai_jupyter.api.spend import spend
    from aai_jupyter.api.stream import stream, stream_async
    from aai_jupyter.api.studio import studio
    from aai_jupyter.api.track_conversation import tracks
    from aai_jupyter.api.transcribe import transcribe, transcribe_async
    from aai_jupyter.api.transcribe_frames import frames_schema, transcribe_frames
    from aai_jupyter.api.voices import Voices, voices
    from aai_jupyter.api.written_sound import join
    from aai_jupyter.asking.answer import Answer, CallCost
    from aai_jupyter.asking.answer_schema import Schema
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.ask_events import AskEvent
    from aai_jupyter.asking.ask_plan import Plan
    from aai_jupyter.asking.citations import Citation
    from aai_jupyter.asking.coding_run import CodingRun
    from aai_jupyter.asking.conversation import Conversation
    from aai_jupyter.asking.prompt_turns import PromptTurn
    from aai_jupyter.asking.tool_calls import ToolRun
    from aai_jupyter.client.gateway.chat_completion import Usage
    from aai_jupyter.client.retry import RetryPolicy
    from aai_jupyter.client.sources.track_list import Tracks
    from aai_jupyter.client.streaming.events import (
        Begin,
        Event,
        Heartbeat,
        LLMGatewayResponse,
        Reconnected,
        Reconnecting,
        Revision,
        ServiceError,
        Silence,
        SpeakerRevision,
        SpeechStarted,
        StreamWord,
        Termination,
        Turn,
        Unknown,
    )
    from aai_jupyter.client.streaming.events import (
        Warning as Warning,  # not in __all__: `import *` must not hide the built-in one
    )
    from aai_jupyter.client.streaming.policy import StreamingPolicy
    from aai_jupyter.corpora.corpus import Corpus
    from aai_jupyter.errors import (
        AaiError,
        AccessError,
        AskCancelled,
        AskInterrupted,
        AskStopped,
        AuthenticationError,
        BadRequestError,
        CostLimitError,
        EngineError,
        Interrupted,
        MissingDependencyError,
        NetworkError,
        NotFoundError,
        OfflineError,
        OptionError,
        RateLimitError,
        RequestTimeoutError,
        ResponseError,
        ServerError,
        SourceError,
        Stopped,
        StoppedWaiting,
        StoreError,
        StreamingAccessError,
        StreamingError,
        StreamingInputError,
        StreamingLostError,
        StreamInterrupted,
        TranscriptionFailedError,
        UsageError,
    )
    from aai_jupyter.interchange.writers.workbook import to_excel
    from aai_jupyter.jobs.batch_state import BatchProgress
    from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
    from aai_jupyter.jobs.job_events import JobEvent
    from aai_jupyter.live.dictation import Dictation
    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.settings.configuration import Settings
    from aai_jupyter.settings.endpoint import ApiKey, Endpoint
    from aai_jupyter.transcripts.clip import Clip
    from aai_jupyter.transcripts.codebook import Code, Codebook
    from aai_jupyter.transcripts.edits.editor import Edit, Editor
    from aai_jupyter.transcripts.live_transcript import LiveTranscript
    from aai_jupyter.transcripts.merging import Merge
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.transcripts.speaker_names import SpeakerNames
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet
    from aai_jupyter.widgets.chat.chat_widget import Chat
    from aai_jupyter.widgets.player.player import Player
    from aai_jupyter.widgets.studio.studio_widget import Studio

_NAMES = {
    "aai_jupyter.analysis.agreement": ("Agreement",),
    "aai_jupyter.analysis.answer_evaluation": ("AnswerEvaluation",),
    "aai_jupyter.analysis.audit": ("Audit", "AuditEstimate"),
    "aai_jupyter.analysis.comparison": ("Comparison",),
    "aai_jupyter.analysis.evaluation": ("Evaluation",),
    "aai_jupyter.analysis.timeline_svg": ("Timeline",),
    "aai_jupyter.api.align": ("align",),
    "aai_jupyter.api.ask": ("ask", "ask_async"),
    "aai_jupyter.api.chat": ("chat",),
    "aai_jupyter.api.check_captions": ("check_captions",),
    "aai_jupyter.api.coding": ("agreement", "codebook"),
    "aai_jupyter.api.compare": ("compare", "evaluate"),
    "aai_jupyter.api.dictate": ("dictate", "dictate_async"),
    "aai_jupyter.api.erase": ("erase", "erase_async"),
    "aai_jupyter.api.inspect": ("inspect",),
    "aai_jupyter.api.job": ("Job",),
    "aai_jupyter.api.job_lookup": ("get", "get_async", "jobs_frame"),
    "aai_jupyter.api.load": ("load",),
    "aai_jupyter.api.merge": ("merge",),
    "aai_jupyter.api.open_corpus": ("corpus",),
    "aai_jupyter.api.run": ("run",),
    "aai_jupyter.api.sample": ("sample",),
    "aai_jupyter.api.service_client": ("Client",),
    "aai_jupyter.api.spend": ("spend",),
    "aai_jupyter.api.stream": ("stream", "stream_async"),
    "aai_jupyter.api.studio": ("studio",),
    "aai_jupyter.api.track_conversation": ("tracks",),
    "aai_jupyter.api.transcribe": ("transcribe", "transcribe_async"),
    "aai_jupyter.api.transcribe_frames": ("frames_schema", "transcribe_frames"),
    "aai_jupyter.api.voices": ("Voices", "voices"),
    "aai_jupyter.api.written_sound": ("join",),
    "aai_jupyter.asking.answer": ("Answer", "CallCost"),
    "aai_jupyter.asking.answer_schema": ("Schema",),
    "aai_jupyter.asking.answers": ("Answers",),
    "aai_jupyter.asking.ask_events": ("AskEvent",),
    "aai_jupyter.asking.ask_plan": ("Plan",),
    "aai_jupyter.asking.citations": ("Citation",),
    "aai_jupyter.asking.coding_run": ("CodingRun",),
    "aai_jupyter.asking.conversation": ("Conversation",),
    "aai_jupyter.asking.prompt_turns": ("PromptTurn",),
    "aai_jupyter.asking.tool_calls": ("ToolRun",),
    "aai_jupyter.client.gateway.chat_completion": ("Usage",),
    "aai_jupyter.client.retry": ("RetryPolicy",),
    "aai_jupyter.client.sources.track_list": ("Tracks",),
    "aai_jupyter.client.streaming.events": (
        "Begin",
        "Event",
        "Heartbeat",
        "LLMGatewayResponse",
        "Reconnected",
        "Reconnecting",
        "Revision",
        "ServiceError",
        "Silence",
        "SpeakerRevision",
        "SpeechStarted",
        "StreamWord",
        "Termination",
        "Turn",
        "Unknown",
        "Warning",
    ),
    "aai_jupyter.client.streaming.policy": ("StreamingPolicy",),
    "aai_jupyter.corpora.corpus": ("Corpus",),
    "aai_jupyter.errors": (
        "AaiError",
        "AccessError",
        "AskCancelled",
        "AskInterrupted",
        "AskStopped",
        "AuthenticationError",
        "BadRequestError",
        "CostLimitError",
        "EngineError",
        "Interrupted",
        "MissingDependencyError",
        "NetworkError",
        "NotFoundError",
        "OfflineError",
        "OptionError",
        "RateLimitError",
        "RequestTimeoutError",
        "ResponseError",
        "ServerError",
        "SourceError",
        "Stopped",
        "StoppedWaiting",
        "StoreError",
        "StreamInterrupted",
        "StreamingAccessError",
        "StreamingError",
        "StreamingInputError",
        "StreamingLostError",
        "TranscriptionFailedError",
        "UsageError",
    ),
    "aai_jupyter.interchange.writers.workbook": ("to_excel",),
    "aai_jupyter.jobs.batch_state": ("BatchProgress",),
    "aai_jupyter.jobs.erasure_receipt": ("ErasureReceipt",),
    "aai_jupyter.jobs.job_events": ("JobEvent",),
    "aai_jupyter.live.dictation": ("Dictation",),
    "aai_jupyter.live.live_stream": ("LiveStream",),
    "aai_jupyter.settings.configuration": ("Settings",),
    "aai_jupyter.settings.endpoint": ("ApiKey", "Endpoint"),
    "aai_jupyter.transcripts.clip": ("Clip",),
    "aai_jupyter.transcripts.codebook": ("Code", "Codebook"),
    "aai_jupyter.transcripts.edits.editor": ("Edit", "Editor"),
    "aai_jupyter.transcripts.live_transcript": ("LiveTranscript",),
    "aai_jupyter.transcripts.merging": ("Merge",),
    "aai_jupyter.transcripts.recording": ("Recording",),
    "aai_jupyter.transcripts.speaker_names": ("SpeakerNames",),
    "aai_jupyter.transcripts.transcript": ("Transcript",),
    "aai_jupyter.transcripts.transcript_set": ("TranscriptSet",),
    "aai_jupyter.widgets.chat.chat_widget": ("Chat",),
    "aai_jupyter.widgets.player.player": ("Player",),
    "aai_jupyter.widgets.studio.studio_widget": ("Studio",),
}
_PLACES = {"errors": "aai_jupyter.errors", "glossary": "aai_jupyter.api.glossary"}
"""Modules that are names of their own."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = [
    "AaiError",
    "AccessError",
    "Agreement",
    "Answer",
    "AnswerEvaluation",
    "Answers",
    "ApiKey",
    "AskCancelled",
    "AskEvent",
    "AskInterrupted",
    "AskStopped",
    "Audit",
    "AuditEstimate",
    "AuthenticationError",
    "BadRequestError",
    "BatchProgress",
    "Begin",
    "CallCost",
    "Chat",
    "Citation",
    "Client",
    "Clip",
    "Code",
    "Codebook",
    "CodingRun",
    "Comparison",
    "Conversation",
    "Corpus",
    "CostLimitError",
    "Dictation",
    "Edit",
    "Editor",
    "Endpoint",
    "EngineError",
    "ErasureReceipt",
    "Evaluation",
    "Event",
    "Heartbeat",
    "Interrupted",
    "Job",
    "JobEvent",
    "LLMGatewayResponse",
    "LiveStream",
    "LiveTranscript",
    "Merge",
    "MissingDependencyError",
    "NetworkError",
    "NotFoundError",
    "OfflineError",
    "OptionError",
    "Plan",
    "Player",
    "PromptTurn",
    "RateLimitError",
    "Reconnected",
    "Reconnecting",
    "Recording",
    "RequestTimeoutError",
    "ResponseError",
    "RetryPolicy",
    "Revision",
    "Schema",
    "ServerError",
    "ServiceError",
    "Settings",
    "Silence",
    "SourceError",
    "SpeakerNames",
    "SpeakerRevision",
    "SpeechStarted",
    "Stopped",
    "StoppedWaiting",
    "StoreError",
    "StreamInterrupted",
    "StreamWord",
    "StreamingAccessError",
    "StreamingError",
    "StreamingInputError",
    "StreamingLostError",
    "StreamingPolicy",
    "Studio",
    "Termination",
    "Timeline",
    "ToolRun",
    "Tracks",
    "Transcript",
    "TranscriptSet",
    "TranscriptionFailedError",
    "Turn",
    "Unknown",
    "Usage",
    "UsageError",
    "Voices",
    "__version__",
    "agreement",
    "align",
    "ask",
    "ask_async",
    "chat",
    "check_captions",
    "codebook",
    "compare",
    "corpus",
    "dictate",
    "dictate_async",
    "erase",
    "erase_async",
    "errors",
    "evaluate",
    "frames_schema",
    "get",
    "get_async",
    "glossary",
    "inspect",
    "jobs_frame",
    "join",
    "load",
    "merge",
    "run",
    "sample",
    "settings",
    "spend",
    "stream",
    "stream_async",
    "studio",
    "to_excel",
    "tracks",
    "transcribe",
    "transcribe_async",
    "transcribe_frames",
    "voices",
]

old_layout.register()


def _connect() -> None:
    """Let calls that wait show how far they are, where no extension is loaded to do so."""
    rt = import_module("aai_jupyter.runtime.process").runtime()
    if rt.announce is None and rt.progress is None:

        def show(what: str) -> Any:
            return lambda *about: getattr(import_module("aai_jupyter.notebook.views.outside"), what)(*about)

        rt.announce, rt.progress, rt.captions = show("announce"), show("progress"), show("captions")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        if _HOMES[name].startswith("aai_jupyter.api."):
            _connect()
    elif name in _PLACES:
        value = import_module(_PLACES[name])
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


if (
    "pandas" in sys.modules
):  # a frame made by hand has df.aai, and Tab shows it, before anything of ours has run
    import_module("aai_jupyter.transcripts.accessor")
