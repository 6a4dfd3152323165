"""Catalog of the models of a gateway: what each can do, where, and for how much."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, overload

from aai_jupyter.client.options.option_table import closest
from aai_jupyter.errors import OptionError

PER = Decimal(1_000_000)
"""Prices of the catalog are US dollars for this many tokens."""

PREFERRED = ("gemini-2.5-flash", "claude-sonnet-4-6", "gpt-5-mini", "claude-haiku-4-5-20251001")
"""Defaults, the first that the catalog has; a soft choice: none of them need exist."""

_START = "Start that server, or name a model that is here: %aai_models lists them."
_ROOMY = 100_000
_RETIRING_SOON = 14 * 86400.0


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars per million tokens; None when the catalog does not tell."""

    prompt: Decimal
    completions: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None

    @property
    def free(self) -> bool:
        """Whether it costs nothing."""
        return not any(
            (self.prompt, self.completions, self.cache_read, self.cache_write, self.cache_write_1h)
        )


@dataclass(frozen=True, slots=True)
class Model:
    """Entry of the catalog.

    Attributes
    ----------
    context_length, max_completion_tokens : int or None
        In tokens; None when not told.
    supported_parameters : frozenset of str or None
        None when the catalog does not tell: nothing is refused then.
    prices : dict
        Region (``global``, ``us``, ``eu``) -> :class:`TokenPrice`.
    retires : float or None
        Seconds since the epoch.
    """

    id: str
    name: str = ""
    description: str = ""
    creator: str = ""
    context_length: int | None = None
    max_completion_tokens: int | None = None
    supported_parameters: frozenset[str] | None = None
    regions: tuple[str, ...] = ()
    prices: Mapping[str, TokenPrice] = field(default_factory=dict)
    retires: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def supports(self, parameter: str) -> bool:
        """Whether the parameter may be sent; True when the catalog does not tell."""
        return self.supported_parameters is None or parameter in self.supported_parameters

    def price(self, region: str) -> TokenPrice | None:
        """Get the price in a region, else the global one."""
        return self.prices.get(region) or self.prices.get("global")


class Catalog(Sequence[Model]):
    """Catalog of the models that one host offers now.

    Attributes
    ----------
    missing : str or None
        Why models that should be here are not: the user's own server, which the local engine asks for its
        models, does not answer.

    Examples
    --------
    >>> catalog = Catalog([Model("small-1"), Model("large-1", supported_parameters=frozenset({"tools"}))])
    >>> catalog["large-1"].supports("tools"), [m.id for m in catalog.supporting("tools")]
    (True, ['small-1', 'large-1'])
    """

    def __init__(
        self, models: Sequence[Model], *, host: str = "the gateway", missing: str | None = None
    ) -> None:
        self._models = list(models)
        self._by_id = {model.id: model for model in models}
        self.host = host
        self.missing = missing

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models)

    def __contains__(self, item: object) -> bool:
        return item in self._by_id if isinstance(item, str) else item in self._models

    def has(self, id: str) -> bool:
        """Return whether there is a model of this id."""
        return id in self._by_id

    @overload
    def __getitem__(self, key: int | str) -> Model: ...

    @overload
    def __getitem__(self, key: slice) -> Sequence[Model]: ...

    def __getitem__(self, key: int | str | slice) -> Model | Sequence[Model]:
        """Get a model by place or by id.

        Raises
        ------
        OptionError
            No model of that id; the nearest ones are in the message.
        """
        if not isinstance(key, str):
            return self._models[key]
        if key in self._by_id:
            return self._by_id[key]
        if self.missing:
            raise OptionError(f"There is no model {key!r}: {self.missing}.", hint=_START)
        near = closest(key, list(self._by_id))
        ids = ", ".join(list(self._by_id)[:6]) + (", …" if len(self) > 6 else "")
        hint = f"Did you mean {near}?" if near else f"There are {ids or 'none'}; %aai_models lists them."
        raise OptionError(f"{self.host} has no model {key!r}.", hint=hint)

    def supporting(self, parameter: str) -> list[Model]:
        """List the models that take a parameter."""
        return [model for model in self if model.supports(parameter)]

    def default(self, wanted: str | None = None, *, now: float | None = None) -> Model:
        """Choose the model to use when a call names none.

        ``wanted`` (the setting ``llm_model``) must exist. Else the first of :data:`PREFERRED` that is here
        and does not retire within two weeks; else the cheapest that streams and has room for a long
        transcript; else the first.

        Raises
        ------
        OptionError
            The catalog is empty, or has not the wanted one, or the server that was named is not there.
        """
        if wanted:
            return self[wanted]
        if self.missing:  # what is left is not what was asked for
            raise OptionError(f"No model was chosen, and {self.missing}.", hint=_START)
        if not self:
            raise OptionError(f"{self.host} offers no models now.", hint="Try again in a minute.")
        at = time.time() if now is None else now
        staying = [m for m in self if m.retires is None or m.retires > at + _RETIRING_SOON] or list(self)
        ids = {model.id: model for model in staying}
        for id in PREFERRED:
            if id in ids:
                return ids[id]
        fitting = [
            m for m in staying if m.prices and (m.context_length or 0) >= _ROOMY and m.supports("stream")
        ]
        dear = [m for m in fitting if any(p.prompt or p.completions for p in m.prices.values())]
        return min(dear, key=_cost) if dear else staying[0]


