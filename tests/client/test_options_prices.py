"""The estimate follows the published rules; prices that are not public are said, not guessed."""

from __future__ import annotations

import pytest

from aai_jupyter.client.options.prices import MODEL_PRICES, PRICE_LIST_DATE, estimate, hourly, priced_model
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.options.vocabulary import LOCAL_MODELS, MODELS

OLDER = ["universal-3-5-pro", "universal-2"]


def per_hour(channels: int = 1, **options: object) -> float:
    options = (
        options
        if options.keys() & {"speech_models", "auto_chapters"}
        else {**options, "speech_models": OLDER}
    )
    return round(hourly(build_request(options).params, channels=channels).total, 4)


def test_every_model_has_a_price() -> None:
    assert MODEL_PRICES.keys() == {*MODELS, *LOCAL_MODELS}
    assert PRICE_LIST_DATE


@pytest.mark.parametrize(
    ("options", "usd"),
    [
        ({}, 0.21),
        ({"speaker_labels": True, "entity_detection": True}, 0.31),  # the price list's own example
        ({"speaker_labels": False, "redact_pii": False}, 0.21),
        ({"speech_models": ["universal-2"]}, 0.15),
        ({"language_code": "ta"}, 0.15),  # not a language of the first model
        ({"language_code": "en_us"}, 0.21),
        ({"speaker_labels": True, "long_file_diarization_method": "standard"}, 0.23),
        ({"speaker_labels": True, "long_file_diarization_method": "experimental"}, 0.275),
        ({"domain": "medical-v1"}, 0.36),
        ({"domain": "medical-v1", "language_code": "ja"}, 0.21),
        ({"target_languages": ["de"]}, 0.27),
        ({"auto_chapters": True}, 0.23),
        ({"word_boost": ["x"]}, 0.26),
        ({"speech_models": ["whisper-base"], "speaker_labels": True}, 0.0),
    ],
)
def test_add_ons_add_to_the_model(options: dict[str, object], usd: float) -> None:
    assert per_hour(**options) == usd


def test_channels_count_only_when_each_is_transcribed() -> None:
    assert per_hour(channels=2, multichannel=True) == 0.42
    assert per_hour(channels=2) == 0.21


def test_unpublished_prices_are_listed() -> None:
    price = hourly(build_request({"action_items": {}, "summarization_summary_type": "bullets"}).params)
    assert price.unknown == ["summarization", "action_items"]
    newest = hourly(build_request({"speaker_labels": True}).params)
    assert (newest.items, newest.unknown) == ([("assemblyai-stt-3-7", 0.21)], ["speaker_labels"])
    unknown_model = hourly(build_request({}, extra={"speech_models": ["universal-9"]}).params)
    assert unknown_model.unknown == ["universal-9"]
    assert unknown_model.items == []


def test_items_sum_to_the_total_and_seconds_are_billed() -> None:
    params = build_request(
        {"speaker_labels": True, "sentiment_analysis": True, "speech_models": OLDER}
    ).params
    price = hourly(params)
    assert price.items[0] == ("universal-3-5-pro", 0.21)
    assert sum(usd for _, usd in price.items) == pytest.approx(price.total)
    assert estimate(params, 67) == pytest.approx(67 / 3600 * 0.25)
    assert priced_model(params) == "universal-3-5-pro"
