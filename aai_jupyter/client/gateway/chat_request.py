"""Request body of ``POST /v1/chat/completions``: checked against the catalog before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aai_jupyter.client.gateway.model_catalog import Catalog, Model
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.errors import OptionError

ROLES = ("system", "user", "assistant", "tool")
JSON_REPAIR = [{"type": "json-repair"}]
MAX_FALLBACK_DEPTH = 2
_NAMED = 6

Check = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Field of the body besides ``model``, ``messages`` and ``prompt``.

    ``type`` is the annotation of its value; ``gated`` says that the catalog lists the models which take it,
    under the same name.
    """

    help: str
    type: str
    check: Check
    gated: bool = False


def _number(low: float, high: float = math.inf, *, whole: bool = False) -> Check:
    kinds = (int,) if whole else (int, float)
    what = "a whole number" if whole else "a number"
    bounds = f" from {low:g}" + (f" to {high:g}" if math.isfinite(high) else "")

    def check(value: Any) -> str | None:
        fine = isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high
        return None if fine else f"must be {what}{bounds}"

    return check


def _kind(*kinds: type) -> Check:
    names = {bool: "true or false", str: "text", dict: "an object", list: "a list"}

    def check(value: Any) -> str | None:
        return None if isinstance(value, kinds) else f"must be {' or '.join(names[k] for k in kinds)}"

    return check


def _objects(value: Any) -> str | None:
    fine = isinstance(value, list | tuple) and all(isinstance(item, dict) for item in value)
    return None if fine else "must be a list of objects"


def _reasoning(value: Any) -> str | None:
    if isinstance(value, dict) and (
        value.get("effort") in ("low", "medium", "high") or "max_tokens" in value
    ):
        return None
    return 'must be {"effort": "low"}, "medium" or "high", or {"max_tokens": n}'


