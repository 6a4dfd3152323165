"""``aai-jupyter transcribe``: options of the magic, files, exit statuses, a kill, and no IPython."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aai_jupyter.cli import main
from aai_jupyter.commands.transcribe_command import SPEC
from aai_jupyter.notebook.magics.transcribe_magic import SPEC as MAGIC
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.faults.simulator import KEY, Fault, Simulator
from tests.jobs.costs import ledger, recordings

U2 = ("--speech-models", "universal-2", "--language-code", "en")


@pytest.fixture
def service(in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr("aai_jupyter.client.transcripts.transcripts_api.QUICKEST", 0.05)
    monkeypatch.setattr("aai_jupyter.client.transcripts.submit._LOOKS", (0.01, 0.02, 0.04, 0.08))
    with Simulator() as simulator:
        settings.login(KEY)
        settings.base_url = simulator.url
        settings.home = in_folder / "home"
        yield simulator
        runtime().close()


def run(*words: str) -> int:
    return main(["transcribe", *words, *U2])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_options_are_the_magics() -> None:
    assert SPEC.options is MAGIC.options
    own = {flag.name for flag in SPEC.flags} - {flag.name for flag in MAGIC.flags}
    assert own == {"out", "format", "json_log", "watch"}


def test_files_and_tables_and_a_log_of_json(service: Simulator, in_folder: Path, capsys: Any) -> None:
    recordings(in_folder / "calls", service, [60, 120])
    (in_folder / "calls/02.wav").write_bytes(b"")
    table = "path,agent\ncalls/00.wav,x\ncalls/01.wav,y\ncalls/02.wav,z\ncalls/00.wav,w\n"
    (in_folder / "calls.csv").write_text(table)
    status = run(
        "--manifest", "calls.csv", "--source", "path", "--out", "texts", "--json-log", "--format", "json,txt"
    )
    assert status == 1
    said = lines(capsys)
    assert said[-1]["event"] == "end"
    assert (said[-1]["status"], said[-1]["transcribed"], said[-1]["failed"]) == (1, 3, 1)
    assert said[-1]["usd"] == pytest.approx(ledger(service))
    assert {one["source"] for one in said if one["event"] == "completed"} >= {"calls/00.wav", "calls/01.wav"}
    assert next(one for one in said if one["event"] == "error")["message"] == "calls/02.wav is empty."
    assert sorted(path.name for path in (in_folder / "texts").iterdir()) == [
        "00-2.json", "00-2.txt", "00.json", "00.txt", "01.json", "01.txt", "failed.csv", "recordings.csv",
    ]  # fmt: skip
    assert pd.read_csv("texts/recordings.csv").agent.tolist() == ["x", "y", "w"]
    assert pd.read_csv("texts/failed.csv").agent.tolist() == ["z"]
    ids = [json.loads((in_folder / f"texts/{name}.json").read_bytes())["id"] for name in ("00", "00-2", "01")]
    assert ids[0] == ids[1] != ids[2]
    assert len(service.jobs) == 2


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("calls", "--max-cost", "0.001"), 3),
        (("calls", "--speaker-lables"), 2),
        (("gone.wav",), 2),
        ((), 2),
        (("calls", "--format", "papyrus"), 2),
        (("calls", "--dry-run"), 0),
        (("--help",), 0),
        (("calls", "--quiet"), 0),
    ],
)
def test_exit_statuses(
    service: Simulator, in_folder: Path, capsys: Any, words: tuple[str, ...], status: int
) -> None:
    recordings(in_folder / "calls", service, [3600])
    try:
        found = run(*words)
    except SystemExit as ended:  # as argparse ends after its help
        found = int(ended.code or 0)
    assert found == status
    assert len(service.jobs) == (words == ("calls", "--quiet"))
    if words == ("--help",):
        assert "Exit status" in capsys.readouterr().out


def test_a_wrong_key_is_told_apart_from_bad_recordings(service: Simulator, in_folder: Path) -> None:
    recordings(in_folder / "calls", service, [60, 60])
    settings.login("wrong")
    assert run("calls") == 4


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_and_started_again_it_pays_nothing_twice(service: Simulator, in_folder: Path) -> None:
    recordings(in_folder / "calls", service, [60] * 5)
    service.processing = 1.5
    environment = os.environ | {
        "ASSEMBLYAI_API_KEY": KEY,
        "ASSEMBLYAI_BASE_URL": service.url,
        "AAI_JUPYTER_HOME": str(in_folder / "home"),
    }
    command = [sys.executable, "-m", "aai_jupyter", "transcribe", "calls", "--out", "texts", *U2]
    command[1:3] = ["-c", "import sys; from aai_jupyter.cli import main; sys.exit(main(sys.argv[1:]))"]
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while len(service.jobs) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert service.jobs
    check = "assert 'IPython' not in sys.modules; sys.exit(code)"
    command[2] = f"import sys; from aai_jupyter.cli import main; code = main(sys.argv[1:]); {check}"
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (again.returncode, again.stderr[-300:]) == (0, again.stderr[-300:])
    assert service.paid_twice == {}
    assert len(service.jobs) == 5
    assert len(list((in_folder / "texts").glob("*.json"))) == 5


def test_a_watched_folder_gives_what_comes_once_it_is_whole(
    service: Simulator, in_folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings(in_folder / "calls", service, [60, 90, 120])
    texts, first, second, third = in_folder / "texts", *sorted((in_folder / "calls").iterdir())
    late = [(path, path.read_bytes()) for path in (second, third)]
    for path, _ in late:
        path.unlink()
    seen: list[int] = []

    def pause(seconds: float) -> None:
        seen.append(len(service.jobs))
        look = len(seen)
        if look == 2:
            late[0][0].write_bytes(late[0][1][:50])  # still being written
        elif look == 3:
            late[0][0].write_bytes(late[0][1])
            service.fault = lambda kind, number, body: Fault(taken=False, status=401, body=b"{}")
        elif look == 5:
            service.fault = lambda kind, number, body: None
        elif look == 8:
            late[1][0].write_bytes(late[1][1])
        elif look == 11:
            raise KeyboardInterrupt

    monkeypatch.setattr("aai_jupyter.commands.transcribe_command._pause", pause)
    assert run("calls", "--watch", "60", "--out", "texts", "--quiet") == 130
    assert seen[:3] == [0, 1, 1]  # looked at twice before it is taken
    assert (seen[-1], service.paid_twice) == (3, {})
    assert {path.stem for path in texts.glob("*.json")} == {first.stem, second.stem, third.stem}
    assert run("--watch", "1", "--manifest", "calls.csv", "--source", "path") == 2
