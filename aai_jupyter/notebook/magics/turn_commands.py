"""Callbacks of a cell for each finished turn: commands of ``%%aai_stream``, or a function by name.

They run one after the other on a thread of their own, so that a slow one holds up neither the session nor
the notebook. Each has a place in the cell's output that shows its newest value.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import queue
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.streaming.events import Event, Turn
from aai_jupyter.errors import UsageError
from aai_jupyter.text.sanitize import one_line

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

Note = Callable[[str], object]


class Command:
    """One callback for each turn, and the output where its value is shown."""

    def __init__(self, label: str, run: Callable[[Turn], Any]) -> None:
        self.label, self.run = label, run
        self.failures = 0
        self._handle: Any = None

    def place(self) -> None:
        """Create its output in the calling cell."""
        from IPython.display import display

        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def show(self, shell: Any, value: Any) -> None:
        """Show a value in its output; without one (a terminal) print it."""
        data, metadata = shell.display_formatter.format(value)
        if self._handle is None:
            print(data.get("text/plain", ""), flush=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def compile_lines(shell: Any, body: str) -> list[Command]:
    """Compile the commands of a cell's body, one per line; Python and magics.

    Raises
    ------
    UsageError
        A line is no Python, or there is none. Nothing has been started.
    """
    commands = []
    for number, line in enumerate(body.splitlines(), 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        source = shell.transform_cell(line.strip())
        try:
            try:
                code = compile(source.strip(), f"<%%aai_stream line {number}>", "eval")
                is_value = True
            except SyntaxError:
                code = compile(source, f"<%%aai_stream line {number}>", "exec")
                is_value = False
        except SyntaxError as error:
            raise UsageError(
                f"Line {number} of %%aai_stream is no Python: {error.msg}: {line.strip()}",
                hint="One command per line; put longer things into a function and give it by --on-turn.",
            ) from None
        commands.append(Command(line.strip(), _evaluator(shell, code, is_value=is_value)))
    if not commands:
        raise UsageError(
            "There is no command below %%aai_stream.",
            hint="One per line, for each finished turn, such as print(turn.transcript).",
        )
    return commands


def function_command(name: str, function: Any, loop: asyncio.AbstractEventLoop) -> Command:
    """Return a command that calls a function; a coroutine is awaited on `loop`."""
    if not callable(function):
        raise UsageError(f"--on-turn needs a function; {name} is a {type(function).__name__}.")

    def call(turn: Turn) -> Any:
        value = function(turn)
        if inspect.iscoroutine(value):
            return asyncio.run_coroutine_threadsafe(value, loop).result()
        return value

    return Command(name, call)


def _evaluator(shell: Any, code: Any, *, is_value: bool) -> Callable[[Turn], Any]:
    def evaluate(turn: Turn) -> Any:
        shell.user_ns["turn"] = turn
        if is_value:
            return eval(code, shell.user_ns)
        exec(code, shell.user_ns)
        return None

    return evaluate


class TurnCommands:
    """Runs commands on the finished turns of one session.

    Parameters
    ----------
    shell : InteractiveShell
    live : LiveStream
    commands : list of Command
    note : callable
        Shows one line about a command that fails; called once for each.
    """

    def __init__(self, shell: Any, live: LiveStream, commands: list[Command], note: Note) -> None:
        self._shell, self._commands, self._note = shell, commands, note
        self._turns: queue.SimpleQueue[Turn | None] = queue.SimpleQueue()
        self._seen: set[tuple[str | None, int]] = set()
        # The calling cell's context: newer kernels send what is printed to the cell that it belongs to.
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._work,), name="aai_jupyter-turns", daemon=True
        )
        self._thread.start()
        live.listen(self._event)

    def join(self) -> None:
        """Wait until the last turn's commands are done; an interrupt gets through."""
        while self._thread.is_alive():
            self._thread.join(0.1)

    def _event(self, event: Event | None) -> None:
        if event is None:
            self._turns.put(None)
        elif isinstance(event, Turn) and event.end_of_turn and event.transcript.strip():
            key = event.channel, event.turn_order
            if key not in self._seen:  # a second, formatted final is the same turn
                self._seen.add(key)
                self._turns.put(event)

    def _work(self) -> None:
        while (turn := self._turns.get()) is not None:
            for command in self._commands:
                self._run(command, turn)

    def _run(self, command: Command, turn: Turn) -> None:
        try:
            value = command.run(turn)
            if value is not None:
                command.show(self._shell, value)
        except Exception as error:  # noqa: BLE001 - the user's own code: what it raises is shown, once
            command.failures += 1
            if command.failures == 1:
                last = traceback.extract_tb(error.__traceback__)[-1]
                # Not where this file calls it: what is wrong is how the function takes its turn.
                inner = last.name == "<module>" or last.filename == __file__
                where = "" if inner else f" (in {last.name}, line {last.lineno})"
                what = f"{type(error).__name__}: {error}{where}"
                self._note(one_line(f"{command.label}: {what}. Shown once; captions go on."))
