"""HTML display of a set: a table of recordings, a timeline for each, and the failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from aai_jupyter.analysis.timeline_svg import image, runs
from aai_jupyter.reports.digest import Digest, Readable, digest
from aai_jupyter.text.colours import FAILURE, NEUTRAL
from aai_jupyter.text.html_tags import (
    BREAK,
    CELL,
    NAME,
    ROW,
    SMALL,
    TABLE,
    aside,
    box,
    figures,
    heading,
    note,
    picture,
    tag,
    warned,
)
from aai_jupyter.text.readable_numbers import amount, clock, shorten
from aai_jupyter.text.sanitize import escape, one_line

_MAX_RECORDINGS = 50
_MAX_FAILURES = 20
_MAX_WARNINGS = 5
_NAMED = 3
"""Recordings that a warning names; of more it says how many."""
_MAX_TITLE, _MAX_REASON = 60, 300


class ReadableSet(Protocol):
    """Interface of a TranscriptSet for displays. ``failed`` has columns ``source`` and ``message``."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Readable]: ...
    @property
    def failed(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recording of a set."""

    title: str
    facts: list[str]
    digest: Digest


@dataclass(frozen=True, slots=True)
class Overview:
    """The content of a set's display. Texts are clean, not escaped."""

    headline: str
    rows: list[RecordingRow]
    hidden: int
    failures: list[tuple[str, str]]
    warnings: list[str]


def overview(transcripts: ReadableSet) -> Overview:
    """Read a set for display; bounded like everything that lands in a notebook."""
    every = list(transcripts)
    rows = []
    for transcript in every[:_MAX_RECORDINGS]:
        d = digest(transcript, max_turns=0)
        rows.append(RecordingRow(shorten(d.title, _MAX_TITLE)[0], d.facts, d))
    total = sum(float(length) for length in (getattr(t, "duration", None) for t in every) if length)
    failed = getattr(transcripts, "failed", None)
    failed = pd.DataFrame(columns=["source", "message"]) if failed is None else failed
    parts = [amount(len(every), "recording"), clock(total)]
    parts += [f"{len(failed):,} failed"] if len(failed) else []
    failures = [
        (shorten(one_line(source), _MAX_TITLE)[0], shorten(one_line(message), _MAX_REASON)[0])
        for source, message in failed[["source", "message"]].head(_MAX_FAILURES).itertuples(index=False)
    ]
    if len(failed) > len(failures):
        failures.append(("…", f"and {len(failed) - len(failures):,} more, see .failed"))
    return Overview(" · ".join(parts), rows, len(every) - len(rows), failures, _warnings(rows))


def _warnings(rows: Sequence[RecordingRow]) -> list[str]:
    """Return the service's warnings, each one once, with the recordings it concerns, or how many of them."""
    said: dict[str, list[str]] = {}
    for row in rows:
        for text in dict.fromkeys(row.digest.warnings):
            said.setdefault(text, []).append(row.title)
    first = sorted(said, key=lambda text: -len(said[text]))[:_MAX_WARNINGS]
    return [f"{text}{_concerned(said[text], len(rows))}" for text in first]


def _concerned(titles: Sequence[str], recordings: int) -> str:
    if len(titles) == recordings:
        return ""
    few = len(titles) <= _NAMED
    return f" ({', '.join(titles)})" if few else f" ({len(titles)} of {recordings})"


def set_html(transcripts: ReadableSet) -> str:
    """Return a set as static HTML: a row for each recording with its timeline, then the failures.

    Parameters
    ----------
    transcripts : TranscriptSet

    Returns
    -------
    str
        One ``<section>``; made like `aai_jupyter.reports.page.transcript_html`.

    Examples
    --------
    >>> html = set_html(calls)  # doctest: +SKIP
    """
    return set_section(overview(transcripts))


def set_section(o: Overview) -> str:
    """Return the table and the failures of an overview."""
    parts = [tag("div", tag("strong", escape(o.headline), style="font-size:1.1em"))]
    if o.rows:
        head = (
            tag(
                "th", tag("span", "recording", style=SMALL), scope="col", style=f"{NAME};width:20em;padding:0"
            )
            + tag("th", tag("span", "who spoke when", style=SMALL), scope="col", style=f"{CELL};padding:0")
            + heading("length", "speakers", "words")
        )
        lines = (tag("tr", row, style=ROW) for row in [head, *map(_row, o.rows)])
        parts.append(tag("table", *lines, aria_label="Recordings", style=f"{TABLE};margin:8px 0"))
        parts.append(
            note(
                "One recording: <code>[0]</code>. All in one frame: <code>.words</code>, "
                "<code>.utterances</code>."
            )
        )
    if o.hidden:
        parts.append(note(f"and {amount(o.hidden, 'more recording')}, in the frames like these."))
    parts.append(warned(o.warnings))
    if o.failures:
        items = (tag("li", *_failure(source, reason), style=BREAK) for source, reason in o.failures)
        listed = tag("ul", *items, style="margin:2px 0;padding-left:1.4em")
        parts.append(aside(tag("strong", "Failed") + listed, FAILURE))
    return box("section", *parts, aria_label="Transcripts")


def _failure(source: str, reason: str) -> list[str]:
    """Return a recording and why it failed; most reasons begin with its name."""
    after = reason.removeprefix(source)
    return [
        tag("strong", tag("bdi", escape(source))),
        f"{':' if after == reason else ''} {escape(after.strip())}",
    ]


def _row(row: RecordingRow) -> str:
    d = row.digest
    return (
        tag(
            "th",
            tag("bdi", escape(row.title)),
            scope="row",
            title=d.title[:300],
            style=f"{NAME};padding:1px 10px 1px 0",
        )
        + picture(thumbnail(d), f"Who spoke when in {row.title}")
        + figures(clock(d.duration), str(len(d.speakers) or "–"), f"{d.n_words:,}")
    )


def thumbnail(d: Digest) -> str:
    """Return one timeline of all speakers of a recording."""
    shades = {speaker.code: speaker.shade for speaker in d.speakers}
    bars = []
    for code in np.unique(d.spans.speaker):
        own = d.spans.speaker == code
        shade = shades.get(int(code) if code < len(d.spans.speakers) else -1, NEUTRAL)
        bars.append((shade, runs(d.spans.start[own], d.spans.end[own], 0.0, d.duration)))
    return image(bars)
