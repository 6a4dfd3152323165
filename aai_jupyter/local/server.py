"""Server of the engine: one process, one socket on 127.0.0.1."""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from aai_jupyter.errors import AaiError
from aai_jupyter.local.auth import LOCAL_PROJECT, project_of
from aai_jupyter.network.addresses import HOST, listen
from aai_jupyter.plugins.plugin_protocols import BUILTIN

if TYPE_CHECKING:
    from socket import socket

    from starlette.types import ASGIApp
    from uvicorn import Server as UvicornServer

    from aai_jupyter.local.app import Engine

KEY_VARIABLE = "AAI_JUPYTER_ENGINE_KEY"
LLM_KEY_VARIABLE = "AAI_JUPYTER_LLM_API_KEY"
EXIT_NOT_STARTED = 3
_SHUTDOWN_SECONDS = 2
_LOOK_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``aai-jupyter serve`` and ``python -m aai_jupyter.local`` share."""
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)"
    )
    parser.add_argument(
        "--model",
        default="base",
        metavar="NAME",
        help="base, tiny.en, what was pulled, a folder with a CTranslate2 Whisper model, or a recognizer of "
        "another package",
    )
    parser.add_argument(
        "--diarizer",
        default=BUILTIN,
        metavar="NAME",
        help="who separates speakers: the engine itself, or a diarizer of another package (default: builtin)",
    )
    parser.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda"),
        help="what the model is computed on (default: an NVIDIA GPU where there is one)",
    )
    parser.add_argument(
        "--compute-type",
        default="auto",
        metavar="TYPE",
        help="precision, such as int8 or float16 (default: int8 on a CPU, float16 on a GPU)",
    )
    parser.add_argument(
        "--api-key",
        action="append",
        default=[],
        metavar="K",
        help="accept this key; each key sees only its own data (default: a new random one, which is "
        "printed). Other users of this machine can see it in the list of processes: prefer --api-key-file",
    )
    parser.add_argument(
        "--api-key-file",
        type=Path,
        metavar="FILE",
        help=f"accept the keys in this file, one a line; or one key in the variable {KEY_VARIABLE}",
    )
    parser.add_argument(
        "--llm-url",
        type=_llm_url,
        metavar="URL",
        help="OpenAI-compatible server whose language models are offered too, or auto to look for one on "
        f"this machine; its key is read from {LLM_KEY_VARIABLE}",
    )
    parser.add_argument(
        "--concurrency", type=_positive, default=2, metavar="N", help="files in work at once (default: 2)"
    )


def accepted_keys(api_keys: list[str], file: Path | None = None) -> tuple[dict[str, str], str | None]:
    """Return key -> project, and the key that was made here, if none was given.

    Raises
    ------
    OSError
        The file cannot be read, or others can.
    """
    if api_keys:
        print(
            "Warning: other users can see a key on the command line; --api-key-file hides it.",
            file=sys.stderr,
        )
    if file is not None:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise OSError(f"Others can read {file} (chmod 600).")
        api_keys = [*api_keys, *filter(None, map(str.strip, file.read_text("utf-8").splitlines()))]
        if not api_keys:
            raise OSError(f"There is no key in {file}.")
    if api_keys:
        return {key: project_of(key) for key in api_keys}, None
    if given := os.environ.get(KEY_VARIABLE):
        return {given: LOCAL_PROJECT}, None
    made = secrets.token_urlsafe(32)
    return {made: LOCAL_PROJECT}, made


def run(
    options: argparse.Namespace,
    home: Path,
    keys: Mapping[str, str],
    on_ready: Callable[[str, str], None],
    *,
    parent_pipe: bool = False,
    linger: float | None = None,
) -> None:
    """Serve until a signal comes.

    Or until standard input ends when ``parent_pipe`` is set, or ``linger`` seconds after the last client.

    Parameters
    ----------
    home : Path
        Where transcripts and audio are kept.
    on_ready : callable
        Gets the base URL and the model's name as soon as requests are answered.

    Raises
    ------
    EngineError
        The weights are missing or damaged.
    OSError
        The port is taken, or the folder cannot be written.
    """
    from aai_jupyter.local.alignment_route import alignment_routes
    from aai_jupyter.local.app import create_app
    from aai_jupyter.local.clips.clip_routes import ClipRoutes
    from aai_jupyter.local.entity_route import entity_routes
    from aai_jupyter.local.gateway.gateway_routes import gateway_routes
    from aai_jupyter.local.gateway.inline_understanding import Understanding
    from aai_jupyter.local.models.compute_device import ComputeDevice
    from aai_jupyter.local.models.live_models import LiveModels
    from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
    from aai_jupyter.local.overlap_route import overlap_routes
    from aai_jupyter.local.speaker_route import speaker_routes
    from aai_jupyter.local.streaming.websocket_route import Live

    device = ComputeDevice(options.device, options.compute_type)
    recogniser = SpeechRecogniser(options.model, home, device, options.diarizer)
    recogniser.prepare()
    models = LiveModels(options.model, home, device)
    key = os.environ.get(LLM_KEY_VARIABLE) or None
    serving = Understanding(recogniser, options.llm_url, key) if options.llm_url else recogniser
    listener = listen(options.port)
    netloc = f"{HOST}:{listener.getsockname()[1]}"
    app = create_app(
        recogniser=serving,
        home=home,
        keys=keys,
        netloc=netloc,
        concurrency=options.concurrency,
        linger=linger or 0.0,
        routes=(
            *Live(models).routes(),
            *ClipRoutes(models).routes(),
            *gateway_routes(options.llm_url, key),
            *alignment_routes(),
            *entity_routes(),
            *overlap_routes(),
            *speaker_routes(),
        ),
    )
    engine = app.state.engine if linger is not None else None
    serve(
        app,
        listener,
        lambda: on_ready(f"http://{netloc}", recogniser.name),
        parent_pipe=parent_pipe,
        shared=engine,
    )


def serve(
    app: ASGIApp,
    listener: socket,
    on_ready: Callable[[], None],
    *,
    parent_pipe: bool = False,
    shared: Engine | None = None,
) -> None:
    """Serve requests until a signal comes, the parent process ends, or the clients have left."""
    import uvicorn

    from aai_jupyter.local.http_protocol import FewLines, config_options

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            on_ready()

    server = Server(uvicorn.Config(app, timeout_graceful_shutdown=_SHUTDOWN_SECONDS, **config_options()))
    for name in ("asyncio", "uvicorn.error"):
        logging.getLogger(name).addFilter(FewLines())
    if parent_pipe:
        threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    if shared is not None:
        threading.Thread(target=_stop_when_left, args=(server, shared), daemon=True).start()
    server.run(sockets=[listener])


def leave(status: int) -> NoReturn:
    """End the process now: recognition deep in native code cannot be interrupted, and its job is released."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main(argv: list[str] | None = None) -> int:
    """Run ``python -m aai_jupyter.local``: the child process, announced in one line of JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m aai_jupyter.local", description="The embedded local engine."
    )
    add_arguments(parser)
    parser.add_argument("--home", type=Path, required=True, help="where transcripts and audio are kept")
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input does")
    parser.add_argument("--linger", type=float, help="end so many seconds after the last client has left")
    options = parser.parse_args(argv)
    keys, made = accepted_keys(options.api_key, options.api_key_file)

    def announce(url: str, model: str) -> None:
        ready = {"url": url, "pid": os.getpid(), "model": model} | ({"api_key": made} if made else {})
        print(json.dumps(ready), flush=True)
        if options.linger is not None:  # whoever started it, and reads this, may end before it does
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    how = {"parent_pipe": options.parent_pipe, "linger": options.linger}
    try:
        run(options, options.home, keys, announce, **how)
    except (AaiError, OSError, ImportError) as error:
        hint = getattr(error, "hint", None)
        message = error.message if isinstance(error, AaiError) else str(error)
        print(json.dumps({"error": message, "hint": hint}), flush=True)
        return EXIT_NOT_STARTED
    return 0


def _stop_with_parent(server: UvicornServer) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


def _llm_url(text: str) -> str:
    parts = urlsplit(text)
    if text != "auto" and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise argparse.ArgumentTypeError("not the address of a server, such as http://127.0.0.1:11434")
    if parts.username is not None:
        raise argparse.ArgumentTypeError(
            f"a password does not belong into an address: use {LLM_KEY_VARIABLE}"
        )
    return text


def _stop_when_left(server: UvicornServer, engine: Engine) -> None:
    while not server.should_exit:
        time.sleep(_LOOK_SECONDS)
        busy = engine.clients.waits_for_jobs and engine.queue.busy
        if not busy and engine.clients.end_if_left():
            server.should_exit = True


def _port(text: str) -> int:
    if not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is from 0 to 65535, not {text}")
    return int(text)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
