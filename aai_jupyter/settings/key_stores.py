"""The key where hosted notebooks keep secrets (Colab, Kaggle, Databricks), or what a command prints.

Each is asked for at most two seconds, and nobody waits for a question to the user: where a service asks
whether a notebook may read a secret, there is no key before that has been granted.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from aai_jupyter.errors import OptionError

SECONDS = 2.0
"""How long one store may take."""
AGAIN_SECONDS = 60.0
"""A store without the key is asked again after so long: somebody may have added it."""
FAILED_SECONDS = 5.0
"""A command that failed is run again after so long: one cell asks for the key several times."""
DATABRICKS_SCOPE = "assemblyai"
"""Scope that is looked into first; then any that has a secret of this name."""


class KeyStores:
    """Asks the stores there are, and remembers what they said.

    Examples
    --------
    >>> KeyStores().key("ASSEMBLYAI_API_KEY")
    ('', '')
    """

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, str]] = {}
        self._printed: dict[str, tuple[float, str, str]] = {}

    def key(self, name: str) -> tuple[str, str]:
        """Return the secret of this name, and where it came from; empty where there is none."""
        for origin, ask in _stores(name):
            if found := self.ask(origin, ask):
                return found, origin
        return "", ""

    def of_command(self, command: str) -> str:
        """Return the first line that a command prints.

        Raises
        ------
        OptionError
            It cannot be run, fails, or takes too long. What it printed is not repeated: it may be the key.
        """
        at, known, problem = self._printed.get(command, (-FAILED_SECONDS, "", ""))
        if not known and time.monotonic() - at >= FAILED_SECONDS:
            known, problem = _run(command)
            self._printed[command] = (time.monotonic(), known, problem)
        if known:
            return known
        hint = "Try the command in a terminal: its first line is to be the key."
        raise OptionError(f"api_key_command {problem}.", hint=hint)

    def ask(self, origin: str, ask: Callable[[], Any]) -> str:
        """Return what one store has; empty when it has nothing, fails, or takes too long."""
        at, known = self._answers.get(origin, (-AGAIN_SECONDS, ""))
        if known or time.monotonic() - at < AGAIN_SECONDS:
            return known
        found = within(SECONDS, ask)
        answer = found if isinstance(found, str) else ""
        self._answers[origin] = (time.monotonic(), answer.strip())
        return answer.strip()


def within(seconds: float, ask: Callable[[], Any]) -> Any:
    """Return what a function gives; None when it fails, or is not done after so many seconds."""
    given: list[Any] = []

    def work() -> None:
        try:
            given.append(ask())
        except Exception:  # noqa: BLE001 (any store's own; one that has no key is normal)
            given.append(None)

    thread = threading.Thread(target=work, name="aai_jupyter-secret", daemon=True)
    thread.start()
    thread.join(seconds)
    return given[0] if given else None


def _stores(name: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    if "google.colab" in sys.modules:
        yield f"Colab secret {name}", lambda: import_module("google.colab.userdata").get(name)
    if "kaggle_secrets" in sys.modules or _on_kaggle():
        yield (
            f"Kaggle secret {name}",
            lambda: import_module("kaggle_secrets").UserSecretsClient().get_secret(name),
        )
    if (dbutils := _dbutils()) is not None:
        yield f"Databricks secret {name}", lambda: _databricks(dbutils, name)


def _on_kaggle() -> bool:
    return "KAGGLE_KERNEL_RUN_TYPE" in os.environ


def _dbutils() -> Any:
    """Return the object that Databricks puts into each notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return None if shell is None else shell.user_ns.get("dbutils")


def _databricks(dbutils: Any, name: str) -> str | None:
    try:
        found: str = dbutils.secrets.get(scope=DATABRICKS_SCOPE, key=name)
    except Exception:  # noqa: BLE001 (of a class that only Databricks has: no such scope, or no such secret)
        found = ""
    if found:
        return found
    for scope in dbutils.secrets.listScopes():
        if any(secret.key == name for secret in dbutils.secrets.list(scope.name)):
            return str(dbutils.secrets.get(scope=scope.name, key=name))
    return None


def _run(command: str) -> tuple[str, str]:
    """Return the first line that a command prints, or what is wrong with it."""
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
        if not words:
            return "", "names no program"
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, ValueError) as error:
        return "", f"cannot be run: {getattr(error, 'strerror', None) or error}"
    # Not by a timeout of its own: what the command has started may keep its output open after it.
    done = within(SECONDS, process.communicate)
    if done is None:
        process.kill()
        return "", f"took longer than {SECONDS:g} s"
    if process.returncode:
        return "", f"ended with status {process.returncode}"
    printed: str = done[0].strip()
    return (printed.splitlines()[0].strip(), "") if printed else ("", "printed nothing")
