"""``aai-jupyter transcribe``: the work of ``%transcribe`` without a notebook, for cron, Airflow and the like.

Options are those of the magic, from the same declaration. IPython is not imported. What is finished, running
or uploaded is taken up by the next run, and not paid again: a run that was killed is started again as it was.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.commands.watched_recordings import WatchedRecordings
from aai_jupyter.errors import (
    AaiError,
    AuthenticationError,
    CostLimitError,
    EngineError,
    NetworkError,
    OfflineError,
    OptionError,
    SourceError,
    UsageError,
)
from aai_jupyter.jobs.batch_state import FINISHED
from aai_jupyter.notebook.line.arguments import Arguments, Flag, docstring, parse_words
from aai_jupyter.notebook.magics.transcribe_magic import SPEC as MAGIC
from aai_jupyter.notebook.magics.transcribe_magic import keywords_of
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.api.transcription_call import TranscriptionCall
    from aai_jupyter.jobs.job_events import JobEvent
    from aai_jupyter.transcripts.transcript import Transcript

DONE, SOME_FAILED, WRONG, TOO_DEAR, UNREACHED, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit statuses; `_EXITS` says what each means."""
_EXITS = """\
Exit status
  0    every recording has its transcript
  1    some recordings failed; the others have theirs
  2    the call is wrong, or none of the recordings can be used; nothing was sent
  3    it would cost more than --max-cost or the month's budget; what is finished stays
  4    nothing worked, for a reason that has nothing to do with the recordings: key, network, engine
  130  interrupted; the next run takes up what is on its way"""

_NOT_HERE = ("no_display", "background", "no_wait")
SPEC = replace(
    MAGIC,
    summary="Turn recorded speech into text files, speakers and tables.",
    usage=(
        "aai-jupyter transcribe SOURCE... [options]",
        "aai-jupyter transcribe --manifest FILE --source COLUMN",
    ),
    flags=(
        *(flag for flag in MAGIC.flags if flag.name not in _NOT_HERE),
        Flag(
            "out",
            "Folder for the results, this one if left out; made when it is missing.",
            "str",
            metavar="DIR",
        ),
        Flag(
            "format",
            "Files of each recording: json (the service's answer; if left out), and names of export formats.",
            "list",
            metavar="NAME,...",
        ),
        Flag("json_log", "Write one JSON object a line to standard output for each step."),
        Flag(
            "watch",
            "Look again every so many seconds, and transcribe what has come; Ctrl+C ends it.",
            "float",
            metavar="SECONDS",
            minimum=0.01,
        ),
    ),
    words_help="A path, pattern (in quotes), folder or URL.",
    assigns=False,
    notes=_EXITS,
    examples=(
        "aai-jupyter transcribe calls --speaker-labels --out transcripts --format json,srt",
        "aai-jupyter transcribe --manifest calls.csv --source path --max-cost 20 --out texts --json-log",
    ),
)


def main(words: Sequence[str]) -> int:
    """Run the command; return the exit status."""
    log = Log("--json-log" in words)
    try:
        arguments = parse_words(SPEC, words)
        if arguments.help:
            print(docstring(SPEC))
            raise SystemExit(DONE)  # as the other commands end
        log.quiet = arguments.quiet
        return _run(arguments, log) if arguments.watch is None else _watch(arguments, log)
    except KeyboardInterrupt as stopped:
        return log.end(INTERRUPTED, str(stopped) or "Interrupted.")
    except AaiError as error:
        return log.end(_status_of(error), str(error))
    finally:
        runtime().close()


def _status_of(error: AaiError) -> int:
    if isinstance(error, CostLimitError):
        return TOO_DEAR
    return WRONG if isinstance(error, OptionError | UsageError | SourceError) else UNREACHED


def _watch(arguments: Arguments, log: Log) -> int:
    """Transcribe what the folders have, and what comes, until somebody stops it."""
    if not arguments.words or arguments.manifest is not None or arguments.feed is not None:
        raise UsageError("--watch needs a folder or a pattern.", hint="A table or a feed: run it from cron.")
    recordings = WatchedRecordings(arguments.words)
    while True:
        if names := recordings.look():
            try:
                _run(replace(arguments, words=names), log.anew())
            except AaiError as error:
                status = _status_of(error)
                if status != UNREACHED and not isinstance(error, SourceError):
                    raise
                log.end(status, str(error))  # the network, or a file that is gone: it is tried again
                recordings.look_again()
        _pause(arguments.watch)


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def _run(arguments: Arguments, log: Log) -> int:
    given = keywords_of(arguments)
    if not arguments.words and arguments.manifest is None and arguments.feed is None:
        raise UsageError(
            "transcribe needs a recording, --manifest or --feed.", hint="aai-jupyter transcribe --help"
        )
    if arguments.dry_run:
        from aai_jupyter.notebook.views.dry_run import plan

        facts = {"profile": arguments.profile, "extra": arguments.extra, "track": arguments.audio_track}
        print(plan(arguments.words, arguments.options, **facts, **given))
        return DONE
    from aai_jupyter.api.transcription_call import CallArguments, TranscriptionCall

    facts = {name: arguments.flags[name] for name in ("profile", "audio_track", "extra", "delete_at_service")}
    keywords, _ = CallArguments.split(
        {**facts, **given, "use_cache": not arguments.no_cache, "progress": log}
    )
    call = TranscriptionCall(tuple(arguments.words), keywords, arguments.options)
    folder, formats = Path(arguments.out or ".").expanduser(), arguments.format or ["json"]
    out = Results(folder, formats, [source.label for source in call.sources])
    log.total = len(call.sources)
    return _transcribe(call, out, log)


