"""Words and utterances as columns, from which every other table is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import TIMINGS, TranscriptData
from aai_jupyter.tables.intervals import filled
from aai_jupyter.tables.table import Labels, attribute, joined, labels, no_labels, numbers, texts
from aai_jupyter.text import segmentation
from aai_jupyter.text.tokenization import join, split


@dataclass(slots=True)
class Words:
    """Columns of words; times in milliseconds."""

    text: np.ndarray
    start: np.ndarray
    end: np.ndarray
    confidence: np.ndarray
    speaker: Labels
    channel: Labels
    speaker_confidence: np.ndarray = field(kw_only=True)

    def __len__(self) -> int:
        return len(self.text)

    def take(self, rows: np.ndarray) -> Words:
        """Return these words, in this order."""
        return Words(
            self.text[rows],
            self.start[rows],
            self.end[rows],
            self.confidence[rows],
            self.speaker.take(rows),
            self.channel.take(rows),
            speaker_confidence=self.speaker_confidence[rows],
        )


@dataclass(slots=True)
class Stretches(Words):
    """Columns of utterances, sentences or paragraphs: words plus how many of them there are."""

    n_words: np.ndarray


def measured(rows: int) -> Labels:
    """Return the ``timing`` of words whose times come from recognition."""
    return Labels(np.zeros(rows, dtype=np.int32), [*TIMINGS])


@dataclass
class Speech:
    """The columns of one transcript, computed on first use and cached.

    Parameters
    ----------
    data : TranscriptData
    answers : sequence of (str, JsonObject)
        Further answers about the same transcript: sentences, paragraphs, understanding.
    """

    data: TranscriptData
    answers: Sequence[tuple[str, JsonObject]] = field(default=())

    def answer(self, kind: str) -> JsonObject | None:
        """Return the latest answer of this kind."""
        return next((answer for name, answer in reversed(self.answers) if name == kind), None)

    def sent(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a field as the service sent them, for what no column holds."""
        return self.data.dicts(name)

    @property
    def text(self) -> str:
        """The whole text."""
        return self.data.text

    @cached_property
    def _parts(self) -> tuple[Words, Stretches, np.ndarray]:
        words = columns_of(self.data.words)
        rows = self.data.utterances
        if rows:
            said = columns_of(rows)
            known = self.data.imported_column("utterance", len(words), 0, len(said))
            utterance = assign(words, said) if known is None else np.array(known, dtype=np.int64)
            if (words.speaker.codes < 0).all() and len(words):
                words.speaker = said.speaker.take(utterance)
            if (words.channel.codes < 0).all() and len(words):
                words.channel = said.channel.take(utterance)
            if len(words):
                own = words.speaker_confidence
                words.speaker_confidence = np.where(np.isnan(own), said.speaker_confidence[utterance], own)
            words.speaker, said.speaker = _same_names(words.speaker, said.speaker)
            words.channel, said.channel = _same_names(words.channel, said.channel)
            return words, counted(said, words, utterance), utterance
        spans = segmentation.paragraphs(*_lists(words), _voices(words))
        utterance = np.repeat(np.arange(len(spans)), [last - first for first, last in spans])
        return words, stretches(words, spans), utterance.astype(np.int64)

    @property
    def words(self) -> Words:
        """All words, in the service's order."""
        return self._parts[0]

    @property
    def utterances(self) -> Stretches:
        """The service's utterances; without them, paragraphs of the words."""
        return self._parts[1]

    @property
    def utterance(self) -> np.ndarray:
        """Index of the utterance of every word."""
        return self._parts[2]

    @cached_property
    def timing(self) -> Labels:
        """Where the times of each word come from; missing where a word has none."""
        known = self.data.imported_column("timing", len(self.words), -1, len(TIMINGS))
        found = measured(len(self.words))
        return found if known is None else Labels(np.array(known, dtype=np.int32), found.names)

    @cached_property
    def by_utterance(self) -> np.ndarray:
        """Order of words in which each utterance is contiguous, also during crosstalk."""
        return np.argsort(self.utterance, kind="stable")

    @property
    def speaker_names(self) -> list[str]:
        """Speaker labels in order of first speech."""
        return self.words.speaker.names

    def speakers(self, values: Sequence[str | None]) -> Labels:
        """Return a speaker column with the categories of this transcript."""
        return labels(values, self.speaker_names)

    def segments(self, kind: str) -> Stretches:
        """Return sentences or paragraphs: the service's when attached, else made from the words."""
        answer = self.answer(kind)
        if answer is not None and (found := answer.rows(kind)):
            return self._of_answer(found)
        words = self.words.take(self.by_utterance)
        split = segmentation.sentences if kind == "sentences" else segmentation.paragraphs
        made = stretches(words, split(*_lists(words), _voices(words)))
        return in_order(made, np.argsort(np.nan_to_num(made.start), kind="stable"))

    def _of_answer(self, rows: Sequence[Any]) -> Stretches:
        inside = [[word for word in row.words or () if isinstance(word, Mapping)] for row in rows]
        voices = []
        for row, words in zip(rows, inside, strict=True):
            speakers = {word.get("speaker") for word in words} - {None}
            only = next(iter(speakers)) if len(speakers) == 1 else None
            voices.append(row.speaker or (only if isinstance(only, str) else None))
        base = columns_of(rows)
        means = [_mean([word.get("confidence") for word in words]) for words in inside]
        confidence = np.where(np.isnan(numbers(means)), base.confidence, numbers(means))
        counts = [len(words) or len(split(row.text or "")) for row, words in zip(rows, inside, strict=True)]
        return Stretches(
            base.text,
            base.start,
            base.end,
            confidence,
            self.speakers(voices),
            base.channel,
            np.array(counts, dtype=np.int64),
            speaker_confidence=base.speaker_confidence,
        )


