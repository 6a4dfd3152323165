"""aai.ask against a scripted service over real HTTP: text, rows, tools, long transcripts, conversations."""

from __future__ import annotations

import inspect
import json
import threading
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec
import pandas as pd
import pydantic
import pytest

import aai_jupyter as aai
from aai_jupyter.asking.ask_job import OPTIONS, AskOptions
from aai_jupyter.asking.conversation import Conversation
from aai_jupyter.asking.prompt_parts import render
from aai_jupyter.asking.prompt_turns import turns_of
from aai_jupyter.errors import AuthenticationError, BadRequestError, OptionError, UsageError
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import meeting, transcript
from tests.scripted_llm import Say, call, model


def prompts(llm):
    return ["\n".join(m["content"] for m in body["messages"]) for body in llm.bodies]


def test_an_answer_with_citations_cost_and_usage(llm):
    usage = {"prompt_tokens": 1000, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 400}}
    llm.scripts = [Say('Ben does: "I will send the revised numbers" [4].', usage=usage)]
    seen = []
    answer = aai.ask("Who sends it?", meeting(), model="smart", on_text=seen.append)
    assert "".join(seen) == answer.text
    assert str(answer) == 'Ben does: "I will send the revised numbers" [0:27 Ben].'
    assert answer.citations[["turn", "start", "speaker", "found"]].values.tolist() == [
        [4, 27.555, "Ben", True]
    ]
    price = {k: Decimal(str(v * 1.1)) for k, v in (("in", 0.3), ("out", 2.5), ("cached", 0.075))}
    expected = (600 * price["in"] + 400 * price["cached"] + 20 * price["out"]) / 1_000_000
    assert answer.cost == expected
    assert "1,000 + 20 tokens · $0.00" in answer.usage_line
    text = prompts(llm)[0]
    assert "[4] 0:27 Ben: Agreed. I will send the revised numbers on Friday." in text
    assert "<question>\nWho sends it?\n</question>" in text
    assert answer._repr_mimebundle_()["text/plain"].startswith("Ben does")


def test_the_model_of_the_settings_and_the_global_price(llm):
    aai.settings.llm_model = "plain"
    answer = aai.ask("Q?", meeting(), model_region="global")
    assert answer.model == "plain" == llm.bodies[0]["model"]
    assert llm.bodies[0]["model_region"] == "global"
    used = llm.ledger[0]
    price = Decimal("0.3") * used["prompt_tokens"] + Decimal("2.5") * used["completion_tokens"]
    assert answer.cost == price / 1_000_000


