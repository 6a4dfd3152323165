"""The embedded model ``extractive``: retrieves passages that answer a question, and quotes them.

It writes no text of its own. A question gets up to three quotes with their turns or times, or the sentence
:data:`NOT_FOUND`. A schema's string fields get a quote each; a boolean field is true where it is said, and
else stays empty: that nothing was found says neither yes nor no.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from aai_jupyter.embedding.sentence_vectors import COMMAND, Embedder
from aai_jupyter.errors import EngineError
from aai_jupyter.local.gateway.chat_body import text_of
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.quoting import Passage, fill, quote
from aai_jupyter.local.gateway.transcript_tag import TAG
from aai_jupyter.local.models.retrieval import Index, sentences
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.tokenization import split

MODEL = "extractive"
CONTEXT = 1_000_000
NOT_FOUND = "Not in the transcript."
SUPPORTED = ("max_tokens", "response_format", "stream")
REFUSED = (
    "temperature", "top_p", "top_k", "tools", "tool_choice", "reasoning", "cache_control",
)  # fmt: skip
DESCRIPTION = (
    "Runs on this machine. Quotes the turns that answer a question and cites them, or says "
    f"“{NOT_FOUND}”. Writes no text of its own: no summaries, no conclusions. Fills string fields of a "
    "schema with quotes, and a boolean field with true where it is said; it leaves others empty."
)
BY_WORDS = (
    " Finds turns by their words alone, because the model that understands meaning is not installed: "
    f"{COMMAND}."
)
ONLY_QUOTES = (
    f"The model {MODEL} finds what was said, and writes nothing of its own: for summaries and conclusions "
    "name a server of language models (setting llm_url), or use a key."
)
UNFILLED = (
    "Left empty, as nothing that was said can be quoted for it: {names}. The model {model} can only quote; "
    "for judgements name a server of language models (setting llm_url), or use a key."
)
CANNOT_WRITE = (
    f"This asks for something to be written, and the model {MODEL} can only quote what was said. To have it "
    "written, let aai.settings.llm_url name a server of language models (Ollama: http://127.0.0.1:11434), "
    "or use a key (%aai_login)."
)
# What asks for a text or a judgement, not for what was said.
_TASK = re.compile(
    r"^\W*(?:(?:please|can you|could you|would you|i (?:want|need) you to|now|then)\W+)*"
    r"(?:write|draft|compose|summari[sz]e|paraphrase|rewrite|translate|generate|create|make|prepare|produce|rate|"
    r"classify|categori[sz]e|score|compare|explain|analy[sz]e|evaluate|suggest|propose|recommend|turn|"
    r"outline|shorten|correct|proofread|schreibe?|erstelle?|übersetze?|fasse|resume|resumir|escribe|traduce|"
    r"écris|rédige|résume|traduis)\b"
    r"|\b(?:show notes|summary of|blog post|press release|newsletter|tl;?dr)\b",
    re.IGNORECASE,
)
_TURN = re.compile(r"^\[(\d{1,6})\] (?:(-:--|\d+(?::\d\d)+)(?: ([^\n:]{1,80}))?: )?(.*)$")
_QUOTED = re.compile(r"^“([^“”]+)”( \[[^\[\]]+\])?\s*$")
_QUESTION = re.compile(r"<question>((?:(?!</?question>).)*+)</question>", re.DOTALL)


@dataclass
class Made:
    """An answer, as a whole and as a stream."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str = "stop"
    warnings: list[str] = field(default_factory=list)
    began: float = 0.0

    def usage(self) -> dict[str, int]:
        given, made = self.prompt_tokens, self.completion_tokens
        return {
            "input_tokens": given,
            "prompt_tokens": given,
            "output_tokens": made,
            "completion_tokens": made,
            "total_tokens": given + made,
        }

    def whole(self, request_id: str) -> dict[str, Any]:
        """Return the body of a plain response."""
        message = {"role": "assistant", "content": self.text}
        return {
            "request_id": request_id,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
            "usage": self.usage(),
            "http_status_code": 200,
            "response_time": time.monotonic_ns() - int(self.began * 1e9),
            **({"warnings": self.warnings} if self.warnings else {}),
        }

    def pieces(self, request_id: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the stream's chunks, a line of the answer each."""
        head = {
            "id": request_id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": MODEL,
        }
        lines = self.text.splitlines(keepends=True)
        for number, line in enumerate(lines):
            delta = {"content": line} if number else {"role": "assistant", "content": line}
            yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        last = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
        warnings = {"warnings": self.warnings} if self.warnings else {}
        yield {**head, "choices": [last], **warnings}
        options = body.get("stream_options")
        if isinstance(options, dict) and options.get("include_usage"):
            yield {**head, "choices": [], "usage": self.usage()}


class Extractive:
    """The model; its weights are loaded with the first question. Methods are blocking and thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._missing: str | None = None

    def _load(self) -> Embedder | None:
        with self._lock:
            if self._embedder is None and self._missing is None:
                try:
                    self._embedder = Embedder()
                except (EngineError, ImportError) as error:
                    self._missing = str(error)
            return self._embedder

    def entry(self) -> dict[str, Any]:
        """Return the model's entry in the catalog."""
        able = self._load() is not None
        free = {"prompt": 0.0, "completions": 0.0}
        here = {"id": "local", "name": "This machine"}
        return {
            "id": MODEL,
            "name": "Extractive (local)",
            "description": DESCRIPTION + ("" if able else BY_WORDS),
            "creator": "local",
            "context_length": CONTEXT,
            "supported_parameters": list(SUPPORTED),
            "default_parameters": {"temperature": 0.0, "top_p": None, "frequency_penalty": None},
            "top_provider": {
                "is_moderated": False,
                "context_length": CONTEXT,
                "max_completion_tokens": CONTEXT,
            },
            "pricing": {"global": free, "us": free, "eu": free, "regional_increase_percent": 0.0},
            "retirement_date": 0,
            "available_regions": ["us", "eu", "global"],
            "providers": [here],
            "default_provider": here,
        }

    def answer(self, body: dict[str, Any], transcript: dict[str, Any] | None) -> Made:
        """Answer a validated request.

        Raises
        ------
        GatewayError
            A parameter or a schema that this model cannot serve.
        """
        began = time.monotonic()
        for name in REFUSED:
            if body.get(name) is not None:
                raise GatewayError(400, f"model {MODEL} does not support {name}")
        asked, passages = read_messages(body["messages"], transcript)
        embedder = self._load()
        index = Index([passage.text for passage in passages], embedder)
        limit = body.get("max_tokens")
        finish = "stop"
        empty: list[str] = []
        if body.get("response_format") and body["response_format"]["type"] == "json_schema":
            schema = body["response_format"]["json_schema"]["schema"]
            filled = fill(schema, asked, passages, index)
            empty = [name for name, value in filled.items() if value is None or value == ""]
            text = msgspec.json.encode(filled).decode()
        else:
            lines = [
                f"“{quote(passages[h.index].text, h)}”{passages[h.index].mark}" for h in index.search(asked)
            ]
            kept = [line for n, line in enumerate(lines) if n == 0 or _within(lines[: n + 1], limit)]
            finish = "length" if len(kept) < len(lines) else "stop"
            text = "\n\n".join(kept) or NOT_FOUND
            if _TASK.search(asked):
                text, finish = CANNOT_WRITE, "stop"
        count = embedder.count if embedder else (lambda said: len(split(said)))
        warnings = [] if embedder else [BY_WORDS.strip()]
        if text == NOT_FOUND:
            warnings.append(ONLY_QUOTES)
        if empty:
            warnings.append(UNFILLED.format(names=", ".join(empty), model=MODEL))
        given = sum(count(text_of(m)) for m in body["messages"]) + sum(
            count(p.text) for p in passages if transcript is not None
        )
        return Made(text, given, count(text), finish, warnings, began)


def _within(lines: list[str], limit: int | None) -> bool:
    return limit is None or sum(len(split(line)) for line in lines) <= limit


def read_messages(
    messages: list[dict[str, Any]], transcript: dict[str, Any] | None
) -> tuple[str, list[Passage]]:
    """Return the question, and the passages to answer it from.

    Numbered lines (``[3] 0:27 Ben: ...``) are passages wherever they stand; the tag stands for the
    utterances of the transcript. Without either, the sentences before the question are.

    Examples
    --------
    >>> content = "[1] 0:02 Ann: We open in April.\\nWhen do we open?"
    >>> read_messages([{"role": "user", "content": content}], None)
    ('When do we open?', [Passage(text='We open in April.', mark=' [1]')])
    """
    passages = list(_utterances(transcript)) if transcript is not None else []
    rest = ""
    for message in messages:
        if message.get("role") in ("system", "tool", "assistant"):
            continue
        lines = []
        for line in text_of(message).splitlines():
            if turn := _TURN.match(line):
                passages.append(Passage(turn[4], f" [{turn[1]}]"))
            else:
                lines.append(line)
        rest = "\n".join(lines).replace(TAG, " ").strip()
    if tagged := _QUESTION.findall(rest):
        if not passages:  # answers of this model, to be put together
            quoted = (_QUOTED.match(line) for line in _QUESTION.sub(" ", rest).splitlines())
            passages = [Passage(found[1], found[2] or "") for found in quoted if found]
        return _without_marks(tagged[-1]), passages
    if passages:
        return _without_marks(rest), passages
    parts = sentences(rest.replace("\n", " "))
    asked = next((n for n in reversed(range(len(parts))) if parts[n].endswith("?")), len(parts) - 1)
    found = [Passage(part, "") for n, part in enumerate(parts) if n != asked]
    return (parts[asked] if parts else ""), found


def _without_marks(text: str) -> str:
    """Remove the tags around the turns of a recording."""
    return re.sub(r"</?transcript>|^# Recording .*$", " ", text, flags=re.MULTILINE).strip()


def _utterances(transcript: dict[str, Any]) -> Iterator[Passage]:
    """Yield passages by speaker when those are known, else sentence by sentence."""
    from aai_jupyter.local.exports import sentences as cut

    rows = transcript.get("utterances") or cut(transcript)["sentences"]
    for row in rows:
        at = clock(row["start"] / 1000)
        yield Passage(row["text"], f" [{at} {row['speaker']}]" if row.get("speaker") else f" [{at}]")
