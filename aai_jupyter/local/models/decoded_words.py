"""What a decoder wrote, as words: parts joined, hallucinations dropped, loops cut."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aai_jupyter.local.models.words import RecognisedWord

MOST_REPEATS = 4
"""So often one phrase may follow itself: people do say a thing again, a looping decoder does not stop."""
_SQUEEZED = 0.4
"""Share of a phrase's time below which its repetition was not said: a decoder has put it into no time."""
_NO_TIME_MS, _TIMELESS = 20, 3
"""Length of a word that has no time, and how many of them, one after the other, were not said."""
LONGEST_PHRASE = 24
"""Words of a phrase that a decoder may loop over."""
_LOOPING = 2.4  # Whisper's own bound of how well a text may compress

# What Whisper was taught to write under music and noise; believed only when it is sure of it.
_CREDITS = re.compile(
    r"\W*(thanks?( you)?( so much)? for watching|please subscribe|subtitles by|subtitled by|amara\.org"
    r"|untertitel|sous-titres|субтитры|字幕)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WordPart:
    """A part of a word as an alignment gives it: seconds, and text with the space before a new word."""

    word: str
    start: float
    end: float
    probability: float


def is_credit(text: str) -> bool:
    """Return whether a text begins like the credits of a video.

    >>> is_credit("Thanks for watching!"), is_credit("Thanks for coming.")
    (True, False)
    """
    return _CREDITS.match(text) is not None


def repeats_itself(said: str) -> bool:
    """Return whether a text compresses far too well.

    >>> repeats_itself("Good morning, everybody."), repeats_itself("and then " * 20)
    (False, True)
    """
    data = said.encode()
    return len(data) / len(zlib.compress(data)) > _LOOPING


def believable(segments: Iterator[Any]) -> Iterator[Any]:
    """Drop segments that Whisper made up: text on noise, and credits."""
    for segment in segments:
        if not segment.words:
            continue
        sure = sum(word.probability for word in segment.words) / len(segment.words)
        if segment.no_speech_prob > 0.6 and (segment.avg_logprob < -0.8 or sure < 0.4):
            continue
        if is_credit(segment.text) and (segment.no_speech_prob > 0.3 or sure < 0.6):
            continue
        yield segment


def whole_words(found: Sequence[Any], spaced: bool) -> list[RecognisedWord]:
    """Join the parts that Whisper's alignment splits ("ill", "-disposed"), with monotonic times.

    >>> parts = [WordPart(" ill", 0.0, 0.2, 0.9), WordPart("-disposed", 0.2, 0.8, 0.9)]
    >>> [(word.text, word.start, word.end) for word in whole_words(parts, spaced=True)]
    [('ill-disposed', 0, 800)]
    """
    words: list[RecognisedWord] = []
    for part in found:
        text = part.word.strip()
        if not text:
            continue
        start, end = round(part.start * 1000), round(part.end * 1000)
        glued = bool(words) and (
            not any(map(str.isalnum, text)) or (spaced and not part.word.startswith(" "))
        )
        if glued:
            last = words[-1]
            # Mean by letters, so that a hyphen does not count as a word does.
            weight = len(text) / (len(last.text) + len(text))
            last.confidence += (float(part.probability) - last.confidence) * weight
            last.text += text
            last.end = max(last.end, end)
        elif any(map(str.isalnum, text)):
            start = max(start, words[-1].end if words else 0)
            words.append(RecognisedWord(text, start, max(start, end), float(part.probability)))
    return words


def split_loops(words: Sequence[RecognisedWord]) -> tuple[list[RecognisedWord], list[RecognisedWord]]:
    """Cut phrases that follow themselves too often; return the words that are left, and a word for each loop.

    The word of a loop spans all that was cut, and its text is the phrase. A phrase that is repeated once, but
    in no time, was not said twice; it is cut, and no loop. So are words that have no time at all, one after
    the other: a decoder that goes on where nobody speaks has none left for them.

    Examples
    --------
    >>> said = "well well well well well well done".split()
    >>> words = [RecognisedWord(text, 100 * n, 100 * n + 90, 0.9) for n, text in enumerate(said)]
    >>> kept, cut = split_loops(words)
    >>> " ".join(word.text for word in kept), [(one.text, one.start, one.end) for one in cut]
    ('well well well well done', [('well', 400, 590)])
    """
    words = _with_time(_without_copies(words))
    keys = _keys(words)
    kept: list[RecognisedWord] = []
    cut: list[RecognisedWord] = []
    place = 0
    while place < len(words):
        size = _loop_at(keys, place)
        if not size:
            kept.append(words[place])
            place += 1
            continue
        stop = place + size
        while keys[stop : stop + size] == keys[place : place + size]:
            stop += size
        last = place + MOST_REPEATS * size
        kept += words[place:last]
        phrase = " ".join(word.text for word in words[place : place + size])
        cut.append(RecognisedWord(phrase, words[last].start, words[stop - 1].end, words[last].confidence))
        place = stop
    return kept, cut


def _keys(words: Sequence[RecognisedWord]) -> list[str]:
    return [word.text.strip(",.!?-…。，！？、").casefold() for word in words]


def _with_time(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """Leave out runs of words that have no time."""
    kept: list[RecognisedWord] = []
    for timeless, run in groupby(words, key=lambda word: word.end - word.start <= _NO_TIME_MS):
        some = list(run)
        if not timeless or len(some) < _TIMELESS:
            kept += some
    return kept


def _without_copies(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """Leave out repetitions of a phrase that take no time."""
    kept = list(words)
    keys = _keys(kept)
    place = 0
    while place < len(kept):
        size = _squeezed_copy(kept, keys, place)
        if size:
            del kept[place + size : place + 2 * size], keys[place + size : place + 2 * size]
        else:
            place += 1
    return kept


def _squeezed_copy(words: Sequence[RecognisedWord], keys: Sequence[str], place: int) -> int:
    """Return the length of a phrase that begins here and is said again in far less time; else 0."""
    for size in range(2, min(LONGEST_PHRASE, (len(keys) - place) // 2) + 1):
        again = place + size
        if keys[place:again] != keys[again : again + size]:
            continue
        times = (words[start + size - 1].end - words[start].start for start in (place, again))
        first, second = times
        if second < _SQUEEZED * first:
            return size
    return 0


def _loop_at(keys: Sequence[str], place: int) -> int:
    """Return the length of the shortest phrase that begins here and is repeated too often; else 0."""
    for size in range(1, min(LONGEST_PHRASE, (len(keys) - place) // (MOST_REPEATS + 1)) + 1):
        stop = place + size * (MOST_REPEATS + 1)
        if keys[place + size : stop] == keys[place : stop - size]:
            return size
    return 0
