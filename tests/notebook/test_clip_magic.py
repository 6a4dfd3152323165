"""``%aai_stream --clip`` in real kernels, against a scripted service."""

from __future__ import annotations

import sys
import wave
from collections.abc import Iterator

import pytest

from tests.client.scripted import KEY, ScriptedService, reply, serve
from tests.clips.test_dictate import PATH, SECOND, answer
from tests.kernels import PYTHONS, Kernel, kernel

pytestmark = [pytest.mark.kernel, pytest.mark.any_kernel]
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    made = ScriptedService()
    made.on("GET", "/v1/warm", reply({"warm": "toasty"}))
    made.on("POST", PATH, reply(answer("good morning", session_id="s-1")))
    for url in serve(made):
        made.url = url
        yield made


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "newest" if p == sys.executable else "colab")
def shell(
    request: pytest.FixtureRequest, service: ScriptedService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("clip")
    for name, sound in (("note.wav", SECOND), ("long.wav", SECOND * 121)):
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(sound)
    variables = {
        "ASSEMBLYAI_SYNC_BASE_URL": service.url,
        "ASSEMBLYAI_API_KEY": KEY,
        "AAI_JUPYTER_HOME": str(folder / ".aai"),
    }
    with kernel(request.param, cwd=folder, env=variables) as made:
        made.ok("%load_ext aai_jupyter\nimport aai_jupyter as aai")
        yield made


def test_a_recording_becomes_text_in_a_variable(shell: Kernel, service: ScriptedService) -> None:
    cell = shell.ok("%aai_stream --clip --source note.wav --as note --keyterms-prompt Zarr,Borealis")
    assert cell.text == "good morning"
    assert "good morning" in cell.html
    assert "about $0.0001" in cell.html
    assert shell.value("note") == "good morning"
    assert b'{"keyterms_prompt":["Zarr","Borealis"]}' in service.sent("POST", PATH)[-1].body
    assert KEY not in cell.everything
    assert shell.ok("%aai_stream --clip note.wav --as note;").result is None
    assert shell.value("(_c := __import__('IPython').get_ipython()) and type(note).__name__") == "str"
    said = "%aai_stream --clip note.wav --conversation-context 'Yes, no.' --conversation-context 'A, b.'"
    shell.ok(said)
    assert b'{"conversation_context":["Yes, no.","A, b."]}' in service.sent("POST", PATH)[-1].body


def test_the_button_is_shown_once_and_fills_the_variable(shell: Kernel, service: ScriptedService) -> None:
    shell.ok("for name in ('note', 'd'): globals().pop(name, None)")
    cell = shell.collect(shell.send("d = %aai_stream --clip --as note\nd", stdin=True))
    assert cell.status == "ok", cell.error
    assert [WIDGET in shown for shown in cell.displays] == [True]
    assert cell.result is None
    assert "Nothing was dictated yet." in cell.displays[0]["text/plain"]
    assert shell.value("[note, d.text, d.state]") == ["", "", "idle"]
    model = cell.displays[0][WIDGET]["model_id"]

    def tell(buffers: tuple[bytes, ...] = (), **message: object) -> None:
        content = {"comm_id": model, "data": {"method": "custom", "content": message}}
        session = shell.client.session
        sent = session.msg("comm_msg", content)
        session.send(shell.client.shell_channel.socket, sent, buffers=list(buffers))

    tell(type="begin", key="k")
    for seq in range(1, 11):
        tell(type="sound", key="k", seq=seq, buffers=(SECOND[:3200],))
    tell(type="end", key="k", count=10, label="Desk")
    shell.ok("import time\nwhile not note: time.sleep(0.05)", timeout=30)
    assert shell.value("[note, len(d.clips), d.clips[0].source]") == ["good morning", 1, "Desk"]
    assert shell.value("d.wait(60).text") == "good morning"
    assert shell.value("list(d.frame.text)") == ["good morning"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--clip --speaker-labels note.wav", "%aai_stream --clip has no flag --speaker-labels"),
        ("--clip note.wav --max-minutes=5", "has no flag --max-minutes"),
        ("--clip note.wav --language-code de", "Did you mean --language-codes?"),
        ("--clip note.wav --language-codes enn", "not one of its values"),
        ("--clip long.wav", "longer than 120 s"),
        ("--clip https://example.org/a.wav", "no such input"),
        ("--clip --mic --source note.wav", "a clip has one sound"),
        ("--timestamps note.wav", "%aai_stream has no flag --timestamps"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    shell: Kernel, service: ScriptedService, line: str, message: str
) -> None:
    before = len(service.sent("POST"))
    cell = shell.collect(shell.send(f"%aai_stream {line}", stdin=True))
    assert cell.status == "error"
    assert message in "\n".join(cell.error)
    assert len(cell.error) <= 3
    assert len(service.sent("POST")) == before


def test_nobody_is_there_to_press_a_button_when_a_program_runs_it(shell: Kernel) -> None:
    assert "nobody here" in shell.run("%aai_stream --clip").error[0]
    assert "no turns" in shell.run("%%aai_stream --clip\nprint(1)").error[0]


def test_help_and_tab_know_both_forms(shell: Kernel) -> None:
    text = shell.ok("%aai_stream --clip --help").stdout
    assert "--conversation-context TEXT" in text
    assert "--timestamps" in text
    assert "--speaker-labels" not in text
    assert "--clip" in shell.ok("%aai_stream --help").stdout
    assert "--conversation-context" in shell.complete("%aai_stream --clip --conv")
    assert "--speaker-labels" not in shell.complete("%aai_stream --clip --spe")
    assert "--speaker-labels" in shell.complete("%aai_stream --spe")
    assert "--clip" in shell.complete("%aai_stream --cl")
