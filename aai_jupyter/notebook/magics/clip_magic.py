"""``%aai_stream --clip``: push-to-talk dictation into a variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.client.clips.clip_request import CLIP_OPTIONS
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.notebook.line.lookup import look_up
from aai_jupyter.notebook.views.displayed import is_displayed
from aai_jupyter.settings.configuration import settings

SPEC = MagicSpec(
    "aai_stream --clip",
    "Turn one short clip (80 ms to 120 s) into text at once: a recording, or what is said into the page.",
    (
        "%aai_stream --clip [--as NAME] [options]         hold the button (or the space key), and speak",
        "%aai_stream --clip --source FILE [--as NAME] [options]",
        "%aai_stream --clip --device default [--as NAME]  the microphone of the kernel's machine",
    ),
    words="FILE",
    words_help="The same as --source FILE.",
    words_complete="path",
    max_words=1,
    flags=(
        Flag("clip", "What makes it one clip instead of a session."),
        Flag("mic", "Record in the page (so also when none of the others is given)."),
        Flag("device", "Record on the kernel's machine: an input device, or default.", "str"),
        Flag("source", "Send this recording: path or variable.", "str", metavar="FILE", completes="path"),
        Flag("keep_audio", "Keep the sound of each clip, in memory."),
        Flag("profile", "Take the options of this profile.", "str", short="-p", choices=settings.profiles),
        Flag("no_display", "Do not show the text of --source; so does ; at the end of the line."),
        Flag("extra", "Parameters of the API that are not listed here, as JSON.", "object"),
    ),
    options=CLIP_OPTIONS,
    assigns=True,
    notes=(
        "NAME is the newest text. The result (d = %aai_stream --clip) has them all: d.clips, d.frame.\n"
        "The sound is in memory only, and gone when its text is there."
    ),
    examples=(
        "%aai_stream --clip --as note",
        "%aai_stream --clip --as note --keyterms-prompt Zarr,Borealis",
        "%aai_stream --clip --source note.wav --as note --timestamps",
    ),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    from aai_jupyter.api.dictate import dictate
    from aai_jupyter.runtime.cell import by_program, is_attended

    if cell is not None and cell.strip():
        raise UsageError(
            "A clip has no turns that lines below it could be run for.",
            hint="Leave --clip out, or use %aai_stream --clip with one %.",
        )
    source = _source(arguments, namespace)
    how = {
        "as_": arguments.target,
        "keep_audio": arguments.keep_audio,
        "profile": arguments.profile,
        "extra": arguments.extra,
        **arguments.options,
    }
    if source is not None:
        found = dictate(source, **how)
    elif is_attended():
        return dictate(device=arguments.device, **how)  # which shows the button
    elif arguments.device is not None and not by_program():
        found = _until_enter(arguments.device, how)
    else:
        raise UsageError(
            "There is nobody here who could press a button and speak.",
            hint="Give a recording: --source FILE.",
        )
    hidden = arguments.silent or arguments.no_display
    return None if hidden and (arguments.target is not None or is_displayed(shell)) else found


def _source(arguments: Arguments, namespace: Mapping[str, Any]) -> Any:
    """Return the recording, if one is given."""
    named = [("--source", arguments.source), ("--device", arguments.device), ("--mic", arguments.mic or None)]
    named.append(("FILE", arguments.words[0] if arguments.words else None))
    given = [name for name, value in named if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} are given; a clip has one sound.", hint="Keep one of them.")
    if arguments.words:
        return look_up(arguments.words[0], namespace) if arguments.bare[0] else arguments.words[0]
    source = arguments.source
    return look_up(source, namespace) if isinstance(source, str) else source


def _until_enter(device: str, how: Mapping[str, Any]) -> Any:
    """Record until Enter is pressed, in a terminal; an interrupt discards the clip."""
    from aai_jupyter.live.dictation import Dictation

    dictation = Dictation(device=device, **how)
    dictation.prepare()
    dictation.start()
    try:
        input(f"Recording from {dictation.status()['device']}. Press Enter to stop. ")
    except BaseException:
        dictation.cancel()
        raise
    dictation.stop()
    return dictation.wait()