def test_a_fallback_that_answered_is_paid_at_its_own_price(llm):
    llm.models.append(model("dear", prices={"prompt": 100.0, "completions": 100.0}))
    choice = {"message": {"content": "x"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 10}
    body = {"request_id": "r", "model": "dear", "choices": [choice], "usage": usage}
    llm.scripts = [Say(body=body)]
    answer = aai.ask("Q?", meeting(), model="smart", fallbacks=[{"model": "dear"}], model_region="global")
    assert answer.cost == Decimal(2000) / 1_000_000
    assert answer.calls[0].model == "dear"


def test_tokens_that_are_not_told_are_not_made_up(llm):
    llm.scripts = [Say(body={"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]})]
    answer = aai.ask("Q?", meeting(), model="smart")
    assert answer.cost is None
    assert "tokens not told · cost not known" in answer.usage_line


class Mood(pydantic.BaseModel):
    mood: Literal["good", "bad"]
    score: int = pydantic.Field(ge=0, le=10)


@dataclass
class MoodData:
    mood: Literal["good", "bad"]
    score: int


class MoodStruct(msgspec.Struct):
    mood: Literal["good", "bad"]
    score: int


MOOD_JSON = {
    "type": "object",
    "properties": {"mood": {"enum": ["good", "bad"]}, "score": {"type": "integer"}},
    "required": ["mood", "score"],
}


@pytest.mark.parametrize("name", ["smart", "plain"])
@pytest.mark.parametrize(
    "schema",
    [Mood, MoodData, MoodStruct, MOOD_JSON, "mood: good|bad, score: int", {"mood": "good|bad", "score": int}],
)
def test_rows_from_any_kind_of_schema(llm, schema, name):
    row = '{"mood": "good", "score": 7}'
    llm.scripts = [Say(row if name == "smart" else f"So:\n```json\n{row}\n```")]
    answer = aai.ask("How was it?", meeting(), schema=schema, model=name)
    assert answer.rows == [{"mood": "good", "score": 7}]
    frame = answer.frame
    assert (str(frame.mood.dtype), str(frame.score.dtype)) == ("category", "Int64")
    if isinstance(schema, type):
        assert answer.value == schema(mood="good", score=7)
    body = llm.bodies[0]
    if name == "smart":  # the service holds the model to it
        assert body["response_format"]["json_schema"]["schema"]["required"] == ["mood", "score"]
    else:
        assert "response_format" not in body
        assert body["post_processing_steps"] == [{"type": "json-repair"}]
        assert '"required":["mood","score"]' in prompts(llm)[0]


def test_several_rows(llm):
    llm.scripts = [Say('{"rows": [{"task": "numbers", "owner": "Ben"}, {"task": "print", "owner": null}]}')]
    answer = aai.ask("Tasks?", meeting(), schema="[task: str, owner: str?]", model="smart")
    assert answer.frame["task"].tolist() == ["numbers", "print"]
    assert answer.frame["owner"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ('{"mood": "fine", "score": 7}', "must be one of"),
        ('{"mood": "good"}', "score"),
        ('{"mood": "good", "score": "seven"}', "must be integer"),
        ("I cannot say.", "not JSON"),
        ('{"mood": "good", "sco', "not JSON"),
        ("", "empty"),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_again_once(llm, first, why):
    llm.scripts = [Say(first), Say('{"mood": "bad", "score": 1}')]
    stages = []
    answer = aai.ask("?", meeting(), schema="mood: good|bad, score: int", model="smart",
                     on_event=lambda e: stages.append((e.stage, e.message)))  # fmt: skip
    assert answer.rows == [{"mood": "bad", "score": 1}]
    assert why in dict(stages)["again"]
    assert why in llm.bodies[1]["messages"][-1]["content"]
    assert len(answer.calls) == 2
    llm.scripts = [Say(first)]
    answer = aai.ask("?", meeting(), schema="mood: good|bad, score: int", model="smart")
    assert answer.rows == []
    assert why in answer.problem
    assert len(llm.bodies) == 4


def test_an_answer_cut_short_is_never_taken_for_rows(llm):
    llm.scripts = [Say('{"mood": "good", "score": 7}', finish="max_tokens")]
    assert "max_tokens" in aai.ask("?", meeting(), schema=MoodData, model="smart").problem
    assert "cut short" in aai.ask("?", meeting(), model="smart").notes[0]


def test_a_limit_of_the_schema_class_itself_holds(llm):
    llm.scripts = [Say('{"mood": "good", "score": 70}')]
    assert "score" in aai.ask("?", meeting(), schema=Mood, model="smart").problem


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    if a > 100:
        raise ValueError("too large")
    return a + b


def test_tools_are_called_with_their_types_and_recorded(llm):
    llm.scripts = [
        Say("", calls=[call("add", {"a": 2}), call("add", {"a": 200}, "c2"), call("rm", {}, "c3"),
                       call("add", {"a": "two"}, "c4"), call("add", "{broken", "c5")], finish="tool_calls"),
        Say("It is 3."),
    ]  # fmt: skip
    shown = []
    answer = aai.ask("2 + 1?", meeting(), tools=[add], model="smart", on_tool=shown.append)
    assert answer.text == "It is 3."
    first = answer.tool_runs[0]
    assert (first.name, first.result, first.failed) == ("add", "3", False)
    assert all(run.failed for run in answer.tool_runs[1:])
    assert "too large" in shown[1].result
    assert "no function rm" in shown[2].result
    sent = llm.bodies[1]["messages"]
    assert [m["tool_call_id"] for m in sent if m["role"] == "tool"] == ["call_a", "c2", "c3", "c4", "c5"]
    assert len(next(m for m in sent if m["role"] == "assistant")["tool_calls"]) == 5
    assert llm.bodies[0]["tools"][0]["function"]["parameters"]["properties"]["a"] == {"type": "integer"}
    assert "called add(a=2, b=1)" in answer._repr_html_()


def test_calls_that_were_not_offered_are_never_carried_out(llm):
    llm.scripts = [Say("", calls=[call("add", {"a": 2})])]
    answer = aai.ask("?", meeting(), model="smart")
    assert answer.tool_runs == []
    assert "not carried out" in answer.notes[0]


def test_calls_without_end_are_ended(llm):
    llm.scripts = [Say("", calls=[call("add", {"a": 2})])]
    answer = aai.ask("?", meeting(), tools=[add], model="smart")
    assert len(answer.tool_runs) == 8


def test_calls_of_one_answer_are_carried_out_up_to_a_limit(llm):
    llm.scripts = [Say("", calls=[call("add", {"a": 2}, f"c{n}") for n in range(500)]), Say("Done.")]
    answer = aai.ask("?", meeting(), tools=[add], model="smart")
    assert len(answer.tool_runs) == 16
    assert "were not carried out" in answer.notes[0]
    assert len([m for m in llm.bodies[1]["messages"] if m["role"] == "tool"]) == 500  # each has its reply


def long_one(turns=120):
    said = "We spoke for a while about matter number {} and agreed on nothing at all in the end."
    return transcript([("AB"[n % 2], 10.0 * n, 10.0 * n + 9, said.format(n)) for n in range(turns)])


def test_a_long_transcript_is_read_in_parts_and_merged(llm):
    llm.scripts = [lambda body: Say(
        "Merged [2] [120]." if "<answers>" in body["messages"][-1]["content"] else "Part [2].")]  # fmt: skip
    stages, seen = [], []
    answer = aai.ask("What?", long_one(), model="plain", on_event=lambda e: stages.append(e.stage),
                     on_text=seen.append)  # fmt: skip
    parts = stages.count("part")
    assert parts >= 2
    assert f"in {parts} parts" in answer.notes[0]
    assert "".join(seen) == answer.text == "Merged [2] [120]."
    assert answer.citations["start"].tolist() == [10.0, 1190.0]
    assert len(answer.calls) == parts + 1
    lines = [line for text in prompts(llm)[:-1] for line in text.splitlines() if line.startswith("[")]
    assert len(lines) == 120
    assert len(set(lines)) == 120


def test_rows_of_parts_are_joined_without_a_model(llm):
    llm.scripts = [Say('{"rows": [{"task": "x"}]}')]
    answer = aai.ask("Tasks?", long_one(), schema="[task: str]", model="plain")
    assert len(answer.frame) == len(answer.calls) >= 2


def test_a_context_that_is_smaller_than_the_catalog_says(llm):
    refusal = Say(status=400, body={"code": 400, "message": "model context limit exceeded"})
    llm.scripts = [lambda b: refusal if len(json.dumps(b["messages"])) > 9000 else Say("ok [1]")]
    answer = aai.ask("What?", long_one(), model="smart", context=4000, max_tokens=50)
    assert "parts" in answer.notes[0]
    llm.scripts = [refusal]
    with pytest.raises(BadRequestError, match="context limit"):
        aai.ask("What?", long_one(), model="smart")


def test_a_conversation_keeps_to_its_budget(llm):
    llm.scripts = [lambda body: Say(f"Answer {len(llm.bodies)} " + "word " * 100)]
    talk = aai.Conversation(meeting(), model="smart", budget=400)
    first = aai.ask("First?", chat=talk)
    second = aai.ask("Second?", chat=talk)
    assert "Answer 1" in prompts(llm)[1]
    assert prompts(llm)[1].count("<transcript>\n[1]") == 1
    assert second.notes == first.notes == []
    aai.ask("Third?", chat=talk)
    last = aai.ask("Fourth?", chat=talk)
    assert "oldest" in last.notes[-1]
    assert "Answer 1 " not in prompts(llm)[3]
    assert "[4] 0:27 Ben" in prompts(llm)[3]
    assert talk.cost == sum(answer.cost for answer in talk.answers)


def test_a_dry_run_shows_what_would_leave_and_sends_nothing(llm):
    plan = aai.ask("Who?", meeting(), model="smart", dry_run=True, max_tokens=100)
    assert llm.bodies == []
    text = str(plan)
    assert "nothing was sent" in text
    assert "127.0.0.1" in text
    assert "4 turns of 1 recording" in text
    assert "[4] 0:27 Ben: Agreed" in text
    assert plan.cost > 0
    answer = aai.ask("Who?", meeting(), model="smart", max_tokens=100)
    assert plan.messages[0] == llm.bodies[0]["messages"]
    assert answer.cost < plan.cost * 2
    many = aai.ask("Who?", [meeting(), meeting()], each=True, reduce=True, dry_run=True, model="smart")
    assert many.requests == 3
    assert "$" in many._repr_html_()


def test_redact_sends_only_redacted_text(llm):
    with pytest.raises(UsageError, match="nothing was sent"):
        aai.ask("Who?", meeting(), redact=True)
    t = meeting(redact_pii=True, source="Jane Doe.mp3")
    aai.ask("Who?", t, redact=True, model="smart")
    assert "Jane" not in prompts(llm)[0]
    assert "Anna" not in prompts(llm)[0]
    assert llm.looks


def test_the_display_draws_in_the_calling_thread(llm):
    class Display:
        def __init__(self):
            self.drawn, self.events = [], []

        def __call__(self, event):
            self.events.append(event.stage)

        def draw(self, last=False):
            self.drawn.append((threading.get_ident(), last))

    display = Display()
    llm.scripts = [Say("Yes.", delay=0.3)]
    aai.ask("Q?", meeting(), model="smart", on_event=display)
    assert {thread for thread, _ in display.drawn} == {threading.get_ident()}
    assert [last for _, last in display.drawn].count(True) == 1
    assert display.events == ["asking", "completed"]


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"modl": "smart"}, OptionError, "Did you mean model"),
        ({"stream": True}, OptionError, "set by asking"),
        ({"schema": "a: what"}, OptionError, "unknown type"),
        ({"reduce": True}, UsageError, "each=True"),
        ({"each": True}, UsageError, "several recordings"),
        ({"tools": [lambda x: x]}, OptionError, "a lambda has none"),
        ({"temperature": 5}, OptionError, "from 0 to 2"),
        ({"temperature": 1, "model": "plain"}, OptionError, "These do: smart"),
        ({"model": "smat"}, OptionError, "Did you mean smart"),
    ],
)
def test_wrong_calls_send_nothing(llm, given, kind, words):
    with pytest.raises(kind, match=words):
        aai.ask("Q?", meeting(), **given)
    assert llm.bodies == []


def test_where_nothing_was_said_nothing_is_sent(llm):
    silent = transcript([], id="quiet")
    for about in (silent, TranscriptSet([silent, silent]), pd.DataFrame({"text": []}), ""):
        with pytest.raises(UsageError, match="nothing was said"):
            aai.ask("Q?", about, model="smart")
    talk = Conversation(meeting())
    with pytest.raises(UsageError, match="nothing was said"):
        aai.ask("Q?", silent, chat=talk)
    assert len(talk.turns) > 0
    with pytest.raises(UsageError, match="not a TranscriptSet"):
        aai.ask("Q?", [meeting(), meeting()], each=True, resume=TranscriptSet())  # type: ignore[call-overload]
    with pytest.raises(UsageError, match="question comes first"):
        aai.ask(meeting(), "Q?")  # type: ignore[call-overload]
    assert llm.bodies == []


def test_no_question(llm):
    with pytest.raises(UsageError, match="no question"):
        aai.ask("  ")


async def test_ask_async(llm):
    answer = await aai.ask_async("Q?", meeting(), model="smart", temperature=0.5)
    assert answer.text == "Yes."
    assert llm.bodies[0]["temperature"] == 0.5
    llm.scripts = [Say(status=401, body={"error": "Authentication error", "status": "error"})]
    with pytest.raises(AuthenticationError):
        await aai.ask_async("Q?", meeting(), model="smart")


def test_frames_can_be_asked(llm):
    t = meeting()
    answer = t.utterances[t.utterances.speaker == "Ben"].aai.ask("What?", model="smart")
    assert answer.text == "Yes."
    assert "Anna" not in prompts(llm)[0]


def test_turns_that_stand_in_the_question_are_cited_by_the_same_rule(llm):
    t = meeting()
    turns = turns_of(t)
    text = f"{render(turns)}\nWho sends the numbers?"
    llm.scripts = [Say('Ben: "I will send the revised numbers" [4].')]
    answer = aai.ask(text, quoted=turns, model="smart")
    assert "Cite the turns" in llm.bodies[-1]["messages"][0]["content"]
    assert answer.citations["found"].tolist() == [True]
    talk = Conversation(model="smart")
    aai.ask(text, chat=talk, quoted=turns)
    later = aai.ask("And when?", chat=talk)  # what stood in the first question can be cited later
    assert later.citations["found"].tolist() == [True]
    assert repr(talk) == "<Conversation about no recording: 2 answers>"


def test_a_free_answer_without_usage_costs_nothing(llm):
    llm.models = [model("own", prices={"prompt": 0.0, "completions": 0.0})]
    piece = {"choices": [{"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}]}
    llm.scripts = [Say(raw=f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n".encode())]  # no usage
    answer = aai.ask("Hello?", model="own", on_text=lambda piece: None)
    assert answer.cost == 0
    assert answer.usage_line.startswith("tokens not told · free · own")


def test_the_keywords_of_ask_are_the_options_of_a_job():
    keywords = {
        name: parameter.default
        for name, parameter in inspect.signature(aai.ask).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert keywords == {name: getattr(AskOptions(), name) for name in OPTIONS}
