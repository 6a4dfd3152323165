"""``%aai_stream`` in real kernels, against a server that says in order what was in the sound it heard."""

from __future__ import annotations

import re
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.notebook.magics.turn_commands import TurnCommands, function_command
from tests.kernels import PYTHONS, Kernel, kernel
from tests.streaming_server import KEY, RATE, Script, scripted_beside, speech, words_of

pytestmark = pytest.mark.kernel

SECONDS, LONG = 4.0, 120.0
FILE = f"--sample-rate {RATE} --no-audio"
STOP_ALL = """
from aai_jupyter.live.live_stream import CellStreams
from aai_jupyter.runtime.process import runtime
[one.stop() for one in list(runtime().part(CellStreams))]
"""


@pytest.fixture(scope="module")
def script() -> Iterator[Script]:
    with scripted_beside(Script()) as made:
        yield made


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "newest" if p == sys.executable else "colab")
def make(
    request: pytest.FixtureRequest, script: Script, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Any]:
    """Makes kernels with recordings in their folder: ``talk.wav``, and ``long.wav``, never heard out."""

    def one() -> Any:
        folder = tmp_path_factory.mktemp("stream")
        for name, seconds in (("talk.wav", SECONDS), ("long.wav", LONG)):
            with wave.open(str(folder / name), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(speech(seconds))
        variables = {
            "ASSEMBLYAI_STREAMING_BASE_URL": script.url,
            "ASSEMBLYAI_API_KEY": KEY,
            "AAI_JUPYTER_HOME": str(folder / ".aai"),
        }
        return kernel(request.param, cwd=folder, env=variables)

    return one


@pytest.fixture(scope="module")
def shell(make: Callable[[], Any]) -> Iterator[Kernel]:
    with make() as made:
        made.ok("%load_ext aai_jupyter\nimport aai_jupyter as aai")
        yield made


def until(found: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.any_kernel
@pytest.mark.parametrize("how", ["header", "query"])
def test_the_key_goes_as_it_was_told(shell: Kernel, script: Script, how: str) -> None:
    shell.ok(f"%aai_stream --source talk.wav --as keyed {FILE} --wait --no-display --auth {how}")
    assert shell.value("keyed.error") is None
    assert (script.headers[-1].get("authorization") == KEY) is (how == "header")
    assert (script.queries[-1].get("token") == KEY) is (how == "query")


def said(script: Script) -> int:
    return sum(message["type"] == "Terminate" for message in script.messages)


def test_the_cell_returns_at_once_and_the_frame_grows_while_later_cells_run(
    shell: Kernel, script: Script
) -> None:
    before = said(script)
    line = f"%aai_stream --source long.wav --as talk {FILE} --keyterms-prompt Zarr,Borealis"
    cell = shell.collect(shell.send(line, stdin=True))  # as a person's front end asks
    assert cell.status == "ok"
    assert shell.value("talk.state != 'ended'")
    (shown,) = cell.displays
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "still running" in shown["text/plain"]
    until(lambda: shell.value("len(talk.turns)") > 0)
    count = shell.value("len(talk.words)")
    until(lambda: shell.value("len(talk.words)") > count)
    shell.ok("talk.stop()")
    texts = shell.value("list(talk.words.text)")
    assert len(texts) > count
    assert texts == [text for text, _, _ in words_of(LONG)][: len(texts)]
    assert shell.value("bool(talk.turns.end_of_turn.all())")
    assert shell.value("talk.text").startswith("w0 w1")
    assert said(script) == before + 1
    assert '"Borealis"' in script.queries[-1]["keyterms_prompt"]
    assert KEY not in cell.everything


def test_a_waiting_cell_keeps_what_was_said_as_text(shell: Kernel) -> None:
    cell = shell.ok(f"%aai_stream talk.wav --as talk --wait {FILE}")
    (shown,) = cell.displays
    assert "application/vnd.jupyter.widget-view+json" not in shown
    assert "w0 w1" in shown["text/plain"]
    assert "w0 w1" in shown["text/html"]
    assert "billed" in shown["text/plain"]


def test_a_session_can_be_assigned(shell: Kernel) -> None:
    shell.ok(f"given = %aai_stream talk.wav --wait --no-audio {FILE}")
    assert shell.value("len(given.turns) > 0") is True
    shell.ok(f"%aai_stream talk.wav --wait --no-audio {FILE}")  # no Out: it has the captions
    assert shell.value("type(given) in map(type, Out.values())") is False


def test_commands_run_for_each_finished_turn_and_a_fault_is_told_once(shell: Kernel) -> None:
    shell.ok(
        "seen, kept = [], []\ndef note(turn):\n    seen.append(turn.turn_order)\n    raise ValueError('oops')"
    )
    cell = shell.ok(
        f"%%aai_stream --source talk.wav --as talk --wait --on-turn note {FILE}\n"
        "# what was said\nkept.append(turn.transcript)\nlen(kept)\nundefined_name"
    )
    count = shell.value("len(talk.turns)")
    assert count >= 2
    assert shell.value("[len(kept), len(seen)]") == [count, count]
    assert str(count) in [display["text/plain"] for display in cell.displays]
    text = cell.displays[0]["text/plain"]
    assert text.count("note: ValueError: oops") == 1
    assert text.count("undefined_name: NameError") == 1


def test_interrupt_ends_the_session_and_keeps_what_was_heard(shell: Kernel, script: Script) -> None:
    before, frames = said(script), len(script.frames)
    request = shell.send(f"%aai_stream --source long.wav --as cut --wait {FILE}")
    until(lambda: script.open == 1 and len(script.frames) > frames + 20)
    shell.manager.interrupt_kernel()
    cell = shell.collect(request)
    assert cell.status == "error"
    assert any("the session is closed" in line for line in cell.error)
    assert len(cell.error) <= 3
    until(lambda: script.open == 0)
    assert said(script) == before + 1
    assert shell.value("cut.state") == "ended"
    assert shell.value("len(cut.words)") > 0


def test_the_same_cell_again_ends_what_it_had_begun(shell: Kernel, script: Script) -> None:
    before, legs = said(script), script.legs
    shell.ok(f"%aai_stream --source long.wav --as again {FILE}")
    until(lambda: script.open == 1)
    cell = shell.ok(f"%aai_stream --source long.wav --as again {FILE}")
    assert "The earlier session again was ended." in cell.stdout
    until(lambda: script.legs == legs + 2 and script.open == 1)  # else there may be nothing to end yet
    shell.ok("again.stop()")
    until(lambda: script.open == 0)
    assert said(script) == before + 2


@pytest.mark.any_kernel
def test_two_channels_are_two_sessions(shell: Kernel, script: Script) -> None:
    shell.ok(
        "import wave\n"
        "with wave.open('talk.wav') as one, wave.open('two.wav', 'wb') as two:\n"
        "    two.setparams((2, 2, one.getframerate(), 0, 'NONE', ''))\n"
        "    sound = one.readframes(one.getnframes())\n"
        "    two.writeframes(b''.join(2 * sound[k : k + 2] for k in range(0, len(sound), 2)))"
    )
    before = script.legs
    cell = shell.ok(f"%aai_stream two.wav --as both --multichannel --wait {FILE}")
    assert script.legs == before + 2
    assert shell.value("sorted(set(both.turns.speaker))") == ["1", "2"]
    assert "1: w0 w1" in cell.displays[0]["text/plain"]


def in_cell(shell: Kernel, cell: str, code: str) -> Any:
    """Run code as JupyterLab does, which names the cell."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    message = shell.client.session.msg("execute_request", content, metadata={"cellId": cell})
    shell.client.shell_channel.send(message)
    return shell.collect(message["header"]["msg_id"])


@pytest.mark.any_kernel
def test_a_cell_without_a_name_ends_its_last_run_and_no_others(shell: Kernel, script: Script) -> None:
    before, line = said(script), f"%aai_stream --source long.wav {FILE}"
    assert in_cell(shell, "one", f"{line}\n{line}").status == "ok"  # two in one cell: both run
    assert in_cell(shell, "two", line).status == "ok"
    until(lambda: script.open == 3)
    cell = in_cell(shell, "two", line)
    assert "The session that this cell had begun was ended." in cell.stdout
    assert cell.stdout.count("was ended") == 1
    until(lambda: script.open == 3)
    assert said(script) == before + 1
    shell.ok(STOP_ALL)
    until(lambda: script.open == 0)


@pytest.mark.any_kernel
def test_a_deleted_session_ends_and_one_with_captions_or_commands_goes_on(
    shell: Kernel, script: Script
) -> None:
    before = said(script)
    shell.ok(f"%aai_stream --source long.wav --as seen {FILE}")
    until(lambda: script.open == 1)
    shell.ok("kept = seen.transcript\ndel seen\nimport gc; gc.collect()")
    assert shell.value("kept.ended") is False  # its captions are there
    shell.ok(f"%aai_stream --source long.wav --as bare --no-display {FILE}")
    until(lambda: script.open == 2)
    shell.ok("bare = None\ngc.collect()")
    until(lambda: script.open == 1)
    assert said(script) == before + 1
    assert shell.value("kept.ended") is False
    shell.ok(STOP_ALL)
    until(lambda: script.open == 0)
    shell.ok("heard = []")
    shell.ok(f"%aai_stream --source talk.wav --no-display --on-turn heard.append {FILE}")
    shell.ok("gc.collect()")
    until(lambda: shell.value("len(heard)") > 0 and script.open == 0)
    assert shell.value("[turn.transcript for turn in heard][:1]") == ["w0 w1 w2 w3 w4 w5 w6"]
    assert "nobody would see" in "\n".join(shell.run(f"%aai_stream talk.wav --no-display {FILE}").error)


@pytest.mark.parametrize(
    "way",
    [
        "shutdown",
        pytest.param("unload", marks=pytest.mark.any_kernel),
        pytest.param("exit", marks=pytest.mark.any_kernel),
    ],
)
def test_no_session_outlives_the_kernel_or_the_extension(
    make: Callable[[], Any], script: Script, way: str
) -> None:
    before = said(script)
    with make() as made:
        made.ok("%load_ext aai_jupyter")
        made.ok(f"%aai_stream --source long.wav --as talk {FILE}")
        until(lambda: script.open == 1)
        if way == "unload":
            made.ok("%unload_ext aai_jupyter")
        elif way == "exit":
            made.send("exit()")
        else:
            made.client.shutdown()
        until(lambda: script.open == 0)
        assert said(script) == before + 1


@pytest.mark.any_kernel
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--mic --wait", "would not hear the page"),
        ("--mic --source talk.wav", "one session hears one sound"),
        ("talk.wav --source talk.wav", "one session hears one sound"),
        ("--source missing.wav", "missing.wav"),
        ("talk.wav --speaker-label", "Did you mean --speaker-labels?"),
        ("--mic --multichannel", "A microphone is one channel"),
        ("--source talk.wav --computer", "A recording is no call"),
        ("--mic --computer --loopback Speaker", "a device of the kernel's machine"),
        ("talk.wav --on-turn nobody", "there is no function nobody"),
        ("talk.wav --min-turn-silence 1", "min_turn_silence"),
        ("talk.wav --max-minutes 0", "max-minutes"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(
    shell: Kernel, script: Script, line: str, message: str
) -> None:
    before = script.legs
    cell = shell.collect(shell.send(f"%aai_stream {line}", stdin=True))
    assert cell.status == "error"
    assert message in "\n".join(cell.error)
    assert len(cell.error) <= 4
    assert script.legs == before


@pytest.mark.any_kernel
def test_where_no_page_is_there_is_no_microphone_of_it(shell: Kernel) -> None:
    cell = shell.run("%aai_stream")  # as a program executes it
    assert "There is no page here" in cell.error[0]


def test_a_command_that_is_no_python_is_told_with_its_line(shell: Kernel, script: Script) -> None:
    before = script.legs
    cell = shell.run("%%aai_stream --source talk.wav\nprint(turn.transcript)\nfor for")
    assert "Line 3 of %%aai_stream is no Python" in "\n".join(cell.error)
    assert script.legs == before


def test_without_sounddevice_the_message_says_what_to_do(shell: Kernel) -> None:
    shell.ok("import sys\nsys.modules['sounddevice'] = None")
    cell = shell.run("%aai_stream --device default")
    shell.ok("del sys.modules['sounddevice']")
    assert "needs sounddevice" in cell.error[0]
    assert "--mic" in "\n".join(cell.error)


def test_every_option_of_the_socket_completes_and_is_explained(shell: Kernel) -> None:
    assert "--speaker-labels" in shell.complete("%aai_stream --speaker")
    assert "universal-3-6-pro" in shell.complete("%aai_stream --speech-model universal-3")
    text = shell.ok("%aai_stream --help").stdout
    assert "--max-turn-silence" in text
    assert "--max-minutes" in text


@pytest.mark.any_kernel
def test_a_reconnection_is_invisible_in_the_frame(shell: Kernel, script: Script) -> None:
    leg = script.legs
    script.faults = lambda number, frame: 1006 if number == leg and frame == 25 else None
    try:
        cell = shell.ok(f"%aai_stream talk.wav --as talk --wait {FILE}")
    finally:
        script.faults = lambda number, frame: None
    assert shell.value("list(talk.words.text)") == [text for text, _, _ in words_of(SECONDS)]
    assert "1 reconnection" in cell.text


@pytest.mark.any_kernel
def test_a_home_folder_keeps_the_sound(shell: Kernel) -> None:
    shell.ok(f"%aai_stream talk.wav --as talk --wait --no-display --sample-rate {RATE}")
    path = Path(shell.value("str(talk.audio)"))
    assert path.stat().st_size > 1000


def test_where_a_function_fails_is_said_unless_it_is_the_call_itself() -> None:
    notes: list[str] = []
    live: Any = SimpleNamespace(listen=lambda listener: None)
    loop: Any = None  # only coroutines need it

    def divides(turn: Turn) -> float:
        return 1 / 0

    commands = [function_command("none", lambda: None, loop), function_command("divides", divides, loop)]
    runner = TurnCommands(None, live, commands, notes.append)
    runner._event(Turn(transcript="Yes.", end_of_turn=True))
    runner._event(None)
    runner.join()
    assert re.search(r"^none: TypeError: .* 1 was given\. Shown once", notes[0])
    assert re.search(r"^divides: ZeroDivisionError: .* \(in divides, line \d+\)\. Shown once", notes[1])
