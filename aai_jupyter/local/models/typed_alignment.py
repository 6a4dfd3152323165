"""Times for a text that a person typed, from its recording.

The recording is recognised as always, and the typed words are matched with the heard ones. A word that was
heard has its time; a run of words that was not (spelt otherwise, forgotten, added) is aligned by Whisper
between the words around it that were. Every typed word stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aai_jupyter.local.models.word_matching import Block, blocks, keys
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONTEXT_WORDS = 4
"""Known words before and after a run that Whisper aligns with it."""
LONGEST_SECONDS = 28.0
_MARGIN_MS = 200
_LETTER_MS = 65
"""Of speech at an ordinary pace."""
_MISSING_SHARE = 0.4
"""Words for which there is less than this share of their time were not said."""
_PASSAGE = 3
"""Words of a passage that is worth a line of its own."""
MOST_LINES = 50


class Aligner(Protocol):
    """What gives words within a short sound their times."""

    def __call__(
        self, samples: NDArray[np.float32], words: Sequence[str]
    ) -> list[tuple[int, int, float]] | None: ...


@dataclass
class TypedWords:
    """Times of typed words in milliseconds; None where there is none yet.

    Attributes
    ----------
    aligned : list of bool
        Whether the time comes from the sound; else it lies between two that do.
    """

    text: list[str]
    start: list[int | None] = field(init=False)
    end: list[int | None] = field(init=False)
    aligned: list[bool] = field(init=False)
    confidence: list[float | None] = field(init=False)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.text)
        self.start, self.end = [None] * count, [None] * count
        self.aligned, self.confidence = [False] * count, [None] * count

    def set(self, word: int, start: int, end: int, confidence: float | None, *, aligned: bool = True) -> None:
        """Give a word its time; further units of one word make it longer."""
        known = self.start[word]
        self.start[word] = start if known is None else min(known, start)
        last = self.end[word]
        self.end[word] = max(start, end) if last is None else max(last, end)
        self.aligned[word] = aligned
        self.confidence[word] = confidence

    def to_dict(self) -> dict[str, Any]:
        """Return the answer of the engine."""
        rows = zip(self.start, self.end, self.aligned, self.confidence, strict=True)
        return {
            "words": [
                {"start": start, "end": end, "aligned": aligned, "confidence": confidence}
                for start, end, aligned, confidence in rows
            ],
            "problems": self.problems,
        }


def align_typed(
    text: Sequence[str],
    heard: Sequence[RecognisedWord],
    read: Callable[[int, int], NDArray[np.float32]],
    aligner: Aligner,
    length_ms: int,
    progress: Callable[[float], None] = lambda share: None,
    speech: Callable[[int, int], int] = lambda start, stop: stop - start,
) -> TypedWords:
    """Return the times of typed words.

    Parameters
    ----------
    text : sequence of str
        Words as typed.
    heard : sequence of RecognisedWord
        What was recognised.
    read : callable
        Samples between two times in milliseconds.
    aligner : callable
        Alignment of words with samples.
    length_ms : int
        Of the recording.
    speech : callable
        Milliseconds of speech between two times: words are not looked for in silence.
    """
    typed = TypedWords(list(text))
    mine = [(key, number) for number, word in enumerate(text) for key in keys(word)]
    theirs = [(key, word, place) for word in heard for place, key in enumerate(keys(word.text))]
    spoken = [_part(word, place) for _, word, place in theirs]
    found = blocks([key for key, _ in mine], [key for key, *_ in theirs])
    differing: list[Block] = []
    for block in found:
        if block.equal:
            for (_, number), (start, end, sure) in zip(
                mine[block.a : block.b], spoken[block.c : block.d], strict=True
            ):
                typed.set(number, start, end, sure)
        else:
            differing.append(block)
    rooms = [speech(*_around(block, spoken, length_ms)) for block in differing]
    _report(typed, differing, rooms, mine, theirs, spoken, length_ms)
    for number, block in enumerate(differing):
        progress(number / len(differing))
        _differing(typed, block, rooms[number], mine, spoken, read, aligner, length_ms)
    _interpolate(typed, length_ms)
    return typed


def _part(word: RecognisedWord, place: int) -> tuple[int, int, float]:
    """Time of one unit of a heard word: a letter, in scripts without spaces."""
    count = len(keys(word.text))
    start = word.start + (word.end - word.start) * place // count
    return start, word.start + (word.end - word.start) * (place + 1) // count, word.confidence


def _around(block: Block, spoken: Sequence[tuple[int, int, float]], length_ms: int) -> tuple[int, int]:
    """The time between the heard words before and after a block."""
    low = spoken[block.c - 1][1] if block.c else 0
    high = spoken[block.d][0] if block.d < len(spoken) else length_ms
    return low, max(low, high)


def _report(
    typed: TypedWords,
    differing: Sequence[Block],
    rooms: Sequence[int],
    mine: Sequence[tuple[str, int]],
    theirs: Sequence[Any],
    spoken: Sequence[tuple[int, int, float]],
    length_ms: int,
) -> None:
    """Say what was said and not typed, what was typed and not said, and how many words differ."""
    changed, lines = 0, []
    for block, room in zip(differing, rooms, strict=True):
        own, said = block.b - block.a, block.d - block.c
        low, _ = _around(block, spoken, length_ms)
        if said - own >= _PASSAGE:
            words = list(dict.fromkeys((id(one[1]), one[1].text) for one in theirs[block.c : block.d]))
            lines.append(
                f"not transcribed: {_clock(spoken[block.c][0])} to {_clock(spoken[block.d - 1][1])}, "
                f"heard {_shown([word for _, word in words])}"
            )
            changed += own
        elif own - said >= _PASSAGE and _unsaid(mine, block, room):
            numbers = list(dict.fromkeys(number for _, number in mine[block.a : block.b]))
            lines.append(f"not in the sound: {_shown([typed.text[n] for n in numbers])} at {_clock(low)}")
            changed += said
        else:
            changed += max(own, said)
    typed.problems += lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        typed.problems.append(f"{len(lines) - MOST_LINES} more passages differ")
    if changed:
        share = changed / max(1, len(mine))
        typed.problems.append(f"{changed} words ({share:.0%}) were heard otherwise than they are typed")


def _unsaid(mine: Sequence[tuple[str, int]], block: Block, room_ms: int) -> bool:
    letters = sum(len(key) + 1 for key, _ in mine[block.a : block.b])
    return room_ms < _MISSING_SHARE * letters * _LETTER_MS


def _shown(words: Sequence[str]) -> str:
    text = " ".join(words)
    return repr(text if len(text) <= 80 else f"{text[:80]}...")


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000 // 100}"


def _differing(
    typed: TypedWords,
    block: Block,
    room: int,
    mine: Sequence[tuple[str, int]],
    spoken: Sequence[tuple[int, int, float]],
    read: Callable[[int, int], NDArray[np.float32]],
    aligner: Aligner,
    length_ms: int,
) -> None:
    """Give times to typed words that were heard otherwise."""
    own, said = mine[block.a : block.b], spoken[block.c : block.d]
    if not own:
        return
    low, high = _around(block, spoken, length_ms)
    if len(own) == len(said):  # one word for one word
        for (_, number), (start, end, _) in zip(own, said, strict=True):
            typed.set(number, start, end, None)
        return
    if said and abs(len(own) - len(said)) < _PASSAGE:
        _paired(typed, own, said)
        return
    if _unsaid(mine, block, room) and len(own) - len(said) >= _PASSAGE:
        return
    numbers = list(dict.fromkeys(number for _, number in own))
    first, last = max(0, numbers[0] - CONTEXT_WORDS), min(len(typed.text), numbers[-1] + 1 + CONTEXT_WORDS)
    known = [n for n in range(first, last) if typed.start[n] is not None and n not in numbers]
    begin = min([low, *(s for n in known if (s := typed.start[n]) is not None)]) - _MARGIN_MS
    stop = max([high, *(e for n in known if (e := typed.end[n]) is not None)]) + _MARGIN_MS
    begin, stop = max(0, begin), min(length_ms, stop)
    times = None
    if stop - begin <= 1000 * LONGEST_SECONDS and high - low >= 60 * len(numbers):
        times = aligner(read(begin, stop), typed.text[first:last])
    if times is None:
        if said:
            _shared(typed, numbers, said[0][0], said[-1][1], aligned=True)
        return
    for number in numbers:
        start, end, sure = times[number - first]
        start, end = (min(max(begin + edge, low), high) for edge in (start, end))
        typed.set(number, start, end, sure)


def _paired(
    typed: TypedWords, own: Sequence[tuple[str, int]], said: Sequence[tuple[int, int, float]]
) -> None:
    """Pair typed words with about as many heard ones: each begins where one of those does, by its letters.

    Who types "of course" for one heard word, or one word for two, has not said more or less than was heard.
    """
    low, high = said[0][0], said[-1][1]
    sizes = [len(key) + 1 for key, _ in own]
    total, done = sum(sizes), 0
    bounds = []
    for size in sizes:
        share = low + (high - low) * done // total
        near = min((start for start, _, _ in said), key=lambda start: abs(start - share))
        # Two words never begin at one: the second lies within it, by its letters.
        bounds.append(max(share, bounds[-1]) if bounds and near <= bounds[-1] else near)
        done += size
    for (_, number), start, end in zip(own, bounds, [*bounds[1:], high], strict=True):
        typed.set(number, start, max(start, end), None)


def _shared(typed: TypedWords, numbers: Sequence[int], start: int, end: int, *, aligned: bool) -> None:
    """Share an interval among words by their letters."""
    sizes = [len(typed.text[number]) + 1 for number in numbers]
    done, total = 0, sum(sizes)
    for number, size in zip(numbers, sizes, strict=True):
        begin = start + (end - start) * done // total
        done += size
        typed.set(number, begin, start + (end - start) * done // total, None, aligned=aligned)


def _interpolate(typed: TypedWords, length_ms: int) -> None:
    """Give the rest times between those that are known; no start goes back behind the one before."""
    count, clock, i = len(typed.text), 0, 0
    while i < count:
        if (start := typed.start[i]) is not None:
            start = max(start, clock)
            typed.start[i], typed.end[i] = start, max(start, typed.end[i] or 0)
            clock = start
            i += 1
            continue
        j = i
        while j < count and typed.start[j] is None:
            j += 1
        low = typed.end[i - 1] if i else 0
        high = typed.start[j] if j < count else length_ms
        low = max(clock, low or 0)
        high = max(low, high or 0)
        room = min(high - low, sum(len(typed.text[n]) + 1 for n in range(i, j)) * 2 * _LETTER_MS)
        _shared(typed, range(i, j), low, low + room, aligned=False)
        clock = typed.start[j - 1] or clock
        i = j
