"""The catalog is read as it comes; what a model does not take is refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.gateway.chat_completion import Gatherer, Usage, decode_usage
from aai_jupyter.client.gateway.chat_request import chat_body
from aai_jupyter.client.gateway.model_catalog import PREFERRED, decode_catalog
from aai_jupyter.errors import OptionError
from tests.scripted_llm import model

CATALOG = decode_catalog(
    {"data": [model("smart"), model("plain", supported=["max_tokens"]), model("silent", supported=None)]},
    host="gateway.example",
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab1é", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1é", max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ENTRY = ("context_length", "supported_parameters", "pricing", "top_provider", "retirement_date")


@given(
    st.lists(st.fixed_dictionaries({"id": st.sampled_from("ab")}, optional=dict.fromkeys(ENTRY, json_values)))
)
def test_no_catalog_breaks_it(rows):
    for entry in decode_catalog({"data": rows}):
        assert entry.supports("x") in (True, False)
        entry.price("us")


def test_arrays_may_be_null_and_prices_are_exact():
    found = decode_catalog(
        {"data": [model("m", supported=None, prices={"prompt": 0.1, "completions": 0.7})]}
    )["m"]
    assert found.supported_parameters is None
    assert found.supports("anything")
    assert found.price("global").prompt == Decimal("0.1")
    assert found.price("eu") == found.price("global")


def test_the_default_is_one_that_is_there():
    preferred = decode_catalog({"data": [model("other"), model(PREFERRED[1])]})
    assert preferred.default().id == PREFERRED[1]
    retiring = decode_catalog({"data": [model("other"), model(PREFERRED[1], retirement_date=1000)]})
    assert retiring.default(now=500.0).id == "other"
    dear, cheap = {"prompt": 9.0, "completions": 9.0}, {"prompt": 1.0, "completions": 2.0}
    assert decode_catalog({"data": [model("a", prices=dear), model("b", prices=cheap)]}).default().id == "b"
    with pytest.raises(OptionError, match="Did you mean smart"):
        CATALOG.default("smrt")
    with pytest.raises(OptionError, match="no models now"):
        decode_catalog({"data": None}).default()


@pytest.mark.parametrize("name", ["temperature", "tools", "response_format", "stream", "reasoning", "top_k"])
def test_a_parameter_the_model_does_not_take_names_those_that_do(name):
    values = {"tools": [], "response_format": {}, "stream": True, "reasoning": {"effort": "low"}}
    value = values.get(name, 1)
    with pytest.raises(OptionError, match=f"Model plain does not take {name}") as caught:
        chat_body(CATALOG, "plain", "Hi", {name: value})
    assert "silent" in caught.value.hint  # its catalog entry does not tell, so it may
    assert ("smart" in caught.value.hint) == (name != "top_k")
    assert chat_body(CATALOG, "silent", "Hi", {name: value})[name] == value


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"temperature": 3}, "from 0 to 2"),
        ({"max_tokens": 0}, "from 1"),
        ({"max_tokens": True}, "whole number"),
        ({"model_region": "eu"}, 'only be set to "global"'),
        ({"fallback_config": {"depth": 3}}, "greater than 2"),
        ({"reasoning": {"effort": "much"}}, "effort"),
        ({"temprature": 1}, "Did you mean temperature"),
        ({"fallbacks": [{}]}, "needs a model"),
        ({"fallbacks": [{"model": "nobody"}]}, "no model 'nobody'"),
        ({"temperature": 1, "fallbacks": [{"model": "plain"}]}, "Fallback model plain does not take temp"),
    ],
)
def test_wrong_values_are_refused(given_, words):
    with pytest.raises(OptionError, match=words):
        chat_body(CATALOG, "smart", "Hi", given_)


def test_messages_are_checked():
    with pytest.raises(OptionError, match="role"):
        chat_body(CATALOG, "smart", [{"role": "robot", "content": "x"}])
    with pytest.raises(OptionError, match="no message"):
        chat_body(CATALOG, "smart", [])


def test_both_namings_of_usage():
    both = {"input_tokens": 12, "prompt_tokens": 12, "output_tokens": 3, "completion_tokens": 3}
    assert decode_usage(both) == decode_usage({"prompt_tokens": 12, "completion_tokens": 3}) == Usage(12, 3)
    assert decode_usage({}) is None
    assert decode_usage(None) is None


def test_cached_tokens_cost_their_own_price():
    told = decode_usage(
        {
            "prompt_tokens": 1000,
            "completion_tokens": 10,
            "prompt_tokens_details": {
                "cached_tokens": 600,
                "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 50},
            },
        }
    )
    prices = {"prompt": 3, "completions": 15, "input_cache_read": 0.3, "input_cache_write": 3.75,
              "input_cache_write_1h": 6}  # fmt: skip
    price = decode_catalog({"data": [model("m", prices=prices)]})["m"].price("global")
    expected = (250 * 3 + 600 * Decimal("0.3") + 100 * Decimal("3.75") + 50 * 6 + 10 * 15) / Decimal(
        1_000_000
    )
    assert told.cost(price) == expected
    assert told.cost(None) is None


def test_text_and_calls_in_separate_choices_are_gathered():
    gatherer = Gatherer()
    gatherer.add(
        {
            "choices": [
                {"index": 0, "message": {"content": "Let me look."}, "finish_reason": "tool_use"},
                {"index": 1, "message": {"tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}},
                    {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                ]}},
            ]
        }
    )  # fmt: skip
    found = gatherer.completion(model="m")
    assert found.text == "Let me look."
    assert [(c.id, c.name, c.arguments) for c in found.tool_calls] == [
        ("a", "f", '{"x":1}'),
        ("b", "g", "{}"),
    ]


@given(json_values)
def test_no_answer_breaks_the_gatherer(value):
    gatherer = Gatherer()
    gatherer.add({"choices": value if isinstance(value, list) else [value], "usage": value})
    gatherer.add({"choices": [{"delta": value}]})
    gatherer.completion(model="m")


def test_without_the_server_that_was_named_no_other_model_answers_in_its_place():
    gone = "the server at 127.0.0.1:11434 does not answer"
    catalog = decode_catalog({"data": [model("extractive")], "missing": gone}, host="the local engine")
    with pytest.raises(OptionError, match=f"No model was chosen, and {gone}"):
        catalog.default()
    with pytest.raises(OptionError, match=f"no model 'llama3': {gone}"):
        catalog["llama3"]
    assert catalog.default("extractive").id == "extractive"


def test_a_parameter_that_only_the_live_catalog_knows_is_taken():
    catalog = decode_catalog(
        {"data": [model("new", supported=["seed"]), model("old", supported=["max_tokens"])]}, host="h"
    )
    assert chat_body(catalog, "new", "Hi", {"seed": 7})["seed"] == 7
    with pytest.raises(OptionError, match="old does not take seed"):
        chat_body(catalog, "old", "Hi", {"seed": 7})


def test_a_long_prompt_is_cached_where_that_has_to_be_asked_for():
    catalog = decode_catalog({"data": [model("claude-x"), model("gpt-x")]}, host="h")
    long = "word " * 4000
    assert chat_body(catalog, "claude-x", long)["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in chat_body(catalog, "claude-x", "Hi")
    assert "cache_control" not in chat_body(catalog, "gpt-x", long)
    own = {"type": "ephemeral", "ttl": "5m"}
    assert chat_body(catalog, "claude-x", long, {"cache_control": own})["cache_control"] == own


def test_a_saved_prompt_is_run_by_its_name():
    body = chat_body(CATALOG, "smart", "Hi", {"aai_prompt": "digest", "prompt_replacements": {"a": "b"}})
    assert (body["aai_prompt"], body["prompt_replacements"]) == ("digest", {"a": "b"})
