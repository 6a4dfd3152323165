"""One question to many recordings: a row each, errors by row, nothing finished is lost."""

from __future__ import annotations

import _thread
import asyncio
import threading

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.client.streaming.events import StreamWord, Turn
from aai_jupyter.errors import AskCancelled, AskInterrupted, AuthenticationError, BadRequestError, UsageError
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import meeting
from tests.scripted_llm import Say


def calls(n=5):
    return TranscriptSet([meeting(id=f"t{i}", source=f"calls/{i}.mp3") for i in range(n)])


def source_of(body):
    return body["messages"][-1]["content"]


def test_each_gives_a_row_per_transcript_in_order(llm):
    llm.scripts = [Say('{"mood": "good", "score": 7}')]
    events = []
    found = aai.ask("How?", calls(), each=True, schema="mood: good|bad, score: int", model="smart",
                    on_event=events.append)  # fmt: skip
    frame = found.frame
    assert list(frame) == [
        *("file", "mood", "score", "error", "seconds", "cost"),
        *("source", "transcript_id"),
    ]
    assert frame["source"].tolist() == [f"calls/{i}.mp3" for i in range(5)]
    assert frame["score"].sum() == 35
    assert frame["error"].isna().all()
    assert found.cost == sum(answer.cost for answer in found)
    assert [e.done for e in events if e.stage == "completed"] == [1, 2, 3, 4, 5]
    assert {e.total for e in events} == {5}


def test_errors_stay_in_their_rows(llm):
    count = iter(range(100))

    def script(body):
        place = next(count)
        if place == 1:
            return Say(status=400, body={"code": 400, "message": "content was filtered"})
        return Say("not json" if place > 2 else '{"score": 1}')

    llm.scripts = [script]
    found = aai.ask("How?", calls(4), each=True, schema="score: int", model="smart", at_once=1)
    why = found.frame["error"].tolist()
    assert why[0] is pd.NA
    assert "content was filtered" in why[1]
    assert "not JSON" in why[3]
    assert len(found.failed) == 2
    with pytest.raises(aai.errors.BadRequestError):
        found[1]
    assert "2 rows without an answer" in found._repr_html_()


def test_what_concerns_all_ends_all(llm):
    llm.scripts = [Say(status=401, body={"error": "Authentication error", "status": "error"})]
    with pytest.raises(AuthenticationError):
        aai.ask("How?", calls(), each=True, model="smart", at_once=2)
    assert len(llm.bodies) <= 2


def test_a_schema_that_the_model_cannot_fill_ends_all_at_once(llm):
    llm.scripts = [Say(status=400, body={"code": 400, "message": "response_format is invalid: no int"})]
    with pytest.raises(BadRequestError, match="no int"):
        aai.ask("How?", calls(9), each=True, schema="score: int", model="smart", at_once=1)
    assert len(llm.bodies) == 1


def test_a_live_session_is_asked_about_like_its_transcript(llm):
    live = LiveTranscript("talk.wav")
    words = [
        StreamWord(text=text, start=500 * n, end=500 * n + 400) for n, text in enumerate(["Yes.", "No."])
    ]
    live.update(
        [
            Turn(turn_order=0, transcript="Yes. No.", end_of_turn=True, words=words, speaker_label="A"),
            Turn(turn_order=1, transcript="And now", end_of_turn=False, speaker_label="B"),
        ]
    )
    llm.scripts = [Say("Both [1].")]
    found = aai.ask("Which?", live, model="smart")
    assert "[1] 0:00 A: Yes. No." in source_of(llm.bodies[-1])
    assert "And now" not in source_of(llm.bodies[-1])  # nobody knows yet what it will be
    assert found.citations["found"].tolist() == [True]
    assert len(aai.ask("Which?", [live, meeting()], each=True, model="smart").frame) == 2
    with pytest.raises(UsageError, match="not redacted"):
        aai.ask("Which?", live, redact=True, model="smart")


def test_groups_of_a_frame(llm):
    llm.scripts = [lambda body: Say("Ben" if "Ben:" in source_of(body) else "Anna")]
    by_speaker = calls(2).utterances.groupby(["source", "speaker"], observed=True)
    frame = aai.ask("Who?", by_speaker, each=True, model="smart").frame
    assert frame[["source", "speaker", "answer"]].values.tolist() == [
        ["calls/0.mp3", "Anna", "Anna"], ["calls/0.mp3", "Ben", "Ben"],
        ["calls/1.mp3", "Anna", "Anna"], ["calls/1.mp3", "Ben", "Ben"],
    ]  # fmt: skip
    whole = calls(2).utterances.aai.ask("Who?", each=True, model="smart").frame
    assert whole["source"].tolist() == ["calls/0.mp3", "calls/1.mp3"]
    with pytest.raises(UsageError, match="groupby"):
        aai.ask("Who?", pd.DataFrame({"text": ["a"]}), each=True)


