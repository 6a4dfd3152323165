"""``%%aai_ask`` and ``%aai_models`` end to end: a real kernel, and a real server with scripted answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import PYTHONS, ROOT, Kernel, kernel
from tests.scripted_llm import KEY, Say, ScriptedLlm, call, running

pytestmark = [pytest.mark.kernel, pytest.mark.any_kernel]

WIDGET = "application/vnd.jupyter.widget-view+json"
CITED = (
    'In **April**: "we open in April" [2]. See [9]. <img src=x onerror=alert(1)> ![p](https://evil.example/p)'
)
SETUP = """
%load_ext aai_jupyter
import aai_jupyter as aai, pandas as pd
def talk(id, *turns, **more):
    at, utterances = 0, []
    for who, text in turns:
        words = [dict(text=w, start=at + 400 * n, end=at + 400 * n + 350, confidence=0.9, speaker=who)
                 for n, w in enumerate(text.split())]
        end = words[-1]["end"]
        utterances.append(dict(speaker=who, text=text, start=at, end=end, confidence=0.9, words=words))
        at = end + 500
    raw = dict(id=id, status="completed", text=" ".join(t for _, t in turns), utterances=utterances,
               words=[w for u in utterances for w in u["words"]], audio_duration=at / 1000, **more)
    return aai.Transcript.from_json(raw, source=f"{id}.mp3")
"""
CALL = 'call = talk("t1", ("A", "When do we open?"), ("B", "We open in April, I hope."))'
CALLS = (
    'calls = aai.TranscriptSet([talk(f"c{n}", ("A", f"This is call {n}."), ("B", "Fine."))'
    " for n in range(4)])"
)


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with running(ScriptedLlm()) as made:
        yield made


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "newest" if p == sys.executable else "colab")
def notebook(
    request: pytest.FixtureRequest, llm: ScriptedLlm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kernel]:
    folder: Path = tmp_path_factory.mktemp("ask")
    env = {
        "ASSEMBLYAI_API_KEY": KEY,
        "ASSEMBLYAI_BASE_URL": llm.url,
        "ASSEMBLYAI_LLM_GATEWAY_BASE_URL": llm.url,
        "AAI_JUPYTER_HOME": str(folder / ".aai"),
    }
    with kernel(request.param, cwd=folder, env=env) as made:
        made.page = True
        made.ok(SETUP)
        made.settle()
        yield made


@pytest.fixture
def shell(notebook: Kernel, llm: ScriptedLlm) -> Kernel:
    """The kernel with one call and nothing else; the model says `CITED`."""
    notebook.ok(f"%reset -f\n{SETUP}\n{CALL}")
    llm.scripts = [Say(CITED)]
    llm.bodies.clear()
    return notebook


def asked(llm: ScriptedLlm, place: int = -1) -> str:
    """The user's message of a request."""
    return str(llm.bodies[place]["messages"][-1]["content"])


def test_the_answer_is_shown_in_place_as_safe_html_with_citations_that_lead_to_seconds(
    shell: Kernel, llm: ScriptedLlm
) -> None:
    cell = shell.answering("%%aai_ask -t call --as answer\nWhen do we open?")  # somebody is there
    assert cell.result is None  # not shown a second time
    assert len(cell.displays) == 1
    shown = cell.displays[0]
    assert WIDGET in shown
    assert 'data-aai-seek="2.050" data-aai-transcript="t1"' in shown["text/html"]
    assert "[9?]" in shown["text/html"]
    assert "<img" not in shown["text/html"]
    assert "&lt;img" in shown["text/html"]
    assert shown["text/plain"].splitlines()[-1].endswith(" s")
    assert "tokens · $" in shown["text/plain"]
    assert "smart" in shown["text/plain"]
    assert shell.value("answer.citations[['turn', 'quote', 'found']].astype(object).iloc[0].tolist()") == [
        2,
        "we open in April",
        True,
    ]
    assert KEY not in cell.everything


