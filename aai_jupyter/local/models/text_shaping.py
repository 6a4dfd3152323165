"""Text formatting word by word: spelling, punctuation, case, fillers, profanity. Times stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.text.tokenization import edges, key

# Own list: common English profanity and its usual forms. Names of groups are not in it.
_PROFANE = re.compile(
    r"(?:mother|bull|horse|dip|dumb|jack|bad|smart|ass|god|dog)?"
    r"(?:f+u+c+k+(?:e[rd]s?|ing?|in'|s|up|face|head|wit)?|sh[i1]t+(?:ty|s|ted|ting|head|hole|face|show)?"
    r"|bitch(?:es|y|ing|ed)?|ass(?:hole|holes|hat|hats)|arse(?:hole)?s?|bastards?|cunts?|dick(?:head|heads|s)?"
    r"|cock(?:sucker|suckers|s)|piss(?:ed|ing|es)?|(?:god)?damn(?:ed|it)?|crap(?:py)?|slut(?:s|ty)?|whores?"
    r"|twats?|wank(?:er|ers|ing)?|bollocks|prick(?:s)?|douche(?:bags?)?|pussy|tits?)",
    re.IGNORECASE,
)
_ASS = re.compile(r"(?:dumb|jack|bad|smart|fat)?ass(?:es)?", re.IGNORECASE)
# Not "mhm" and "uh-huh": these answer a question.
_FILLER = re.compile(r"(?:u+h+m*|u+m+|e+rm*|a+h*e*m+|h+m+)", re.IGNORECASE)
_TAG = re.compile(r"^[\[(<].*[\])>][.,]?$")
_SPEAKER_TAG = re.compile(r"^[\[(<]\s*speaker\b.*[\])>][.,:]?$", re.IGNORECASE)


def mask_profanity(words: Iterable[RecognisedWord]) -> None:
    """Leave the first letter of profane English words and turn the others into asterisks.

    >>> word = RecognisedWord("Damn!", 0, 1, 1.0)
    >>> mask_profanity([word]); word.text
    'D***!'
    """
    for word in words:
        before, core, after = edges(word.text)
        parts = re.split("(-)", core)
        masked = [
            part[0] + "*" * (len(part) - 1) if _PROFANE.fullmatch(part) or _ASS.fullmatch(part) else part
            for part in parts
        ]
        word.text = before + "".join(masked) + after


def without_fillers(words: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    """Remove "um", "uh" and the like; the next word takes over a capital at the start of a sentence.

    >>> words = [RecognisedWord("Um,", 0, 1, 1.0), RecognisedWord("yes.", 1, 2, 1.0)]
    >>> [word.text for word in without_fillers(words)]
    ['Yes.']
    """
    kept: list[RecognisedWord] = []
    capital = False
    for word in words:
        before, core, after = edges(word.text)
        if _FILLER.fullmatch(core):
            capital = capital or core[:1].isupper()
            # "Yes, um. Then" must not lose the end of its sentence.
            if kept and after[:1] in ".?!" and after and not kept[-1].text.endswith((".", "?", "!")):
                kept[-1].text = kept[-1].text.rstrip(",;:") + after[0]
            continue
        if capital and core:
            word.text = before + core[0].upper() + core[1:] + after
        capital = False
        kept.append(word)
    return kept


def without_tags(words: Sequence[RecognisedWord], which: str) -> list[RecognisedWord]:
    """Remove "[laughter]"-like tags (`which` "all") or only speaker cues ("speaker").

    >>> words = [RecognisedWord("[Music]", 0, 1, 1.0), RecognisedWord("Hi.", 1, 2, 1.0)]
    >>> [word.text for word in without_tags(words, "all")]
    ['Hi.']
    """
    pattern = _SPEAKER_TAG if which == "speaker" else _TAG
    return [word for word in words if not pattern.match(word.text)]


def respell(words: Sequence[RecognisedWord], rules: Sequence[Mapping[str, Any]]) -> list[RecognisedWord]:
    """Apply ``custom_spelling``: each run of words in a rule's ``from`` becomes its ``to``.

    Runs are compared without case and without punctuation at their edges; the longest wins. Words
    of a run become one word that lasts as long as they did.

    >>> words = [RecognisedWord("kates,", 0, 1, 0.9), RecognisedWord("please", 1, 2, 0.9)]
    >>> respell(words, [{"from": ["kates"], "to": "Kubernetes"}])[0].text
    'Kubernetes,'
    """
    table: dict[tuple[str, ...], str] = {}
    for rule in rules:
        sources = rule["from"] if not isinstance(rule["from"], str) else [rule["from"]]
        for source in sources:
            if parts := tuple(map(key, source.split())):
                table[parts] = rule["to"]
    longest = max(map(len, table), default=0)
    keys = [key(word.text) for word in words]
    result: list[RecognisedWord] = []
    index = 0
    while index < len(words):
        for length in range(min(longest, len(words) - index), 0, -1):
            target = table.get(tuple(keys[index : index + length]))
            if target is not None:
                run = words[index : index + length]
                text = edges(run[0].text)[0] + target + edges(run[-1].text)[2]
                confidence = sum(word.confidence for word in run) / length
                first = run[0]
                result.append(
                    RecognisedWord(text, first.start, run[-1].end, confidence, first.speaker, first.channel)
                )
                break
        else:
            length = 1
            result.append(words[index])
        index += length
    return result


def plain(words: Iterable[RecognisedWord], *, punctuate: bool, format_text: bool) -> None:
    """Remove punctuation at the edges of words and capitals, where the request says so.

    Apostrophes and hyphens inside a word stay; numbers keep their digits, as Whisper writes them.

    >>> word = RecognisedWord("Don't.", 0, 1, 1.0)
    >>> plain([word], punctuate=False, format_text=False); word.text
    "don't"
    """
    for word in words:
        if not punctuate:
            before, core, after = edges(word.text)
            sign = before[-1:] if before[-1:] in ("$", "€", "£", "#", "@", "+") else ""
            word.text = sign + core + ("%" if after.startswith("%") else "") or word.text
        if not format_text:
            word.text = word.text.lower()
