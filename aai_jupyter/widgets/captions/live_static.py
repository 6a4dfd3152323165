"""A real-time session as static HTML and text, for the saved notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.colours import speaker_colour
from aai_jupyter.text.html_tags import FAINT, tag
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import VERBATIM, clean, escape, one_line
from aai_jupyter.text.tokenization import join

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream
    from aai_jupyter.transcripts.live_transcript import LiveTranscript

MAX_TURNS = 400
_FIGURE = f"font-variant-numeric:tabular-nums;{FAINT}"


def static_bundle(live: LiveStream, notes: Sequence[str] = (), *, raised: bool = False) -> dict[str, str]:
    """Return ``text/html`` and ``text/plain`` with finished turns, figures and errors.

    ``raised`` leaves out what ended the session, where the cell itself ends with that error.
    """
    status = live.status()
    rows = _rows(live.transcript)
    problems = [*status["warnings"], *notes, *([status["error"]] if status["error"] and not raised else [])]
    problems = [clean(text) for text in problems]
    figures, ended = figures_line(status), status["state"] == "ended"
    plain = bounded(_text(rows, figures, problems, ended=ended), "live.text, or the frame live.turns")
    bundle = {"text/html": _html(rows, figures, problems, ended=ended), "text/plain": plain}
    return saved_form(bundle, figures)


def figures_bundle(live: LiveStream, notes: Sequence[str] = (), *, raised: bool = False) -> dict[str, str]:
    """Return ``text/html`` and ``text/plain`` with figures and errors alone, for below a player."""
    status = live.status()
    # The transcript's own display has the session's warnings.
    ended_by = [status["error"]] if status["error"] and not raised else []
    problems = [clean(text) for text in (*notes, *ended_by)]
    figures = figures_line(status)
    return {
        "text/html": tag("div", *_under(figures, problems), class_=VERBATIM),
        "text/plain": "\n".join([f"({figures})", *problems]),
    }


def figures_line(status: Mapping[str, Any]) -> str:
    """Describe audio, bill, latency and model of a `LiveStream.status` in one line."""
    parts = [f"{clock(status['seconds'])} of sound"]
    if status["local"]:
        parts.append("free")
    else:
        parts.append(f"{clock(status['billed'])} billed, about ${status['estimate']:.3f}")
    if status["latency_p50"] is not None:
        parts.append(f"text {status['latency_p50']:.1f} s after the last word")
    if status["model"]:
        parts.append(status["model"])
    if status["reconnections"]:
        parts.append(f"{status['reconnections']} reconnection{'s' * (status['reconnections'] > 1)}")
    if status["lost"]:
        parts.append(f"{status['lost']:.1f} s of sound lost")
    if status["state"] != "ended" and status["behind"]:
        parts.append(f"text {status['behind']:.0f} s behind")
    if status["state"] != "ended":
        parts.append("still running when this was shown")
    return one_line(", ".join(parts))


class _Row(NamedTuple):
    at: str
    who: str | None
    text: str
    answer: str
    """What a language model said about it."""


def _rows(live: LiveTranscript) -> list[_Row]:
    """Return rows of turns; consecutive ones of one speaker are one, up to one that was answered."""
    rows: list[_Row] = []
    for turn in live.final_turns:
        who = turn.speaker_label or turn.channel
        text = one_line(turn.transcript)
        answer = clean(live.answer_to(turn) or "")
        if rows and who is not None and rows[-1].who == who and not rows[-1].answer:
            rows[-1] = _Row(rows[-1].at, who, join([rows[-1].text, text]), answer)
        else:
            at = clock(turn.words[0].start / 1000 if turn.words else 0)
            rows.append(_Row(at, who, text, answer))
    return rows


def _text(rows: list[_Row], figures: str, problems: list[str], *, ended: bool) -> str:
    lines = []
    for at, who, text, answer in rows[-MAX_TURNS:]:
        lines.append(f"{at}  {f'{one_line(who)}: ' if who else ''}{text}")
        lines += [f"      → {line}" for line in answer.splitlines()]
    left = max(0, len(rows) - MAX_TURNS)
    return "\n".join(
        [
            *([f"({left} earlier turns)"] if left else []),
            *(lines or ["Nothing was said." if ended else "Nothing was said yet."]),
            f"({figures})",
            *problems,
        ]
    )


def _html(rows: list[_Row], figures: str, problems: list[str], *, ended: bool) -> str:
    colours: dict[str, str] = {}
    for row in rows:
        if row.who is not None:
            colours.setdefault(row.who, speaker_colour(len(colours)))
    shown = rows[-MAX_TURNS:]
    # Blocks, not a table: notebooks stripe tables and align them to the right.
    lines = [_line(row, colours) for row in shown]
    if len(rows) > len(shown):
        lines.insert(0, tag("div", f"{len(rows) - len(shown)} earlier turns", style=_FIGURE))
    if not rows:
        lines.append(tag("div", "Nothing was said." if ended else "…"))
    return tag(
        "div",
        tag("div", *lines, style="max-height:300px;overflow:auto"),
        *_under(figures, problems),
        class_=VERBATIM,
        role="group",
        aria_label="Captions of a real-time session",
        style="max-width:900px",
    )


def _under(figures: str, problems: Sequence[str]) -> list[str]:
    return [
        *(tag("div", f"⚠ {escape(text)}", style="white-space:pre-wrap") for text in problems),
        tag("div", escape(figures), style=f"font-size:85%;margin-top:4px;{_FIGURE}"),
    ]


def _line(row: _Row, colours: dict[str, str]) -> str:
    at, who, text, answer = row
    colour = colours[who] if who is not None else "rgba(128,128,128,.5)"
    name = f"{tag('b', escape(one_line(who)))} " if who is not None else ""
    said = tag("div", f"→ {escape(answer)}", style="white-space:pre-wrap;opacity:.8") if answer else ""
    time_style = f"flex:none;min-width:3.2em;text-align:right;font-size:85%;{_FIGURE}"
    text_style = f"border-left:3px solid {colour};padding-left:9px"
    return tag(
        "div",
        tag("span", at, style=time_style),
        tag("div", name, escape(text), said, dir="auto", style=text_style),
        style="display:flex;gap:8px;align-items:baseline;margin:2px 0",
    )
