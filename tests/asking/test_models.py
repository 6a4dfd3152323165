"""The catalog as a frame: prices, room and capabilities; unknown stays unknown."""

from __future__ import annotations

from aai_jupyter.asking.models import available_models, models_frame
from tests.scripted_llm import model


def test_the_catalog_as_a_frame(llm):
    llm.models.append(
        model("silent", supported=None, retirement_date=1_800_000_000, available_regions=["us", "eu"])
    )
    frame = models_frame(available_models(), "global")
    assert frame["model"].tolist() == ["smart", "plain", "silent"]
    assert frame["tools"].tolist()[:2] == [True, False]
    assert frame["tools"].isna().tolist() == [False, False, True]
    assert frame["prompt"].tolist() == [0.3] * 3
    assert frame["regions"].tolist()[2] == "us, eu"
    assert str(frame["retires"].dtype).startswith("datetime64")
    assert frame["retires"].isna().tolist() == [True, True, False]
    assert models_frame(available_models(), "us")["prompt"].round(3).tolist() == [0.33] * 3