def _mean(values: Sequence[Any]) -> float:
    known = [value for value in values if isinstance(value, (int, float))]
    return sum(known) / len(known) if known else float("nan")


def in_order(made: Stretches, rows: np.ndarray) -> Stretches:
    """Return these stretches, in this order."""
    base = Words.take(made, rows)
    return Stretches(
        base.text,
        base.start,
        base.end,
        base.confidence,
        base.speaker,
        base.channel,
        made.n_words[rows],
        speaker_confidence=base.speaker_confidence,
    )


def columns_of(rows: Sequence[Any]) -> Words:
    """Return the columns of structs of words or utterances."""
    # One quick look first: as a rule there are no channels.
    multichannel = any(map(attrgetter("channel"), rows))
    channel = labels(map(attrgetter("channel"), rows)) if multichannel else no_labels(len(rows))
    return Words(
        np.fromiter(map(attrgetter("text"), rows), dtype=object, count=len(rows)),
        attribute(rows, "start"),
        attribute(rows, "end"),
        attribute(rows, "confidence"),
        labels(map(attrgetter("speaker"), rows)),
        Labels(channel.codes, [str(name) for name in channel.names]),
        speaker_confidence=_sure(rows),
    )


def _sure(rows: Sequence[Any]) -> np.ndarray:
    if not rows or not hasattr(rows[0], "speaker_confidence"):
        return np.full(len(rows), np.nan)
    # One quick look first: as a rule it was not asked for.
    told = list(map(attrgetter("speaker_confidence"), rows))
    if told.count(None) == len(told):
        return np.full(len(rows), np.nan)
    return numbers([one if isinstance(one, (int, float)) else None for one in told])


def _same_names(first: Labels, second: Labels) -> tuple[Labels, Labels]:
    both = joined([first, second])
    return Labels(both.codes[: len(first)], both.names), Labels(both.codes[len(first) :], both.names)


def _lists(words: Words) -> tuple[list[str], list[float | None], list[float | None]]:
    return words.text.tolist(), _known(words.start), _known(words.end)


