"""``%aai_stream`` and ``%%aai_stream``: real-time speech to text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.options.catalog.streaming_vocabulary import AUTH
from aai_jupyter.client.streaming.streaming_request import STREAMING_OPTIONS
from aai_jupyter.errors import StreamInterrupted, UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.notebook.line.expansion import MISSING, lookup
from aai_jupyter.notebook.line.lookup import look_up
from aai_jupyter.notebook.magics import clip_magic
from aai_jupyter.notebook.views.displayed import is_displayed
from aai_jupyter.runtime.cell import cell_id, is_attended, run_id, updates_displays
from aai_jupyter.runtime.first_line import Opening
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream

_MODULES = ("aai_jupyter.live.live_stream", "aai_jupyter.notebook.magics.turn_commands")
_VIEWS = (
    "aai_jupyter.widgets.captions.live_display",
    "aai_jupyter.widgets.captions.captions_widget",
)

SPEC = MagicSpec(
    "aai_stream",
    "Caption speech while it is spoken: from a microphone, or from a recording at the pace it was spoken.",
    (
        "%aai_stream [--mic] [--as NAME] [options]",
        "%aai_stream --mic --computer [--as NAME] [options]",
        "%aai_stream --source FILE [--as NAME] [options]",
        "NAME = %aai_stream ... [options]",
        "%%aai_stream [--as NAME] [options]       and below it one command per line, for each finished turn",
        "%aai_stream --clip [--as NAME]           press, speak, release: see %aai_stream --clip --help",
    ),
    words="FILE",
    words_help="The same as --source FILE.",
    words_complete="path",
    max_words=1,
    flags=(
        Flag("mic", "Listen to the microphone of the page (so also when none of the others is given)."),
        Flag(
            "computer",
            "Both sides of a call: also what a tab or the computer plays, shared in the browser's dialog; "
            "with --device what the kernel's machine plays. Two sessions (each is billed), merged by time.",
        ),
        Flag(
            "loopback",
            "With --device: the device that gives what the kernel's machine plays, or default.",
            "str",
        ),
        Flag("clip", "One short clip (120 s at most) instead of a session, with options of its own."),
        Flag("device", "Listen on the kernel's machine: an input device, or default.", "str"),
        Flag(
            "source", "Stream this recording: path, URL or variable.", "str", metavar="FILE", completes="path"
        ),
        Flag(
            "multichannel",
            "A recording's two channels as two sessions (each is billed), merged by time.",
        ),
        Flag("wait", "Wait until it has ended; Interrupt ends it."),
        Flag(
            "on_turn", "Call this function with each finished turn.", "str", metavar="F", completes="variable"
        ),
        Flag(
            "max_minutes",
            "End the session after so long; an open one is billed.",
            "float",
            metavar="N",
            default=60.0,
            minimum=0.1,
            maximum=180,
        ),
        Flag(
            "auth",
            "How the key goes: in a header; as a temporary token; in the query (it then stands in a URL, "
            "which proxies write down); in a first message (not tried on the service).",
            "str",
            default="header",
            choices=AUTH,
        ),
        Flag("profile", "Take the options of this profile.", "str", short="-p", choices=settings.profiles),
        Flag("no_display", "Do not show captions."),
        Flag("no_audio", "Do not keep the sound."),
        Flag("extra", "Parameters of the API that are not listed here, as JSON.", "object"),
    ),
    options=STREAMING_OPTIONS,
    assigns=True,
    notes=(
        "The cell does not wait: captions go on while other cells run, and NAME.words, NAME.turns and\n"
        "NAME.text grow. NAME.stop() ends the session, as do the button, a restart of the kernel, and the\n"
        "same cell run again. Afterwards NAME.audio is the kept sound, NAME.exact() its exact transcript.\n"
        "The sides of a call are the speakers You and Computer: NAME.speakers = {'Computer': 'Ann'}.\n"
        "The others must know that they are recorded.\n"
        "In a cell's body `turn` is the finished turn: turn.transcript, turn.words, turn.speaker_label."
    ),
    examples=(
        "%aai_stream --mic --as talk --speaker-labels",
        "%aai_stream --mic --computer --as call",
        "%aai_stream --source interview.mp3 --as talk --wait",
        "%aai_stream --mic --on-turn note_down --keyterms-prompt Zarr,Borealis",
    ),
    variants={"--clip": clip_magic.SPEC},
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    if arguments.clip:
        return clip_magic.run(shell, arguments, cell, namespace)
    opening = runtime().part(Opening)
    hidden = arguments.no_display or not updates_displays()
    views = () if hidden else _VIEWS[: 2 if is_attended() else 1]
    opening.load("" if hidden else "opening a session …", *_MODULES, *views)
    try:
        return _run(shell, arguments, cell, namespace)
    finally:
        opening.close()


def _run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    from aai_jupyter.live.live_stream import CellStreams, LiveStream
    from aai_jupyter.notebook.magics.turn_commands import TurnCommands, compile_lines, function_command
    from aai_jupyter.transcripts.side_names import CALL_SIDES

    source = _source(arguments, namespace)
    commands = compile_lines(shell, cell) if cell is not None and cell.strip() else []
    if arguments.on_turn:
        function = lookup(arguments.on_turn, namespace)
        if function is MISSING:
            raise UsageError(f"--on-turn: there is no function {arguments.on_turn}.", hint="Define it first.")
        commands.append(function_command(arguments.on_turn, function, runtime().bridge.loop))
    call = source is None and bool(arguments.computer or arguments.loopback)
    if arguments.multichannel and source is None:
        raise UsageError(
            "A microphone is one channel.", hint="--multichannel is for --source FILE, --computer for calls."
        )
    page = source is None and arguments.device is None
    unseen = arguments.no_display and not page
    if unseen and not (arguments.target or commands or arguments.wait):
        raise UsageError(
            "With --no-display nobody would see the text, and nothing could end the session.",
            hint="Give it a name (--as talk), or something to do with each turn (--on-turn f).",
        )
    origin = (cell_id(), run_id()) if cell_id() else None
    _end_earlier(shell, arguments.target, origin)
    runtime().endpoint()
    live = LiveStream(
        source,
        multichannel=bool(arguments.multichannel),
        sides=CALL_SIDES if call else None,
        mic=arguments.device or False,
        computer=(arguments.loopback or True) if call and not page else False,
        profile=arguments.profile,
        max_minutes=arguments.max_minutes,
        keep_audio=not arguments.no_audio,
        auth=arguments.auth,
        extra=arguments.extra,
        **arguments.options,
    )
    live.origin = origin
    runtime().part(CellStreams).add(live)
    try:
        if arguments.target is not None:
            shell.push({arguments.target: live})
        _listeners(shell, live, arguments, commands, page, TurnCommands)
    except BaseException:
        live.stop(hasty=True, wait=False)
        raise
    return None if is_displayed(shell) else live  # NAME = %aai_stream; what the cell shows are the captions


def _listeners(
    shell: Any,
    live: LiveStream,
    arguments: Arguments,
    commands: list[Any],
    page: bool,
    make: Any,
) -> None:
    call = page and bool(arguments.computer)
    hidden = arguments.no_display and not page  # without the captions the page has no microphone
    display = None
    in_place = updates_displays()
    if in_place and not hidden:
        from aai_jupyter.widgets.captions.live_display import LiveDisplay

        display = LiveDisplay.of(live, title=live.listens_to, microphone=page, computer=call)
        if arguments.wait:
            display.defer_static()
        display.show()
    elif not hidden:
        live.print_turns()
    turns = None
    if commands:
        if in_place:
            for command in commands:
                command.place()
        turns = make(shell, live, commands, display.note if display is not None else print)
    if page:
        live.warm()  # while the person is asked for the microphone
    else:
        live.start()
    if not arguments.wait:
        return
    try:
        live.wait()
        if turns is not None:
            turns.join()
    except KeyboardInterrupt:
        live.stop(hasty=True)
        raise StreamInterrupted(live.transcript) from None
    finally:
        if display is not None:
            display.show_static()
    if live.error is not None:
        raise live.error


def _source(arguments: Arguments, namespace: Mapping[str, Any]) -> Any:
    """Return the recording that is streamed; None for a microphone."""
    named = [("--source", arguments.source), ("--device", arguments.device), ("--mic", arguments.mic or None)]
    named.append(("FILE", arguments.words[0] if arguments.words else None))
    given = [name for name, value in named if value is not None]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} are given; one session hears one sound.", hint="Keep one of them."
        )
    if (arguments.words or arguments.source is not None) and (arguments.computer or arguments.loopback):
        raise UsageError(
            "A recording is no call.",
            hint="Leave --computer out; two recordings are aai.tracks(You=a, Computer=b).",
        )
    if arguments.loopback is not None and arguments.device is None:
        raise UsageError(
            "--loopback is a device of the kernel's machine, beside its microphone.",
            hint=f"--device default --loopback {arguments.loopback}. Of the page: --mic --computer.",
        )
    if arguments.words:
        word = arguments.words[0]
        return look_up(word, namespace) if arguments.bare[0] else word
    if arguments.source is not None:
        source = arguments.source
        return look_up(source, namespace) if isinstance(source, str) else source
    if arguments.device is not None:
        return None
    if not is_attended():
        raise UsageError(
            "There is no page here whose microphone could be used.",
            hint="Use --device default for this machine's microphone, or --source FILE.",
        )
    if arguments.wait:
        raise UsageError(
            "With --wait the kernel would not hear the page: it reads messages between cells only.",
            hint="Leave --wait out (NAME.wait() has the same problem), or use --device default.",
        )
    return None


def _end_earlier(shell: Any, name: str | None, origin: tuple[str, str] | None) -> None:
    """End the session of the cell's last run: it must not stay open, and be billed, with no name."""
    from aai_jupyter.live.live_stream import CellStreams, LiveStream

    for one in tuple(runtime().part(CellStreams)):
        again = origin and one.origin and origin[0] == one.origin[0] and origin[1] != one.origin[1]
        if again and one.state != "ended" and one is not shell.user_ns.get(name):
            one.stop(wait=False)
            print("The session that this cell had begun was ended.")
    earlier = shell.user_ns.get(name) if name is not None else None
    if isinstance(earlier, LiveStream) and earlier.state != "ended":
        earlier.stop(wait=False)
        print(f"The earlier session {name} was ended.")
