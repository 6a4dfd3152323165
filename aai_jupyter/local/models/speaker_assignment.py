"""A speaker for each word, and how sure that is.

Word times are off by a tenth of a second or two, and the diarization's seams by as much, so at a change of
speaker the last word of a question easily falls to the one who answers. People change at ends of sentences
and at pauses far more often than inside a phrase. Both are put together as a hidden Markov model: each word
is evidence by the time in which each speaker is heard, each place between two words has its price of a
change. So one word alone between two of another speaker is his only if it stands between such places or is
clearly heard. Forward and backward probabilities are the confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISTAKEN = 0.06
"""Probability of a speaker in a word in which he is not heard at all."""
CHANGE = 0.012
"""Probability that the speaker changes inside a phrase."""
CHANGE_AT_COMMA, CHANGE_AT_PAUSE, CHANGE_AT_END = 0.04, 0.15, 0.4
PAUSE_MS, WHOLE_WORD_MS = 300, 250
_SENTENCE_END = (".", "?", "!", "…", "。", "？", "！")
_COMMA = (",", ";", ":", "—", "–", "-", "，", "、")


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """One interval of one speaker: seconds from the first sample, the speaker's number, its probability."""

    start: float
    end: float
    speaker: int
    confidence: float = 1.0


def assign(
    words: Sequence[RecognisedWord], turns: Sequence[SpeakerTurn], offset: float = 0.0, prefix: str = ""
) -> None:
    """Set speaker ("A", "B", ... in order of first speech) and speaker confidence of each word.

    Examples
    --------
    >>> words = [RecognisedWord("Hello.", 0, 500, 0.9), RecognisedWord("Hi!", 900, 1200, 0.9)]
    >>> assign(words, [SpeakerTurn(0.0, 0.6, 0), SpeakerTurn(0.8, 1.3, 1)])
    >>> [(word.speaker, round(word.speaker_confidence or 0, 1)) for word in words]
    [('A', 0.9), ('B', 0.9)]
    """
    speakers, sure = heard_speakers(words, turns, offset)
    names: dict[int, str] = {}
    for word, speaker, confidence in zip(words, speakers, sure, strict=True):
        word.speaker = prefix + names.setdefault(speaker, speaker_name(len(names)))
        word.speaker_confidence = confidence


def heard_speakers(
    words: Sequence[RecognisedWord],
    turns: Sequence[SpeakerTurn],
    offset: float = 0.0,
    leaning: Mapping[int, Sequence[float]] | None = None,
) -> tuple[list[int], list[float]]:
    """Return the number of the speaker of each word, and the probability that it is he.

    Parameters
    ----------
    offset : float
        Seconds in the words' time at which the turns' time begins.
    leaning : mapping, optional
        For each speaker, how much likelier than others each word is his beforehand (1 is no more).
    """
    import numpy as np

    if not words:
        return [], []
    known = sorted({turn.speaker for turn in turns} | set(leaning or ())) or [0]
    place = {speaker: k for k, speaker in enumerate(known)}
    evidence = np.zeros((len(words), len(known)))
    for row, shares in enumerate(_shares(words, turns, offset)):
        for speaker, share in shares.items():
            evidence[row, place[speaker]] = share
    lengths = np.array([min(1.0, (word.end - word.start) / WHOLE_WORD_MS) for word in words])
    likely = np.log(np.clip(evidence, 0, 1) * (1 - MISTAKEN) + MISTAKEN) * np.maximum(lengths, 0.3)[:, None]
    for speaker, odds in (leaning or {}).items():
        likely[:, place[speaker]] += np.log(np.asarray(odds, float))
    changes = np.array([0.0, *(_change(a, b) for a, b in pairwise(words))])
    path, sure = _decoded(likely, changes)
    return [known[k] for k in path.tolist()], sure.tolist()


def speaker_name(number: int) -> str:
    """Return the label of a number: "A" ... "Z", "AA", "AB", ...

    >>> [speaker_name(n) for n in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name


def _change(before: RecognisedWord, after: RecognisedWord) -> float:
    """Return the probability that another speaker begins between two words."""
    if before.text.endswith(_SENTENCE_END):
        return CHANGE_AT_END
    if after.start - before.end >= PAUSE_MS:
        return CHANGE_AT_PAUSE
    return CHANGE_AT_COMMA if before.text.endswith(_COMMA) else CHANGE


def _shares(
    words: Sequence[RecognisedWord], turns: Sequence[SpeakerTurn], offset: float
) -> Iterator[dict[int, float]]:
    """Yield which share of each word each speaker is heard in; the nearest turn's where nobody is."""
    first = 0
    ends = _latest_ends(turns)
    for word in words:
        start = word.start / 1000 - offset
        end = max(word.end / 1000 - offset, start + 0.02)
        while first + 1 < len(turns) and ends[first] <= start:
            first += 1
        share: dict[int, float] = {}
        nearest, distance = 0 if not turns else turns[first].speaker, math.inf
        for index in range(max(first - 1, 0), len(turns)):
            turn = turns[index]
            away = max(turn.start - end, start - turn.end, 0.0)
            if away < distance:
                nearest, distance = turn.speaker, away
            if turn.start >= end:
                break
            if turn.end > start:
                seconds = min(end, turn.end) - max(start, turn.start)
                share[turn.speaker] = share.get(turn.speaker, 0.0) + turn.confidence * seconds / (end - start)
        # Heard by nobody: near words decide, the nearest turn leans.
        yield share or {nearest: 0.5}


def _latest_ends(turns: Sequence[SpeakerTurn]) -> list[float]:
    """Return for each turn when it and all before it are over: turns may overlap."""
    found: list[float] = []
    for turn in turns:
        found.append(max(turn.end, found[-1]) if found else turn.end)
    return found


def _decoded(
    likely: NDArray[np.float64], changes: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the most probable speaker of each word (Viterbi), and his probability (forward, backward)."""
    import numpy as np

    count, speakers = likely.shape
    if speakers == 1:
        return np.zeros(count, np.intp), np.ones(count)
    stay = np.log1p(-changes)
    leave = np.log(np.maximum(changes, 1e-12) / (speakers - 1))
    came = np.empty((count, speakers), np.intp)
    score = likely[0]
    forward = np.empty_like(likely)
    forward[0] = _normal(likely[0])
    for t in range(1, count):
        best = int(score.argmax())
        changed = score[best] + leave[t] > score + stay[t]
        changed[best] = False
        came[t] = np.where(changed, best, np.arange(speakers))
        score = np.where(changed, score[best] + leave[t], score + stay[t]) + likely[t]
        forward[t] = _normal(np.log(_stepped(np.exp(forward[t - 1]), changes[t])) + likely[t])
    path = np.empty(count, np.intp)
    path[-1] = score.argmax()
    after = np.zeros(speakers)
    sure = np.empty(count)
    sure[-1] = np.exp(forward[-1, path[-1]])
    for t in range(count - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
        after = _normal(np.log(_stepped(np.exp(_normal(after + likely[t])), changes[t])))
        sure[t - 1] = np.exp(_normal(forward[t - 1] + after)[path[t - 1]])
    return path, sure


def _stepped(share: NDArray[np.float64], change: float) -> NDArray[np.float64]:
    """Return probabilities one word on."""
    import numpy as np

    moved = (share.sum() - share) * change / (len(share) - 1)
    found: NDArray[np.float64] = np.maximum(share * (1 - change) + moved, 1e-300)
    return found


def _normal(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log probabilities that sum up to 1."""
    import numpy as np

    top = logs.max()
    found: NDArray[np.float64] = logs - (top + np.log(np.exp(logs - top).sum()))
    return found
