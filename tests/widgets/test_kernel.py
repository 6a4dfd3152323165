"""Widgets in real kernels: made by displaying a transcript, alive over the kernel's own messages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.api.sample import sample
from tests.edits.test_edits import dialogue
from tests.kernels import PYTHONS, Kernel, kernel

WIDGET = "application/vnd.jupyter.widget-view+json"


def ask(k: Kernel, comm_id: str, **message: Any) -> dict[str, Any]:
    """Send a custom message to a widget, and wait for its reply among the kernel's messages."""
    content = {"comm_id": comm_id, "data": {"method": "custom", "content": {"uuid": "u", **message}}}
    k.client.shell_channel.send(k.client.session.msg("comm_msg", content))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        got = k.client.get_iopub_msg(timeout=60)
        data = got["content"].get("data", {})
        if got["msg_type"] == "comm_msg" and data.get("method") == "custom":
            return {**data["content"], "buffers": [bytes(buffer) for buffer in got["buffers"]]}
    raise TimeoutError


@pytest.mark.kernel
@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).parts[-3])
def test_a_displayed_transcript_is_a_live_player_and_static_html(python: str, tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text(
        json.dumps(dialogue(("A", "Good morning."), ("B", "I want a refund.")))
    )
    with kernel(python, cwd=tmp_path) as k:
        cell = k.answering(
            f"import aai_jupyter as aai; t = aai.load('call.json'); t.audio = {str(sample())!r}; t"
        )
        assert cell.result is not None
        assert "I want a refund." in cell.html
        assert cell.result_metadata == {"aai_jupyter": {"transcript_id": "t1"}}
        model = cell.result[WIDGET]["model_id"]

        audio = ask(k, model, type="audio", from_ms=1000, to_ms=2000, rate=16_000)
        if "error" in audio:
            assert "needs PyAV" in audio["error"]["title"]  # as in Colab, until it is installed
        else:
            assert len(audio["buffers"][0]) == 2 * 16_000
        assert ask(k, model, type="edit", op="rename_speaker", args={"label": "B", "name": "Bob"})["ok"]
        assert k.value("t.utterances['speaker'].tolist()") == ["A", "Bob"]
        assert "error" in ask(k, model, type="edit", op="rename_speaker", args={"label": "Z", "name": "x"})
        update = {"method": "update", "state": {"selection": {"kind": "words", "first": 1, "last": 2}}}
        k.answering("p = t.player()")
        other = k.value("p.model_id")
        content = {"comm_id": other, "data": {**update, "buffer_paths": []}}
        k.client.shell_channel.send(k.client.session.msg("comm_msg", content))
        assert k.value("p.selection['text'].tolist()") == ["morning.", "I"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with a transcript, for what leaves nothing behind."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "call.json").write_text(json.dumps(dialogue(("A", "Good morning."))))
    with kernel(cwd=folder) as k:
        k.ok("import aai_jupyter as aai; t = aai.load('call.json')")
        yield k


@pytest.mark.kernel
def test_pages_hear_that_the_kernel_runs_a_cell_and_that_it_has_ended(shared: Kernel) -> None:
    """What they ask waits meanwhile: without that a busy kernel would look like one that is gone."""
    shared.answering("p = t.player()")
    model = shared.value("p.model_id")
    heard = []
    request = shared.send("__import__('time').sleep(2.6)", stdin=True)
    while True:
        got = shared.client.get_iopub_msg(timeout=60)
        content = got["content"]
        if got["msg_type"] == "comm_msg" and content["comm_id"] == model:
            heard.append(content["data"].get("state", {}).get("cell_runs"))
        ended = got["parent_header"].get("msg_id") == request and content.get("execution_state") == "idle"
        if ended:
            break
    assert [value for value in heard if value is not None] == [True, False]


@pytest.mark.kernel
def test_a_notebook_that_a_program_executes_keeps_static_html_only(shared: Kernel) -> None:
    """Saved widget state would take the place of the HTML, and needs scripts from elsewhere."""
    for code in ("t", "t.player()"):
        cell = shared.ok(code)
        assert cell.result is not None
        assert set(cell.result) == {"text/plain", "text/html"}


@pytest.mark.kernel
def test_a_cell_that_runs_again_leaves_no_players_of_its_earlier_runs(tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text(json.dumps(dialogue(("A", "Good morning."))))
    alive = "sum(type(o).__name__ == 'Player' and o.comm is not None for o in gc.get_objects())"

    def run(k: Kernel, code: str, cell: str) -> list[str]:
        """Ids of the widgets that a cell of JupyterLab shows, each before static HTML."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True}
        message = k.client.session.msg("execute_request", content, metadata={"cellId": cell})
        k.client.shell_channel.send(message)
        shown: list[dict[str, Any]] = []
        while True:
            got = k.client.get_iopub_msg(timeout=60)
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if got["msg_type"] == "display_data":
                shown.append(got["content"]["data"])
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                views, statics = shown[::2], shown[1::2]
                assert all(set(static) == {"text/plain", "text/html"} for static in statics)
                return [view[WIDGET]["model_id"] for view in views]
            assert got["msg_type"] != "error", got

    with kernel(cwd=tmp_path) as k:
        k.answering("import gc, aai_jupyter as aai; t = aai.load('call.json')")
        shown = [run(k, "display(t)\nt", "one") for _ in range(3)]
        assert len({model for models in shown for model in models}) == 6
        assert k.value(alive) == 2  # those of the last run
        run(k, "aai.load('call.json')", "two")
        run(k, "t", "one")
        assert k.value(alive) == 2  # another cell's is left alone
        k.answering("p = t.player()")
        assert k.value(alive) == 3
