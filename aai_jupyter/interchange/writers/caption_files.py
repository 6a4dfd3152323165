"""SubRip, WebVTT and Advanced SubStation files of captions that keep a rule book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aai_jupyter.interchange.writers.caption_content import content_cues
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.text.cues.cue_timing import CaptionCue, CaptionLine
from aai_jupyter.text.readable_numbers import timecode
from aai_jupyter.text.sanitize import escape_cue, one_line

_STYLE = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
    "MarginR, MarginV, Encoding"
)
# White; the words that are still to come are grey.
_DEFAULT = (
    "Default,Arial,54,&H00FFFFFF,&H00A0A0A0,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,2,1,2,80,80,60,1"
)


def srt(contents: Sequence[ExportContent], **options: Any) -> str:
    """Return SubRip captions; options as in :func:`content_cues`.

    SubRip knows no escaping, so ``-->`` in the text is written as an arrow.
    """
    (content,) = contents
    return srt_text(content_cues(content, **options))


def srt_text(cues: Sequence[CaptionCue]) -> str:
    """Return cues as SubRip.

    Examples
    --------
    >>> print(srt_text([CaptionCue(0, 900, (CaptionLine("Good day.", ()),))]), end="")
    1
    00:00:00,000 --> 00:00:00,900
    Good day.
    """
    return "\n".join(
        f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues, 1)
    )


def vtt(contents: Sequence[ExportContent], **options: Any) -> str:
    """Return WebVTT captions with a voice tag for each speaker; a note says where they come from."""
    (content,) = contents
    options.pop("speakers", None)  # the tags say it
    note = content.provenance.line().replace("-->", "→")
    return vtt_text(content_cues(content, **options), f"NOTE {note}\n\n")


def vtt_text(cues: Sequence[CaptionCue], note: str = "", voices: bool = True) -> str:
    """Return cues as WebVTT.

    Examples
    --------
    >>> print(vtt_text([CaptionCue(0, 900, (CaptionLine("1 < 2", (), "Ann"),))]), end="")
    WEBVTT
    <BLANKLINE>
    00:00:00.000 --> 00:00:00.900
    <v Ann>1 &lt; 2</v>
    """
    blocks = []
    for cue in cues:
        text = _voices(cue) if voices else escape_cue(cue.text)
        blocks.append(f"{timecode(cue.start, '.')} --> {timecode(cue.end, '.')}\n{text}\n")
    return f"WEBVTT\n\n{note}" + "\n".join(blocks)


def _voices(cue: CaptionCue) -> str:
    spans: list[tuple[str | None, list[str]]] = []
    for line in cue.lines:
        if not spans or spans[-1][0] != line.speaker:
            spans.append((line.speaker, []))
        spans[-1][1].append(escape_cue(line.text))
    return "\n".join(
        f"<v {escape_cue(one_line(who))}>" + "\n".join(lines) + "</v>" if who else "\n".join(lines)
        for who, lines in spans
    )


def ass(contents: Sequence[ExportContent], highlight: bool = True, **options: Any) -> str:
    """Return Advanced SubStation captions in which each word lights up when it is said.

    Parameters
    ----------
    highlight : bool, default True
        Write the karaoke times of words.
    **options
        As in :func:`content_cues`.
    """
    (content,) = contents
    cues = content_cues(content, **options)
    shift = cues[0].start - _first(cues) if cues else 0
    head = [
        "[Script Info]",
        *(f"; {name}: {text}" for name, text in content.provenance.texts().items()),
        f"Title: {content.name}",
        "ScriptType: v4.00+",
        "WrapStyle: 2",
        "ScaledBorderAndShadow: yes",
        "PlayResX: 1920",
        "PlayResY: 1080",
        "",
        "[V4+ Styles]",
        f"Format: {_STYLE}",
        f"Style: {_DEFAULT}",
        "",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ]
    for cue in cues:
        times = f"{_centiseconds(cue.start)},{_centiseconds(cue.end)}"
        # The words of an event light up one after the other: people who speak at once have one each.
        turns: dict[int, list[CaptionLine]] = {}
        for line in cue.lines:
            turns.setdefault(line.turn, []).append(line)
        for lines in turns.values():
            name = (lines[0].speaker or "").replace(",", " ")
            text = (
                _karaoke(cue, lines, shift) if highlight else r"\N".join(_plain(line.text) for line in lines)
            )
            head.append(f"Dialogue: 0,{times},Default,{name},0,0,0,,{text}")
    return "\n".join(head) + "\n"


def _first(cues: Sequence[CaptionCue]) -> int:
    starts = [word.start for word in (w for line in cues[0].lines for w in line.words)]
    return min(starts, default=cues[0].start)


def _karaoke(cue: CaptionCue, lines: Sequence[CaptionLine], shift: int) -> str:
    """Return lines with the time of each word, in centiseconds that add up to those of the cue."""
    clock = cue.start // 10
    found = []
    for line in lines:
        rest, parts = line.text, []
        for word in line.words:
            place = max(rest.find(word.text), 0)
            before, rest = rest[:place], rest[place + len(word.text) :]
            begin = max((word.start + shift) // 10, clock)
            end = max(min(word.end + shift, cue.end) // 10, begin)
            wait = f"{{\\k{begin - clock}}}" if begin > clock else ""
            parts.append(f"{wait}{_plain(before)}{{\\k{end - begin}}}{_plain(word.text)}")
            clock = end
        found.append("".join(parts) + _plain(rest))
    return r"\N".join(found)


def _plain(text: str) -> str:
    """Return text in which nothing is a command: the format has no escape for braces and backslashes."""
    return text.replace("\\", "\u29f5").replace("{", "\uff5b").replace("}", "\uff5d")


def _centiseconds(ms: int) -> str:
    return timecode(ms, ".", 2).removeprefix("0")  # an hour has one digit here
