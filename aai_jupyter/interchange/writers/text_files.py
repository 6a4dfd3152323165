"""Plain text and Markdown, with a line template, or as MAXQDA, ATLAS.ti, f4 and NVivo import it."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn
from aai_jupyter.interchange.writers.conventions import content_text
from aai_jupyter.text import plain_text
from aai_jupyter.text.readable_numbers import clock, timecode
from aai_jupyter.text.timecodes import FrameRate

PROFILES = ("maxqda", "atlasti", "f4", "nvivo")
FIELDS = ("number", "start", "end", "start_ms", "end_ms", "timecode", "speaker", "text", "name")
"""What a line template may name."""


def text(
    contents: Sequence[ExportContent],
    template: str | None = None,
    profile: str | None = None,
    style: str | None = None,
    start: str = "00:00:00:00",
    fps: float = 25.0,
    drop_frame: bool = False,
) -> str:
    """Return plain text.

    Parameters
    ----------
    template : str, optional
        A line for each turn, with the fields of :data:`FIELDS`: ``"[{start}] {speaker}: {text}"``.
    profile : {"maxqda", "atlasti", "f4", "nvivo"}, optional
        The form in which a program for qualitative analysis finds times and speakers.
    style : str, optional
        A transcription convention: ``jefferson``, ``gat2-minimal``, ``gat2-basic``, ``hiat``.
    start : str
        Timecode of the first frame, for ``{timecode}``; with ``;`` before its frames it is drop-frame.
    fps : float
        Frames a second.
    """
    if sum(option is not None for option in (template, profile, style)) > 1:
        raise OptionError("template, profile and style exclude each other.")
    if style is not None:
        parts = [content_text(content, style) for content in contents]
    elif profile is not None:
        parts = ["\n".join(profile_lines(content, profile)) for content in contents]
    elif template is not None:
        try:
            rate = FrameRate.of(fps, drop=drop_frame or ";" in str(start))
            first = rate.frame_of(str(start))
        except ValueError as error:
            raise OptionError(f"{error}.", hint='For example start="10:00:00:00", fps=25.') from error
        parts = ["\n".join(template_lines(content, template, rate, first)) for content in contents]
    else:
        parts = [plain_text.text(_lines(content)) for content in contents]
    return _joined(contents, parts, "{name}\n")


def markdown(contents: Sequence[ExportContent]) -> str:
    """Return Markdown, a paragraph a turn; a comment at the end says where it comes from."""
    parts = [
        f"{plain_text.markdown(_lines(content))}\n\n<!-- {content.provenance.line().replace('--', '- -')} -->"
        for content in contents
    ]
    return _joined(contents, parts, "# {name}\n")


def _joined(contents: Sequence[ExportContent], parts: list[str], head: str) -> str:
    if len(parts) == 1:
        return f"{parts[0]}\n"
    named = zip(contents, parts, strict=True)
    return "\n\n".join(f"{head.format(name=content.name)}\n{part}" for content, part in named) + "\n"


def _lines(content: ExportContent) -> list[plain_text.Line]:
    return [(turn.start, turn.speaker, turn.text) for turn in content.turns]


def template_lines(content: ExportContent, template: str, rate: FrameRate, first: int = 0) -> list[str]:
    """Return a line for each turn.

    Raises
    ------
    OptionError
        The template names something else than the fields.
    """
    if not isinstance(template, str):
        raise OptionError(f"template is a text, got {template!r}.")
    try:
        named = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
        if unknown := named - set(FIELDS):
            raise OptionError(
                f"A template has no field {sorted(unknown)[0]!r}.", hint=f"It has {', '.join(FIELDS)}."
            )
        return [
            template.format_map(_fields(content, number, turn, rate, first))
            for number, turn in enumerate(content.turns, 1)
        ]
    except (ValueError, TypeError) as error:
        if isinstance(error, OptionError):
            raise
        raise OptionError(f"template: {error}.", hint='For example "[{start}] {speaker}: {text}".') from error


def _fields(
    content: ExportContent, number: int, turn: SpokenTurn, rate: FrameRate, first: int
) -> dict[str, Any]:
    return {
        "number": number,
        "start": clock(turn.start / 1000),
        "end": clock(turn.end / 1000),
        "start_ms": turn.start,
        "end_ms": turn.end,
        "timecode": rate.label(first + rate.frame_at(turn.start)),
        "speaker": turn.speaker or "",
        "text": turn.text,
        "name": content.name,
    }


def profile_lines(content: ExportContent, profile: str) -> list[str]:
    """Return lines with times and speakers in the form of a program.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> t = Transcript.from_json({"words": [{"text": "Hi.", "start": 5250, "end": 5600, "speaker": "Ann"}]})
    >>> profile_lines(content_of(t), "f4"), profile_lines(content_of(t), "maxqda")
    (['Ann: Hi. #00:00:05-2#'], ['00:00:05.2Ann: Hi.', ''])
    """
    check_profile(profile)
    if profile == "nvivo":
        rows = [f"{tenths(turn.start)}\t{turn.speaker or ''}\t{turn.text}" for turn in content.turns]
        return ["Timespan\tSpeaker\tContent", *rows]
    if profile == "maxqda":
        return [line for turn in content.turns for line in (f"{tenths(turn.start)}{said(turn)}", "")]
    return [f"{said(turn)} #{tenths(turn.start, '-')}#" for turn in content.turns]


def check_profile(profile: str) -> None:
    """Refuse an unknown profile.

    Raises
    ------
    OptionError
    """
    if profile not in PROFILES:
        raise OptionError(f"There is no profile {profile!r}.", hint=f"There are {', '.join(PROFILES)}.")


def said(turn: SpokenTurn) -> str:
    """Return the name of the speaker before the text."""
    return f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text


def tenths(ms: int, mark: str = ".") -> str:
    """Return ``hh:mm:ss.t``."""
    return timecode(ms, mark, 1)
