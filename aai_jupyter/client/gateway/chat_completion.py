"""Chat completion: text, tool calls and tokens, merged from choices and the chunks of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from aai_jupyter.client.gateway.model_catalog import PER, TokenPrice
from aai_jupyter.text.public_class import public
from aai_jupyter.text.thinking import ThinkingSplitter

CUT_SHORT = frozenset({"length", "max_tokens", "MAX_TOKENS"})
"""Reasons to finish that mean "the answer goes on, but the limit was reached", by several providers."""


@public
@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request. Cached and written tokens are part of ``input_tokens``."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Tokens of question and answer."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def cost(self, price: TokenPrice | None) -> Decimal | None:
        """Compute US dollars, exactly; None without a price."""
        if price is None:
            return None
        read = price.prompt if price.cache_read is None else price.cache_read
        write = price.prompt if price.cache_write is None else price.cache_write
        write_1h = write if price.cache_write_1h is None else price.cache_write_1h
        special = self.cached_tokens + self.cache_write_tokens + self.cache_write_1h_tokens
        plain = max(0, self.input_tokens - special)
        return (
            plain * price.prompt
            + self.cached_tokens * read
            + self.cache_write_tokens * write
            + self.cache_write_1h_tokens * write_1h
            + self.output_tokens * price.completions
        ) / PER


def decode_usage(value: Any) -> Usage | None:
    """Decode tokens under either name of each field; None when there are none.

    Examples
    --------
    >>> decode_usage({"prompt_tokens": 12, "completion_tokens": 3}).total_tokens
    15
    """
    if not isinstance(value, dict):
        return None
    given = _first(value, "input_tokens", "prompt_tokens")
    made = _first(value, "output_tokens", "completion_tokens")
    if given is None and made is None:
        return None
    details = _dict(value.get("prompt_tokens_details"))
    creation = _dict(details.get("cache_creation"))
    hour = _number(creation.get("ephemeral_1h_input_tokens"))
    written = _number(creation.get("ephemeral_5m_input_tokens"))
    if not creation:
        written = _number(details.get("cache_write_tokens"))
    return Usage(
        input_tokens=given or 0,
        output_tokens=made or 0,
        cached_tokens=_number(details.get("cached_tokens")),
        cache_write_tokens=written,
        cache_write_1h_tokens=hour,
        reasoning_tokens=_number(_dict(value.get("completion_tokens_details")).get("reasoning_tokens")),
    )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Call of a function that the model asks for. ``arguments`` is the JSON text as it came."""

    id: str
    name: str
    arguments: str

    def as_json(self) -> dict[str, Any]:
        """Encode the call as a message of the conversation repeats it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer.

    Attributes
    ----------
    text : str
    tool_calls : tuple of ToolCall
    usage : Usage or None
        None when the service did not tell.
    finish_reason : str or None
        In the provider's own words.
    model : str
        The model asked; ``answered_by`` is what the service says has answered.
    thinking : str
        Reasoning, where the model shows it.
    seconds : float
        From sending to the last byte.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    finish_reason: str | None = None
    model: str = ""
    answered_by: str = ""
    request_id: str | None = None
    thinking: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def cut_short(self) -> bool:
        """Whether the answer ended because ``max_tokens`` was reached."""
        return self.finish_reason in CUT_SHORT


@dataclass(frozen=True, slots=True)
class Delta:
    """Chunk of a streamed answer."""

    text: str = ""
    thinking: str = ""


class Gatherer:
    """Merger of a plain reply, or of the chunks of a stream, into one answer."""

    def __init__(self) -> None:
        self._texts: dict[int, ThinkingSplitter] = {}
        self._thinking: list[str] = []
        self._calls: dict[tuple[int, Any], dict[str, str]] = {}
        self._last: dict[int, tuple[int, Any]] = {}
        self.finish_reason: str | None = None
        self._usage: Usage | None = None
        self._head: dict[str, Any] = {}
        self._warnings: list[str] = []

    @property
    def text(self) -> str:
        """Text so far, choice by choice."""
        parts = (self._texts[index].answer for index in sorted(self._texts))
        return "\n\n".join(part for part in parts if part)

    @property
    def thinking(self) -> str:
        """Thinking so far: what came in fields of its own, and what stood between marks in the text."""
        within = (self._texts[index].thinking.strip() for index in sorted(self._texts))
        return "\n\n".join(part for part in ("".join(self._thinking), *within) if part)

    def close(self) -> Delta:
        """End the answer; returns what was held back as the beginning of a mark."""
        ends = [self._texts[index].close() for index in sorted(self._texts)]
        return Delta("".join(answer for answer, _ in ends), "".join(thought for _, thought in ends))

    def add(self, data: Mapping[str, Any]) -> Delta:
        """Add a whole reply or a chunk."""
        for name in ("id", "request_id", "model"):
            if isinstance(data.get(name), str):
                self._head.setdefault(name, data[name])
        self._usage = decode_usage(data.get("usage")) or self._usage
        self._warnings += [w for w in _list(data.get("warnings")) if isinstance(w, str)]
        texts, thoughts = [], []
        for place, choice in enumerate(_list(data.get("choices"))):
            if not isinstance(choice, dict):
                continue
            told = choice.get("index")
            index = told if isinstance(told, int) else place
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason:
                self.finish_reason = reason
            message = _dict(choice.get("delta")) or _dict(choice.get("message"))
            text, thought = _text(message.get("content")), _thought(message)
            if text:
                answer, within = self._texts.setdefault(index, ThinkingSplitter()).feed(text)
                texts.append(answer)
                thoughts.append(within)
            if thought:
                self._thinking.append(thought)
                thoughts.append(thought)
            calls = message.get("tool_calls") or choice.get("tool_calls")
            for position, call in enumerate(_list(calls)):
                self._add_call(index, position, _dict(call))
        return Delta("".join(texts), "".join(thoughts))

    def _add_call(self, choice: int, position: int, call: dict[str, Any]) -> None:
        function = _dict(call.get("function"))
        # A piece belongs to the call of its index; without one, to the call of its id, else to the last.
        index, told = call.get("index"), call.get("id")
        id = told if isinstance(told, str) else None
        key: tuple[int, Any] = (choice, index if isinstance(index, int) else id)
        if key[1] is None:
            key = (
                self._last.get(choice, (choice, position)) if not function.get("name") else (choice, position)
            )
        self._last[choice] = key
        found = self._calls.setdefault(key, {"id": "", "name": "", "arguments": ""})
        found["id"] = found["id"] or id or ""
        found["name"] += function["name"] if isinstance(function.get("name"), str) else ""
        arguments = function.get("arguments")
        if isinstance(arguments, dict):  # some providers send the object itself
            arguments = msgspec.json.encode(arguments).decode()
        found["arguments"] += arguments if isinstance(arguments, str) else ""

    def completion(
        self, *, model: str, seconds: float = 0.0, raw: Mapping[str, Any] | None = None
    ) -> Completion:
        """Make the answer as far as it has come."""
        self.close()
        calls = [
            ToolCall(call["id"] or f"call_{number}", call["name"], call["arguments"] or "{}")
            for number, call in enumerate(self._calls.values())
            if call["name"]
        ]
        return Completion(
            text=self.text,
            tool_calls=tuple(calls),
            usage=self._usage,
            finish_reason=self.finish_reason,
            model=model,
            answered_by=self._head.get("model", ""),
            request_id=self._head.get("request_id") or self._head.get("id"),
            thinking=self.thinking,
            seconds=seconds,
            warnings=tuple(dict.fromkeys(self._warnings)),
            raw=raw or {},
        )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):  # [{"type": "text", "text": ...}]
        return "".join(_text(_dict(part).get("text")) for part in content)
    return ""


def _thought(message: Mapping[str, Any]) -> str:
    """Return the thinking of a message or a chunk, under any of its names; some servers send it under two."""
    parts = [_dict(part) for part in _list(message.get("content"))]
    found = (
        *(_text(message.get(name)) for name in ("thinking", "reasoning_content", "reasoning", "thought")),
        _details(message.get("reasoning_details")),
        "".join(_text(part.get(name)) for part in parts for name in ("thinking", "reasoning")),
    )
    return next((thought for thought in found if thought), "")


def _details(value: Any) -> str:
    parts = [_dict(part) for part in _list(value)]
    return "".join(_text(part.get("text")) or _text(part.get("summary")) for part in parts)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _first(value: dict[str, Any], *names: str) -> int | None:
    return next((_number(value[name]) for name in names if isinstance(value.get(name), int)), None)
