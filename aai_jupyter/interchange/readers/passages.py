"""What a reader finds in a file: passages of text with times, and everything that was left out.

A passage is what the format has for one stretch of speech: a cue, a segment, a turn, an annotation. Words
without times of their own get times that are interpolated within their passage, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import le
from typing import Any, NamedTuple

import msgspec

from aai_jupyter.client.decoding import EXACT, Problems, clean
from aai_jupyter.client.transcript_data import TIMINGS

MEASURED, INTERPOLATED, ALIGNED = range(len(TIMINGS))
NOBODY = "speech"
"""The name of nobody in formats in which whoever speaks has one."""
PAUSE_MS = 2000
"""Words without passages: a silence this long begins a new one."""


class ReadWord(NamedTuple):
    """A word of a passage; times in milliseconds, None when the file has none."""

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: str | None = None
    timing: int = MEASURED


@dataclass(slots=True)
class TimedPassage:
    """One stretch of speech.

    Attributes
    ----------
    text : str
        White space is normalised later.
    start, end : float or None
        Milliseconds.
    words : list of ReadWord, optional
        When the file has them; else they are the text's.
    """

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: list[ReadWord] | None = None
    channel: str | None = None
    confidence: float | None = None


@dataclass
class ReadFile:
    """Content of one file.

    Attributes
    ----------
    format : str
        What a person calls it: "SubRip (SRT)".
    media : list of str
        Names and addresses of recordings that the file names. Untrusted.
    flat : bool
        The passages only group words that the file has no passages for.
    """

    format: str
    passages: list[TimedPassage] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    language: str | None = None
    media: list[str] = field(default_factory=list)
    duration: float | None = None
    model: str | None = None
    flat: bool = False

    def add(self, text: str, start: float | None, end: float | None, speaker: str | None = None) -> None:
        """Add a passage without words of its own."""
        self.passages.append(TimedPassage(text, start, end, speaker))

    def note(self, where: str, what: str, row: int | None = None) -> None:
        """Say what was left out, or taken otherwise than it stands."""
        self.problems.add(where, what, row)


def grouped(words: Iterable[ReadWord], channel: str | None = None) -> list[TimedPassage]:
    """Group words into passages where the speaker changes; without speakers, at long pauses.

    Examples
    --------
    >>> found = grouped([ReadWord("Hi.", 0, 300, speaker="A"), ReadWord("Hello.", 400, 900, speaker="B")])
    >>> [(passage.speaker, passage.start, passage.end) for passage in found]
    [('A', 0, 300), ('B', 400, 900)]
    """
    found: list[TimedPassage] = []
    for word in words:
        last = found[-1] if found else None
        paused = (
            last is not None
            and word.speaker is None
            and word.start is not None
            and last.end is not None
            and word.start - last.end >= PAUSE_MS
        )
        if last is None or word.speaker != last.speaker or paused:
            found.append(TimedPassage("", word.start, word.end, word.speaker, [word], channel))
        else:
            assert last.words is not None
            last.words.append(word)
            last.start = word.start if last.start is None else last.start
            if word.end is not None:
                last.end = word.end if last.end is None else max(last.end, word.end)
    return found


def bare(word: str) -> str:
    """Return the letters and digits of a word: by them words with times are told to be those of a text.

    Examples
    --------
    >>> bare("“Don't!”")
    'dont'
    """
    return "".join(filter(str.isalnum, word.lower()))


def _sized(value: float | None) -> int | None:
    """Whole milliseconds; None for what is no time."""
    if value is None or value != value or abs(value) > EXACT:
        return None
    return round(value)


def transcript_json(read: ReadFile) -> bytes:
    """Return the content in the form of the service's answer, with what only a file has under ``imported``.

    Examples
    --------
    >>> read = ReadFile("example", [TimedPassage("Good day.", 0, 900)])
    >>> [word["start"] for word in msgspec.json.decode(transcript_json(read))["words"]]
    [0, 450]
    """
    for passage in read.passages:
        if passage.speaker == NOBODY:
            passage.speaker = None
        if passage.words and any(word.speaker == NOBODY for word in passage.words):
            passage.words = [
                word._replace(speaker=None) if word.speaker == NOBODY else word for word in passage.words
            ]
    rows = _Rows()
    utterances: list[dict[str, Any]] = []
    told = False
    for row, passage in enumerate(_in_order(read)):
        start, end = _whole_times(passage, row, read.problems)
        told = told or passage.speaker is not None or passage.channel is not None
        said = passage.text.split()
        if passage.words is None:
            rows.spread(said, start, end, len(utterances), passage)
            text = " ".join(said)
        else:
            words = _timed(passage, start, end)
            rows.words(words, len(utterances), passage)
            text = " ".join(said or [word.text for word in words])
        if not text:
            read.note("passages", "without text; left out", row)
            continue
        utterance: dict[str, Any] = {"text": text, "start": start, "end": end, "speaker": passage.speaker}
        if passage.channel is not None:
            utterance["channel"] = passage.channel
        if passage.confidence is not None:
            utterance["confidence"] = passage.confidence
        utterances.append(utterance)
    order = rows.order()
    imported = {
        "format": read.format,
        "problems": read.problems.lines(),
        "media": read.media[:20],
        "timing": [rows.timing[i] for i in order],
        "utterance": [rows.utterance[i] for i in order],
    }
    answer: dict[str, Any] = {
        "status": "completed",
        "text": " ".join(one["text"] for one in utterances),
        "words": [rows.sent[i] for i in order],
        "utterances": utterances,
        "language_code": read.language,
        "speech_model_used": read.model,
        "audio_duration": read.duration,
        "imported": imported,
    }
    if read.flat and not told:  # their paragraphs are made from the words
        del answer["utterances"], imported["utterance"]
    try:
        return msgspec.json.encode(answer)
    except UnicodeEncodeError:  # half a surrogate pair
        return msgspec.json.encode(clean(answer))


class _Rows:
    """Columns of the words of a file, in its order."""

    def __init__(self) -> None:
        self.at: list[int] = []
        self.sent: list[dict[str, Any]] = []
        self.utterance: list[int] = []
        self.timing: list[int] = []

    def spread(
        self, texts: list[str], start: int | None, end: int | None, number: int, passage: TimedPassage
    ) -> None:
        """Add words that share the time of their passage; quickly, as captions are many."""
        shared: dict[str, Any] = {}
        if passage.speaker is not None:
            shared["speaker"] = passage.speaker
        if passage.channel is not None:
            shared["channel"] = passage.channel
        if passage.confidence is not None:
            shared["confidence"] = passage.confidence
        count = len(texts)
        if not count:
            return
        if start is None or end is None:
            times = [start] * count
            ends: list[int | None] = [None] * count
        else:
            bounds = shares(texts, start, end)
            times, ends = [start, *bounds[:-1]], [*bounds]
        self.sent += [
            {"text": text, "start": first, "end": last, **shared}
            for text, first, last in zip(texts, times, ends, strict=True)
        ]
        before = self.at[-1] if self.at else 0
        self.at += [before if first is None else first for first in times]
        self.utterance += [number] * count
        self.timing += [-1 if start is None else INTERPOLATED] * count

    def words(self, words: Sequence[ReadWord], number: int, passage: TimedPassage) -> None:
        """Add words with times of their own."""
        for word in words:
            first, last = _sized(word.start), _sized(word.end)
            if first is not None:
                first = max(0, first)
                last = None if last is None else max(first, last)
            sent: dict[str, Any] = {"text": word.text, "start": first, "end": last}
            if word.confidence is not None:
                sent["confidence"] = word.confidence
            if (speaker := word.speaker or passage.speaker) is not None:
                sent["speaker"] = speaker
            if passage.channel is not None:
                sent["channel"] = passage.channel
            self.at.append(first if first is not None else self.at[-1] if self.at else 0)
            self.sent.append(sent)
            self.utterance.append(number)
            self.timing.append(word.timing if first is not None else -1)

    def order(self) -> Sequence[int]:
        """Order of time; within one moment, the file's."""
        if all(map(le, self.at, self.at[1:])):
            return range(len(self.at))
        return sorted(range(len(self.at)), key=self.at.__getitem__)