def _transcribe(call: TranscriptionCall, out: Results, log: Log) -> int:
    from aai_jupyter.api.background_run import BackgroundRun

    run = BackgroundRun(call)
    run.start()
    errors: list[AaiError] = []
    dear = False
    for place in range(len(call.sources)):
        outcome = run.wait([place])[0]
        if outcome.error is not None:
            errors.append(outcome.error)
            dear = dear or isinstance(outcome.error, CostLimitError)
        else:
            out.write(place, outcome.transcript)
    if run.failure is not None and len(errors) == len(call.sources):
        raise errors[0]
    if len(errors) == len(call.sources) and isinstance(
        errors[0], AuthenticationError | NetworkError | OfflineError | EngineError
    ):
        raise errors[0]
    found = call.set_of(run.outcomes())
    out.tables(found)
    status = TOO_DEAR if dear else SOME_FAILED if errors else DONE
    spent = run.state.progress().usd_spent
    return log.end(status, str(run.state.progress()), transcribed=len(found), failed=len(errors), usd=spent)


class Results:
    """Files of the results in one folder.

    Parameters
    ----------
    folder : Path
    formats : list of str
        ``json``, and names of export formats.
    labels : sequence of str
        Of all recordings: each has its name from the first run on, whatever fails.

    Raises
    ------
    OptionError
        There is no such format.
    """

    def __init__(self, folder: Path, formats: Sequence[str], labels: Sequence[str]) -> None:
        from aai_jupyter.interchange.writers.export_formats import find_format

        self._folder = folder
        self._suffixes = {
            name: ".json" if name == "json" else _suffix(find_format("", name)) for name in formats
        }
        self._names = file_stems(labels)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"Cannot write into {folder}: {error.strerror or error}.") from error

    def write(self, place: int, transcript: Transcript) -> None:
        """Write the files of one recording, each whole or not at all."""
        from aai_jupyter.transcripts.atomic_file import write_file

        for name, suffix in self._suffixes.items():
            path = self._folder / f"{self._names[place]}{suffix}"
            if name == "json":
                write_file(path, lambda file: file.write(transcript.edited_answer.data.raw_bytes))
            else:
                transcript.export(path, name)

    def tables(self, found: Any) -> None:
        """Write recordings.csv, and failed.csv when something failed."""
        found.recordings.to_csv(self._folder / "recordings.csv", index=False)
        failed = self._folder / "failed.csv"
        if len(found.failed):
            found.failed.to_csv(failed, index=False)
        else:
            failed.unlink(missing_ok=True)  # of an earlier run


def _suffix(format: Any) -> str:
    return str(format.suffixes[0]) if format.suffixes else f".{format.name}"


def file_stems(labels: Sequence[str]) -> list[str]:
    """Return a name for the files of each recording; the same recordings always get the same.

    Examples
    --------
    >>> file_stems(["a/call.wav", "b/call.wav", "https://example.org/talk.mp3?x=1"])
    ['call', 'call-2', 'talk']
    """
    seen: Counter[str] = Counter()
    names = []
    for label in labels:
        last = re.split(r"[/\\]", label.split("?")[0].rstrip("/"))[-1]
        stem = re.sub(r"[^\w.-]+", "_", last.rpartition(".")[0] or last).strip("._")[:100] or "recording"
        key = stem.casefold()  # of file systems that do not tell cases apart
        seen[key] += 1
        names.append(stem if seen[key] == 1 else f"{stem}-{seen[key]}")
    return names


class Log:
    """What the command tells: lines for people on standard error, or JSON on standard output.

    Parameters
    ----------
    as_json : bool
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._lock = threading.Lock()
        self._stages: dict[int, str] = {}
        self.quiet = False
        self.total = 0

    def __call__(self, event: JobEvent) -> None:
        """Tell a step; called on any thread."""
        with self._lock:
            if self._stages.get(event.index) == event.stage:
                return
            self._stages[event.index] = event.stage
            if self._as_json:
                self._write(_facts(event))
            elif event.stage in FINISHED and not self.quiet:
                ended = sum(stage in FINISHED for stage in self._stages.values())
                said = {"completed": "done", "cached": "done before"}.get(
                    event.stage, event.message or "failed"
                )
                print(f"[{ended}/{self.total}] {event.label}: {said}", file=sys.stderr, flush=True)

    def anew(self) -> Log:
        """Forget the recordings so far: others are counted from here on."""
        with self._lock:
            self._stages.clear()
        return self

    def end(self, status: int, message: str, **facts: Any) -> int:
        """Tell the end; return the status."""
        if self._as_json:
            self._write({"event": "end", "status": status, "message": message, **facts})
        elif status not in (DONE,) or not self.quiet:
            print(message, file=sys.stderr, flush=True)
        return status

    def _write(self, facts: Mapping[str, Any]) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"time": moment, **facts}, ensure_ascii=False), flush=True)


def _facts(event: JobEvent) -> dict[str, Any]:
    facts = {
        "event": event.stage,
        "index": event.index,
        "source": event.label,
        "transcript_id": event.transcript_id,
        "seconds": event.seconds,
        "usd": event.usd,
        "message": event.message,
        "remedy": event.error.hint if event.error is not None else None,
    }
    return {name: value for name, value in facts.items() if value is not None}
