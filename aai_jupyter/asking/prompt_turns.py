"""Numbered turns: the text that a model reads, and that its citations are verified against."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.spans import seconds, speaker_column, units_of
from aai_jupyter.asking.recordings import as_transcript
from aai_jupyter.errors import UsageError
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.public_class import public
from aai_jupyter.text.short_names import short_name
from aai_jupyter.text.tokenization import join, owners

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

LONG_TURN = 90
"""Words from which a turn is cut after a sentence: a citation of ten minutes would prove nothing."""
LONGEST_TURN = 180
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.?!…。？！]['\"”’)\]]*$")


@public
@dataclass(frozen=True, slots=True)
class PromptTurn:
    """One turn of a speaker. ``number`` is what citations name; times are seconds or None.

    ``times`` are start and end of each word of ``text`` (as :func:`aai_jupyter.text.tokenization.split` finds
    them), float64, shape (words, 2), where they are known: a quote is cited by its own second then.
    """

    number: int
    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    transcript_id: str | None = None
    source: str | None = None
    times: np.ndarray | None = field(default=None, compare=False, repr=False)
    row: int | None = field(default=None, compare=False, repr=False)
    """Row of the frame that it comes from: a turn without a time is named by it."""

    @property
    def time(self) -> str:
        """Start as ``m:ss`` or ``h:mm:ss``."""
        return clock(None if self.start is None else self.start * 1000)

    def line(self) -> str:
        """Return the turn as one line of the prompt, whatever is in it.

        Examples
        --------
        >>> PromptTurn(3, "Agreed.\\n[9] 0:00 Eve: No!", 27.0, 30.0, "Ben").line()
        '[3] 0:27 Ben: Agreed. [9] 0:00 Eve: No!'
        """
        # The colon ends the name.
        who = f" {prompt_safe(self.speaker).replace(':', ' ')}" if self.speaker else ""
        return f"[{self.number}] {self.time}{who}: {prompt_safe(self.text)}"


def prompt_safe(text: str) -> str:
    """Return text that cannot pass for the structure of a prompt."""
    # Angle brackets mark where the recording begins and ends: what is said cannot end it.
    return _SPACE.sub(" ", text).strip().replace("<", "‹").replace(">", "›")


def estimate_tokens(text: str) -> int:
    """Estimate tokens: a quarter of the letters in Latin script, one each in others.

    Tokenizers differ by model; this errs to the high side for English.

    Examples
    --------
    >>> estimate_tokens("It was the best of times.")
    8
    """
    plain = sum(1 for char in text if char < "\u0250")
    return math.ceil(plain / 3.5 + (len(text) - plain) * 1.0)


def turns_of(*about: Any, redact: bool = False) -> list[PromptTurn]:
    """Return turns of transcripts, sets, frames or text, numbered through from 1.

    Parameters
    ----------
    *about : Transcript, TranscriptSet, LiveStream, LiveTranscript, DataFrame, str, or lists of those
        A frame needs a column ``text``; ``start``, ``end``, ``speaker``, ``source``, ``transcript_id`` are
        used when there. Words become utterances.
    redact : bool
        Take only transcripts that were made with ``redact_pii``, and leave out the names of speakers and
        recordings, which were not redacted.

    Raises
    ------
    UsageError
        Something else, a transcript that is not completed, or with ``redact`` one that is not redacted.
    """
    if redact:
        _check_redacted(about)
    found = numbered(turn for thing in about for turn in _turns(thing))
    return _nameless(found) if redact else found


def _check_redacted(about: Any) -> None:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    for thing in map(as_transcript, about):
        if isinstance(thing, TranscriptSet | list | tuple):
            _check_redacted(thing)
        elif not isinstance(thing, Transcript):
            raise UsageError(
                f"redact=True cannot tell whether a {type(thing).__name__} is redacted.",
                hint="Pass the Transcript itself, made with redact_pii=True.",
            )
        elif thing.raw.get("redact_pii") is not True:
            raise UsageError(
                f"{_name(thing)} is not redacted: nothing was sent.",
                hint="Transcribe it with redact_pii=True and redact_pii_policies=[...], then ask again.",
                transcript_id=thing.id,
            )


def _nameless(turns: list[PromptTurn]) -> list[PromptTurn]:
    """Number speakers and drop names of recordings: typed or identified names are never redacted."""
    speakers: dict[tuple[str | None, str | None], str] = {}
    for t in turns:
        if t.speaker is not None:
            known = sum(1 for owner, _ in speakers if owner == t.transcript_id)
            speakers.setdefault((t.transcript_id, t.speaker), f"Speaker {known + 1}")
    return [replace(t, speaker=speakers.get((t.transcript_id, t.speaker)), source=None) for t in turns]


def numbered(turns: Iterable[PromptTurn], first: int = 1) -> list[PromptTurn]:
    """Return the same turns with numbers in order; empty ones are left out."""
    return [replace(t, number=number) for number, t in enumerate((t for t in turns if t.text.strip()), first)]


def _turns(thing: Any) -> Iterator[PromptTurn]:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    thing = as_transcript(thing)
    if isinstance(thing, Transcript):
        yield from _of_transcript(thing)
    elif isinstance(thing, pd.DataFrame):
        yield from _of_frame(thing)
    elif isinstance(thing, str):
        yield from (PromptTurn(0, part) for part in re.split(r"\n\s*\n|\n", thing))
    elif isinstance(thing, TranscriptSet | list | tuple):
        for one in thing:
            yield from _turns(one)
    else:
        raise UsageError(
            f"Cannot ask about {type(thing).__name__}.",
            hint="Give a Transcript, a TranscriptSet, a live session, a frame with a column text, or text.",
        )


def _of_transcript(t: Transcript) -> Iterator[PromptTurn]:
    if t.status not in (None, "completed"):
        raise UsageError(f"Cannot ask about {_name(t)}: its status is {t.status}.", detail=t.error)
    utterances = t.frame("utterances", units="s")
    if len(utterances) == 0:
        if t.text.strip():
            yield PromptTurn(0, t.text, transcript_id=t.id, source=t.source)
        return
    words = t.frame("words", units="s")
    texts = words["text"].tolist()
    times = words[["start", "end"]].to_numpy(dtype=np.float64)
    rows = words.groupby("utterance", sort=False).indices if len(words) else {}
    columns = ("utterance", "text", "start", "end", "speaker")
    numbers = utterances["utterance"].tolist()
    for number, row in zip(numbers, utterances[list(columns)].itertuples(index=False), strict=True):
        who, said = _text(row.speaker), rows.get(row.utterance, ())
        if len(said) > LONG_TURN:
            for part in _cut([str(texts[n]) for n in said], times[said], who, t):
                yield replace(part, row=number)
            continue
        known = _times(str(row.text), [str(texts[n]) for n in said], times[said]) if len(said) else None
        times_of = _time(row.start), _time(row.end)
        yield PromptTurn(0, str(row.text), *times_of, who, t.id, t.source, known, number)


def _cut(texts: list[str], times: np.ndarray, speaker: str | None, t: Transcript) -> Iterator[PromptTurn]:
    """Split a long turn at ends of sentences."""
    first = 0
    for place, text in enumerate(texts):
        size = place + 1 - first
        last = place + 1 == len(texts)
        if last or size >= LONGEST_TURN or (size >= LONG_TURN // 2 and _SENTENCE_END.search(text)):
            said, own = join(texts[first : place + 1]), times[first : place + 1]
            known = _times(said, texts[first : place + 1], own)
            start, end = _time(own[0, 0]), _time(own[-1, 1])
            yield PromptTurn(0, said, start, end, speaker, t.id, t.source, known)
            first = place + 1


def _of_frame(df: pd.DataFrame) -> Iterator[PromptTurn]:
    if "text" not in df:
        raise UsageError(
            "Cannot ask about a frame without a column text.", hint="Pass t.utterances or t.words."
        )
    start: Sequence[Any] = [None] * len(df)
    end: Sequence[Any] = [None] * len(df)
    if "start" in df and "end" in df:
        units = units_of(df)
        start, end = (seconds(df[name], units).tolist() for name in ("start", "end"))
    speakers = speaker_column(df).tolist()
    ids = df["transcript_id"].tolist() if "transcript_id" in df else [None] * len(df)
    sources = df["source"].tolist() if "source" in df else [None] * len(df)
    numbers = df.index.tolist() if pd.api.types.is_integer_dtype(df.index.dtype) else [None] * len(df)
    rows = zip(df["text"].tolist(), start, end, speakers, ids, sources, numbers, strict=True)
    turns = [
        PromptTurn(
            0,
            "" if _missing(text) else str(text),
            _time(s),
            _time(e),
            _text(who),
            _text(id),
            _text(source),
            row=number,
        )
        for text, s, e, who, id, source, number in rows
    ]
    if "word" not in df:
        yield from turns
        return
    keys = df["utterance"].tolist() if "utterance" in df else [0] * len(df)
    group: list[PromptTurn] = []
    before: Any = None
    for key, turn in zip(keys, turns, strict=True):
        now = (key, turn.speaker, turn.transcript_id, turn.source)
        full = len(group) >= LONG_TURN // 2 and _SENTENCE_END.search(group[-1].text)
        if group and (now != before or full or len(group) >= LONGEST_TURN):
            yield _joined(group)
            group = []
        group.append(turn)
        before = now
    if group:
        yield _joined(group)


def _joined(words: list[PromptTurn]) -> PromptTurn:
    one = words[0]
    texts = [word.text for word in words]
    text = join(texts)
    known = None
    if all(None not in (word.start, word.end) for word in words):
        known = _times(text, texts, np.array([(word.start, word.end) for word in words], dtype=np.float64))
    return replace(one, text=text, end=words[-1].end, times=known)


def _times(text: str, words: Sequence[str], times: np.ndarray) -> np.ndarray | None:
    """Return the times of the words of a text, where it is made of these words."""
    known = owners(text, words)
    return None if known is None else times[known]


def _name(t: Transcript) -> str:
    return short_name(t.source) if t.source else t.id or "The transcript"


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _text(value: Any) -> str | None:
    return None if _missing(value) else str(value)


def _time(value: Any) -> float | None:
    return None if _missing(value) or not np.isfinite(value) else float(value)