def _depth(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be an object"
    fine = value.get("depth", 1) in range(1, MAX_FALLBACK_DEPTH + 1)
    return None if fine else f"depth cannot be greater than {MAX_FALLBACK_DEPTH}"


def _region(value: Any) -> str | None:
    return None if value == "global" else 'can only be set to "global"'


CACHED_FROM = 16_000
"""Characters of a prompt from which it is cached: about the 4,096 tokens below which nothing is."""

PARAMETERS: dict[str, Parameter] = {
    "max_tokens": Parameter(
        "Most tokens of the answer (the service's own default is 1000).",
        "int",
        _number(1, whole=True),
        gated=True,
    ),
    "temperature": Parameter("0 is the most repeatable.", "float", _number(0, 2), gated=True),
    "top_p": Parameter("Nucleus sampling.", "float", _number(0, 1), gated=True),
    "top_k": Parameter("Sample from so many likeliest tokens.", "float", _number(1), gated=True),
    "stream": Parameter("Send the answer piece by piece.", "bool", _kind(bool), gated=True),
    "stream_options": Parameter("What else a stream carries.", "dict[str, Any]", _kind(dict)),
    "tools": Parameter("Functions that the model may ask for.", "list[dict[str, Any]]", _objects, gated=True),
    "tool_choice": Parameter(
        "auto, none, or a function.", "str | dict[str, Any]", _kind(str, dict), gated=True
    ),
    "response_format": Parameter("JSON schema of the answer.", "dict[str, Any]", _kind(dict), gated=True),
    "aai_prompt": Parameter("Name of a prompt saved at the service.", "str", _kind(str)),
    "prompt_replacements": Parameter(
        "What its {{ tags }} stand for.", "dict[str, Any] | list[Any]", _kind(dict, list)
    ),
    "transcript_id": Parameter("Transcript for the tag {{ transcript }}.", "str", _kind(str)),
    "post_processing_steps": Parameter("Such as json-repair.", "list[dict[str, Any]]", _objects),
    "reasoning": Parameter("How much to think.", "dict[str, Any]", _reasoning, gated=True),
    "fallbacks": Parameter("Models to take when the first fails.", "list[dict[str, Any]]", _objects),
    "fallback_config": Parameter("Retry, and how deep.", "dict[str, Any]", _depth),
    "model_region": Parameter("Leave the region: cheaper.", 'Literal["global"]', _region),
    "cache_control": Parameter("Prompt cache (Claude).", "dict[str, Any]", _kind(dict)),
    "prompt_cache_key": Parameter("Prompt cache (OpenAI).", "str", _kind(str)),
    "prompt_cache_retention": Parameter("Prompt cache (OpenAI).", "str", _kind(str)),
    "zero_data_retention": Parameter("Only providers that keep nothing.", "bool", _kind(bool)),
    "fail_fast": Parameter("Do not retry on the server.", "bool", _kind(bool)),
    "max_timeout": Parameter("Seconds that the server waits for the model.", "float", _number(0)),
}
"""Every optional field of the body."""


def chat_body(
    catalog: Catalog,
    model: str,
    messages: Sequence[Mapping[str, Any]] | str,
    parameters: Mapping[str, Any] | None = None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Build the body to send.

    Parameters
    ----------
    catalog : Catalog
        Of the host that it goes to.
    model : str
    messages : list of dict, or str
        A string is one message of the user.
    parameters : mapping
        Fields of :data:`PARAMETERS`; None leaves one out.
    extra : mapping, optional
        Fields that this version does not know; sent unchecked.

    Raises
    ------
    OptionError
        A model that is not there, an unknown or wrong field, or one that the model does not take; then the
        models that take it are named.

    Examples
    --------
    >>> from aai_jupyter.client.gateway.model_catalog import Model
    >>> catalog = Catalog([Model("plain", supported_parameters=frozenset({"max_tokens"}))], host="h")
    >>> chat_body(catalog, "plain", "Hi", {"max_tokens": 5})
    {'model': 'plain', 'messages': [{'role': 'user', 'content': 'Hi'}], 'max_tokens': 5}
    >>> chat_body(catalog, "plain", "Hi", {"temperature": 0.5})
    Traceback (most recent call last):
    aai_jupyter.OptionError: Model plain does not take temperature.
      → No model of h takes it: leave it out.
    """
    given = {name: value for name, value in (parameters or {}).items() if value is not None}
    live = {name for model_ in catalog for name in model_.supported_parameters or ()}
    for name, value in given.items():
        if name not in PARAMETERS and name in live:
            continue  # newer than this version; whether the model takes it is checked below
        if name not in PARAMETERS:
            near = closest(name, {*PARAMETERS, *live})
            raise OptionError(
                f"The gateway has no parameter {name!r}.", hint=f"Did you mean {near}?" if near else None
            )
        if problem := PARAMETERS[name].check(value):
            raise OptionError(f"{name} {problem}, not {value!r}.")
    chosen = catalog[model]
    _gate(catalog, chosen, given)
    for fallback in given.get("fallbacks", ()):
        if "model" not in fallback:
            raise OptionError("Each of fallbacks needs a model.")
        other = catalog[str(fallback["model"])]
        _gate(catalog, other, {**given, **fallback}, as_fallback=True)
    body = {"model": model, "messages": _messages(messages), **given}
    if _worth_caching(catalog, chosen, body):
        body["cache_control"] = {"type": "ephemeral"}
    return {**body, **(extra or {})}


def _worth_caching(catalog: Catalog, model: Model, body: Mapping[str, Any]) -> bool:
    """Claude caches long prompts only when told to; the makers of the others do so by themselves."""
    if not model.id.startswith("claude") or "cache_control" in body:
        return False
    if any("cache_control" in message for message in body["messages"]):
        return False
    listed = any("cache_control" in (m.supported_parameters or ()) for m in catalog)
    length = sum(len(str(message.get("content") or "")) for message in body["messages"])
    return length >= CACHED_FROM and (not listed or model.supports("cache_control"))


def _gate(catalog: Catalog, model: Model, given: Mapping[str, Any], *, as_fallback: bool = False) -> None:
    for name in given:
        parameter = PARAMETERS.get(name)
        # What the catalog lists for any model is a capability, even if this version does not know it.
        listed = any(name in (m.supported_parameters or ()) for m in catalog)
        gated = parameter is not None and parameter.gated
        if not (gated or listed) or model.supports(name):
            continue
        able = [m.id for m in catalog.supporting(name) if m is not model]
        more = f" and {len(able) - _NAMED} more" if len(able) > _NAMED else ""
        hint = (
            f"These do: {', '.join(able[:_NAMED])}{more}."
            if able
            else f"No model of {catalog.host} takes it: leave it out."
        )
        role = "Fallback model" if as_fallback else "Model"
        raise OptionError(f"{role} {model.id} does not take {name}.", hint=hint)
    if given.get("model_region") == "global" and model.regions and "global" not in model.regions:
        raise OptionError(
            f"Model {model.id} is not offered globally.",
            hint=f"Leave model_region out: it runs in {', '.join(model.regions)}.",
        )


def _messages(messages: Sequence[Mapping[str, Any]] | str) -> list[dict[str, Any]]:
    if isinstance(messages, str):
        return [{"role": "user", "content": messages}]
    found = [dict(message) for message in messages]
    if not found:
        raise OptionError("There is no message to send.")
    for message in found:
        if message.get("role") not in ROLES:
            raise OptionError(
                f"A message's role must be one of {', '.join(ROLES)}, not {message.get('role')!r}."
            )
    return found