def shares(texts: Sequence[str], start: int, end: int) -> list[int]:
    """Ends of words that share an interval by their letters, and one for the space between two.

    Examples
    --------
    >>> shares(["a", "bcd"], 100, 700)
    [300, 700]
    """
    sizes = list(accumulate([len(text) + 1 for text in texts]))
    length = end - start
    return [start + length * size // sizes[-1] for size in sizes]


def _in_order(read: ReadFile) -> Sequence[TimedPassage]:
    """Passages by start; those without a time stay behind the one before them."""
    keys, clock = [], float("-inf")
    for passage in read.passages:
        clock = passage.start if passage.start is not None and passage.start == passage.start else clock
        keys.append(clock)
    if all(map(le, keys, keys[1:])):
        return read.passages
    read.note("passages", "not in order of time in the file; sorted by start")
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return [read.passages[i] for i in order]


def _whole_times(passage: TimedPassage, row: int, problems: Problems) -> tuple[int | None, int | None]:
    start, end = _sized(passage.start), _sized(passage.end)
    if start is None and passage.words:
        start = next((_sized(word.start) for word in passage.words if word.start is not None), None)
    if end is None and passage.words:
        end = next((_sized(word.end) for word in reversed(passage.words) if word.end is not None), None)
    if start is not None and start < 0:
        problems.add("passages", "begins before 0; taken as 0", row)
        start = 0
    if end is not None and start is not None and end < start:
        problems.add("passages", "ends before it begins; the end is taken as its start", row)
        end = start
    return start, end


def _timed(passage: TimedPassage, start: int | None, end: int | None) -> list[ReadWord]:
    """Words with times; interpolated where the file has none."""
    words: list[ReadWord] = []
    for word in passage.words or ():
        parts = word.text.split()
        if len(parts) == 1:
            words.append(word if parts[0] == word.text else word._replace(text=parts[0]))
        elif parts:  # several words under one time
            pieces = [word._replace(text=part, start=None, end=None) for part in parts]
            words += spread_words(pieces, word.start, word.end)
    if all(word.start is not None for word in words):
        return words
    return _filled(words, start, end)


def _filled(words: list[ReadWord], start: float | None, end: float | None) -> list[ReadWord]:
    """Interpolate runs of words without times between their neighbours."""
    found: list[ReadWord] = []
    i = 0
    while i < len(words):
        if words[i].start is not None:
            found.append(words[i])
            i += 1
            continue
        j = i
        while j < len(words) and words[j].start is None:
            j += 1
        low = found[-1].end if found and found[-1].end is not None else found[-1].start if found else start
        high = words[j].start if j < len(words) else end
        if low is not None and high is not None:
            high = max(low, high)
        found += spread_words(words[i:j], low, high)
        i = j
    return found


def spread_words(words: Sequence[ReadWord], start: float | None, end: float | None) -> list[ReadWord]:
    """Share an interval among words.

    Examples
    --------
    >>> [(word.start, word.end) for word in spread_words([ReadWord("a"), ReadWord("bcd")], 100, 700)]
    [(100, 300), (300, 700)]
    """
    first, last = _sized(start), _sized(end)
    if first is None or not words:
        return list(words)
    if last is None:
        return [word._replace(start=first, end=None, timing=INTERPOLATED) for word in words]
    ends = shares([word.text for word in words], first, max(first, last))
    return [
        word._replace(start=begin, end=to, timing=INTERPOLATED)
        for word, begin, to in zip(words, [first, *ends[:-1]], ends, strict=True)
    ]