def _cost(model: Model) -> Decimal:
    price = model.price("global") or next(iter(model.prices.values()))
    return price.prompt * 4 + price.completions  # a question over a transcript is mostly prompt


def decode_catalog(data: Any, *, host: str = "the gateway") -> Catalog:
    """Decode the answer of ``GET /v1/models``; arrays may be null, fields may be missing.

    Examples
    --------
    >>> decode_catalog({"data": [{"id": "m", "context_length": 8192, "supported_parameters": None}]})["m"]
    ... # doctest: +ELLIPSIS
    Model(id='m', ... context_length=8192, ...)
    """
    rows = data.get("data") if isinstance(data, dict) else None
    models = [_model(row) for row in _list(rows) if isinstance(row, dict) and isinstance(row.get("id"), str)]
    missing = data.get("missing") if isinstance(data, dict) else None
    return Catalog(models, host=host, missing=missing if isinstance(missing, str) else None)


def _model(row: dict[str, Any]) -> Model:
    top = _dict(row.get("top_provider"))
    supported = row.get("supported_parameters")
    prices = {
        region: price
        for region, value in _dict(row.get("pricing")).items()
        if isinstance(value, dict) and (price := _price(value)) is not None
    }
    return Model(
        id=row["id"],
        name=str(row.get("name") or row["id"]),
        description=str(row.get("description") or ""),
        creator=str(row.get("creator") or row.get("owned_by") or ""),
        context_length=_count(row.get("context_length")) or _count(top.get("context_length")),
        max_completion_tokens=_count(top.get("max_completion_tokens")),
        supported_parameters=frozenset(map(str, supported)) if isinstance(supported, list) else None,
        regions=tuple(str(r) for r in _list(row.get("available_regions")) if isinstance(r, str)),
        prices=prices,
        retires=_count(row.get("retirement_date")),
        raw=row,
    )


def _price(value: dict[str, Any]) -> TokenPrice | None:
    prompt, completions = money(value.get("prompt")), money(value.get("completions"))
    if prompt is None or completions is None:
        return None
    return TokenPrice(
        prompt,
        completions,
        money(value.get("input_cache_read")),
        money(value.get("input_cache_write")),
        money(value.get("input_cache_write_1h")),
    )


def money(value: Any) -> Decimal | None:
    """Read a price as it is written: 0.1 is a tenth, not the nearest binary fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**53:
        return None
    return int(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
