"""Timelines of speakers as small SVG pictures."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import Spans, Units
from aai_jupyter.errors import UsageError
from aai_jupyter.text.colours import NEUTRAL, ink, letters, speaker_colour
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import escape, one_line

#: Horizontal resolution of a strip; nearer spans are drawn as one, so that a picture's size is bounded.
STEPS = 1000


def runs(start: np.ndarray, end: np.ndarray, low: float, high: float) -> list[tuple[int, int]]:
    """Merge intervals into ``(step, length)`` on a grid of `STEPS` from `low` to `high` seconds."""
    scale = STEPS / max(high - low, 1e-9)
    first = np.clip(np.floor((start - low) * scale), 0, STEPS - 1).astype(int)
    last = np.clip(np.ceil((end - low) * scale), first + 1, STEPS).astype(int)
    marks = np.zeros(STEPS + 1, dtype=int)
    np.add.at(marks, first, 1)
    np.add.at(marks, last, -1)
    on = np.cumsum(marks)[:-1] > 0
    change = np.flatnonzero(np.diff(np.r_[False, on, False].astype(int)))
    return [(int(a), int(b - a)) for a, b in zip(change[::2], change[1::2], strict=True)]


def path(spans: Sequence[tuple[int, int]], y: float) -> str:
    """Return SVG path data that strokes the runs at height `y`."""
    return "".join(f"M{at} {y:g}h{length}" for at, length in spans)


def image(bars: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> str:
    """Return a timeline as a ``data:`` URI: coloured runs on a faint track.

    An ``<img>`` and not inline ``<svg>``, because GitHub and untrusted notebooks drop the latter.
    """
    drawn = "".join(
        f'<path d="{path(spans, 5)}" stroke="{shade}" stroke-width="10"/>' for shade, spans in bars if spans
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {STEPS} 10" preserveAspectRatio="none" '
        f'width="{STEPS}" height="10"><path d="M0 5h{STEPS}" stroke="{NEUTRAL}" stroke-opacity=".16" '
        f'stroke-width="10"/>{drawn}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def ticks(low: float, high: float, at_most: int = 7) -> list[float]:
    """Return round times between `low` and `high`, for an axis."""
    span = max(high - low, 1e-9)
    sizes = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400]
    size = next((s for s in sizes if span / s <= at_most), None) or 86400 * math.ceil(span / 86400 / at_most)
    first = math.ceil(low / size)
    return [n * size for n in range(first, math.floor(high / size) + 1)]


class Timeline:
    """Who spoke when, as an SVG picture: one row for each speaker.

    Shows itself in a notebook, light or dark. ``svg`` is the picture's source.
    """

    __module__ = "aai_jupyter"

    def __init__(self, spans: Spans) -> None:
        self.svg = _drawing(spans)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return "<Timeline: save it with .save('timeline.svg')>"

    def save(self, path: str | Path) -> Path:
        """Write the picture to an ``.svg`` file (or a page, ``.html``) and return its path."""
        target = Path(path).expanduser()
        if target.suffix.lower() not in (".svg", ".html"):
            raise UsageError(
                f"A timeline is saved as .svg or .html, not {target.suffix or 'without ending'}."
            )
        text = self.svg
        if target.suffix.lower() == ".html":
            text = (
                '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
                f"<title>Timeline</title>{text}"
            )
        target.write_text(text, encoding="utf-8")
        return target


# The drawing's measures: width of the names and of the tracks, height of a row.
_NAMES, _TRACKS, _ROW = 150, 760, 22
_WIDTH = _NAMES + _TRACKS + 24


def _drawing(spans: Spans) -> str:
    """Draw names on the left, a track for each speaker, times below; a block for each recording."""
    y, parts = 4, []
    for recording, title in enumerate(spans.names):
        if title:
            parts.append(f'<text x="0" y="{y + 14}" font-weight="600">{escape(title[:100])}</text>')
            y += _ROW
        block, y = _block(spans, spans.recording == recording, y)
        parts += block
    label = escape(f"Who spoke when: {describe(spans)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{label}" '
        f'fill="currentColor" font-family="system-ui, sans-serif" font-size="13" '
        f'style="width:100%;max-width:{_WIDTH}px;height:auto">{"".join(parts)}</svg>'
    )


def _block(spans: Spans, mine: np.ndarray, y: int) -> tuple[list[str], int]:
    if not mine.any():
        return [], y
    low, high = float(spans.start[mine].min()), float(spans.end[mine].max())
    low = 0.0 if low < 0.25 * high else low  # a cut-out keeps its own times, a recording starts at 0:00
    marks = letters([one_line(label) for label in spans.speakers])
    parts = []
    for code in np.unique(spans.speaker[mine]):
        known = code < len(spans.speakers)
        name, mark = (one_line(spans.speakers[code])[:60], marks[code]) if known else ("unknown", "?")
        shade = speaker_colour(int(code) if known else -1)
        own = mine & (spans.speaker == code)
        bars = path(runs(spans.start[own], spans.end[own], low, high), 0)
        parts.append(
            f"<g><title>{escape(name)}</title>"
            f'<rect x="0" y="{y + 1}" width="20" height="16" rx="3" fill="{shade}"/>'
            f'<text x="10" y="{y + 13}" text-anchor="middle" font-size="11" font-weight="700" '
            f'fill="{ink(shade)}">{escape(mark)}</text>'
            # A nested svg cuts off what is too long for its box.
            f'<svg x="27" y="{y}" width="{_NAMES - 35}" height="20"><text y="14">{escape(name)}</text></svg>'
            f'<g transform="translate({_NAMES} {y + 9}) scale({_TRACKS / STEPS:g} 1)">'
            f'<path d="M0 0h{STEPS}" stroke="{NEUTRAL}" stroke-opacity=".16" stroke-width="14"/>'
            f'<path d="{bars}" stroke="{shade}" stroke-width="14"/></g></g>'
        )
        y += _ROW
    for moment in ticks(low, high):
        x = _NAMES + (moment - low) * _TRACKS / max(high - low, 1e-9)
        parts.append(
            f'<path d="M{x:.1f} {y - 2}v4" stroke="currentColor" stroke-opacity=".5"/>'
            f'<text x="{x:.1f}" y="{y + 14}" font-size="11" opacity=".7" text-anchor="middle">'
            f"{clock(moment)}</text>"
        )
    return parts, y + _ROW


def describe(spans: Spans) -> str:
    """Describe the picture in words, for screen readers."""
    if not len(spans.start):
        return "no speech"
    seconds = pd.Series(spans.end - spans.start).groupby(spans.speaker).sum()
    names = [
        one_line(spans.speakers[code]) if code < len(spans.speakers) else "unknown" for code in seconds.index
    ]
    return ", ".join(f"{name} {clock(length)}" for name, length in zip(names, seconds, strict=True))


def timeline_of(df: pd.DataFrame, units: Units | None = None) -> Timeline:
    """Return the inline picture of a frame."""
    return Timeline(Spans.of(df, units))
