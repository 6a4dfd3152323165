"""The command line: ``aai-jupyter serve``, ``aai-jupyter forget``, ``aai-jupyter demo``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aai_jupyter.errors import AaiError, EngineError
from aai_jupyter.settings.configuration import settings


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status.

    Examples
    --------
    >>> main(["--help"])  # doctest: +SKIP
    """
    parser = argparse.ArgumentParser(
        prog="aai-jupyter", description="AssemblyAI in Jupyter: command-line tools."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="run the local engine as a server that speaks AssemblyAI's protocol",
        description="Run the local engine on 127.0.0.1. AssemblyAI's own SDKs work against it unchanged.",
    )
    forget = commands.add_parser("forget", help="delete every transcript and all audio of the local engine")
    for command in (serve, forget):
        command.add_argument(
            "--home", type=Path, metavar="DIR", help="where the engine keeps transcripts and audio"
        )
    demonstrate = commands.add_parser("demo", help="transcribe the bundled recording and measure the result")
    demonstrate.add_argument(
        "--out", type=Path, default=Path("build"), metavar="DIR", help="where the report goes"
    )
    demonstrate.add_argument(
        "--notebook", type=Path, metavar="FILE", help="a notebook to execute first, into DIR"
    )
    try:
        from aai_jupyter.local import server
    except ImportError as error:
        server_error: ImportError | None = error
    else:
        server_error = None
        server.add_arguments(serve)
    options = parser.parse_args(argv)
    try:
        if options.command == "demo":
            from aai_jupyter import demo

            return demo.main(options.out, options.notebook)
        if server_error:
            raise server_error
        return _serve(options) if options.command == "serve" else _forget(options)
    except ImportError as error:
        missing = EngineError(
            f"The local engine is not installed ({error}).",
            hint='Install it: pip install "aai-jupyter[local,local-weights]"',
        )
        print(missing, file=sys.stderr)
    except (AaiError, OSError) as error:
        print(error, file=sys.stderr)
    return 1


def _serve(options: argparse.Namespace) -> int:
    from aai_jupyter.local import server

    keys, made = server.accepted_keys(options.api_key)

    def announce(url: str, model: str) -> None:
        print(f"AssemblyAI-compatible engine with {model} on {url}. Stop it with Ctrl+C.")
        print(f"  export ASSEMBLYAI_BASE_URL={url} ASSEMBLYAI_LLM_GATEWAY_BASE_URL={url}")
        print(f"  export ASSEMBLYAI_API_KEY={made or '(the key you gave)'}", flush=True)

    server.run(options, _home(options), keys, announce)
    server.leave(0)


def _forget(options: argparse.Namespace) -> int:
    from aai_jupyter.local.storage import Storage

    storage = Storage(_home(options))
    try:
        count = storage.forget()
    finally:
        storage.close()
    print(f"Deleted {count} transcripts and all audio of {storage.folder}.")
    if options.home is None:
        print(f"Deleted {_forget_copies()} copies that notebooks kept of them.")
    return 0


def _forget_copies() -> int:
    """The kernels' own store has what the local engine transcribed, too."""
    from aai_jupyter.jobs.store import Store
    from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT

    store = Store(settings.home)
    try:
        return store.forget_account(LOCAL_ACCOUNT)
    finally:
        store.close()


def _home(options: argparse.Namespace) -> Path:
    """The folder that the kernel's own engine uses too, unless another is named."""
    return options.home.expanduser() if options.home else Path(settings.home) / "engine"
