"""A real-time session as static HTML and text: what a saved notebook keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import VERBATIM, clean, one_line
from aai_jupyter.text.segmentation import join

if TYPE_CHECKING:
    from aai_jupyter.api.stream import LiveStream
    from aai_jupyter.transcripts.live_transcript import LiveTranscript

MAX_TURNS = 400
_COLOURS = ("#0072b2", "#c07c00", "#b33e89", "#5b9c94", "#a07cf0", "#7c6953", "#5a8f3c", "#4f93cf")
_FIGURE = "font-variant-numeric:tabular-nums;opacity:.7"


def static_bundle(live: LiveStream, notes: Sequence[str] = ()) -> dict[str, str]:
    """``text/html`` and ``text/plain`` with the finished turns, the figures, and what went wrong."""
    status = live.status()
    rows = _rows(live.transcript)
    problems = [*status["warnings"], *notes, *([status["error"]] if status["error"] else [])]
    problems = [clean(text) for text in problems]
    figures, ended = figures_line(status), status["state"] == "ended"
    return {
        "text/html": _html(rows, figures, problems, ended=ended),
        "text/plain": _text(rows, figures, problems, ended=ended),
    }


def figures_line(status: Mapping[str, Any]) -> str:
    """Sound, bill, delay, and the model that ran, in one line; of `LiveStream.status`."""
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
    """Turns; those of one speaker in a row are one, up to one that was answered."""
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
            colours.setdefault(row.who, _COLOURS[len(colours) % len(_COLOURS)])
    shown = rows[-MAX_TURNS:]
    # Blocks, not a table: notebooks stripe tables and align them to the right.
    lines = [_line(row, colours) for row in shown]
    if len(rows) > len(shown):
        lines.insert(0, f'<div style="{_FIGURE}">{len(rows) - len(shown)} earlier turns</div>')
    if not rows:
        lines.append("<div>Nothing was said.</div>" if ended else "<div>…</div>")
    notes = "".join(f'<div style="white-space:pre-wrap">⚠ {escape(text)}</div>' for text in problems)
    return (
        f'<div class="{VERBATIM}" role="group" aria-label="Captions of a real-time session" '
        'style="max-width:900px">'
        f'<div style="max-height:300px;overflow:auto">{"".join(lines)}</div>{notes}'
        f'<div style="font-size:85%;margin-top:4px;{_FIGURE}">{escape(figures)}</div></div>'
    )


def _line(row: _Row, colours: dict[str, Any]) -> str:
    at, who, text, answer = row
    said = f'<div style="white-space:pre-wrap;opacity:.8">→ {escape(answer)}</div>' if answer else ""
    colour = colours[who] if who is not None else "rgba(128,128,128,.5)"
    name = f"<b>{escape(one_line(who))}</b> " if who is not None else ""
    return (
        '<div style="display:flex;gap:8px;align-items:baseline;margin:2px 0">'
        f'<span style="flex:none;min-width:3.2em;text-align:right;font-size:85%;{_FIGURE}">{at}</span>'
        f'<div dir="auto" style="border-left:3px solid {colour};padding-left:9px">{name}{escape(text)}'
        f"{said}</div></div>"
    )
