"""Thinking is no answer, and JSON with small faults is one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.schema_forms import schema_of
from aai_jupyter.asking.structured_answer import read
from aai_jupyter.client.gateway.chat_completion import Gatherer
from aai_jupyter.text.lenient_json import find_json
from aai_jupyter.text.thinking import ThinkingSplitter, split_thinking

SHAPES = [
    ("<think>A draft.</think>\n\nYes.", "Yes.", "A draft."),
    ("A draft.</think>Yes.", "Yes.", "A draft."),
    ("<think>It goes on", "", "It goes on"),
    ("<Thinking>एक</THINKING>हाँ", "हाँ", "एक"),
    ("[THINK]草案[/THINK]はい", "はい", "草案"),
    ("◁think▷x < y◁/think▷1 < 2", "1 < 2", "x < y"),
    (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
        "Yes.",
        "Hm.",
    ),
    ("<think>one</think>a <think>two</think>b", "a b", "one\n\ntwo"),
    ("The tag `<think>` begins it, <b>so</b> 3 < 4", "The tag `<think>` begins it, <b>so</b> 3 < 4", ""),
]


@pytest.mark.parametrize(("text", "answer", "thinking"), SHAPES)
def test_thinking_is_parted_from_the_answer(text: str, answer: str, thinking: str) -> None:
    assert split_thinking(text) == (answer, thinking)


@given(st.sampled_from(SHAPES), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_it_may_be_cut_anywhere(shape: tuple[str, str, str], sizes: list[int]) -> None:
    text, answer, thinking = shape
    splitter, place = ThinkingSplitter(), 0
    for number in range(len(text)):
        size = sizes[number % len(sizes)]
        splitter.feed(text[place : place + size])
        place += size
    splitter.close()
    assert (splitter.answer, splitter.thinking.strip()) == (answer, thinking)


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "Hm."},
        {"reasoning": "Hm."},
        {"thinking": "Hm."},
        {"reasoning": "Hm.", "reasoning_content": "Hm."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
    ],
)
@pytest.mark.parametrize("name", ["delta", "message"])
def test_thinking_in_fields_of_its_own(delta: dict, name: str) -> None:
    gathered = Gatherer()
    assert gathered.add({"choices": [{"index": 0, name: delta}]}).thinking == "Hm."
    gathered.add({"choices": [{"index": 0, name: {"content": "Yes <"}}]})
    made = gathered.completion(model="m")
    assert (made.text, made.thinking) == ("Yes <", "Hm.")


SCHEMA = "refund: bool, reason: str"


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ('{"refund": true, "reason": "asked"}', "asked", None),
        ('{"refund": true, "reason": "asked",}', "asked", "a comma too many"),
        ('{"refund": true, // yes\n "reason": "asked"}', "asked", "comments"),
        ("{'refund': True, 'reason': 'it's late'}", "it's late", "single quotes"),
        ('{"refund": true, "reason": "asked\nfor it"}', "asked\nfor it", "line breaks"),
        ("{refund: true, reason: “頼んだ”}", "頼んだ", "names without quotes"),
        ('Here is the {result}: {"refund": true, "reason": "asked"}. Good?', "asked", None),
        (
            '```json\n{"refund": true, "reason": "він сказав "так" мені"}\n```',
            'він сказав "так" мені',
            "quotation",
        ),
        ('{"refund": "True", "reason": "asked"}', "asked", "'True' as true"),
        ('{"refund": true, "reason": "asked"}\n{"refund": true, "reason": "asked"}', "asked", None),
        ('{"refund": false, "reason": "draft"} No: {"refund": true, "reason": "x"}', "x", "several answers"),
    ],
)
def test_json_with_small_faults_is_taken_and_said(text: str, reason: str, said: str | None) -> None:
    found = read(text, schema_of(SCHEMA))
    assert found.rows == [{"refund": True, "reason": reason}]
    assert (said is None) == (not found.notes)
    assert said is None or said in " ".join(found.notes)


@pytest.mark.parametrize(
    "text",
    [
        '{"refund": true, "reason": "as',
        '{"rows": [{"refund": true, "reason": "asked"}, {"refund": tr',
        '{"refund": maybe, "reason": "asked"}',
        '{"refund": "perhaps", "reason": "asked"}',
        "No.",
    ],
)
def test_what_is_missing_is_not_made_up(text: str) -> None:
    assert read(text, schema_of(SCHEMA)).rows == []


def test_a_model_that_only_quotes_may_leave_fields_empty():
    text = '{"refund": null, "reason": "It broke."}'
    assert read(text, schema_of(SCHEMA)).rows == []
    assert read(text, schema_of(SCHEMA), gaps=True).rows == [{"refund": None, "reason": "It broke."}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab\"'\\\n{}[],: ü今", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\"'", max_size=3), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(JSON.filter(lambda value: isinstance(value, (list, dict))))
def test_json_without_faults_is_taken_as_it_is(value: object) -> None:
    assert find_json(f"So: {json.dumps(value)} .")[0] == (value, ())
