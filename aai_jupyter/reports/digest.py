"""Content of every display of a transcript, read once and bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from aai_jupyter.analysis import metrics
from aai_jupyter.analysis.spans import Spans, seconds, units_of
from aai_jupyter.text.colours import letters, speaker_colour
from aai_jupyter.text.readable_numbers import amount, clock, shorten
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.short_names import short_name

#: What a notebook output shows unless told otherwise; the whole is always one attribute or file away.
MAX_TURNS = 60
MAX_TURN_CHARACTERS = 4000


class Readable(Protocol):
    """Interface of a Transcript for displays."""

    @property
    def id(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def duration(self) -> float | None: ...
    @property
    def speakers(self) -> Mapping[str, str]: ...
    @property
    def words(self) -> pd.DataFrame: ...
    @property
    def utterances(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """Name, mark and colour of one speaker. ``code`` is the category code, -1 for none."""

    code: int
    name: str
    mark: str
    shade: str


@dataclass(frozen=True, slots=True)
class DigestTurn:
    """One turn to show. ``more`` counts the characters left out at the end."""

    start: float
    speaker: Speaker | None
    text: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """One row of `aai_jupyter.analysis.talk_time`."""

    time: float
    share: float
    turns: int
    words: int
    words_per_minute: float


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of a transcript's display. All texts are plain and clean, none is escaped."""

    title: str
    id: str
    facts: list[str]
    warnings: list[str]
    spans: Spans
    talk: dict[int, Talk]  # by category code, -1 for nobody in particular
    n_words: int
    duration: float
    speakers: list[Speaker]
    turns: list[DigestTurn]
    n_turns: int
    hidden_from: float  # start of the first turn left out, NaN when none is

    @property
    def hidden(self) -> int:
        return self.n_turns - len(self.turns)


def digest(transcript: Readable, max_turns: int | None = MAX_TURNS) -> Digest:
    """Read a transcript for display; ``max_turns=None`` reads all of it, uncut."""
    frame = _readable_frame(transcript)
    spans = Spans.of(frame)
    labels = {name: label for label, name in (getattr(transcript, "speakers", None) or {}).items()}
    names = [one_line(name) for name in spans.speakers]
    marks = letters([one_line(labels.get(name, name)) for name in spans.speakers])
    known = [Speaker(i, names[i] or "?", marks[i], speaker_colour(i)) for i in range(len(names))]
    present = set(spans.speaker.tolist())
    nobody = Speaker(-1, "unknown", "?", speaker_colour(-1))
    talk = _talk(frame)
    shown = [s for s in known if s.code in present]
    if shown and len(known) in present:
        shown.append(nobody)
    length = getattr(transcript, "duration", None)
    if length is None or not np.isfinite(length):
        length = float(spans.end.max()) if len(spans.end) else 0.0
    turns, n_turns, hidden_from = _turns(transcript, frame, known, nobody if shown else None, max_turns)
    name = one_line(getattr(transcript, "id", None) or "")
    source = getattr(transcript, "source", None)
    title = one_line(short_name(source)) if source else name
    words = sum(one.words for one in talk.values())
    return Digest(
        title=title or "Transcript",
        id="" if name == title else name,
        facts=_facts(transcript, float(length), len(shown), words),
        warnings=_problems(transcript),
        spans=spans,
        talk=talk,
        n_words=words,
        duration=max(float(length), float(spans.end.max()) if len(spans.end) else 0.0),
        speakers=shown,
        turns=turns,
        n_turns=n_turns,
        hidden_from=hidden_from,
    )


def _talk(frame: pd.DataFrame) -> dict[int, Talk]:
    """Return talk time by speaker, as plain numbers."""
    table = metrics.talk_time(frame.drop(columns=["transcript_id", "source"], errors="ignore"))
    columns = [table[name].tolist() for name in ("time", "share", "turns", "words", "words_per_minute")]
    codes = table["speaker"].cat.codes.tolist()
    return {code: Talk(*row) for code, row in zip(codes, zip(*columns, strict=True), strict=True)}


def _readable_frame(transcript: Readable) -> pd.DataFrame:
    """Return utterances (paragraphs without speakers); words when there is nothing else."""
    utterances = transcript.utterances
    return utterances if len(utterances) else transcript.words


def _turns(
    transcript: Readable, frame: pd.DataFrame, known: list[Speaker], nobody: Speaker | None, limit: int | None
) -> tuple[list[DigestTurn], int, float]:
    cut = MAX_TURN_CHARACTERS if limit is not None else 10**9
    if "word" in frame or not len(frame):
        whole = one_line(getattr(transcript, "text", None) or " ".join(frame["text"].astype(str)))
        text, more = shorten(whole, cut)
        return (
            ([DigestTurn(float("nan"), None, text, more)], 1, float("nan"))
            if whole
            else ([], 0, float("nan"))
        )
    part = frame if limit is None else frame.iloc[: max(limit, 0)]
    starts = seconds(frame["start"], units_of(frame))
    order = dict(zip(_categories(frame), known, strict=True))
    turns = []
    for start, name, value in zip(starts, part["speaker"], part["text"], strict=False):
        text, more = shorten(one_line(value if pd.notna(value) else ""), cut)
        speaker = order.get(name, nobody) if pd.notna(name) else nobody
        turns.append(DigestTurn(float(start), speaker, text, more))
    hidden = len(frame) > len(part)
    return turns, len(frame), float(starts[len(part)]) if hidden else float("nan")


def _categories(frame: pd.DataFrame) -> Sequence[Any]:
    column = frame["speaker"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    return list(pd.factorize(column)[1])


def _facts(transcript: Readable, length: float, speakers: int, words: int) -> list[str]:
    confidence = getattr(transcript, "confidence", None)
    language, model = getattr(transcript, "language", None), getattr(transcript, "model", None)
    done = words or getattr(transcript, "status", None) in (None, "completed")
    return [
        *([clock(length)] if length > 0 else []),
        *([amount(speakers, "speaker")] if speakers else []),
        *([amount(words, "word")] if done else []),
        *([one_line(language)] if language else []),
        *([one_line(model)] if model else []),
        *([f"{confidence:.0%} confidence"] if confidence is not None and np.isfinite(confidence) else []),
    ]


def _problems(transcript: Readable) -> list[str]:
    """List why there may be no text, and the service's warnings."""
    status, error = getattr(transcript, "status", None), getattr(transcript, "error", None)
    state = (
        []
        if status in (None, "completed")
        else [f"Status: {one_line(status)}" + (f". {one_line(error)}" if error else "")]
    )
    return [*state, *(one_line(_warning(w)) for w in getattr(transcript, "warnings", None) or ())][:10]


def _warning(value: object) -> object:
    return value.get("message", value) if isinstance(value, Mapping) else value
