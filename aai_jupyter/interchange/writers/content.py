"""Content of a transcript as all writers see it: turns and words, named speakers, whole milliseconds.

Edits and names are applied. Every text is one clean line: no control characters, no line breaks. A time that
is unknown is taken from the neighbours, and said in the notes; no interval ends before it begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.readers.passages import NOBODY
from aai_jupyter.interchange.writers.provenance import Provenance, provenance_of
from aai_jupyter.tables.intervals import filled
from aai_jupyter.text.sanitize import clean, one_line
from aai_jupyter.text.urls import is_web_url

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

_VIDEO = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".wmv", ".mpg", ".mpeg")


class SpokenWord(NamedTuple):
    """A word; times in milliseconds, confidence NaN when unknown."""

    text: str
    start: int
    end: int
    speaker: str | None
    confidence: float


class SpokenTurn(NamedTuple):
    """What one speaker said in one go; times in milliseconds. ``row`` is its row in the utterances frame."""

    text: str
    start: int
    end: int
    speaker: str | None
    words: tuple[SpokenWord, ...]
    row: int = -1

    @property
    def who(self) -> str:
        """The speaker, or a name for nobody known."""
        return self.speaker or NOBODY


@dataclass(frozen=True)
class ExportContent:
    """One transcript, ready to be written.

    Attributes
    ----------
    name : str
        File name of the recording without suffix, else the transcript's id.
    turns : tuple of SpokenTurn
        In order of start.
    duration : int
        Milliseconds.
    media : str or None
        Path or address of the recording, as the user named it.
    transcript : Transcript
        What it was made of, for writers of frames.
    """

    name: str
    turns: tuple[SpokenTurn, ...]
    duration: int
    language: str | None
    media: str | None
    provenance: Provenance
    transcript: Transcript = field(repr=False, compare=False)

    @property
    def words(self) -> Iterator[SpokenWord]:
        """All words, turn by turn."""
        return (word for turn in self.turns for word in turn.words)

    @property
    def speakers(self) -> list[str]:
        """Names of the speakers in order of first speech; :data:`NOBODY` among them where it is needed."""
        return list(dict.fromkeys(turn.who for turn in self.turns))

    def noted(self, *notes: str) -> ExportContent:
        """Return the same with further notes of what is not as in the transcript."""
        known = self.provenance.notes
        added = tuple(note for note in notes if note not in known)
        return replace(self, provenance=replace(self.provenance, notes=known + added))


def content_of(transcript: Transcript) -> ExportContent:
    """Return the content of a transcript.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> t = Transcript.from_json({"words": [{"text": "Hi", "start": 90, "end": 400, "speaker": "A"}]})
    >>> t.speakers["A"] = "Ann"
    >>> [(turn.who, turn.text, turn.start, turn.end) for turn in content_of(t).turns]
    [('Ann', 'Hi', 90, 400)]
    """
    turns, guessed = _turns(transcript)
    duration = max((turn.end for turn in turns), default=0)
    if transcript.duration is not None:
        duration = max(duration, round(transcript.duration * 1000))
    content = ExportContent(
        name=content_name(transcript),
        turns=turns,
        duration=duration,
        language=transcript.language,
        media=_media(transcript),
        provenance=provenance_of(transcript),
        transcript=transcript,
    )
    return (
        content.noted(f"{guessed} times were unknown and stand between their neighbours")
        if guessed
        else content
    )


def is_video(media: str) -> bool:
    """Whether a recording is a video, by its name: formats ask for it."""
    return media.lower().endswith(_VIDEO)


def content_name(transcript: Transcript) -> str:
    """Return the file name of the recording without suffix, else the transcript's id."""
    source = transcript.source
    stem = PurePath(source.split("?")[0]).stem if source else ""
    return one_line(stem or transcript.id or "transcript")


def _media(transcript: Transcript) -> str | None:
    recording = transcript.audio
    if recording is not None and (recording.path or recording.url):
        return clean(recording.path or recording.url)
    source = transcript.source
    if source and (is_web_url(source) or PurePath(source).suffix):
        return one_line(source)
    return None