BODY = """It's {"a": [1, 2]}, isn't it? Say f"{x}" and {y}, C:\\new, 100% of $HOME; "quoted.
    for i in range(3): print('{}'.format(i))  # not a comment
--dry-run -t nothing {% raw %}"""


def test_the_body_is_taken_literally(shell: Kernel, llm: ScriptedLlm) -> None:
    shell.ok(f"%%aai_ask -t call\n{BODY}")
    assert BODY in asked(llm)


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ('%aai_ask -t call What\'s "it" {x} at 100%, and #3?', 'What\'s "it" {x} at 100%, and #3?'),
        ("%aai_ask How did it go?", "How did it go?"),
        ("a = %aai_ask -t call How did it go?", "How did it go?"),
        ('%aai_ask "Is it -t?" -t call --max-tokens 7', "Is it -t?"),
        ("%%aai_ask -t call Is a body needed?", "Is a body needed?"),
        ("if True:\n    %aai_ask -- --each of them?", "--each of them?"),
    ],
)
def test_questions_on_a_line_are_taken_literally_too(
    shell: Kernel, llm: ScriptedLlm, line: str, question: str
) -> None:
    cell = shell.ok(line)
    assert "not found" not in cell.stdout  # IPython's help for `go?`
    assert f"<question>\n{question}\n</question>" in asked(llm)


def test_names_in_double_braces_become_values_and_speech_becomes_numbered_turns(
    shell: Kernel, llm: ScriptedLlm
) -> None:
    shell.ok("names = ['Ann', 'Ben']; table = pd.DataFrame({'a': range(3), 'b': list('xyz')})")
    cell = shell.ok(
        "%%aai_ask --as a\n{{names[1]}} says {x: 1}. Compare {{call}} with {{call.utterances}}.\n{{table}}"
    )
    sent = asked(llm)
    assert "Ben says {x: 1}." in sent
    assert "[1] 0:00 A: When do we open?\n[2] 0:02 B: We open in April, I hope." in sent
    assert "[3] 0:00 A: When do we open?" in sent
    assert "a,b\n0,x\n1,y" in sent
    assert "Asking about" not in cell.stdout  # it stands in the question
    assert shell.value("a.citations['found'].tolist()") == [True, False]
    wrong = shell.run("%%aai_ask\nWho is {{nmaes[0]}}?")
    assert (wrong.ename, len(wrong.error)) == ("UsageError", 2)
    assert "Did you mean names?" in wrong.error[1]
    assert len(llm.bodies) == 1


def test_a_long_transcript_in_the_text_is_bounded_and_says_what_is_left_out(
    shell: Kernel, llm: ScriptedLlm
) -> None:
    shell.ok('long = talk("long", *[("A", f"Sentence {n} " + "word " * 30) for n in range(900)])')
    shell.ok("%%aai_ask --as a\nSum up {{long}}")
    assert 40_000 < len(asked(llm)) < 70_000
    assert "of 900 turns did not fit" in shell.value("a.notes[0]")


def test_without_t_the_only_transcript_is_asked_about_and_said_else_it_must_be_named(
    shell: Kernel, llm: ScriptedLlm
) -> None:
    assert shell.ok("%aai_ask When?").stdout == "Asking about call.\n"
    shell.ok("other = talk('t2', ('A', 'Hello.'))")
    wrong = shell.run("%aai_ask When?")
    assert "call, other" in wrong.error[0]
    shell.ok("del call, other")
    none = shell.run("%aai_ask When?")
    assert "no transcript" in none.error[0]
    shell.ok("%aai_ask --alone When?")
    assert "<transcript>" not in asked(llm)
    assert len(llm.bodies) == 2


