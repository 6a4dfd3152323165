"""The first calls of a kernel, each in a fresh one: how long a cell stands still while modules are imported.

A thread of the kernel looks at its main thread 100 times a second: standing still is every stretch in which
it neither waits, ready to draw and to be interrupted, nor is done. "First sign" runs from the start of the
cell to its first output. For a streamed answer also the longest time between two changes on the page, while
the service sends a piece every 20 ms. Against: the same cell run again in the same kernel.
Best of three kernels each; servers on loopback.
"""

from __future__ import annotations

import ast
import itertools
import json
import tempfile
import time
import wave
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import Empty

from benchmarks.bench_second_run import answer
from benchmarks.simulated_service import simulated_service
from benchmarks.stub_gateway import stub_gateway
from tests.kernels import Kernel, kernel
from tests.streaming_server import RATE, Script, scripted_beside, speech

RUNS = 3
GOAL = 0.3
KEY = "0123456789abcdef0123456789abcdef"
PROBE = """
import sys, threading, time
WAITING = ("runtime/bridge.py", "runtime/first_line.py", "runtime/imports.py")
class Probe(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.main, self.over, self.ready, self.longest = threading.main_thread().ident, False, 0.0, 0.0
    def run(self):
        self.ready = time.perf_counter()
        while not self.over:
            frame, now = sys._current_frames().get(self.main), time.perf_counter()
            self.longest = max(self.longest, now - self.ready)
            if frame is not None and self.waits(frame):
                self.ready = now
            time.sleep(0.01)
    def waits(self, frame):
        if frame.f_code.co_filename.endswith("selectors.py"):
            return True
        below = frame
        while below is not None and below.f_code.co_filename == threading.__file__:
            below = below.f_back
        return below is not frame and below is not None and below.f_code.co_filename.endswith(WAITING)
    def stop(self):
        self.over = True
        self.longest = max(self.longest, time.perf_counter() - self.ready)
        return self.longest
"""


class Measured:
    """What one cell was like, in seconds."""

    def __init__(self, shell: Kernel, code: str) -> None:
        shell.ok("probe = Probe(); probe.start()")
        request = shell.send(code)
        began, changes, idle = 0.0, [], False
        while not idle:
            try:
                message = shell.client.get_iopub_msg(timeout=60)
            except Empty:
                raise TimeoutError(code) from None
            now, kind, content = time.perf_counter(), message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            if kind == "execute_input":
                began = now
            elif kind in ("display_data", "update_display_data", "stream", "execute_result", "comm_msg"):
                changes.append(now)
            idle = kind == "status" and content["execution_state"] == "idle"
        shell.client.get_shell_msg(timeout=10)
        self.sign = changes[0] - began if changes else float("inf")
        self.gap = max((b - a for a, b in itertools.pairwise(changes)), default=0.0)
        self.still = float(ast.literal_eval(shell.ok("print(probe.stop())").stdout))


def _transcription(folder: Path, stack: ExitStack) -> tuple[dict[str, str], str, str, str]:
    url = stack.enter_context(simulated_service([1.0] * 4, 4))
    for name in ("first", "again"):
        _sound(folder / f"{name}.wav", len(name))
    return {"ASSEMBLYAI_BASE_URL": url}, "", "%transcribe first.wav", "%transcribe again.wav"


def _answer(folder: Path, stack: ExitStack) -> tuple[dict[str, str], str, str, str]:
    url = stack.enter_context(stub_gateway(1000, 60.0, (0.0, 0.0)))
    ask = "%aai_ask -t t What was agreed?"
    return {"ASSEMBLYAI_LLM_GATEWAY_BASE_URL": url}, "t = aai.load('talk.json')", ask, ask


def _alone(folder: Path, stack: ExitStack) -> tuple[dict[str, str], str, str, str]:
    variables, _, _, _ = _answer(folder, stack)
    ask = "%aai_ask --alone What is a phoneme?"
    return variables, "", ask, ask


def _player(folder: Path, stack: ExitStack) -> tuple[dict[str, str], str, str, str]:
    return {}, "t = aai.load('talk.json')", "t", "t"


def _stream(folder: Path, stack: ExitStack) -> tuple[dict[str, str], str, str, str]:
    script = stack.enter_context(scripted_beside(Script()))
    with wave.open(str(folder / "spoken.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(speech(3))
    call = "%aai_stream --source spoken.wav --as talk"
    return {"ASSEMBLYAI_STREAMING_BASE_URL": script.url}, "", call, call


CALLS: dict[str, Callable[[Path, ExitStack], tuple[dict[str, str], str, str, str]]] = {
    "transcription": _transcription,
    "streamed answer about a transcript": _answer,
    "streamed answer, nothing loaded before": _alone,
    "player of a loaded transcript": _player,
    "live session": _stream,
}
"""What is called -> environment, the cell before, the first call, the same again."""


def _sound(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000 * seconds))


def measured(prepare: Callable[[Path, ExitStack], tuple[dict[str, str], str, str, str]]) -> list[Measured]:
    """Run the first call and the second one in a fresh kernel."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        (folder / "talk.json").write_bytes(answer(1))
        variables, before, first, again = prepare(folder, stack)
        env = {"ASSEMBLYAI_API_KEY": KEY, "AAI_JUPYTER_HOME": str(folder / "home"), **variables}
        with kernel(cwd=folder, env=env) as shell:
            shell.page = True  # somebody looks at it: else nothing is drawn before the end
            shell.ok("%load_ext aai_jupyter\nimport aai_jupyter as aai")
            shell.ok(PROBE)
            if before:
                shell.ok(before)
                time.sleep(2)  # somebody reads what there is, and types
            found = Measured(shell, first)
            time.sleep(1)
            return [found, Measured(shell, again)]


def main(runs: int = RUNS, names: tuple[str, ...] = tuple(CALLS)) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    rows: list[dict[str, object]] = []
    for name in names:
        found = [measured(CALLS[name]) for _ in range(runs)]
        firsts, laters = zip(*found, strict=True)
        streamed = "answer" in name
        for what, figure in (("stands still", "still"), ("first sign", "sign"), ("longest gap", "gap")):
            if figure == "gap" and not streamed:
                continue
            one, other = (min(getattr(each, figure) for each in some) for some in (firsts, laters))
            rows.append(
                {
                    "what": f"first {name}: {what}",
                    "ours": f"{one:.2f} s",
                    "against": f"later: {other:.2f} s",
                    "goal": f"at most {GOAL:g} s",
                    "met": one <= GOAL,
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main()
