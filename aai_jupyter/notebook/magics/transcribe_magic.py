"""``%transcribe`` and ``%%transcribe``: from their lines to one call of :func:`aai_jupyter.transcribe`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec, identifier
from aai_jupyter.notebook.line.expansion import expand_word
from aai_jupyter.notebook.line.lookup import exists, look_up
from aai_jupyter.notebook.views.displayed import is_displayed
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.line_words import LineWord, split_words

SPEC = MagicSpec(
    "transcribe",
    "Turn recorded speech into text, speakers and DataFrames.",
    (
        "%transcribe SOURCE... [options] [--as NAME]",
        "NAME = %transcribe SOURCE... [options]",
        "%transcribe NAME << SOURCE... [options]",
        "%%transcribe NAME [options]       and below it one source per line; # begins a comment",
    ),
    words="SOURCE",
    words_help="A path, pattern (data/*.mp3), folder, URL, or variable with paths, bytes or (samples, rate).",
    words_complete="path",
    flags=(
        Flag("profile", "Take the options of this profile.", "str", short="-p", choices=settings.profiles),
        Flag("dry_run", "Send nothing: show the sources, their minutes, the price and the request."),
        Flag("quiet", "Show neither progress nor result; only how many failed, if any."),
        Flag("no_display", "Do not show the result; so does ; at the end of the line."),
        Flag("no_cache", "Transcribe, and pay, again what was transcribed before."),
        Flag("background", "Give a job at once, and work while other cells run."),
        Flag("no_wait", "The same as --background."),
        Flag(
            "manifest",
            "Table with a recording in each row: a file, or a variable with a DataFrame.",
            "value",
            metavar="FILE",
            completes="path",
        ),
        Flag("feed", "Podcast feed, whose episodes are the recordings.", "str", metavar="URL"),
        Flag("latest", "How many episodes of the feed, the newest first.", "int", metavar="N", minimum=1),
        Flag("source", "Column of the table that has the recordings.", "str", metavar="COLUMN"),
        Flag(
            "keep",
            "Columns that go along into every frame; all others if left out.",
            "list",
            metavar="COLUMN,...",
        ),
        Flag(
            "recorded_at",
            "When each was recorded: a column, a pattern of file names (%Y%m%d), or tags.",
            "str",
            metavar="WAY",
        ),
        Flag("timezone", "Time zone of such times, such as Europe/Berlin.", "str", metavar="ZONE"),
        Flag("max_cost", "USD that it may cost by the price list; more is not sent.", "float", minimum=0),
        Flag("tag", "What aai.spend() can group the costs by.", "str", metavar="NAME"),
        Flag(
            "delete_at_service",
            "When the service deletes transcript and upload; the setting of this name if left out.",
            "str",
            choices=("never", "after_download"),
        ),
        Flag(
            "audio_track",
            "Number of the audio track, of files with several; that alone is sent.",
            "int",
            metavar="N",
            minimum=1,
        ),
        Flag("tracks", "Each file, or audio track of one file, is one speaker of one conversation."),
        Flag("extra", "Parameters of the API that are not listed here, as JSON.", "object"),
    ),
    options=OPTIONS,
    assigns=True,
    notes="One recording gives a Transcript; several recordings, a pattern or a list give a TranscriptSet.",
    examples=(
        "%transcribe interview.mp3 --speaker-labels --as interview",
        '%transcribe calls << "data/new calls/*.wav" --speaker-labels --language-code en',
        "%transcribe {paths} -p call-center --dry-run",
    ),
)


_MODULES = (
    *("aai_jupyter.api.transcribe", "aai_jupyter.client.options.transcript_request"),
    *("aai_jupyter.client.sources.reading", "aai_jupyter.notebook.views.progress"),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    opening = runtime().part(Opening)
    opening.load("" if arguments.quiet or arguments.dry_run else "transcribing …", *_MODULES)
    try:
        return _run(shell, arguments, cell, namespace)
    finally:
        opening.close()


def _run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    if arguments.manifest is not None or arguments.feed is not None:
        _take_name(arguments)
        sources = _no_sources(cell)
    elif cell is None or not cell.strip():
        sources = _line_sources(arguments, namespace)
    else:
        _take_name(arguments)
        sources = _body_sources(cell, namespace)
    if arguments.dry_run:
        from aai_jupyter.notebook.views.dry_run import plan

        return plan(
            sources,
            arguments.options,
            profile=arguments.profile,
            extra=arguments.extra,
            track=arguments.audio_track,
            **keywords_of(arguments),
        )

    from aai_jupyter.api.transcribe import transcribe

    result = transcribe(
        *sources,
        profile=arguments.profile,
        wait=not (arguments.background or arguments.no_wait),
        use_cache=not arguments.no_cache,
        progress=_nothing if arguments.quiet else None,
        audio_track=arguments.audio_track,
        extra=arguments.extra,
        delete_at_service=arguments.delete_at_service,
        **keywords_of(arguments),
        **arguments.options,
    )
    if arguments.target is not None:
        shell.push({arguments.target: result})
    if arguments.quiet:
        _tell_failures(result, arguments.target)
    hidden = arguments.silent or arguments.quiet or arguments.no_display
    return None if hidden and (arguments.target is not None or is_displayed(shell)) else result


OF_CALL = (
    *("manifest", "source", "keep", "feed", "latest", "recorded_at", "timezone"),
    *("max_cost", "tag", "tracks"),
)
"""Flags that are keywords of :func:`aai_jupyter.transcribe` by the same name."""


def keywords_of(arguments: Arguments) -> dict[str, Any]:
    """Return the flags that are keywords of the function, as far as they are given."""
    return {name: value for name in OF_CALL if (value := arguments.flags[name]) is not None}


def _no_sources(cell: str | None) -> list[Any]:
    if cell is not None and any(split_words(line) for line in cell.splitlines()):
        raise UsageError(
            "With --manifest or --feed the recordings are those of the table or feed: nothing stands below.",
            hint="Leave the cell empty below its first line.",
        )
    return []


def _tell_failures(result: Any, name: str | None) -> None:
    """Say how many failed: a notebook that runs by itself must not go on as if all were there."""
    failed = len(getattr(result, "failed", ()))
    if failed:
        print(f"{failed} of {failed + len(result)} failed: see {name or '_'}.failed")


def _nothing(event: Any) -> None:
    """Ignore the progress of a quiet call."""


def _line_sources(arguments: Arguments, namespace: Mapping[str, Any]) -> list[Any]:
    if not arguments.words:
        raise UsageError(
            "%transcribe needs a recording.",
            hint="%transcribe talk.mp3 --speaker-labels (a path, pattern, folder, URL or variable)",
        )
    _check_spaces(arguments)
    pairs = zip(arguments.words, arguments.bare, strict=True)
    return [look_up(word, namespace) if bare else word for word, bare in pairs]


def _check_spaces(arguments: Arguments) -> None:
    """Raise a hint if ``%transcribe my talk.wav`` means one existing file, not two, nor one and a comment."""
    words = [word if bare else None for word, bare in zip(arguments.words, arguments.bare, strict=True)]
    beside = arguments.comment.split() if words[-1] is not None else []
    for count in range(len(beside) + 1):
        parts = [*words, *beside[:count]]
        if None in parts or len(parts) < 2:
            continue
        whole = " ".join(map(str, parts))
        if exists(whole) and not all(exists(str(word)) for word in words):
            what = "has a #, which begins a comment" if count else "has spaces"
            raise UsageError(f"{whole!r} {what}.", hint=f'Put it in quotes: "{whole}"')


def _take_name(arguments: Arguments) -> None:
    """Set the target to the name on a cell's first line, if there is one."""
    if not arguments.words:
        return
    first = arguments.words[0]
    if len(arguments.words) > 1 or arguments.target is not None:
        raise UsageError(
            "%%transcribe takes one name for the result on its first line.",
            hint="Put the sources below it, one per line.",
        )
    try:
        arguments.target = identifier(first)
    except UsageError as error:
        raise UsageError(
            f"{error.message} With sources below it, %%transcribe takes a name on its first line.",
            hint="Put all sources below, one per line, or all on the line of %transcribe.",
        ) from None


def _body_sources(body: str, namespace: Mapping[str, Any]) -> list[Any]:
    """Return the sources of a cell's body: one per line, with spaces if it has some."""
    sources = []
    for line in body.splitlines():
        if (named := _named_by_whole_line(line)) is not None:
            sources.append(named)
            continue
        words = split_words(line)
        if not words:
            continue
        first, last = words[0], words[-1]
        if not first.quoted and first.text.startswith("--"):
            raise UsageError(
                f"{first.text} stands among the sources.",
                hint=f"Options go on the first line: %%transcribe NAME {first.text}",
            )
        if len(words) == 1:
            found = expand_word(first, namespace)
            sources.append(look_up(found, namespace) if found is first.text and not first.quoted else found)
        else:
            sources.append(
                expand_word(LineWord(line[first.start : last.end], first.start, last.end), namespace)
            )
    if not sources:
        raise UsageError("There is no source below %%transcribe.", hint="Write one path or URL per line.")
    return sources


def _named_by_whole_line(line: str) -> Path | None:
    """The file whose name is the line as it stands: with a #, a quote, or spaces at its ends."""
    for name in (line, line.strip()):
        if set(name) & set("#\"' ") and exists(name):
            return Path(name).expanduser()
    return None