def test_a_dry_run_sends_nothing_and_shows_exactly_what_would_leave(shell: Kernel, llm: ScriptedLlm) -> None:
    before = len(llm.bodies)
    cell = shell.ok("plan = %aai_ask -t call --dry-run --max-tokens 50 When is it?\nplan")
    assert len(llm.bodies) == before
    assert "nothing was sent" in cell.text
    assert "We open in April" in cell.text
    assert "at most $" in cell.text
    shell.ok("%aai_ask -t call --max-tokens 50 When is it?")
    assert shell.value("plan.messages[0]") == llm.bodies[-1]["messages"]
    assert llm.bodies[-1]["max_tokens"] == 50
    assert str(shell.value("plan.messages[0][1]['content']")) in cell.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%aai_ask -t call -m smrat When?", "Did you mean smart?"),
        ("%aai_ask -t call -m plain --temperature 0.5 When?", "smart"),
        ("%aai_ask -t call --temperature 3 When?", "--temperature"),
        ("%aai_ask -t call --schem x When?", "Did you mean --schema?"),
        ("%aai_ask -t kall When?", "Did you mean call?"),
        ("%aai_ask -t call When? --max-tokens 5", "Put flags before the text"),
        ("%aai_ask -t call --redact When?", "not redacted: nothing was sent"),
        ("%aai_ask -t call --each When?", "several recordings"),
        ("%aai_ask -t call", "no question"),
        ("%%aai_ask call\nWhen?", "named with -t"),
        ("%%aai_ask -t call --chat pd\nWhen?", "no conversation"),
        ("%%aai_ask --redact\nSum up {{call}}", "not redacted"),
    ],
)
def test_wrong_calls_are_short_errors_before_anything_is_sent(
    shell: Kernel, llm: ScriptedLlm, line: str, said: str
) -> None:
    cell = shell.run(line)
    assert cell.status == "error"
    assert said in "\n".join(cell.error)
    assert len(cell.error) <= 3
    assert llm.bodies == []


def test_a_schema_gives_rows(shell: Kernel, llm: ScriptedLlm) -> None:
    llm.scripts = [Say('{"mood": "good", "score": 4}')]
    shell.ok('%aai_ask -t call --schema "mood: good|bad, score: int" --as a -- How?')
    assert shell.value("[a.frame.to_dict('records'), str(a.frame.score.dtype)]")[0] == [
        {"mood": "good", "score": 4}
    ]
    shell.ok("from dataclasses import dataclass\n@dataclass\nclass Mood:\n    mood: str\n    score: int")
    shell.ok("%aai_ask -t call --schema Mood --as b -- How?")
    assert shell.value("[type(b.value).__name__, b.value.score]") == ["Mood", 4]


