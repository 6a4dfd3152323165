"""Every parser of files, archives, messages and bodies: nothing but our own errors leaves it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.schema_forms import schema_of
from aai_jupyter.asking.structured_answer import read as read_answer
from aai_jupyter.client.clips.clip_reply import ClipReply
from aai_jupyter.client.gateway.chat_completion import Gatherer
from aai_jupyter.client.gateway.model_catalog import decode_catalog
from aai_jupyter.client.gateway.sse import EventParser
from aai_jupyter.client.gateway.stream_events import piece
from aai_jupyter.client.responses import Reply, decode_json, retry_after, status_error
from aai_jupyter.client.sources.formats import not_audio
from aai_jupyter.client.streaming.events import decode_event
from aai_jupyter.client.transcript_data import decode_page, decode_transcript
from aai_jupyter.errors import AaiError
from aai_jupyter.jobs.erasure_intent import ErasureIntent
from aai_jupyter.local.clips.clip_config import ClipConfig
from aai_jupyter.local.clips.errors import ClipError
from aai_jupyter.local.clips.multipart import boundary_of, parts_of
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.gateway.chat_body import check_body
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.understanding_forms import problems
from aai_jupyter.local.gateway.upstream import UpstreamServer
from aai_jupyter.local.gateway.upstream_shapes import entry, name_usage, refusal, repair
from aai_jupyter.local.streaming.parameter_rules import InvalidInput
from aai_jupyter.local.streaming.streaming_params import StreamParams
from aai_jupyter.local.transcript_params import decode_params
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.transcripts import archive
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.examples import examples

NAMES = [
    "id",
    "status",
    "text",
    "words",
    "utterances",
    "start",
    "end",
    "speaker",
    "confidence",
    "audio_url",
    "error",
    "type",
    "transcript",
    "turn_order",
    "end_of_turn",
    "choices",
    "message",
    "content",
    "delta",
    "usage",
    "data",
    "role",
    "model",
    "messages",
    "chapters",
    "entities",
    "code",
    "transcripts",
    "sentiment_analysis_results",
    "page_details",
    "created",
    "redact_pii",
    "redact_pii_policies",
    "speech_models",
    "webhook_url",
    "max_tokens",
    "response_format",
    "translation",
    "speech_understanding",
    "request",
    "config",
    "sample_rate",
    "label",
    "path",
    "url",
    "size",
    "sha256",
    "operation",
    "arguments",
    "language_code",
    "keyterms_prompt",
    "results",
    "pricing",
    "auto_highlights_result",
    "index",
    "iab_categories_result",
    "content_safety_labels",
    "summary",
    "multichannel",
    "audio_duration",
    "tool_calls",
    "function",
    "channel",
    "prompt_tokens",
    "completion_tokens",
    "speaker_identification",
    "known_values",
    "speakers",
    "available_regions",
]
SIMPLE = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12)
    | st.sampled_from(["completed", "A", "Turn", "Begin", "http://127.0.0.1/a.wav", "\ud800", "[", "en"])
)  # fmt: skip
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=9)
DEEP = st.sampled_from(
    [b"[" * 100_000, b'{"a":' * 100_000, b'{"words":' + b"[" * 50_000 + b"]" * 50_000 + b"}"]
)
JSON = (
    OBJECTS.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    | VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=80)
    | DEEP
)
FEW = examples(12)
HERE = UpstreamServer("h", "http://127.0.0.1")


def everything(transcript: Transcript) -> None:
    """All frames and texts that a transcript can show."""
    for name in (
        "words",
        "utterances",
        "sentences",
        "chapters",
        "entities",
        "sentiments",
        "highlights",
        "topics",
    ):
        transcript.frame(name)
    for show in (transcript.to_text, transcript.to_markdown, transcript.to_srt, transcript.to_vtt):
        show()
    repr(transcript), transcript._repr_html_(), TranscriptSet([transcript])._repr_html_()


def streamed(parser: EventParser, raw: bytes) -> None:
    """The pieces of an answer that is streamed."""
    for event in (*parser.feed(raw), *parser.close()):
        piece(event, Gatherer())


CLIENT: dict[str, Callable[[bytes], Any]] = {
    "transcript": lambda raw: everything(Transcript(decode_transcript(raw))),
    "list": decode_page,
    "reply": lambda raw: decode_json(Reply(200, {}, raw)),
    "error": lambda raw: status_error(400, raw, {"retry-after": raw[:9].decode("latin-1")}, host="h"),
    "retry": lambda raw: retry_after({"retry-after": raw.decode("latin-1")}, 0.0),
    "sse": lambda raw: streamed(EventParser(), raw),
    "chunk": lambda raw: piece(raw.decode("utf-8", "replace"), Gatherer()),
    "head": not_audio,
    "markdown": lambda raw: to_html(raw.decode("utf-8", "replace")),
    "rows": lambda raw: read_answer(raw.decode("utf-8", "replace"), schema_of("name: str, score: int?")),
    "fields": lambda raw: schema_of(raw.decode("utf-8", "replace")),
}
DECODED: dict[str, Callable[[Any], Any]] = {
    "catalog": decode_catalog,
    "recording": lambda value: Recording.from_facts(value, ours=False),
}
ENGINE: dict[str, Callable[[Any], Any]] = {
    "transcript": decode_params,
    "chat": lambda value: check_body(value, known=True) if isinstance(value, dict) else None,
    "understanding": problems,
    "live": lambda value: StreamParams.of({}).updated(value) if isinstance(value, dict) else None,
    "usage": lambda value: (name_usage(value), repair(value)) if isinstance(value, dict) else None,
    "model": lambda value: entry({**dict(value), "id": "m"}, HERE) if isinstance(value, dict) else None,
}
REFUSALS = (ApiError, GatewayError, ClipError, InvalidInput, AaiError)


@pytest.mark.parametrize("name", CLIENT)
@FEW
@given(raw=JSON)
def test_answers_of_a_service(name, raw):
    with contextlib.suppress(AaiError):
        CLIENT[name](raw)


@pytest.mark.parametrize("name", DECODED)
@FEW
@given(value=VALUES)
def test_decoded_answers(name, value):
    with contextlib.suppress(AaiError):
        DECODED[name](value)


@FEW
@given(raw=JSON)
def test_live_messages(raw):
    try:
        decode_event(raw)
        decode_event(raw.decode("utf-8", "replace"))
    except ValueError:
        pass  # what the connection passes over


@pytest.mark.parametrize("name", ENGINE)
@FEW
@given(value=VALUES)
def test_bodies_of_requests(name, value):
    with contextlib.suppress(REFUSALS):
        ENGINE[name](value)


@FEW
@given(raw=JSON, kind=st.text(max_size=40), boundary=st.binary(min_size=1, max_size=4))
def test_clips(raw, kind, boundary):
    for parse in (
        lambda: ClipConfig.of(raw),
        lambda: boundary_of(kind),
        lambda: parts_of(b"--" + boundary + b"\r\n" + raw + b"\r\n--" + boundary + b"--", boundary),
        lambda: refusal(400, raw, HERE),
        lambda: ClipReply.of(Reply(200, {}, raw)),
    ):
        with contextlib.suppress(REFUSALS):
            parse()


@FEW
@given(query=st.dictionaries(st.sampled_from([*NAMES, "encoding", "llm_gateway"]), st.text(max_size=9)))
def test_queries_of_a_socket(query):
    with contextlib.suppress(REFUSALS):
        StreamParams.of(query)


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "replace")


MANIFEST = OBJECTS.map(lambda value: encoded({"format": archive.FORMAT, "version": 1, **value}))
ENTRIES = st.dictionaries(
    st.sampled_from(["manifest.json", "transcript.json", "edits.json", "answers/00-sentences.json", "../x"]),
    JSON | MANIFEST,
    max_size=4,
)


@FEW
@given(entries=ENTRIES, cut=st.integers(0, 60), damage=st.binary(max_size=3))
def test_saved_transcripts(tmp_path_factory, entries, cut, damage):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    whole = data.getvalue()
    path = tmp_path_factory.mktemp("saved") / "x.aai"
    for content in (
        whole,
        whole[: len(whole) - cut],
        whole[:cut] + damage + whole[cut + len(damage) :],
        damage,
    ):
        path.write_bytes(content)
        with contextlib.suppress(AaiError):
            everything(Transcript.load(path))


def toml_of(value: dict[str, Any]) -> bytes:
    lines = [f"{name} = {json.dumps(value.get(key))}" for name, key in (("offline", "id"), ("units", "text"))]
    return "\n".join(("[tool.aai_jupyter]", *lines)).encode("utf-8", "replace")


@FEW
@given(raw=st.binary(max_size=60) | OBJECTS.map(toml_of))
def test_settings_files(tmp_path_factory, raw):
    folder: Path = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    for name in (".env", "pyproject.toml"):
        (folder / name).write_bytes(raw)
    try:
        one = Settings(environ={}, start=folder)
        repr(one), one.endpoint(), one.profiles()
    except AaiError:
        pass


@FEW
@given(raw=JSON)
def test_intents_of_an_erasure(raw):
    with contextlib.suppress(ValueError, RecursionError):  # passed over by pending()
        ErasureIntent.from_json(raw.decode("utf-8", "replace"))
