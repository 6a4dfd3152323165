"""One engine for all notebooks of a user on a machine: found, or started by whoever comes first.

An engine is shared by those who would start the same: same folder, model, server of language models with its
key, version and Python environment. Where it is, and its token, stands in a file that only its user can read.
Each process holds one connection to it open; the engine ends a while after the last of them has gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aai_jupyter._version import __version__
from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.engine_process import (
    COMMAND,
    START_SECONDS,
    EngineProcess,
    EngineSpec,
    announce,
    engine_endpoint,
    require_packages,
    usable_folder,
)
from aai_jupyter.network.held_connection import HeldConnection
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.endpoint import Endpoint

LINGER_SECONDS = 600.0
LINGER_VARIABLE = "AAI_JUPYTER_ENGINE_LINGER"
"""Seconds that an engine stays after its last client, for tests and for machines with little memory."""
PATH = "/v2/local/clients"


class EngineClient:
    """This process's way to the shared engine.

    Parameters
    ----------
    command : sequence of str
        What to run to start one; options are appended.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._member: HeldConnection | None = None
        self._spec: EngineSpec | None = None
        self._endpoint: Endpoint | None = None
        #: Process id of the engine, while this process uses it.
        self.pid: int | None = None
        #: What the engine calls its model, such as "whisper-base int8".
        self.model: str | None = None

    @property
    def running(self) -> bool:
        member = self._member
        return member is not None and member.alive

    def ensure(self, settings: Settings, on_message: Callable[[str], None] | None = None) -> Endpoint:
        """Join the engine, or start it; blocks until it is ready.

        Raises
        ------
        EngineError
            Packages or weights are missing, its folder cannot be used, or it did not start in time.
        """
        spec = EngineSpec.of(settings)
        with self._lock:
            if self._endpoint is not None and self.running and spec == self._spec:
                return self._endpoint
            self._leave()
            require_packages(settings)
            endpoint = self._joined(spec, on_message)
        if on_message is not None:
            announce(settings, self.model, on_message)
        return endpoint

    def stop(self) -> None:
        """Leave the engine. It ends by itself when nobody uses it any more."""
        with self._lock:
            self._leave()

    def _joined(self, spec: EngineSpec, on_message: Callable[[str], None] | None) -> Endpoint:
        from filelock import FileLock, Timeout

        with usable_folder(spec.home) as folder:
            name = f"shared-{_key(spec)}"
            state = folder / f"{name}.json"
            try:
                # Of two kernels that begin at once, one starts the engine; the other then finds it.
                with FileLock(folder / f"{name}.lock", timeout=START_SECONDS, mode=0o600, poll_interval=0.1):
                    return self._join(state, spec) or self._start(state, spec, on_message)
            except Timeout:
                raise EngineError(
                    f"Another notebook has been starting the local engine for {START_SECONDS:.0f} s.",
                    hint="Stop that one, then run the cell again.",
                ) from None

    def _join(self, state: Path, spec: EngineSpec) -> Endpoint | None:
        """Join the engine that the file tells of; None when it tells of none that answers."""
        try:
            said = json.loads(state.read_text("utf-8"))
            url, token = str(said["url"]), str(said["token"])
            self._member = HeldConnection(url, PATH, token)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self._note(spec, url, token, said)

    def _start(self, state: Path, spec: EngineSpec, on_message: Callable[[str], None] | None) -> Endpoint:
        linger = os.environ.get(LINGER_VARIABLE) or str(LINGER_SECONDS)
        options = ("--linger", linger)
        process = (
            EngineProcess(self._command, options=options) if self._command else EngineProcess(options=options)
        )
        ready = process.start(spec, on_message)
        said = {**ready, "version": __version__}
        try:
            self._member = HeldConnection(ready["url"], PATH, ready["token"])
            _write_private(state, json.dumps(said))
        except BaseException as error:
            self._leave()
            process.stop()
            if isinstance(error, ConnectionError):
                raise EngineError("The local engine does not answer.", detail=str(error)) from None
            raise
        process.release()
        return self._note(spec, ready["url"], ready["token"], said)

    def _note(self, spec: EngineSpec, url: str, token: str, said: dict[str, Any]) -> Endpoint:
        self._spec, self.model, self.pid = spec, str(said.get("model") or spec.model), said.get("pid")
        self._endpoint = engine_endpoint(url, token)
        return self._endpoint

    def _leave(self) -> None:
        member, self._member = self._member, None
        self._endpoint, self._spec, self.pid = None, None, None
        if member is not None:
            member.close()

    def _forget(self) -> None:
        """Leave in a forked child: its parent is the one that is there."""
        self._lock = threading.Lock()
        self._leave()


def _key(spec: EngineSpec) -> str:
    here = str(Path(__file__).resolve().parent)  # two clones of one version are two packages
    locked = "offline" if spec.offline else ""  # one that may reach others is another engine
    how = (spec.model, spec.device, spec.compute_type, spec.diarizer)
    asked = (*how, spec.llm_url or "", spec.llm_key.reveal())
    parts = (*asked, locked, __version__, sys.prefix, here)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _write_private(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
