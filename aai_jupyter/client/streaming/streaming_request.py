"""Checked options of a real-time session, its query string and its price."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aai_jupyter.client.options.catalog.streaming_options import STREAMING
from aai_jupyter.client.options.catalog.streaming_vocabulary import (
    DOCUMENTED_STREAMING_MODELS,
    LOCAL_STREAMING_MODELS,
    STREAMING_PRICES,
    U36_PRO,
)
from aai_jupyter.client.options.checking import checked, raise_problems
from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_values import Problem, plain
from aai_jupyter.client.options.prices import Price
from aai_jupyter.errors import OptionError

STREAMING_OPTIONS: dict[str, Option] = {option.name: option for option in STREAMING}
"""Every query parameter of the real-time socket but ``token``."""

_WHAT = "a real-time session"
_EMPTY_CLEARS = {"prompt", "agent_context", "keyterms_prompt", "language_codes"}


@dataclass(frozen=True)
class StreamingRequest:
    """Checked options of a session.

    Attributes
    ----------
    params : dict
        What is sent; model, sample rate, encoding and inactivity timeout always.
    warnings : tuple of str
        What is likely not meant.
    chosen : frozenset of str
        What was asked for by name, not filled in.
    """

    params: dict[str, Any]
    warnings: tuple[str, ...] = ()
    chosen: frozenset[str] = frozenset()

    def query(self) -> dict[str, str]:
        """Encode the query string's parts: lists and objects as JSON, booleans in lower case."""
        return {name: _wire(value) for name, value in self.params.items()}

    def updated(self, changes: Mapping[str, Any]) -> StreamingRequest:
        """Make the request of a session that goes on after these changes."""
        params = {**self.params, **changes}
        return StreamingRequest({k: v for k, v in params.items() if v not in ("", [])}, (), self.chosen)


def build_streaming_request(
    options: Mapping[str, Any] | None = None, *, extra: Mapping[str, Any] | None = None
) -> StreamingRequest:
    """Check options and fill in what is always sent.

    Parameters
    ----------
    options : mapping
        Parameters of the socket by their API names. None: not given.
    extra : mapping, optional
        Sent as it is, over the others.

    Raises
    ------
    OptionError
        Names everything that is wrong. Nothing was sent.

    Examples
    --------
    >>> build_streaming_request({"speaker_labels": "true"}).query()["speaker_labels"]
    'true'
    """
    params, problems, warnings = checked(STREAMING_OPTIONS, options or {}, _WHAT)
    chosen = frozenset(params) | frozenset(extra or ())
    for name in ("speech_model", "sample_rate", "encoding", "inactivity_timeout"):
        params.setdefault(name, STREAMING_OPTIONS[name].default)
    model = params["speech_model"]
    for name in list(params):
        option = STREAMING_OPTIONS[name]
        on = params[name] not in (False, None, [])
        if on and option.models and model in DOCUMENTED_STREAMING_MODELS and model not in option.models:
            warnings.append(f"{name} has no effect with {model}; {', '.join(option.models)} take it.")
        missing = [need for need in option.requires if on and not params.get(need)]
        if missing:
            problems.append(Problem(f"{name} needs {', '.join(missing)}.", f"Add {missing[0]}."))
    interval = params.get("speaker_labels_revision_interval_ms")
    if interval and interval < 120_000:
        warnings.append("speaker_labels_revision_interval_ms: the service raises values under 120000 to it.")
    params |= plain(dict(extra or {}))
    raise_problems(problems)
    return StreamingRequest(params, tuple(warnings), chosen)


def check_update(options: Mapping[str, Any]) -> dict[str, Any]:
    """Check the fields of an ``UpdateConfiguration`` message.

    An empty text or list clears ``prompt``, ``agent_context``, ``keyterms_prompt`` and ``language_codes``.

    Raises
    ------
    OptionError
        Something is wrong, or cannot be changed while the session runs.

    Examples
    --------
    >>> check_update({"keyterms_prompt": "Zarr, Borealis"})
    {'keyterms_prompt': ['Zarr', 'Borealis']}
    """
    cleared = {n: v for n, v in options.items() if n in _EMPTY_CLEARS and v in ("", [], ())}
    params, problems, _ = checked(
        STREAMING_OPTIONS, {n: v for n, v in options.items() if n not in cleared}, _WHAT
    )
    for name in params:
        if not STREAMING_OPTIONS[name].live:
            problems.append(
                Problem(f"{name} cannot be changed while a session runs.", "Start a new session with it.")
            )
    raise_problems(problems)
    changed = params | {n: [] if STREAMING_OPTIONS[n].kind == "list" else "" for n in cleared}
    if not changed:
        raise OptionError("Nothing to change was given.")
    return changed


def streaming_price(params: Mapping[str, Any]) -> Price:
    """Estimate USD for one hour of an open session.

    Examples
    --------
    >>> round(streaming_price({"speech_model": "universal-3-6-pro", "speaker_labels": True}).total, 2)
    0.57
    """
    model = str(params.get("speech_model") or U36_PRO)
    if model in LOCAL_STREAMING_MODELS:
        return Price(0.0, [(model, 0.0)], [])
    items: list[tuple[str, float]] = []
    unknown: list[str] = []
    if model in STREAMING_PRICES:
        items.append((model, STREAMING_PRICES[model]))
    else:
        unknown.append(model)
    for option in STREAMING:
        if option.price is None or params.get(option.name) in (None, False, "", []):
            continue
        if model not in STREAMING_PRICES:
            unknown.append(option.name)
        elif not option.price_models or model in option.price_models:
            items.append((option.name, option.price))
    return Price(sum(price for _, price in items), items, unknown)


def _wire(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
