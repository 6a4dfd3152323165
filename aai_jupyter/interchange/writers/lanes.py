"""Tiers on which no interval overlaps another one: what is said at the same time gets a further tier."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord

Interval = tuple[int, int, str]
"""Start and end in milliseconds, text."""


def lanes(intervals: Iterable[tuple[int, int]]) -> list[int]:
    """Return the lane of each interval, such that none overlaps another one of its lane.

    Parameters
    ----------
    intervals : iterable of (start, end)
        In order of start, each of some length.

    Examples
    --------
    >>> lanes([(0, 10), (5, 8), (8, 9), (10, 12)])
    [0, 1, 1, 0]
    """
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    found = []
    for start, end in intervals:
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (end, lane))
        found.append(lane)
    return found


def span(one: SpokenTurn | SpokenWord) -> tuple[int, int]:
    """Return start and end, a millisecond apart at least: tiers know no points of time."""
    return one.start, max(one.end, one.start + 1)


def tiers_of(content: ExportContent) -> dict[str, list[Interval]]:
    """Return the tiers of a transcript: for each speaker turns, then words, as many as no overlap needs.

    They are named ``Ann``, ``Ann - words``, and ``Ann (2)``, ``Ann (2) - words`` for what the same speaker
    said while already speaking.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> t = Transcript.from_json({"words": [{"text": "Hi", "start": 90, "end": 400, "speaker": "A"}]})
    >>> tiers_of(content_of(t))
    {'A': [(90, 400, 'Hi')], 'A - words': [(90, 400, 'Hi')]}
    """
    turns: dict[str, list[SpokenTurn]] = {who: [] for who in content.speakers}
    words: dict[str, list[SpokenWord]] = {who: [] for who in content.speakers}
    for turn in content.turns:
        turns[turn.who].append(turn)
        words[turn.who] += turn.words
    found: dict[str, list[Interval]] = {}
    for who in turns:
        _place(found, who, "", turns[who])
        _place(found, who, " - words", sorted(words[who], key=lambda word: word.start))
    return found


def _place(
    found: dict[str, list[Interval]], who: str, kind: str, said: Sequence[SpokenTurn | SpokenWord]
) -> None:
    spans = [span(one) for one in said]
    for lane, (start, end), one in zip(lanes(spans), spans, said, strict=True):
        name = f"{who} ({lane + 1}){kind}" if lane else f"{who}{kind}"
        found.setdefault(name, []).append((start, end, one.text))