def test_several_rows_per_recording_and_citations(llm):
    llm.scripts = [Say('{"rows": [{"task": "a", "source": "s"}, {"task": "b", "source": "s"}]}')]
    found = aai.ask("Tasks?", calls(2), each=True, schema="[task: str, source: str]", model="smart")
    frame = found.frame
    assert len(frame) == 4
    assert "answer_source" in frame
    assert frame["cost"].tolist()[1] == 0.0
    assert frame["cost"].sum() == pytest.approx(float(found.cost))
    llm.scripts = [Say("Ben [4].")]
    cited = aai.ask("Who?", calls(2), each=True, model="smart").citations
    assert cited["transcript_id"].tolist() == ["t0", "t1"]
    assert cited["start"].tolist() == [27.0, 27.0]


def test_reduce_reads_all_answers(llm):
    llm.scripts = [lambda body: Say("All." if "<answers>" in source_of(body) else "One.")]
    seen = []
    found = aai.ask(
        "How?", calls(3), each=True, reduce="What do they share?", model="smart", on_text=seen.append
    )
    assert found.reduced.text == "All." == "".join(seen)
    text = llm.bodies[-1]["messages"][-1]["content"]
    assert text.count("One.") == 3
    assert "## 1.mp3" in text
    assert "What do they share?" in text
    assert len(found.frame) == 3


def test_reduce_reads_citations_as_recording_and_time_and_redacted_ones_without_a_name(llm):
    llm.scripts = [lambda body: Say("All." if "<answers>" in source_of(body) else "Ben sends them [4].")]
    aai.ask("Who?", calls(2), each=True, reduce=True, model="smart")
    text = llm.bodies[-1]["messages"][-1]["content"]
    assert "Ben sends them [0.mp3 0:27 Ben]." in text
    assert "Ben sends them [1.mp3 0:27 Ben]." in text
    hidden = [meeting(id=f"t{n}", source=f"Jane Doe {n}.mp3", redact_pii=True) for n in range(2)]
    aai.ask("Who?", hidden, each=True, reduce=True, redact=True, model="smart")
    assert all("Jane" not in body["messages"][-1]["content"] for body in llm.bodies)
    assert "[Recording 2 0:27 Speaker 2]" in llm.bodies[-1]["messages"][-1]["content"]


def interrupted_ask(llm, **given):
    """Finishes two rows, then the rest hangs until the interrupt."""
    count = iter(range(100))
    fired = threading.Event()

    def script(body):
        if next(count) < 2:
            return Say("Done.")
        if not fired.is_set():
            fired.set()
            threading.Timer(0.3, _thread.interrupt_main).start()
        return Say("Late.", delay=30.0)

    llm.scripts = [script]
    with pytest.raises(AskInterrupted) as caught:
        aai.ask("How?", calls(), each=True, model="smart", at_once=1, **given)
    return caught.value


def test_an_interrupt_keeps_finished_rows_and_the_rest_can_be_asked_later(llm):
    error = interrupted_ask(llm)
    frame = error.answers.frame
    assert frame["answer"].tolist()[:2] == ["Done.", "Done."]
    assert frame["error"].tolist()[2:] == ["not asked"] * 3
    assert "2 of 5" in "\n".join(error._render_traceback_())
    llm.scripts = [Say("Now.")]
    before = len(llm.bodies)
    found = aai.ask("How?", calls(), each=True, model="smart", resume=error.answers)
    assert found.frame["answer"].tolist() == ["Done.", "Done.", "Now.", "Now.", "Now."]
    assert len(llm.bodies) == before + 3


async def test_cancelling_keeps_finished_rows(llm):
    llm.scripts = [Say("Done."), Say("Late.", delay=30.0)]
    events = []
    task = asyncio.create_task(
        aai.ask_async("How?", calls(3), each=True, model="smart", at_once=1, on_event=events.append)
    )
    async with asyncio.timeout(60):
        while len(llm.bodies) < 2:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(AskCancelled) as caught:
        await task
    assert [a is not None for a in caught.value.answers.answers] == [True, False, False]


def test_many_under_a_limit_cost_what_the_ledger_says(llm):
    llm.limit, llm.window = 15, 0.4
    llm.scripts = [Say("Fine.")]
    found = aai.ask("How?", calls(40), each=True, model="smart", model_region="global")
    assert found.frame["error"].isna().all()
    assert llm.refused <= 3  # at most one a window, whose request arrived in the next
    given = sum(row["prompt_tokens"] for row in llm.ledger)
    made = sum(row["completion_tokens"] for row in llm.ledger)
    from decimal import Decimal

    assert found.cost == (given * Decimal("0.3") + made * Decimal("2.5")) / 1_000_000


def test_the_table_shows_names_whole_answers_and_citations_that_play(llm):
    said = "We agreed to cut the print budget by two thousand dollars and to send the numbers by Friday"
    llm.scripts = [Say(f'{said}: "I will send the revised numbers" [4] <img src=x>.')]
    found = aai.ask("What?", calls(2), each=True, model="smart")
    body, under = found.html_parts()
    assert said in body
    assert body.count('data-aai-seek="27.555"') == 2
    assert "<td>0.mp3</td>" in body
    assert "<img" not in body
    assert found.frame["source"].tolist() == ["calls/0.mp3", "calls/1.mp3"]  # joins with frames of the set
    assert "2 requests" in under