def _turns(transcript: Transcript) -> tuple[tuple[SpokenTurn, ...], int]:
    speech = transcript.edited_answer.speech
    names = {name: one_line(name) for name in speech.speaker_names} | {
        label: one_line(name) for label, name in transcript.speakers.other_than_labels().items()
    }
    said, order = speech.utterances, speech.by_utterance
    words = speech.words.take(order)
    counts = np.bincount(speech.utterance, minlength=len(said))
    guessed = int(np.isnan(words.start).sum() + np.isnan(words.end).sum())
    begun = np.where(np.isnan(words.start), words.end, words.start)
    last_end = filled(np.concatenate([[0.0], words.end])[:-1])
    starts = np.where(np.isnan(begun), last_end, begun)
    ends = np.fmax(words.end, starts)
    channels = [None if name is None else f"channel {one_line(name)}" for name in said.channel.values()]
    who = [
        (None if name is None else names.get(name, name)) or channel
        for name, channel in zip(said.speaker.values(), channels, strict=True)
    ]
    of_word = [None if name is None else names.get(name, name) for name in words.speaker.values()]
    owner = np.repeat(np.arange(len(said)), counts).tolist()
    made = [
        SpokenWord(text, start, end, name or who[turn], confidence)
        for text, start, end, name, confidence, turn in zip(
            map(_clean, words.text.tolist()),
            _whole(starts),
            _whole(ends),
            of_word,
            words.confidence.tolist(),
            owner,
            strict=True,
        )
    ]
    found, first, before = [], 0, 0
    for row, count in enumerate(counts.tolist()):
        inside = tuple(word for word in made[first : first + count] if word.text)
        first += count
        text = _clean(said.text[row] or "")
        start, end = said.start[row], said.end[row]
        if np.isnan(start):
            start = inside[0].start if inside else before
        if np.isnan(end):
            end = max((word.end for word in inside), default=start)
        start, end = max(round(start), 0), max(round(end), round(start), 0)
        if not inside and text:
            inside = spread_words(text.split(), start, end, who[row])
            guessed += 2 * len(inside)
        if text or inside:
            found.append(SpokenTurn(text, start, end, who[row], inside, row))
        before = end
    return tuple(sorted(found, key=lambda turn: turn.start)), guessed


def spread_words(texts: Iterable[str], start: int, end: int, speaker: str | None) -> tuple[SpokenWord, ...]:
    """Return words without times of their own, spread over an interval by their lengths.

    Examples
    --------
    >>> [(word.text, word.start, word.end) for word in spread_words(["a", "bcd"], 0, 400, None)]
    [('a', 0, 100), ('bcd', 100, 400)]
    """
    listed = list(texts)
    total = sum(map(len, listed)) or 1
    found, done = [], 0
    for text in listed:
        begin = start + (end - start) * done // total
        done += len(text)
        found.append(SpokenWord(text, begin, start + (end - start) * done // total, speaker, float("nan")))
    return tuple(found)


def translated(content: ExportContent, language: str) -> ExportContent:
    """Return the content in another language: each turn's translation, spread over the time of the turn.

    Raises
    ------
    OptionError
        There is no translation of the turns to this language.
    """
    frame = content.transcript.frame("translations", units="ms")
    rows = frame[frame["language"] == language]
    if rows.empty or rows["utterance"].isna().all():
        known = ", ".join(sorted(frame["language"].dropna().unique())) or "none"
        raise OptionError(
            f"The transcript has no translation of its turns to {language!r} (it has: {known}).",
            hint='Make it: t.understand(translation={"target_languages": ["'
            f'{language}"], "match_original_utterance": True}}).',
        )
    texts = dict(zip(rows["utterance"].tolist(), rows["text"].tolist(), strict=True))
    turns = []
    for turn in content.turns:
        if text := _clean(texts.get(turn.row) or ""):
            words = spread_words(text.split(), turn.start, turn.end, turn.speaker)
            turns.append(turn._replace(text=text, words=words))
    return replace(content, turns=tuple(turns), language=language).noted(
        "words of the translation have no times of their own: they are spread over their turn"
    )


def in_language(content: ExportContent, language: str) -> ExportContent:
    """Return the content itself when this is its language, else its translation."""
    spoken = (content.language or "").lower().replace("-", "_")
    wanted = language.lower().replace("-", "_")
    return content if wanted in (spoken, spoken.partition("_")[0]) else translated(content, language)


def _clean(text: str) -> str:
    # As a rule nothing is to be done, and this is asked of every word of ten hours.
    if text.isprintable() and "  " not in text:
        return text.strip()
    return one_line(text)


def _whole(times: np.ndarray) -> list[int]:
    found: list[int] = np.rint(np.maximum(times, 0)).astype(np.int64).tolist()
    return found
