"""Front ends in a terminal, in a real one: `jupyter console` and IPython."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.front_ends.conftest import LIVE
from tests.tried import tried

pexpect = pytest.importorskip("pexpect")  # no pseudo-terminals on Windows
pytestmark = [pytest.mark.kernel, pytest.mark.nightly]
ANSI = re.compile(r"\x1b[\[\]][0-9;?]*[a-zA-Z]|\r")
WAIT = 120
WORKED = ("load", "transcribe", "progress", "search", "ask", "live", "error", "rerun")


class Terminal:
    """A program in a pseudo-terminal, which does not echo what is typed."""

    def __init__(self, child: Any) -> None:
        self.child = child
        self.cell = 0
        self._prompt()

    def run(self, code: str) -> str:
        """Type a cell, and give what is shown until the next prompt."""
        self.child.sendline(code)
        return self._prompt()

    def _prompt(self) -> str:
        self.cell += 1
        self.child.expect_exact(f"In [{self.cell}]: ")
        return ANSI.sub("", self.child.before)


@contextmanager
def terminal(folder: Path, variables: dict[str, str], *command: str) -> Iterator[Terminal]:
    child = pexpect.spawn(
        sys.executable, ["-m", *command], cwd=str(folder), env={**variables, "TERM": "dumb"},
        encoding="utf-8", timeout=WAIT, dimensions=(50, 120), echo=False,
    )  # fmt: skip
    try:
        yield Terminal(child)
        child.sendline("exit")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


CONSOLE = ("jupyter_console", "--simple-prompt", "--ZMQTerminalInteractiveShell.highlighting_style=bw")
IPYTHON = ("IPython", "--simple-prompt", "--no-banner", "--colors=NoColor")


@pytest.mark.parametrize(
    ("command", "front_end", "package"),
    [
        (CONSOLE, "jupyter console", "jupyter_console"),
        (IPYTHON, "IPython in a terminal", "ipython"),
    ],
    ids=["jupyter console", "IPython"],
)
def test_the_whole_round_is_printed(
    folder: Path, variables: dict[str, str], command: tuple[str, ...], front_end: str, package: str
) -> None:
    with terminal(folder, variables, *command) as shell:
        assert "Error" not in shell.run("%load_ext aai_jupyter")
        done = shell.run("%transcribe talk.wav --as talk")
        assert "talk.wav: done" in done
        assert "Hello there" in done
        assert "hello" in shell.run('talk.words.aai.search("hello")').lower()
        asked = shell.run("%aai_ask -t talk What was said?")
        assert re.search(r"They said hello \[0:0\d", asked), asked
        assert asked.count("They said hello") == 1, asked
        live = shell.run(f"{LIVE} --wait")
        assert "w0 w1" in live
        assert "nothing.wav does not exist." in shell.run("%transcribe nothing.wav")
        again = shell.run("%transcribe talk.wav --as talk")
        assert "from cache" in again
        assert "<div" not in done + asked + live + again
    tried(front_end, package, **dict.fromkeys(WORKED, "text"), play="no", edit="no", reopen="no", export="no")