def test_a_conversation_goes_on_under_its_name(shell: Kernel, llm: ScriptedLlm) -> None:
    shell.ok("%%aai_ask -t call --chat dialogue\nWhen do we open?")
    shell.ok("%%aai_ask --chat dialogue --max-tokens 99\nWho said so?")
    roles = [message["role"] for message in llm.bodies[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert shell.value("[len(dialogue.answers), type(dialogue).__name__]") == [2, "Conversation"]


def test_the_chat_of_the_page_and_the_magic_share_a_conversation(shell: Kernel, llm: ScriptedLlm) -> None:
    cell = shell.ok("chat = aai.chat(call)\nchat")
    assert WIDGET in cell.result
    shell.ok("chat.ask('When do we open?'); chat.wait(60)")
    shell.ok("%aai_ask --chat chat Who said so?")
    assert shell.value("[len(chat.conversation.answers), chat.busy, len(chat.entries)]") == [2, False, 2]
    assert "When do we open?" in shell.ok("chat").result["text/html"]


def test_each_gives_a_row_per_recording_and_one_answer_over_all(shell: Kernel, llm: ScriptedLlm) -> None:
    def say(body: dict[str, Any]) -> Say:
        text = str(body["messages"][-1]["content"])
        if "call 2" in text and "call 1" not in text:
            return Say(status=400, body={"code": 400, "message": "no such luck", "request_id": "r9"})
        return Say("All fine [2]." if "<transcript>" in text else "Three were fine.")

    llm.scripts = [say]
    shell.ok(f"del call\n{CALLS}")
    cell = shell.ok('%aai_ask "How was it?" --each --reduce-with "And all in all?" --as r')
    assert cell.displays[0]["text/plain"].startswith("4 of 4 done, 1 failed")
    assert "no such luck" in cell.displays[0]["text/plain"]
    assert "c1.mp3" not in cell.displays[0]["text/plain"]  # its answer stands in the table below
    assert "<progress" not in cell.displays[0]["text/html"]
    assert "Three were fine." in cell.displays[1]["text/plain"]
    assert "1 row without an answer left out.</div>" in cell.displays[1]["text/html"]
    assert shell.value("[len(r.frame), len(r.failed), r.frame.source.tolist(), r.reduced.text]") == [
        4,
        1,
        ["c0.mp3", "c1.mp3", "c2.mp3", "c3.mp3"],
        "Three were fine.",
    ]
    grouped = shell.ok(
        '%aai_ask -t {calls.utterances.groupby("speaker", observed=True)} --each --as g -- What?'
    )
    assert "2 of 2 answered" in grouped.text
    assert shell.value("g.frame.speaker.tolist()") == ["A", "B"]


COUNTED = """
from aai_jupyter.asking import prompt_turns
built, _build = [], prompt_turns._of_transcript
prompt_turns._of_transcript = lambda t: (built.append(t.id), _build(t))[1]
"""


def test_the_turns_of_a_recording_are_built_once_for_a_question(shell: Kernel, llm: ScriptedLlm) -> None:
    shell.ok(f"{CALLS}\n{COUNTED}")
    try:
        shell.ok("%aai_ask -t call When do we open?")
        shell.ok("%aai_ask -t call --chat chat When do we open?")
        shell.ok("%aai_ask --chat chat Who said so?")
        assert shell.value("built") == ["t1", "t1"]
        shell.ok("built.clear()\n%aai_ask -t calls --each How was it?")
        assert shell.value("built") == ["c0", "c1", "c2", "c3"]
    finally:
        shell.ok("prompt_turns._of_transcript = _build")


def test_interrupt_keeps_finished_rows_and_resume_asks_only_the_rest(shell: Kernel, llm: ScriptedLlm) -> None:
    slow = {"on": True}

    def say(body: dict[str, Any]) -> Say:
        hangs = slow["on"] and "call 3" in str(body["messages"][-1]["content"])
        return Say("Fine.", delay=60 if hangs else 0)

    llm.scripts = [say]
    shell.ok(CALLS)
    cell, seconds = shell.interrupted("%aai_ask -t calls --each --as r -- How?", "3 of 4 answered")
    assert cell.status == "error"
    assert cell.error[0].startswith("Stopped asking: 3 of 4 are answered, and kept in r.")
    assert len(cell.error) <= 3
    assert seconds < 5
    assert "stopped" in cell.displays[0]["text/plain"]
    assert shell.value("r.frame.answer.isna().tolist()") == [False, False, False, True]
    slow["on"] = False
    asked_before = len(llm.bodies)
    shell.ok("%aai_ask -t calls --each --resume r --as r -- How?")
    assert len(llm.bodies) == asked_before + 1
    assert shell.value("r.frame.answer.tolist()") == ["Fine."] * 4


def test_an_error_that_ends_all_keeps_finished_rows_by_name(shell: Kernel, llm: ScriptedLlm) -> None:
    count = iter(range(100))
    refusal = Say(status=401, body={"error": "Authentication error"})
    llm.scripts = [lambda body: refusal if next(count) == 2 else Say("Fine.")]
    shell.ok(CALLS)
    cell = shell.run("%aai_ask -t calls --each --at-once 1 --as kept -- How?")
    assert cell.status == "error"
    assert "2 of 4 are answered" in cell.error[-1]
    assert "--resume kept" in "\n".join(cell.error)
    llm.scripts = [Say("Fine.")]
    shell.ok("%aai_ask -t calls --each --resume kept --as kept -- How?")
    assert shell.value("kept.frame.answer.tolist()") == ["Fine."] * 4


def test_an_answer_grows_while_it_is_written_and_an_interrupt_keeps_what_is_there(
    shell: Kernel, llm: ScriptedLlm
) -> None:
    llm.scripts = [Say(["We open ", "in April [2].", " Nobody reads this."], hold_at=400)]
    cell, _ = shell.interrupted("%aai_ask -t call When?", "We open")
    assert cell.error[-1] == "Interrupted."
    assert "We open" in cell.displays[0]["text/plain"]
    assert "Nobody" not in cell.displays[0]["text/plain"]
    assert "not whole" in cell.displays[0]["text/html"]


def test_an_answer_that_breaks_off_is_shown_with_the_error(shell: Kernel, llm: ScriptedLlm) -> None:
    llm.scripts = [Say(["We open ", "in April", " or later"], cut_at=600)]
    cell = shell.run("%aai_ask -t call When?")
    assert cell.status == "error"
    assert len(cell.error) <= 3
    assert "We open" in cell.displays[0]["text/plain"]
    assert "broke off" in cell.displays[0]["text/plain"]


def test_tools_are_the_functions_that_are_named_and_each_call_is_shown(
    shell: Kernel, llm: ScriptedLlm
) -> None:

    llm.scripts = [Say(calls=[call("price", {"article": "pen"})], finish="tool_calls"), Say("It costs 2.5.")]
    shell.ok('def price(article: str) -> float:\n    "Price in euros."\n    return 2.5')
    cell = shell.ok("%aai_ask -t call --tools price -- What does a pen cost?")
    assert "called price(article=&#x27;pen&#x27;) → 2.5" in cell.html
    assert "It costs 2.5." in cell.text


def test_aai_models_is_a_frame_and_tab_knows_ids_and_transcripts(shell: Kernel, llm: ScriptedLlm) -> None:
    shell.ok("models = %aai_models")
    assert shell.value("[models.model.tolist(), models.context.tolist()]") == [
        ["smart", "plain"],
        [200_000, 3000],
    ]
    assert shell.value("models.prompt.tolist()") == [pytest.approx(0.33), pytest.approx(0.33)]
    shell.ok("%aai_models pla --as few")
    assert shell.value("few.model.tolist()") == ["plain"]
    shell.ok("calm = 3; frame = call.utterances")
    assert shell.complete("%aai_ask -m s") == ["smart"]
    assert shell.complete("%aai_ask -t cal") == ["call"]
    assert shell.complete("%aai_ask -t call,fr") == ["frame"]
    assert shell.complete("%aai_ask --max-t") == ["--max-tokens"]
    assert "call" in shell.complete("%%aai_ask\nSum up {{ca")


def test_hidden_answers_stay_hidden(shell: Kernel, llm: ScriptedLlm) -> None:
    cell = shell.ok("%aai_ask -t call When?;")
    assert (cell.displays, cell.result) == ([], None)
    assert "April" in shell.value("list(Out.values())[-1].text")  # without a name it is where results are


def test_a_terminal_gets_the_answer_once_without_control_characters(llm: ScriptedLlm, tmp_path: Path) -> None:
    llm.scripts = [Say(["In **April**, ", "they [2] ", "say. \x1b[31m"])]
    (tmp_path / "setup.ipy").write_text(f"{SETUP}\n{CALL}\n")
    script = "%run -i setup.ipy\n%aai_ask How did it go?\n%aai_ask -t {[call, call]} --each -- What?\nexit\n"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=script,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "IPYTHONDIR": str(tmp_path / ".ipython"),
            "ASSEMBLYAI_API_KEY": KEY,
            "ASSEMBLYAI_BASE_URL": llm.url,
            "ASSEMBLYAI_LLM_GATEWAY_BASE_URL": llm.url,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    first, _, each = done.stdout.partition("In [3]")
    assert first.count("In **April**, they [0:02 B] say.") == 1, done.stdout + done.stderr
    assert "tokens · $" in first
    assert each.count("they [0:02 B] say.") >= 2
    assert "\x1b" not in done.stdout
