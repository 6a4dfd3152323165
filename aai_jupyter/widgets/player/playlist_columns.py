"""Words, turns and speakers of a playlist, put together from its segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aai_jupyter.widgets.player.player_content import TranscriptContent
from aai_jupyter.widgets.player.player_payload import PlayerColumns, columns, speakers


@dataclass(frozen=True, slots=True)
class PlaylistClip:
    """A segment of one recording, and its offset in the playlist; milliseconds."""

    content: TranscriptContent
    start: float
    end: float
    offset: float
    rows: tuple[int, ...]

    @property
    def stop(self) -> float:
        return self.offset + self.end - self.start


def joined(
    clips: Sequence[PlaylistClip], recordings: Mapping[int, str]
) -> tuple[PlayerColumns, list[dict[str, str]]]:
    """Return columns of the whole playlist (``row`` is the clip of each word), and its speakers.

    A clip is a turn, or several where more than one person is heard in it. ``recordings`` has a name for each
    where they are several.
    """
    many = bool(recordings)
    known: dict[tuple[int, str], int] = {}
    named: list[dict[str, str]] = []
    text: list[str] = []
    parts: list[tuple[np.ndarray, ...]] = []
    turns: list[tuple[int, float, float, int]] = []
    cached: dict[int, PlayerColumns] = {}
    for number, clip in enumerate(clips):
        transcript = clip.content.transcript
        own = cached.setdefault(id(clip.content), columns(transcript.edited_answer.speech))
        middle = (own.start + own.end) / 2
        rows = np.flatnonzero((middle >= clip.start) & (middle <= clip.end))
        if many or not len(rows):
            rows = rows[np.argsort(own.start[rows], kind="stable")]
        labels = speakers(transcript)
        counts = np.diff(np.append(own.first, len(own.row)))
        codes = np.repeat(own.speaker, counts)[rows]
        shift = clip.offset - clip.start
        edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist()]
        begins = [clip.offset, *(own.start[rows[edges[1:]]] + shift).tolist(), clip.stop]
        for place, edge in enumerate(edges):
            code, speaker = int(codes[edge]) if len(rows) else -1, -1
            if code >= 0:
                key = (id(clip.content) if many else 0, labels[code]["label"])
                if key not in known:
                    known[key] = len(named)
                    named.append(labels[code])
                speaker = known[key]
            turns.append((len(text) + edge, begins[place], begins[place + 1], speaker))
        text += [own.text[row] for row in rows] or ["…"]
        if len(rows):
            times = [np.clip(t[rows] + shift, clip.offset, clip.stop) for t in (own.start, own.end)]
            parts.append((np.full(len(rows), number), *times, own.confidence[rows]))
        else:
            parts.append(tuple(np.array([v]) for v in (number, clip.offset, clip.stop, np.nan)))
    row, start, end, confidence = (np.concatenate(column) for column in zip(*parts, strict=True))
    first, began, ended, who = (np.array(column) for column in zip(*turns, strict=True))
    if many:
        named = _told_apart(named, [recordings[content] for content, _ in known])
    return PlayerColumns(
        text, row, start, end, confidence, first, np.arange(len(turns)), began, ended, who
    ), named


def _told_apart(named: Sequence[dict[str, str]], recordings: Sequence[str]) -> list[dict[str, str]]:
    """Return speakers of several recordings: "Speaker A" of one is not that of another."""
    times = Counter(one["name"] for one in named)
    found = []
    for one, recording in zip(named, recordings, strict=True):
        label, name = one["label"], one["name"]
        if name == label:
            name = f"{label if len(label) > 2 else f'Speaker {label}'} · {recording}"
        elif times[name] > 1:
            name = f"{name} · {recording}"
        found.append({"label": label, "name": name})
    return found
