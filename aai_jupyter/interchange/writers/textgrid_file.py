"""Praat TextGrid: interval tiers for the turns and the words of each speaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.interchange.writers.lanes import Interval, tiers_of


def textgrid(contents: Sequence[ExportContent]) -> str:
    """Return the text of a TextGrid file in the long form.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> t = Transcript.from_json({"words": [{"text": "Hi", "start": 90, "end": 400}]})
    >>> textgrid([content_of(t)]).splitlines()[-1].strip()
    'text = "Hi"'
    """
    (content,) = contents
    tiers = tiers_of(content)
    # Praat refuses a file without any length, and tiers whose last interval ends after the file.
    last = max([1, content.duration, *(rows[-1][1] for rows in tiers.values())])
    end = max([last, *(row[1] for rows in tiers.values() for row in rows)])
    head = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_seconds(end)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, rows) in enumerate(tiers.items(), 1):
        filled = list(_without_gaps(rows, end))
        head += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(name)}",
            "        xmin = 0",
            f"        xmax = {_seconds(end)}",
            f"        intervals: size = {len(filled)}",
        ]
        head += [
            f"        intervals [{place}]:\n            xmin = {_seconds(start)}\n"
            f"            xmax = {_seconds(stop)}\n            text = {_quoted(text)}"
            for place, (start, stop, text) in enumerate(filled, 1)
        ]
    return "\n".join(head) + "\n"


def _without_gaps(rows: Sequence[Interval], end: int) -> Iterator[Interval]:
    """Yield the intervals and, as an interval tier has no gaps, empty ones between them."""
    before = 0
    for start, stop, text in rows:
        if start > before:
            yield before, start, ""
        yield start, stop, text
        before = stop
    if before < end:
        yield before, end, ""


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}" if ms else "0"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
