"""What a job will cost, by the public price list: an estimate, since only the invoice knows.

Prices of add-ons stand with their options (`Option.price`); the models' own are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS, Option
from aai_jupyter.client.options.option_values import show
from aai_jupyter.client.options.vocabulary import (
    DEFAULT_MODELS,
    DOCUMENTED_MODELS,
    LOCAL_MODELS,
    MEDICAL_LANGUAGES,
    S37,
    U2,
    U35,
    U35_LANGUAGES,
)

PRICE_LIST_DATE = "2026-10"
#: Base rates as read in October 2026, add-ons as of May 2026.
PRICE_LIST_SOURCE = "https://www.assemblyai.com/pricing"

#: USD per hour of audio.
MODEL_PRICES = {S37: 0.21, U35: 0.21, U2: 0.15, **dict.fromkeys(LOCAL_MODELS, 0.0)}
#: Where a price was read that the price list of `PRICE_LIST_DATE` does not have yet.
OTHER_SOURCES = {S37: "https://vercel.com/ai-gateway/models/assemblyai/stt-3.7 (2026-11)"}


@dataclass(frozen=True)
class Price:
    """USD per hour of audio.

    Attributes
    ----------
    total : float
        USD per hour of the recording, all channels together.
    items : list of (label, USD per hour and channel)
        The model first, then the add-ons.
    unknown : list of str
        What is charged for or may be, without a public price: not in `total`. All add-ons of a model whose
        own prices for them are not public.
    channels : int
        Channels billed.
    """

    total: float
    items: list[tuple[str, float]]
    unknown: list[str]
    channels: int = 1


def hourly(params: Mapping[str, Any], *, channels: int = 1) -> Price:
    """Price of one hour of audio with these request parameters.

    Parameters
    ----------
    params : mapping
        A request body (``build_request(...).params``).
    channels : int
        Channels of the audio; they count only with ``multichannel``.

    Examples
    --------
    >>> params = {"speech_models": ["universal-3-5-pro"], "speaker_labels": True, "entity_detection": True}
    >>> round(hourly(params).total, 2)
    0.31
    """
    model = priced_model(params)
    if model in LOCAL_MODELS:
        return Price(0.0, [(model, 0.0)], [])
    items: list[tuple[str, float]] = []
    unknown: list[str] = []
    if model in MODEL_PRICES:
        items.append((model, MODEL_PRICES[model]))
    else:
        unknown.append(model)
    for option in OPTIONS.values():
        if _charged(option, params):
            if option.price is not None and model in DOCUMENTED_MODELS:
                items.append((show(option), option.price))
            else:
                unknown.append(show(option))
    billed = max(1, channels) if params.get("multichannel") else 1
    return Price(billed * sum(price for _, price in items), items, unknown, billed)


def estimate(params: Mapping[str, Any], seconds: float, *, channels: int = 1) -> float:
    """Estimated USD for a recording: seconds × channels / 3600 × (model + add-ons).

    Jobs are billed by the second, failed ones not at all.

    Examples
    --------
    >>> round(estimate({"speech_models": ["universal-2"]}, 7200), 2)
    0.3
    """
    return seconds / 3600 * hourly(params, channels=channels).total


def priced_model(params: Mapping[str, Any]) -> str:
    """The model that will run, as far as the request tells: the first that knows a given language."""
    models = params.get("speech_models") or DEFAULT_MODELS
    code = str(params.get("language_code") or "")
    if models[0] == U35 and code and code.split("_")[0] not in U35_LANGUAGES and U2 in models:
        return U2
    return str(models[0])


def _charged(option: Option, params: Mapping[str, Any]) -> bool:
    if option.price is None and not option.price_unknown:
        return False
    value: Any = params
    for key in option.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if option.price_values and value not in option.price_values:
        return False
    if option.name == "domain":
        code = str(params.get("language_code") or "en")
        return value is not None and code.split("_")[0] in MEDICAL_LANGUAGES
    return value is not None and value is not False and value != [] and value != ""
