"""Keywords of the public functions besides those that decide what they give: for type checkers only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_events import OnEvent as OnAskEvent
from aai_jupyter.asking.asker import OnText
from aai_jupyter.asking.conversation import Conversation
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.tool_calls import OnTool
from aai_jupyter.client.options.catalog.streaming_vocabulary import Auth
from aai_jupyter.client.options.option_types import (
    AskParameters,
    ClipOptions,
    StreamingOptions,
    TranscribeOptions,
)
from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.client.streaming.policy import StreamingPolicy
from aai_jupyter.jobs.job_events import OnEvent as OnJobEvent


class TranscribeKeywords(TranscribeOptions, total=False):
    """Of :func:`aai_jupyter.transcribe`, without ``wait``."""

    profile: str | None
    use_cache: bool
    progress: OnJobEvent | None
    audio_track: int | None
    tracks: bool
    extra: Mapping[str, Any] | None
    delete_at_service: Literal["never", "after_download"] | None
    source: Any
    keep: Sequence[Any] | str | None
    recorded_at: str | Sequence[str] | None
    timezone: str | None
    max_cost: float | None
    tag: str


class AskKeywords(AskParameters, total=False):
    """Of :func:`aai_jupyter.ask`, without ``each`` and ``dry_run``."""

    model: str | None
    schema: Any
    reduce: str | bool | None
    chat: Conversation | None
    tools: Iterable[Callable[..., Any]]
    redact: bool
    resume: Answers | None
    on_text: OnText | None
    on_event: OnAskEvent | None
    on_tool: OnTool | None
    at_once: int
    context: int | None
    quoted: Sequence[PromptTurn]
    extra: Mapping[str, Any] | None


class StreamKeywords(StreamingOptions, total=False):
    """Of :func:`aai_jupyter.stream`, without its callables."""

    multichannel: bool
    sides: Sequence[str] | None
    mic: bool | str
    computer: bool | str
    speed: float
    max_minutes: float
    keep_audio: bool
    auth: Auth
    token: str | None
    policy: StreamingPolicy | None
    profile: str | None
    extra: Mapping[str, Any] | None


class DictateKeywords(ClipOptions, total=False):
    """Of :func:`aai_jupyter.dictate`, without ``device``."""

    as_: str | None
    keep_audio: bool
    profile: str | None
    extra: Mapping[str, Any] | None


class ClientKeywords(TypedDict, total=False):
    """Of :class:`aai_jupyter.client.Client`, without ``endpoint``."""

    api_key: str | None
    region: str | None
    base_url: str | None
    streaming_base_url: str | None
    llm_gateway_base_url: str | None
    sync_base_url: str | None
    policy: RetryPolicy | None
