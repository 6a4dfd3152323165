"""Lifecycle of the local engine as a child process that never outlives this process.

The engine speaks the service's wire protocol on loopback, so all the rest of the package only sees
one more :class:`~aai_jupyter.settings.endpoint.Endpoint`. It runs in its own process because recognition
would otherwise hold the kernel's interpreter lock, and in its own process group because an Interrupt of the
kernel is sent to the whole group.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.store_database import private_folder
from aai_jupyter.network.offline_lock import lock
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.definitions import LLM_KEY_VARIABLE
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

#: Import names of the ``[local]`` extra. Looked up, never imported: they are heavy.
MODULES = ("faster_whisper", "av", "numpy", "starlette", "uvicorn", "vaderSentiment")
INSTALL = '%pip install "aai-jupyter[local,local-weights]"'
LOG_IN = "log in with %aai_login or ASSEMBLYAI_API_KEY"
#: Seconds until the engine has to be ready. The first start joins and checks 145 MB of weights.
START_SECONDS = 120.0
#: A start that takes longer says so: a cell that shows nothing looks frozen.
SLOW_SECONDS = 1.5
STOP_SECONDS = 5.0
#: How much of the engine's log an error quotes.
TAIL_LINES = 4
KEEP_LOG_SECONDS = 7 * 86400.0


def engine_available() -> str | None:
    """Return why the local engine cannot run here, or None when its packages are installed.

    Nothing is imported. Model weights are looked for by the engine itself when it starts.

    Examples
    --------
    >>> reason = engine_available()
    >>> reason is None or "aai-jupyter[local" in reason
    True
    """
    missing = _missing()
    if not missing:
        return None
    return f"The local engine is not installed (no {', '.join(missing)}). Install it with {INSTALL}"


def _missing() -> list[str]:
    return [name for name in MODULES if find_spec(name) is None]


@dataclass(frozen=True)
class _Spec:
    """Parameters of a running engine; another model or home needs another engine."""

    home: Path
    model: str
    llm_url: str | None
    llm_key: ApiKey
    offline: bool


class EngineProcess:
    """The engine process of this Python process.

    Parameters
    ----------
    command : sequence of str
        What to run; options are appended.
    """

    def __init__(self, command: Sequence[str] = (sys.executable, "-P", "-m", "aai_jupyter.local")) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None
        self._spec: _Spec | None = None
        self._log: Path | None = None
        #: What the engine calls its model, such as "whisper-base int8".
        self.model: str | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ensure(self, settings: Settings, on_message: Callable[[str], None] | None = None) -> Endpoint:
        """Start the engine unless it runs already; blocks until it is ready.

        Raises
        ------
        EngineError
            Packages or weights are missing, or it did not start in time. Quotes the engine's own words.
        """
        home = Path(settings.home) / "engine"
        spec = _Spec(home, str(settings.local_model), *settings.llm_server(), lock.holder() is not None)
        with self._lock:
            if self._endpoint is not None and self.running and spec == self._spec:
                return self._endpoint
            self._stop()
            if missing := _missing():
                alone = "is chosen, but it" if settings.local else "would be used without an API key, but it"
                raise EngineError(
                    f"The local engine {alone} is not installed.",
                    detail=f"No {', '.join(missing)}",
                    hint=f"Either {LOG_IN}, or {INSTALL}",
                )
            self._start(spec, on_message)
            assert self._endpoint is not None
            endpoint = self._endpoint
        if on_message is not None:
            why = f"local = True ({settings.origin('local')})" if settings.local else "No API key"
            on_message(
                f"{why}: using the local engine ({self.model}). Private, free, less accurate; "
                "%aai_login switches to AssemblyAI."
            )
        return endpoint

    def stop(self) -> None:
        """Stop the engine, if it runs. Its transcripts stay in its folder."""
        with self._lock:
            self._stop()

    def _start(self, spec: _Spec, on_message: Callable[[str], None] | None) -> None:
        private_folder(spec.home.parent)
        self._log = _new_log(private_folder(spec.home))
        token = secrets.token_urlsafe(32)
        options = ["--parent-pipe", "--port", "0", "--home", str(spec.home), "--model", spec.model]
        options += ["--llm-url", spec.llm_url] if spec.llm_url else []
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *options],
                # The child watches this pipe: the system closes our end however we die, even by SIGKILL.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(token, spec),
                cwd=spec.home,
                **_apart(),
            )
        assert self._process.stdout is not None
        try:
            ready = self._wait_ready(_lines(self._process.stdout), on_message)
        except BaseException:  # an Interrupt too must not leave a half-started process behind
            self._stop(keep_log=True)
            raise
        url = str(ready["url"]).rstrip("/")
        websocket = re.sub(r"^http", "ws", url)
        self.model = str(ready.get("model") or spec.model)
        self._spec = spec
        self._endpoint = Endpoint(
            base_url=url,
            streaming_base_url=websocket,
            llm_gateway_base_url=url,
            sync_base_url=url,
            api_key=ApiKey(token),
            local=True,
            region="local",
        )

    def _wait_ready(
        self, lines: queue.SimpleQueue[bytes], on_message: Callable[[str], None] | None
    ) -> dict[str, Any]:
        process = self._process
        assert process is not None
        began = time.monotonic()
        deadline = began + START_SECONDS
        while True:
            try:
                line = lines.get(timeout=0.1)  # short, so that an Interrupt is seen on Windows too
            except queue.Empty:
                if on_message is not None and time.monotonic() - began > SLOW_SECONDS:
                    on_message("Starting the local engine. The first time it unpacks its model.")
                    on_message = None
                if time.monotonic() > deadline:
                    raise self._error(f"was not ready after {START_SECONDS:.0f} s") from None
                continue
            if not line:
                code = process.wait(STOP_SECONDS)
                raise self._error(f"ended while starting (exit code {code})")
            try:
                said = json.loads(line)
            except ValueError:
                continue  # some library printed something of its own
            if isinstance(said, dict) and "error" in said:
                raise EngineError(
                    "The local engine did not start.", detail=said["error"], hint=said.get("hint")
                )
            if isinstance(said, dict) and "url" in said:
                return said

    def _error(self, what: str) -> EngineError:
        assert self._log is not None
        tail = self._log.read_text("utf-8", "replace").strip().splitlines()[-TAIL_LINES:]
        return EngineError(
            f"The local engine {what}.",
            detail=" | ".join(line.strip() for line in tail) or None,
            hint=f"Its whole log: {self._log}. Or {LOG_IN}.",
        )

    def _stop(self, *, keep_log: bool = False) -> None:
        process, self._process, self._endpoint, self._spec = self._process, None, None, None
        if process is None:
            return
        died = process.poll() is not None
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()  # the polite request: it finishes its answers and goes
        ends: tuple[Callable[[], object], ...] = (lambda: None, process.terminate, process.kill)
        for end in ends:
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
                break
        if self._log is not None and not (keep_log or died):
            with contextlib.suppress(OSError):
                self._log.unlink()

    def _forget(self) -> None:
        """Drop the engine in a forked child: the parent owns it, and the only end of the pipe."""
        self._lock = threading.Lock()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for: silences Popen's destructor
        self._process, self._endpoint, self._spec = None, None, None


def _apart() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _environment(token: str, spec: _Spec) -> dict[str, str]:
    # The service's key is none of the engine's business.
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASSEMBLYAI_")}
    env |= {"AAI_JUPYTER_ENGINE_KEY": token, "PYTHONUTF8": "1", LLM_KEY_VARIABLE: spec.llm_key.reveal()}
    env |= {"AAI_JUPYTER_OFFLINE": "1"} if spec.offline else {}
    root = str(Path(__file__).resolve().parents[2])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        # Run from a clone: the child must find the same package as we did. (-P keeps the notebook's
        # own folder out, where a file named like a library module would otherwise break the engine.)
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [root, env.get("PYTHONPATH")]))
    return env


def _new_log(home: Path) -> Path:
    """Return an empty log for this process, readable by its owner only; removes logs older than a week."""
    for old in home.glob("engine-*.log"):
        with contextlib.suppress(OSError):  # another kernel may be quicker
            if time.time() - old.stat().st_mtime > KEEP_LOG_SECONDS:
                old.unlink()
    path = home / f"engine-{os.getpid()}.log"
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    return path


def _lines(stream: IO[bytes]) -> queue.SimpleQueue[bytes]:
    """Return a queue of the stream's lines, b"" at its end; a thread reads, so that the pipe never fills."""
    found: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for number, line in enumerate(stream):
            if number < 100:
                found.put(line)
        found.put(b"")
        stream.close()

    threading.Thread(target=read, name="aai-engine-stdout", daemon=True).start()
    return found


# One per process, like the process group and the exit hook it needs.
_engine = EngineProcess()
atexit.register(_engine.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_engine._forget)


def ensure_engine(settings: Settings, on_message: Callable[[str], None] | None = None) -> Endpoint:
    """Start this process's engine unless it runs; see :meth:`EngineProcess.ensure`. Blocking, thread-safe."""
    return _engine.ensure(settings, on_message)


def engine_model() -> str | None:
    """Return the name of the running engine's model, such as "whisper-base int8"; None without one."""
    return _engine.model if _engine.running else None


def stop_engine() -> None:
    """Stop this process's engine, if it runs."""
    _engine.stop()
