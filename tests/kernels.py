"""Drives real IPython kernels: run cells one by one or queued, interrupt them, read what they show."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[1]
COLAB = os.environ.get("AAI_TEST_COLAB_PYTHON")
PYTHONS = [sys.executable, *([COLAB] if COLAB else [])]
"""Interpreters whose kernels are tested: this one, and one with the versions that Colab has, if named."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Cell:
    """What one executed cell gave."""

    status: str = "lost"
    stdout: str = ""
    stderr: str = ""
    error: list[str] = field(default_factory=list)
    ename: str = ""
    result: dict[str, Any] | None = None
    result_metadata: dict[str, Any] = field(default_factory=dict)
    displays: list[dict[str, Any]] = field(default_factory=list)
    updates: int = 0
    payload: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    _by_id: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The result and the displays as they stand at the end, in plain text."""
        shown = [*self.displays, *([self.result] if self.result else [])]
        return "\n".join(str(data.get("text/plain", "")) for data in shown)

    @property
    def html(self) -> str:
        """The result and the displays as they stand at the end, in HTML."""
        shown = [*self.displays, *([self.result] if self.result else [])]
        return "\n".join(str(data.get("text/html", "")) for data in shown)

    @property
    def everything(self) -> str:
        """All that a saved notebook would hold."""
        return repr(self)

    def read(self, kind: str, content: dict[str, Any]) -> None:
        """Take one message of the cell."""
        if kind == "stream":
            setattr(self, content["name"], getattr(self, content["name"]) + content["text"])
        elif kind == "error":
            self.ename = content["ename"]
            self.error = [_ANSI.sub("", line) for part in content["traceback"] for line in part.split("\n")]
        elif kind == "execute_result":
            self.result, self.result_metadata = content["data"], content["metadata"]
        elif kind in ("display_data", "update_display_data"):
            name = content.get("transient", {}).get("display_id", "")
            if kind == "update_display_data":
                self.updates += 1
                if name in self._by_id:  # else an earlier cell's, which older kernels send from this one
                    self.displays[self._by_id[name]] = content["data"]
            else:
                self._by_id[name] = len(self.displays)
                self.displays.append(content["data"])


class Kernel:
    """A kernel and its client."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.folder = Path()
        self.page = False
        """Cells are sent as a notebook page sends them; else as a program that executes notebooks does."""

    def send(self, code: str, *, stdin: bool = False, of_many: bool = False, console: bool = False) -> str:
        """Queue a cell; returns the id of the request. With ``stdin`` it comes from a page with somebody.

        ``console``: from qtconsole, ``jupyter console`` or Spyder, who use jupyter_client as programs do.
        An error of one ``of_many`` aborts the cells that wait, and what comes within a moment after it.
        """
        if console or not (self.page or stdin):
            return self.client.execute(code, stop_on_error=of_many, allow_stdin=console)
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True}
        message = self.client.session.msg("execute_request", {**content, "stop_on_error": of_many})
        message["msg_id"] = message["header"]["msg_id"] = str(uuid.uuid4())
        self.client.shell_channel.send(message)
        return str(message["msg_id"])

    def answering(self, code: str, *answers: str) -> Cell:
        """Execute a cell that asks questions; ``Cell.asked`` has them, and whether the answer was hidden."""
        self.ok("pass")
        return self.collect(self.send(code, stdin=True), answers=answers)

    def collect(
        self, request: str, timeout: float = 120, answers: Sequence[str] = (), cell: Cell | None = None
    ) -> Cell:
        """Wait until the cell has ended and give what it showed, after what ``cell`` has of it."""
        left = list(answers)
        cell = cell or Cell()
        deadline = time.monotonic() + timeout
        idle = replied = False
        while not (idle and replied):
            if time.monotonic() > deadline:
                raise TimeoutError(f"The cell did not end within {timeout} s: {cell}")
            if not idle:
                try:
                    message = self.client.get_iopub_msg(timeout=0.05)
                except Empty:
                    message = None
                if message and message["parent_header"].get("msg_id") == request:
                    if message["msg_type"] == "status":
                        idle = message["content"]["execution_state"] == "idle"
                    else:
                        cell.read(message["msg_type"], message["content"])
            if left:
                try:
                    question = self.client.get_stdin_msg(timeout=0.01)["content"]
                    cell.asked.append((question["prompt"], question["password"]))
                    self.client.input(left.pop(0))
                except Empty:
                    pass
            if not replied:
                try:
                    reply = self.client.get_shell_msg(timeout=0.01)
                except Empty:
                    continue
                if reply["parent_header"].get("msg_id") == request:
                    replied = True
                    cell.status = reply["content"]["status"]
                    cell.payload = reply["content"].get("payload", [])
        return cell

    def run(self, code: str, timeout: float = 120) -> Cell:
        """Execute one cell."""
        for _ in range(50):
            cell = self.collect(self.send(code), timeout)
            if cell.status != "aborted":
                break  # else it came so soon after an error in a Run All that the kernel took it for a part
        return cell

    def unattended(self, code: str, timeout: float = 120) -> Cell:
        """Execute one cell as a program does that nobody watches."""
        page, self.page = self.page, False
        try:
            return self.run(code, timeout)
        finally:
            self.page = page

    def ok(self, code: str, timeout: float = 120) -> Cell:
        """Execute one cell that must not end as an error."""
        cell = self.run(code, timeout)
        assert cell.status == "ok", "\n".join(cell.error) or cell
        return cell

    def run_all(self, codes: Sequence[str], timeout: float = 120) -> list[Cell]:
        """Queue all cells at once, as Run All does. An aborted cell has the status "aborted"."""
        with tempfile.TemporaryDirectory() as folder:
            sent = Path(folder) / "sent"
            # The kernel is kept busy until all cells wait: one that comes after an error is not aborted.
            first = self.send(
                f"import pathlib, time\nwhile not pathlib.Path({str(sent)!r}).exists(): time.sleep(0.05)"
            )
            requests = [self.send(code, of_many=True) for code in codes]
            sent.touch()
            self.collect(first, timeout)
            return [self.collect(request, timeout) for request in requests]

    def interrupted(self, code: str, when: str, timeout: float = 120) -> tuple[Cell, float]:
        """Execute a cell and interrupt it as soon as it has shown ``when``.

        Returns
        -------
        tuple
            The cell, and the seconds from the interrupt to its end.
        """
        self.ok("pass")
        request = self.send(code)
        cell = Cell()
        deadline = time.monotonic() + timeout
        while when not in cell.stdout + cell.text:
            assert time.monotonic() < deadline, f"{when!r} was not shown: {cell}"
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except Empty:
                continue
            if message["parent_header"].get("msg_id") == request:
                cell.read(message["msg_type"], message["content"])
        began = time.monotonic()
        self.manager.interrupt_kernel()
        self.collect(request, timeout, cell=cell)
        return cell, time.monotonic() - began

    def value(self, expression: str) -> Any:
        """The value of an expression that has a literal repr."""
        import ast

        cell = self.ok(f"print(repr({expression}))")
        return ast.literal_eval(cell.stdout.strip())

    def settle(self) -> None:
        """Load what the first cells would load, and spare the kernel's collector of garbage all of it.

        For kernels that many tests share: `%reset` lets it look at everything twice.
        """
        self.ok(
            "[__import__(name) for name in ('anywidget', 'httpx', 'msgspec', 'pandas')]\n"
            "__import__('gc').collect()\n__import__('gc').freeze()"
        )

    def complete(self, code: str) -> list[str]:
        """What Tab offers at the end of the code."""
        reply = self.client.complete(code, reply=True, timeout=30)
        return list(reply["content"]["matches"])