def _known(times: np.ndarray) -> list[float | None]:
    if not np.isnan(times).any():
        found: list[float | None] = times.tolist()
        return found
    return [None if time != time else time for time in times.tolist()]


def _voices(words: Words) -> list[int | None] | None:
    """Return the speaker of each word, or its channel where only one speaker is known; None without."""
    codes = words.speaker.codes if len(words.speaker.names) > 1 else words.channel.codes
    return None if (codes < 0).all() else [None if code < 0 else code for code in codes.tolist()]


def assign(words: Words, said: Words) -> np.ndarray:
    """Return the utterance of each word: the latest that has begun, of the word's speaker and channel.

    People talk at once, so time alone does not tell.
    """
    found = np.full(len(words), -1, dtype=np.int64)
    begin, starts = filled(words.start), filled(said.start)
    speaker, said_speaker = _same_names(words.speaker, said.speaker)
    channel, said_channel = _same_names(words.channel, said.channel)
    size = len(channel.names) + 1
    keys = (speaker.codes.astype(np.int64) + 1) * size + channel.codes + 1
    said_keys = (said_speaker.codes.astype(np.int64) + 1) * size + said_channel.codes + 1
    for key in np.unique(said_keys):
        rows, those = np.flatnonzero(keys == key), np.flatnonzero(said_keys == key)
        found[rows] = _latest(begin[rows], starts, those)
    rows = np.flatnonzero(found < 0)
    if len(rows):
        found[rows] = _latest(begin[rows], starts, np.arange(len(said)))
    return found


def _latest(times: np.ndarray, starts: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    order = candidates[np.argsort(starts[candidates], kind="stable")]
    place = np.searchsorted(starts[order], times, side="right") - 1
    return order[np.maximum(place, 0)]


def counted(said: Words, words: Words, utterance: np.ndarray) -> Stretches:
    """Return utterances with the number of their words and the words' mean confidence."""
    rows = len(said)
    counts = np.bincount(utterance, minlength=rows)
    known = ~np.isnan(words.confidence)
    totals = np.bincount(utterance[known], words.confidence[known], minlength=rows)
    having = np.bincount(utterance[known], minlength=rows)
    means = np.divide(totals, having, out=said.confidence.copy(), where=having > 0)
    if not counts.all():  # utterances whose words are missing from the answer
        alone = [len(split(text)) for text in said.text.tolist()]
        counts = np.where(counts > 0, counts, alone)
    return Stretches(
        said.text,
        said.start,
        said.end,
        means,
        said.speaker,
        said.channel,
        counts.astype(np.int64),
        speaker_confidence=said.speaker_confidence,
    )


def stretches(words: Words, spans: Sequence[tuple[int, int]]) -> Stretches:
    """Return runs of words, one row each."""
    if not spans:
        return in_order(
            Stretches(
                words.text,
                words.start,
                words.end,
                words.confidence,
                words.speaker,
                words.channel,
                np.zeros(len(words), dtype=np.int64),
                speaker_confidence=words.speaker_confidence,
            ),
            np.empty(0, dtype=np.int64),
        )
    first = np.array([span[0] for span in spans])
    counts = np.array([span[1] - span[0] for span in spans], dtype=np.int64)
    all_words = words.text.tolist()
    return Stretches(
        texts([join(all_words[a:b]) for a, b in spans]),
        np.fmin.reduceat(words.start, first),
        np.fmax.reduceat(words.end, first),
        _run_means(words.confidence, first),
        Labels(np.maximum.reduceat(words.speaker.codes, first), words.speaker.names),
        Labels(np.maximum.reduceat(words.channel.codes, first), words.channel.names),
        counts,
        speaker_confidence=_run_means(words.speaker_confidence, first),
    )


def _run_means(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Mean of the known values of each run; NaN where none is known."""
    known = ~np.isnan(values)
    totals = np.add.reduceat(np.where(known, values, 0), first)
    having = np.add.reduceat(known.astype(np.int64), first)
    means: np.ndarray = np.divide(totals, having, out=np.full(len(first), np.nan), where=having > 0)
    return means
