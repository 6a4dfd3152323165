"""An error among many questions, or among the parts of one, costs no answer that was given."""

from __future__ import annotations

import pytest

import aai_jupyter as aai
from aai_jupyter.errors import AuthenticationError
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import meeting, transcript
from tests.scripted_llm import Say

REFUSED = Say(status=401, body={"error": "Authentication error", "status": "error"})
FILTERED = Say(status=400, body={"code": 400, "message": "content was filtered"})
FORBIDDEN = Say(status=403, body={"error": "this key does not have access to the model"})


def calls(n=5):
    return TranscriptSet([meeting(id=f"t{i}", source=f"calls/{i}.mp3") for i in range(n)])


def at(place, answer, other):
    """A script that gives one answer at one place, and another everywhere else."""
    count = iter(range(10_000))
    return lambda body: answer if next(count) == place else other


@pytest.mark.parametrize("refusal", [REFUSED, FORBIDDEN], ids=["401", "403"])
def test_one_refusal_among_many_keeps_all_that_was_answered_and_sent(llm, refusal):
    # The refusal comes while four others are on their way: their answers are paid, and kept.
    llm.scripts = [at(3, refusal, Say("Fine.", delay=0.2))]
    with pytest.raises(aai.AaiError) as caught:
        aai.ask("How?", calls(20), each=True, model="smart", at_once=5)
    error = caught.value
    asked = len(llm.bodies)
    assert asked < 20  # nothing more was begun
    done = sum(answer is not None for answer in error.answers.answers)
    assert done == asked - 1
    assert "resume=" in str(error)
    assert f"{done} of 20" in str(error)
    assert len(error.answers.frame) == 20
    llm.scripts = [Say("Now.")]
    found = aai.ask("How?", calls(20), each=True, model="smart", resume=error.answers)
    assert len(llm.bodies) == asked + 20 - done
    assert sorted(found.frame["answer"]) == ["Fine."] * done + ["Now."] * (20 - done)


def test_a_failed_reduction_keeps_the_answers_under_it(llm):
    llm.scripts = [
        lambda body: REFUSED if "<answers>" in body["messages"][-1]["content"] else Say("One."),
    ]
    with pytest.raises(AuthenticationError) as caught:
        aai.ask("How?", calls(3), each=True, reduce=True, model="smart")
    assert [answer.text for answer in caught.value.answers] == ["One."] * 3
    before = len(llm.bodies)
    llm.scripts = [Say("All.")]
    again = aai.ask("How?", calls(3), each=True, reduce=True, model="smart", resume=caught.value.answers)
    assert again.reduced.text == "All."
    assert len(llm.bodies) == before + 1


def test_a_callback_that_raises_costs_no_answer(llm):
    def broken(event):
        raise RuntimeError("the user's own")

    llm.scripts = [Say("Fine.")]
    found = aai.ask("How?", calls(3), each=True, model="smart", on_event=broken)
    assert [answer.text for answer in found] == ["Fine."] * 3
    assert aai.ask("How?", meeting(), model="smart", on_event=broken).text == "Fine."


def test_an_error_of_any_other_kind_carries_the_answers_too(llm):
    def broken(text):
        raise RuntimeError("the user's own")

    llm.scripts = [Say("Fine.")]
    with pytest.raises(RuntimeError) as caught:
        aai.ask("How?", calls(2), each=True, reduce=True, model="smart", on_text=broken)
    answers = caught.value.answers  # type: ignore[attr-defined]
    assert [answer.text for answer in answers] == ["Fine."] * 2
    assert "resume=" in caught.value.__notes__[0]


def long_one():
    said = "We spoke for a while about matter number {} and agreed on nothing at all in the end."
    return transcript([("AB"[n % 2], 10.0 * n, 10.0 * n + 9, said.format(n)) for n in range(120)])


def parts_of(error):
    return [answer is not None for answer in error.answers.answers]


def test_parts_that_were_answered_are_not_asked_for_again(llm):
    llm.scripts = [at(1, FILTERED, Say("Part [2].", delay=0.1))]
    with pytest.raises(aai.BadRequestError) as caught:
        aai.ask("What?", long_one(), model="plain")
    assert parts_of(caught.value).count(True) == len(llm.bodies) - 1 >= 2
    missing = parts_of(caught.value).count(False)
    before = len(llm.bodies)
    llm.scripts = [lambda body: Say("Merged." if "<answers>" in body["messages"][-1]["content"] else "Late.")]
    answer = aai.ask("What?", long_one(), model="plain", resume=caught.value.answers)
    assert answer.text == "Merged."
    assert len(llm.bodies) == before + missing + 1
    assert llm.bodies[-1]["messages"][-1]["content"].count("Late.") == missing


def test_parts_are_kept_when_their_merging_fails_and_when_they_are_of_a_row(llm):
    llm.scripts = [
        lambda body: FILTERED if "<answers>" in body["messages"][-1]["content"] else Say("Part [2]."),
    ]
    found = aai.ask("What?", [long_one(), meeting(id="t2")], each=True, model="plain")
    assert [row is None for row in found.answers] == [True, False]
    assert all(parts_of(found.errors[0]))
    before = len(llm.bodies)
    llm.scripts = [Say("Merged.")]
    again = aai.ask("What?", [long_one(), meeting(id="t2")], each=True, model="plain", resume=found)
    assert again[0].text == "Merged."
    assert len(llm.bodies) == before + 1


def test_parts_of_another_recording_or_another_cut_are_asked_for_anew(llm):
    llm.scripts = [at(1, FILTERED, Say("Part [2]."))]
    with pytest.raises(aai.BadRequestError) as caught:
        aai.ask("What?", long_one(), model="plain")
    other = transcript(
        [
            ("A", 10.0 * n, 10.0 * n + 9, f"Quite another talk, about thing {n}, and just as long as it.")
            for n in range(120)
        ]
    )
    for about, most in ((other, None), (long_one(), 200)):
        llm.scripts = [Say("New.")]
        before = len(llm.bodies)
        answer = aai.ask("What?", about, model="plain", resume=caught.value.answers, max_tokens=most)
        assert len(llm.bodies) - before == len(answer.calls) >= 3


def test_an_answer_stays_when_asking_again_for_its_form_fails(llm):
    llm.scripts = [Say("Seven, I think."), FILTERED]
    answer = aai.ask("How?", meeting(), schema="score: int", model="smart")
    assert answer.text == "Seven, I think."
    assert "not JSON" in answer.problem
    assert any("content was filtered" in note for note in answer.notes)


def test_an_answer_stays_when_the_catalog_cannot_be_read_any_more(llm, monkeypatch):
    from aai_jupyter.client.gateway import gateway_api

    monkeypatch.setattr(gateway_api, "CATALOG_SECONDS", 0.05)

    def script(body):
        llm.models = []  # what comes from now on is no catalog
        return Say("Fine.", delay=0.2)

    llm.scripts = [script]
    assert aai.ask("How?", meeting(), model="smart").text == "Fine."
