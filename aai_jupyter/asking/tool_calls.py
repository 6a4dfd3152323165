"""Python functions that a model may call: only those that were given, each call recorded."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from aai_jupyter.client.gateway.chat_completion import ToolCall
from aai_jupyter.errors import OptionError
from aai_jupyter.text.public_class import public
from aai_jupyter.text.ready_types import ready

MAX_RESULT_CHARS = 20_000
MAX_ROUNDS = 8
"""Answers with calls after which no more calls are carried out."""
MAX_CALLS = 50
MAX_CALLS_A_ROUND = 16
"""Of one question, and of one answer: words of a recording may make a model ask for any number."""


@public
@dataclass(frozen=True, slots=True)
class ToolRun:
    """One call that was carried out, or refused. ``arguments`` is what the function got."""

    name: str
    arguments: dict[str, Any]
    result: str
    failed: bool
    seconds: float


OnTool = Callable[[ToolRun], None]


class Tools:
    """Functions with type hints as tools.

    Parameters
    ----------
    functions : iterable of callable
        Plain or async functions. Name, docstring and type hints are what the model sees.

    Raises
    ------
    OptionError
        A parameter without a type hint, or with one that JSON cannot express.

    Examples
    --------
    >>> def price(article: str, count: int = 1) -> float:
    ...     \"\"\"Price of an article in euros.\"\"\"
    ...     return 2.5 * count
    >>> Tools([price]).specs[0]["function"]["parameters"]["required"]
    ['article']
    """

    def __init__(self, functions: Iterable[Callable[..., Any]]) -> None:
        self._functions: dict[str, tuple[Callable[..., Any], Any]] = {}
        self.specs: list[dict[str, Any]] = []
        for function in functions:
            name = getattr(function, "__name__", "")
            if not name.isidentifier():
                raise OptionError("A tool must be a function with a name; a lambda has none.")
            if name in self._functions:
                raise OptionError(f"Two tools are named {name}.")
            kind = _arguments(function, name)
            schema = msgspec.json.schema(ready(kind))
            parameters = _inlined(schema)
            self._functions[name] = function, kind
            text = inspect.getdoc(function) or ""
            spec = {"name": name, "description": text[:1000], "parameters": parameters}
            self.specs.append({"type": "function", "function": spec})

    def __bool__(self) -> bool:
        return bool(self._functions)

    async def run(self, call: ToolCall) -> ToolRun:
        """Execute one call; its errors are returned to the model, which may try again."""
        began = time.monotonic()
        arguments: dict[str, Any] = {}
        try:
            found = msgspec.json.decode(call.arguments or "{}")
            arguments = found if isinstance(found, dict) else {"": found}
            if call.name not in self._functions:
                raise LookupError(f"there is no function {call.name}")
            function, kind = self._functions[call.name]
            given = msgspec.convert(found, kind)
            arguments = {name: getattr(given, name) for name in kind.__struct_fields__}
            if inspect.iscoroutinefunction(function):
                value = await function(**arguments)
            else:
                value = await asyncio.to_thread(function, **arguments)
            text, failed = _written(value), False
        except Exception as error:  # noqa: BLE001 - the function is the user's: its faults are an answer
            text, failed = f"{type(error).__name__}: {error}", True
        return ToolRun(call.name, arguments, text, failed, time.monotonic() - began)


def _arguments(function: Callable[..., Any], name: str) -> Any:
    try:
        hints = get_type_hints(function)
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError, NameError) as error:
        raise OptionError(f"The type hints of {name} cannot be read: {error}") from None
    fields: list[Any] = []
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise OptionError(f"The tool {name} has a parameter {parameter} that cannot be named.")
        if parameter.name not in hints:
            raise OptionError(
                f"The tool {name} needs a type hint for {parameter.name}.",
                hint=f"def {name}({parameter.name}: str)",
            )
        field = (parameter.name, hints[parameter.name])
        fields.append(field if parameter.default is parameter.empty else (*field, parameter.default))
    try:
        kind = msgspec.defstruct("arguments", fields, kw_only=True, forbid_unknown_fields=True)
        msgspec.json.schema(kind)
    except (TypeError, ValueError) as error:
        raise OptionError(f"The tool {name} cannot be described: {error}") from None
    return kind


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the arguments themselves; further types stay under ``$defs``."""
    shared = dict(schema.get("$defs", {}))
    own = dict(shared.pop("arguments", schema))
    own.pop("title", None)
    own.setdefault("required", [])
    return {**own, **({"$defs": shared} if shared else {})}


def _written(value: Any) -> str:
    if isinstance(value, str):
        text = value
    else:
        try:
            text = msgspec.json.encode(value).decode()
        except (TypeError, ValueError):
            text = str(value)
    return text if len(text) <= MAX_RESULT_CHARS else text[:MAX_RESULT_CHARS] + " … (cut)"
