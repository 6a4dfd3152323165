"""Key phrases of English text: runs of content words, ranked by how connected and how frequent they are.

Candidates as in RAKE (Rose et al., 2010): words between stop words and punctuation. A word weighs its
degree (how many candidate words it stands with, itself included); a phrase weighs its words' degrees over
the root of their number, times the logarithm of one plus its count, so that neither length nor frequency
alone wins.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.text.tokenization import edges

_MOST, _LONGEST = 20, 4
# Own list: function words, and what people say while they think.
_STOP_WORDS = (
    "a about above across actually after again against all almost also although always am an and another "
    "any anybody anyone anything are aren't around as ask at away back basically be became because been "
    "before being below between both but by came can can't come could couldn't did didn't do does doesn't "
    "doing don't done down during each either else end even ever every everybody everyone everything few "
    "first for from further gave get gets getting give given go goes going gone gonna good got great had "
    "hadn't has hasn't have haven't having he he'd he'll he's hello her here here's hers herself hey hi "
    "him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it it'd it'll "
    "it's its itself just keep kind knew know known last later least less let let's like little look lot "
    "lots made make makes many may maybe me mean means might mine more most mr mrs ms much must my myself "
    "need never new next no nobody none nor not nothing now of off often oh ok okay on once one ones only "
    "onto or other others our ours out over own perhaps please pretty probably put quite rather really "
    "right said same saw say saying says see seem seemed seems seen shall she she'd she'll she's should "
    "shouldn't since so some somebody someone something sometimes soon sort still such sure take taken "
    "tell than thank thanks that that'll that's the their theirs them themselves then there there's these "
    "they they'd they'll they're they've thing things think this those though thought through thus to "
    "today together told too took toward towards tried try trying two uh um under until up upon us use "
    "used very want wanted was wasn't way we we'd we'll we're we've well went were weren't what what's "
    "whatever when where whether which while who who's whole whom whose why will with within without "
    "won't would wouldn't yeah yep yes yet you you'd you'll you're you've your yours yourself "
)
_STOP = frozenset(_STOP_WORDS.split())
_BREAK = re.compile(r"[.,;:!?…\"”)\]]+$")


def highlights(words: Sequence[RecognisedWord]) -> dict[str, Any]:
    """Return ``auto_highlights_result``: phrases with rank 0-1, count and the times of each use.

    Examples
    --------
    >>> said = "Speech recognition is fun. We like speech recognition.".split()
    >>> words = [RecognisedWord(text, 1000 * i, 1000 * i + 900, 0.9) for i, text in enumerate(said)]
    >>> highlights(words)["results"][0]["text"]
    'speech recognition'
    """
    uses: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    degree: dict[str, int] = defaultdict(int)
    for first, last in _candidates(words):
        phrase = tuple(_core(word.text).lower() for word in words[first:last])
        uses[phrase].append((first, last))
        for core in phrase:
            degree[core] += len(phrase)
    score = {
        phrase: sum(degree[core] for core in phrase) / math.sqrt(len(phrase)) * math.log1p(len(places))
        for phrase, places in uses.items()
        if len(places) > 1 or len(phrase) > 1
    }
    best = sorted(score, key=lambda phrase: (-score[phrase], uses[phrase][0]))[:_MOST]
    results = [
        {
            "count": len(uses[phrase]),
            "rank": round(score[phrase] / score[best[0]], 2),
            "text": _as_said(words, uses[phrase]),
            "timestamps": [
                {"start": words[first].start, "end": words[last - 1].end} for first, last in uses[phrase]
            ],
        }
        for phrase in best
    ]
    return {"status": "success", "results": results}


def _core(text: str) -> str:
    return edges(text)[1] if "#" not in text and not text.startswith("[") else ""


def _candidates(words: Sequence[RecognisedWord]) -> Iterator[tuple[int, int]]:
    first = 0
    for index, word in enumerate(words):
        core = _core(word.text)
        content = len(core) > 1 and core.lower() not in _STOP and not core.isdigit()
        last = index + 1 if content else index
        if not content or _BREAK.search(word.text) or index + 1 == len(words):
            if 0 < last - first <= _LONGEST:
                yield first, last
            first = index + 1


def _as_said(words: Sequence[RecognisedWord], places: Sequence[tuple[int, int]]) -> str:
    """Return the form with the fewest capitals, so that the start of a sentence does not decide."""
    forms = [" ".join(_core(word.text) for word in words[first:last]) for first, last in places]
    return min(forms, key=lambda form: sum(map(str.isupper, form)))
