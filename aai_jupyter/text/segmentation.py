"""Segmentation of words into sentences and paragraphs. Pure Python: tables and engine share it.

Words come as columns: ``texts``, ``starts`` and ``ends`` in milliseconds (None when unknown), and optionally
``speakers``. Results are ``(first, last)`` index pairs, ``last`` exclusive, that cover all words in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Times = Sequence[float | None]
Labels = Sequence[str | int | None]
Spans = list[tuple[int, int]]

SENTENCE_PAUSE_MS = 700
"""In text without sentence marks, a pause this long ends a sentence."""
SENTENCE_WORDS = 60
"""A sentence longer than this is cut at its longest pauses: speech recognition lost a mark."""
CUT_PAUSE_MS = 200
"""... but never where the pause is shorter than this."""
PARAGRAPH_PAUSE_MS = 2000
"""A pause this long between two sentences starts a paragraph."""
PARAGRAPH_WORDS = 100
"""After this many words a paragraph ends with the sentence."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOPS = ".!?…。！？．｡؟۔।॥։።៕"
_CLOSERS = "\"'”’»›)]}）」』】〉》"
_LAST = frozenset(_STOPS + _CLOSERS + " ")
"""What a word ends with after which a sentence may end: a quick look before the careful one."""
_FULL_WIDTH_STOPS = "。！？．｡"
# Never the end of a sentence: something always follows.
_TITLES = _set(
    "mr mrs ms dr prof sr jr st gen col sgt capt lt cmdr rev hon gov sen rep pres messrs mme mlle "
    "e.g i.e vs cf viz approx fig figs vol dept no nos bzw z.b d.h hr fr m"
)
# The end of a sentence only when the next word begins with a capital.
_MAYBE = _set(
    "etc inc ltd co corp bros a.m p.m u.s u.k u.n e.u u.s.a ph.d b.a m.a d.c jan feb mar apr jun jul aug sep "
    "sept oct nov dec mon tue tues wed thu thurs fri sat sun ave blvd rd est al ft lb lbs oz usw"
)
_CJK = re.compile(
    "[\u2e80-\u2fff\u3000-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def sentences(texts: Sequence[str], starts: Times, ends: Times, speakers: Labels | None = None) -> Spans:
    """Split words into sentences.

    A sentence ends at a sentence mark (``. ! ? …`` and those of other scripts, also before closing quotes),
    but not after abbreviations, initials, inside numbers, or at ``...`` when the sentence goes on in lower
    case. It always ends where the speaker changes. Text without marks is split at pauses.

    Parameters
    ----------
    texts : sequence of str
    starts, ends : sequence of float or None
        Milliseconds.
    speakers : sequence of str or None, optional
        A None between two words of one speaker does not split.

    Returns
    -------
    list of (int, int)
        First word and last word (exclusive) of each sentence.

    Examples
    --------
    >>> sentences(["Dr.", "Ray", "left.", "Why?"], [0, 300, 600, 1500], [250, 550, 900, 1900])
    [(0, 3), (3, 4)]
    """
    count = len(texts)
    if not count:
        return []
    cased = any(text[:1].isupper() for text in texts)
    marks = {
        i
        for i in range(count - 1)
        if texts[i][-1:] in _LAST and _ends_sentence(texts, i, cased, _pause(starts, ends, i))
    }
    ends_at = marks | {i - 1 for i in speaker_changes(speakers)} if speakers is not None else set(marks)
    if len(marks) * SENTENCE_WORDS < count - 1:  # text without punctuation
        ends_at |= {i for i in range(count - 1) if _pause(starts, ends, i) >= SENTENCE_PAUSE_MS}
    spans: Spans = []
    first = 0
    for i in (*sorted(ends_at), count - 1):
        spans += _cut_long(first, i + 1, starts, ends)
        first = i + 1
    return spans


def paragraphs(texts: Sequence[str], starts: Times, ends: Times, speakers: Labels | None = None) -> Spans:
    """Group sentences into paragraphs.

    A paragraph ends where the speaker changes, at a long pause between two sentences, and with the sentence
    in which it has become long. Parameters and result are those of :func:`sentences`.

    Examples
    --------
    >>> paragraphs(["Yes.", "No.", "Why?"], [0, 500, 1000], [400, 900, 1400], ["A", "A", "B"])
    [(0, 2), (2, 3)]
    """
    return grouped(sentences(texts, starts, ends, speakers), starts, ends, speakers)


def grouped(
    found: Sequence[tuple[int, int]], starts: Times, ends: Times, speakers: Labels | None = None
) -> Spans:
    """Group sentences that are found into :func:`paragraphs`."""
    changes = speaker_changes(speakers) if speakers is not None else set()
    spans: Spans = []
    for first, last in found:
        if (
            spans
            and first not in changes
            and _pause(starts, ends, first - 1) < PARAGRAPH_PAUSE_MS
            and first - spans[-1][0] < PARAGRAPH_WORDS
        ):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def speaker_changes(speakers: Labels) -> set[int]:
    """Return indexes of words whose speaker is not the last known one.

    Examples
    --------
    >>> speaker_changes(["A", None, "A", "B"])
    {3}
    """
    changes = set()
    current: str | int | None = None
    for i, speaker in enumerate(speakers):
        if speaker is None or speaker == current:
            continue
        if current is not None:
            changes.add(i)
        current = speaker
    return changes


def _pause(starts: Times, ends: Times, i: int) -> float:
    """Return the silence after word ``i`` in milliseconds; 0 when a time is unknown or at the end."""
    if i + 1 >= len(starts):
        return 0
    start, end = starts[i + 1], ends[i]
    return 0 if start is None or end is None else start - end


def _ends_sentence(texts: Sequence[str], i: int, cased: bool, pause: float) -> bool:
    body = texts[i].rstrip(_CLOSERS + " ")
    if not body or body[-1] not in _STOPS:
        return False
    if body[-1] in _FULL_WIDTH_STOPS or _CJK.search(body):
        return True
    following = texts[i + 1].lstrip("\"'“‘«‹([{¿¡-—– ")
    if not following:
        return True
    # Without any capitals in the text, a small letter says nothing.
    goes_on = cased and following[0].islower()
    if body.endswith(("..", "…")):
        return not goes_on and (cased or pause >= SENTENCE_PAUSE_MS)
    if goes_on:
        return False
    if body[-1] != ".":
        return True
    stem = body[:-1].lstrip("\"'“‘«‹([{¿¡").lower()
    if stem in ("no", "nos", "fig", "figs", "vol", "m"):  # "No. 5", but also "No."
        return not following[0].isdigit() if stem != "m" else pause >= SENTENCE_PAUSE_MS
    if stem in _TITLES:
        return False
    if stem in _MAYBE:
        return cased and following[0].isupper() and pause >= CUT_PAUSE_MS
    if len(stem) == 1 and stem.isalpha() and stem != "i":  # an initial: "J. Smith", but also "plan B."
        return pause >= SENTENCE_PAUSE_MS
    # A number cut in two: "3." "14"
    return not (stem[-1:].isdigit() and following[0].isdigit() and pause < CUT_PAUSE_MS)


def _cut_long(first: int, last: int, starts: Times, ends: Times) -> Spans:
    """Split an overlong run of words, each part at the longest pause of its second half."""
    spans: Spans = []
    while last - first > SENTENCE_WORDS:
        window = range(first + SENTENCE_WORDS // 2, first + SENTENCE_WORDS)
        i = max(window, key=lambda k: _pause(starts, ends, k))
        while i < last - 1 and _pause(starts, ends, i) < CUT_PAUSE_MS:
            i += 1
        spans.append((first, i + 1))
        first = i + 1
    if first < last:
        spans.append((first, last))
    return spans
