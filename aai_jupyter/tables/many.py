"""Tables over many transcripts in one pass: what `findings` does for each, done for all words at once.

A transcript that is regular, as nearly all are, goes this way: its times are there, its utterances (if any)
have the speakers of its words, and nothing was edited or attached. The tables are the same either way; a
test holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np

from aai_jupyter.client.transcript_data import TranscriptData
from aai_jupyter.tables import findings
from aai_jupyter.tables.speech import Stretches, columns_of, counted, in_order, measured, stretches
from aai_jupyter.tables.table import Labels, Table, Values, joined, labels, no_labels
from aai_jupyter.text import segmentation

_APART = 1 << 37
"""Milliseconds between the timelines of two transcripts when all are put on one: four years."""
_LATEST = 1 << 33
_UNDERSTOOD = "speech_understanding"

FIELDS: dict[str, tuple[str, ...]] = {
    "chapters": ("chapters",),
    "entities": ("entities",),
    "sentiments": ("sentiment_analysis_results",),
    "highlights": ("auto_highlights_result",),
    "topics": ("iab_categories_result",),
    "topics_summary": ("iab_categories_result",),
    "content_safety": ("content_safety_labels",),
    "content_safety_summary": ("content_safety_labels",),
    "summary": ("summary", _UNDERSTOOD),
    "action_items": (_UNDERSTOOD,),
    "speaker_mapping": (_UNDERSTOOD,),
    "formatting": (_UNDERSTOOD,),
}
"""Fields of the answer that a frame is made from: without them it has no rows."""
OWNER = "owner"
"""Column of tables, not of frames: the place in its set of the transcript that a row is of."""
SPOKEN = ("words", "utterances", "sentences", "paragraphs", "turns")


@dataclass(frozen=True)
class Decoded:
    """Words and utterances of one transcript."""

    words: list[Any]
    said: list[Any]


def decoded(data: TranscriptData) -> Decoded | None:
    """Decode a transcript that is regular; None when it is not."""
    if data.has(_UNDERSTOOD) or data.imported:
        return None
    words, said = data.words, data.utterances
    if data.problems or not words:
        return None
    for rows in (words, said):
        times = list(chain(map(attrgetter("start"), rows), map(attrgetter("end"), rows)))
        if None in times or (times and not 0 <= min(times) <= max(times) < _LATEST):
            return None
    for name in ("speaker", "channel"):
        known = set(map(attrgetter(name), words))
        if 0 in known or not set(map(attrgetter(name), said)) <= known:
            return None
    return Decoded(words, said)


class ManySpeech:
    """Words and utterances of many regular transcripts, which all have utterances, or all have none.

    Parameters
    ----------
    datas : sequence of TranscriptData
    parts : sequence of Decoded
        Of each.
    """

    def __init__(self, datas: Sequence[TranscriptData], parts: Sequence[Decoded]) -> None:
        self.datas = list(datas)
        self._sizes = np.array([len(part.words) for part in parts])
        self._owner = np.repeat(np.arange(len(parts)), self._sizes)  # the transcript of each word
        self._first = np.concatenate([[0], np.cumsum(self._sizes)])
        self._made: dict[str, tuple[np.ndarray, dict[str, Values]]] = {}
        self.words = columns_of([word for part in parts for word in part.words])
        self.words.channel = joined([self.words.channel])
        rows = [row for part in parts for row in part.said]
        if rows:
            said = columns_of(rows)
            self._said_by = np.repeat(np.arange(len(parts)), [len(part.said) for part in parts])
            said.speaker = _as_in(said.speaker, self.words.speaker)
            said.channel = _as_in(joined([said.channel]), self.words.channel)
            self.utterance = self._assigned(said)
            own = self.words.speaker_confidence
            self.words.speaker_confidence = np.where(
                np.isnan(own), said.speaker_confidence[self.utterance], own
            )
            self.utterances = counted(said, self.words, self.utterance)
        else:
            spans = [
                (a + first, b + first)
                for first, args in self._pieces(np.arange(len(self._owner)))
                for a, b in segmentation.paragraphs(*args)
            ]
            self.utterance = np.repeat(np.arange(len(spans)), [last - first for first, last in spans])
            self.utterances = stretches(self.words, spans)
            self._said_by = self._owner[[first for first, _ in spans]]

    def counts(self) -> tuple[list[int], list[int]]:
        """Return the number of words and of speakers of each transcript."""
        codes = self.words.speaker.codes.astype(np.int64)
        known = codes >= 0
        width = len(self.words.speaker.names) + 1
        pairs = np.unique(self._owner[known] * width + codes[known])
        voices = np.bincount(pairs // width, minlength=len(self.datas))
        return self._sizes.tolist(), voices.tolist()

    def _assigned(self, said: Any) -> np.ndarray:
        """Return the utterance of each word; see :func:`~aai_jupyter.tables.speech.assign`."""
        start, begin = self.words.start.astype(np.int64), said.start.astype(np.int64)
        width = len(said.channel.names) + 1
        height = (len(said.speaker.names) + 1) * width

        def keys(owner: np.ndarray, rows: Any) -> np.ndarray:
            voice = (rows.speaker.codes.astype(np.int64) + 1) * width + rows.channel.codes + 1
            found: np.ndarray = owner * height + voice
            return found

        said_keys, word_keys = keys(self._said_by, said), keys(self._owner, self.words)
        found = _latest(word_keys, start, said_keys, begin)
        rest = np.flatnonzero(~np.isin(word_keys, said_keys))  # words of a voice without utterances
        found[rest] = _latest(self._owner[rest], start[rest], self._said_by, begin)
        return found

    @cached_property
    def _by_utterance(self) -> np.ndarray:
        return np.argsort(self.utterance, kind="stable")

    def _pieces(self, order: np.ndarray) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Give for each transcript its first word, and what `segmentation` splits, in an order of words."""
        words = self.words
        texts, starts, ends = (values[order].tolist() for values in (words.text, words.start, words.end))
        speakers, channels = words.speaker.codes[order], words.channel.codes[order]
        for first, last in zip(self._first[:-1].tolist(), self._first[1:].tolist(), strict=True):
            codes = speakers[first:last].tolist()
            if len({*codes} - {-1}) < 2:
                codes = channels[first:last].tolist()
            voices = [None if code < 0 else code for code in codes] if max(codes) >= 0 else None
            yield first, (texts[first:last], starts[first:last], ends[first:last], voices)

    @cached_property
    def _split(self) -> dict[str, list[tuple[int, int]]]:
        """Sentences and paragraphs as spans of the words, utterance by utterance."""
        found: dict[str, list[tuple[int, int]]] = {"sentences": [], "paragraphs": []}
        for first, (texts, *more) in self._pieces(self._by_utterance):
            sentences = segmentation.sentences(texts, *more)
            found["sentences"] += [(a + first, b + first) for a, b in sentences]
            grouped = segmentation.grouped(sentences, *more)
            found["paragraphs"] += [(a + first, b + first) for a, b in grouped]
        return found

    def _segments(self, kind: str) -> tuple[np.ndarray, Stretches]:
        spans = self._split[kind]
        made = stretches(self.words.take(self._by_utterance), spans)
        owner = self._owner[[first for first, _ in spans]]
        order = np.lexsort((np.nan_to_num(made.start), owner))
        return owner[order], in_order(made, order)

    # Tables ----------------------------------------------------------------------------------------------

    def _base(self, owner: np.ndarray) -> dict[str, Values]:
        return {"transcript_id": of_owners([data.id for data in self.datas], owner)}

    def table(self, name: str, sources: Sequence[str | None]) -> Table:
        """Return the table of a frame in :data:`SPOKEN`, with the source of each row."""
        if name not in self._made:
            self._made[name] = getattr(self, f"_{name}")()
        owner, columns = self._made[name]
        return Table(name, columns | {"source": of_owners(sources, owner), OWNER: owner})

    def empty(self, template: Table, datas: Sequence[TranscriptData], sources: Sequence[str | None]) -> Table:
        """Return the table without rows of those of the transcripts that lack the fields of a frame."""
        none = np.empty(0, dtype=np.int64)
        columns = template.columns | {
            "transcript_id": of_owners([data.id for data in datas], none),
            "source": of_owners(sources, none),
            OWNER: none,
        }
        if "speaker" in columns:
            columns["speaker"] = no_labels(0, self.words.speaker.names)
        return Table(template.name, columns, template.extra)

    def _words(self) -> tuple[np.ndarray, dict[str, Values]]:
        first = _firsts(self._said_by, len(self.datas))
        columns = self._base(self._owner) | {
            "utterance": self.utterance - first[self._owner],
            "word": np.arange(len(self._owner)) - self._first[self._owner],
            "text": self.words.text,
            "start": self.words.start,
            "end": self.words.end,
            "confidence": self.words.confidence,
            "speaker": self.words.speaker,
            "speaker_confidence": self.words.speaker_confidence,
            "channel": self.words.channel,
            "timing": measured(len(self._owner)),
        }
        return self._owner, columns

    def _stretches(self, owner: np.ndarray, found: Stretches, number: str) -> dict[str, Values]:
        place = np.arange(len(owner)) - _firsts(owner, len(self.datas))[owner]
        return self._base(owner) | findings.columns_of_stretches(found, number, place)

    def _utterances(self) -> tuple[np.ndarray, dict[str, Values]]:
        owner, found = self._said_by, self.utterances
        columns = self._stretches(owner, found, "utterance")
        columns["gap_before"], columns["overlap"] = _gaps(owner, found.start, found.end)
        columns["speaker_confidence"] = found.speaker_confidence
        return owner, columns

    def _turns(self) -> tuple[np.ndarray, dict[str, Values]]:
        owner, columns = self._utterances()
        rows = len(owner)
        place = columns["utterance"]
        languages = labels([data.language_code for data in self.datas])
        return owner, columns | {
            "turn_order": place,
            "end_of_turn": np.ones(rows, dtype=bool),
            "end_of_turn_confidence": np.full(rows, np.nan),
            "language": languages.take(owner),
        }

    def _sentences(self) -> tuple[np.ndarray, dict[str, Values]]:
        owner, found = self._segments("sentences")
        return owner, self._stretches(owner, found, "sentence")

    def _paragraphs(self) -> tuple[np.ndarray, dict[str, Values]]:
        owner, found = self._segments("paragraphs")
        return owner, self._stretches(owner, found, "paragraph")