@contextmanager
def kernel(python: str = sys.executable, *, cwd: Path, env: dict[str, str] | None = None) -> Iterator[Kernel]:
    """A kernel with an environment of its own, shut down at the end.

    Parameters
    ----------
    python : str
        Interpreter that has ipykernel.
    cwd : Path
        Its folder; also where IPython keeps its profile.
    env : dict, optional
        Variables added to the environment of the test.
    """
    with tempfile.TemporaryDirectory(prefix="aai-") as sockets:
        # On TCP the manager chooses ports that another process may have taken before the kernel listens.
        files = {"transport": "ipc", "ip": f"{sockets}/kernel"} if os.name == "posix" else {}
        # A kernel that ends late on a busy machine is not killed.
        yield from _started(KernelManager(shutdown_wait_time=60, **files), python, cwd, env)


def _started(manager: KernelManager, python: str, cwd: Path, env: dict[str, str] | None) -> Iterator[Kernel]:
    manager._kernel_spec = KernelSpec(
        argv=[python, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"],
        language="python",
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(cwd / ".ipython"), **(env or {})}
    manager.start_kernel(env=variables, cwd=str(cwd))
    try:
        made = Kernel(manager)
        yield made
        made.client.stop_channels()
    finally:
        manager.shutdown_kernel(now=False)
        manager.cleanup_resources()
