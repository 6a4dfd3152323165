"""Catalog of the language models on offer, also as a DataFrame."""

from __future__ import annotations

import pandas as pd

from aai_jupyter.client.gateway.model_catalog import Catalog, TokenPrice
from aai_jupyter.runtime.process import runtime

CAPABILITIES = ("stream", "tools", "response_format", "reasoning", "temperature")
"""Parameters that get a column: whether the model takes them, missing when the catalog does not tell."""


def available_models(*, refresh: bool = False) -> Catalog:
    """Return the models that can be asked now; starts the local engine when that is what answers.

    Examples
    --------
    >>> [m.id for m in available_models()]  # doctest: +SKIP
    """

    async def get() -> Catalog:
        return await (await runtime().client()).gateway.models(refresh=refresh)

    return runtime().run(get())


def models_frame(catalog: Catalog, region: str = "us") -> pd.DataFrame:
    """Return one row per model, in the catalog's order.

    Parameters
    ----------
    region : {"us", "eu", "global"}
        Whose prices are shown; where a region has none, the global ones.

    Returns
    -------
    DataFrame
        ``model``, ``name``, ``creator``, ``context`` and ``max_output`` (tokens), ``prompt``, ``completions``
        and ``cache_read`` (US dollars per million tokens), ``regions``, one column for each of
        :data:`CAPABILITIES`, ``retires`` (UTC), ``description``.

    Examples
    --------
    >>> from aai_jupyter.client.gateway.model_catalog import Model
    >>> models_frame(Catalog([Model("m", context_length=8192)]))[["model", "context"]].values.tolist()
    [['m', 8192]]
    """
    text = pd.StringDtype("python")
    prices = [model.price(region) for model in catalog]

    def dollars(name: str) -> pd.Series:
        return pd.Series([_dollars(price, name) for price in prices], dtype="Float64")

    return pd.DataFrame(
        {
            "model": pd.Series([m.id for m in catalog], dtype=text),
            "name": pd.Series([m.name for m in catalog], dtype=text),
            "creator": pd.Categorical([m.creator for m in catalog]),
            "context": pd.Series([m.context_length for m in catalog], dtype="Int64"),
            "max_output": pd.Series([m.max_completion_tokens for m in catalog], dtype="Int64"),
            "prompt": dollars("prompt"),
            "completions": dollars("completions"),
            "cache_read": dollars("cache_read"),
            "regions": pd.Series([", ".join(m.regions) or None for m in catalog], dtype=text),
            **{
                name: pd.Series(
                    [None if m.supported_parameters is None else m.supports(name) for m in catalog],
                    dtype="boolean",
                )
                for name in CAPABILITIES
            },
            "retires": pd.to_datetime(
                pd.Series([m.retires for m in catalog], dtype="float64"), unit="s", utc=True
            ),
            "description": pd.Series([m.description for m in catalog], dtype=text),
        }
    )


def _dollars(price: TokenPrice | None, name: str) -> float | None:
    value = getattr(price, name) if price is not None else None
    return None if value is None else float(value)