def lacks(data: TranscriptData, name: str) -> bool:
    """Return whether a transcript has none of the fields that a frame is made from."""
    if name == "translations":
        return not data.has("translated_texts") and b'"translated_texts"' not in data.raw_bytes
    return name in FIELDS and not any(data.has(field) for field in FIELDS[name])


def of_owners(values: Sequence[str | None], owner: np.ndarray) -> Labels:
    """Return the label of the transcript of each row; the names of all are known."""
    return labels(values).take(owner)


def _as_in(found: Labels, known: Labels) -> Labels:
    """Return labels by the codes of other ones, which have all of their names."""
    place = {name: code for code, name in enumerate(known.names)}
    codes = np.array([*(place[name] for name in found.names), -1], dtype=np.int32)
    return Labels(codes[found.codes], known.names)


def _firsts(owner: np.ndarray, count: int) -> np.ndarray:
    """Return the first row of each transcript."""
    return np.searchsorted(owner, np.arange(count))


def _latest(keys: np.ndarray, times: np.ndarray, of: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the latest start of the same key that is not later; before the first, that one."""
    places = of * _APART + starts
    order = np.argsort(places, kind="stable")
    places = places[order]
    last = np.searchsorted(places, keys * _APART + times, side="right") - 1
    first = np.searchsorted(places, keys * _APART, side="left")
    found: np.ndarray = order[np.minimum(np.maximum(last, first), len(order) - 1)]
    return found


def _gaps(owner: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return :func:`~aai_jupyter.tables.intervals.gaps` of each transcript by itself."""
    order = np.lexsort((start, owner))
    by, begin, finish = owner[order], start[order], end[order]
    apart = by * _APART
    reach = np.zeros(len(order))
    if len(order) > 1:
        latest = np.maximum.accumulate(np.maximum(begin, finish).astype(np.int64) + apart)[:-1]
        reach[1:] = np.where(by[1:] == by[:-1], latest - apart[1:], 0)
    gap, overlap = np.empty(len(order)), np.empty(len(order))
    gap[order] = np.maximum(0, begin - reach)
    overlap[order] = np.maximum(0, np.minimum(finish, reach) - begin)
    return gap, overlap
