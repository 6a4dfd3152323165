"""The command line: ``aai-jupyter serve``, ``transcribe``, ``models``, ``pull``, ``forget``, ``cache`` ..."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aai_jupyter.errors import AaiError, EngineError, MissingDependencyError
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status.

    Examples
    --------
    >>> main(["--help"])  # doctest: +SKIP
    """
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["transcribe"]:  # its options are the magic's, which has a parser of its own
        from aai_jupyter.commands import transcribe_command

        return transcribe_command.main(argv[1:])
    parser = argparse.ArgumentParser(
        prog="aai-jupyter", description="AssemblyAI in Jupyter: command-line tools."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="run the local engine as a server that speaks AssemblyAI's protocol",
        description="Run the local engine on 127.0.0.1. AssemblyAI's own SDKs work against it unchanged.",
    )
    commands.add_parser(
        "transcribe", help="transcribe recordings into files, with the options of %%transcribe"
    )
    forget = commands.add_parser(
        "forget",
        help="erase transcripts and recordings wherever they are kept",
        description="Without arguments: every transcript and all audio of the local engine, and all sound "
        "that notebooks kept (live sessions, the studio, waveforms). With arguments: those transcripts or "
        "recordings, here and at the service.",
    )
    for command in (serve, forget):
        command.add_argument(
            "--home", type=Path, metavar="DIR", help="where the engine keeps transcripts and audio"
        )
    forget.add_argument("what", nargs="*", metavar="ID|PATH|URL", help="transcripts or recordings to erase")
    forget.add_argument("--older-than", type=float, metavar="DAYS", help="erase what is older")
    forget.add_argument("--all", action="store_true", help="erase every transcript, of the service too")
    forget.add_argument("--keep-at-service", action="store_true", help="leave what is at the service")
    forget.add_argument("--dry-run", action="store_true", help="only tell what would be erased")
    cache = commands.add_parser(
        "cache",
        help="tell what is kept on this machine takes how much, and make room",
        description="Without arguments: what is kept takes how much. --prune deletes what can be made again "
        "for nothing: waveforms, and what the local engine keeps of recordings. Never what was paid for, nor "
        "what is nowhere else.",
    )
    cache.add_argument("--prune", action="store_true", help="delete what can be made again")
    cache.add_argument("--older-than", type=float, metavar="DAYS", help="with --prune: only what is older")
    cache.add_argument("--limit", metavar="SIZE", help="with --prune: the oldest, until so much is left")
    cache.add_argument("--dry-run", action="store_true", help="with --prune: only tell how much")
    demonstrate = commands.add_parser("demo", help="transcribe the bundled recording and measure the result")
    demonstrate.add_argument(
        "--out", type=Path, default=Path("build"), metavar="DIR", help="where the report goes"
    )
    demonstrate.add_argument(
        "--notebook", type=Path, metavar="FILE", help="a notebook to execute first, into DIR"
    )
    commands.add_parser(
        "models", help="list speech models: installed, or to be had; size, licence, languages"
    )
    fetch = commands.add_parser(
        "pull",
        help="download a speech model for the local engine",
        description="Nothing is downloaded but by this command. What was broken off is gone on with; every "
        "file is compared with its hash. The hub is that of HF_ENDPOINT.",
    )
    fetch.add_argument("model", metavar="NAME", help="a name that `aai-jupyter models` lists")
    tools = commands.add_parser(
        "mcp",
        help="give agents a corpus to read, by the Model Context Protocol on standard input and output",
        description="Read only: search, get, speakers, quotes. Agents start this command themselves.",
    )
    tools.add_argument("corpus", type=Path, metavar="FOLDER", help="folder of the corpus")
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
            from aai_jupyter.commands import demo_command

            return demo_command.main(options.out, options.notebook)
        if options.command == "cache":
            return _cache(options)
        if options.command in ("models", "pull"):
            from aai_jupyter.commands.models_command import models_table, pull_model

            home = Path(settings.home) / "engine"
            listed = options.command == "models"
            print(models_table(home) if listed else pull_model(options.model, home))
            return 0
        if options.command == "mcp":
            from aai_jupyter.api.corpus_server import serve_corpus

            serve_corpus(options.corpus)
            return 0
        if server_error:
            raise server_error
        return _serve(options) if options.command == "serve" else _forget(options)
    except MissingDependencyError as error:
        print(error, file=sys.stderr)
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

    keys, made = server.accepted_keys(options.api_key, options.api_key_file)

    def announce(url: str, model: str) -> None:
        print(f"AssemblyAI-compatible engine with {model} on {url}. Stop it with Ctrl+C.")
        print(f"  export ASSEMBLYAI_BASE_URL={url} ASSEMBLYAI_LLM_GATEWAY_BASE_URL={url}")
        print(f"  export ASSEMBLYAI_API_KEY={made or '(the key you gave)'}", flush=True)

    server.run(options, _home(options), keys, announce)
    server.leave(0)


def _cache(options: argparse.Namespace) -> int:
    from aai_jupyter.jobs.cache_size import cache_table, prune_cache, size_of
    from aai_jupyter.text.readable_numbers import amount, size_text

    home = Path(settings.home)
    if options.prune:
        limit = size_of(options.limit) if options.limit is not None else None
        everything = limit is None and options.older_than is None
        count, freed = prune_cache(
            home,
            limit=0 if everything else limit,
            older_than=options.older_than,
            dry_run=options.dry_run,
        )
        done = "Would delete" if options.dry_run else "Deleted"
        print(f"{done} {amount(count, 'file')}, {size_text(freed)}.")
    print(cache_table(home))
    return 0


def _forget(options: argparse.Namespace) -> int:
    if options.home is not None and not (options.what or options.all or options.older_than is not None):
        print(_forget_engine(options, ErasureReceipt()))  # another engine's folder: no notebook knows of it
        return 0
    from aai_jupyter.api.erase import erase, erase_all

    there = not options.keep_at_service
    try:
        if options.what or options.older_than is not None:
            receipt = erase(
                *options.what, older_than=options.older_than, at_service=there, dry_run=options.dry_run
            )
        else:
            receipt = erase_all(
                None if options.all else LOCAL_ACCOUNT,
                before=lambda receipt: print(_forget_engine(options, receipt)),
                at_service=there and options.all,
                dry_run=options.dry_run,
            )
            print(f"Deleted {receipt.count('store')} copies that notebooks kept.")
    finally:
        runtime().close()
    print(receipt)
    return 1 if receipt.unreached else 0


def _forget_engine(options: argparse.Namespace, receipt: ErasureReceipt) -> str:
    """Delete all that the local engine keeps; without it being run."""
    from aai_jupyter.local.storage import Storage

    home = _home(options)
    storage = Storage(home)
    try:
        count = storage.forget()
    finally:
        storage.close()
    for path in (*home.glob("engine-*.log"), *(home / "tmp").glob("*")):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            receipt.unreached.append(f"{path} ({error.strerror or error}).")
    receipt.add("local engine", "transcript", count)
    return f"Deleted {count} transcripts and all audio of {storage.folder}."


def _home(options: argparse.Namespace) -> Path:
    """The folder that the kernel's own engine uses too, unless another is named."""
    return options.home.expanduser() if options.home else Path(settings.home) / "engine"
