"""Tiers of annotations (TextGrid, EAF, EXMARaLDA) -> speakers, passages and words.

Programs and people name their tiers as they like; these are the rules:

* A tier of sounds (phones, syllables) or of gestures, glosses and notes is left out, and named in `problems`.
* A tier whose name says so ("words", "Ann - words"), or whose annotations are single words of another tier's
  text, gives words. Without any other tier they are grouped by pauses.
* Any other tier with text is one speaker's passages. The speaker is the participant that the file names; else
  the tier's name without "words", "utterances" and the like.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from aai_jupyter.interchange.readers.passages import (
    INTERPOLATED,
    MEASURED,
    ReadFile,
    ReadWord,
    TimedPassage,
    bare,
    grouped,
)

_SOUNDS = re.compile(
    r"phon|\bphn\b|segment|syll|\bipa\b|\bkan\b|\bmau\b|\bmas\b|tobi|tone|pitch|\bf0\b|intensity|silence",
    re.I,
)
_WORDS = re.compile(r"words?|\bwrd\b|wort|wörter|mots?|palabras?|tokens?|\bort\b|ort-mau", re.I)
_ONLY_WORDS = re.compile(r"(?:.*\s-\s)?(?:words?|wrd|wort|wörter|mots?|palabras?|tokens?|ort|ort-mau)", re.I)
_OTHER = re.compile(
    r"gloss|morph|\bpos\b|transl|comment|note|gest|gaze|sync|vad\b|speaker.?change|topic|codes?(?![^\W_])|\btone\b|lemma|"
    r"markers?\b|language|\bsyntax\b|\bcontext|\berrors?\b|"
    r"\bmb\b|\bge\b|\bps\b|\bft\b|\bgl\b",
    re.I,
)
_GENERIC = re.compile(
    r"words?|wrd|wort|tok(?:ens?)?|ort(?:-mau)?|utterances?|sentences?|turns?|texts?|speech|default"
    r"|trans(?:cription|cript)?|segments?|phrases?|orthograph(?:y|ic)|ortho|tier[ _-]?\d*|intervals?"
    r"|annotations?|mots?|tx|ref|v|verbal|labels?|utts?|ipus?|chunks?|captions?",
    re.I,
)
_WHO = re.compile(r"spk(?:r|rs)?|speakers?|locuteurs?|sprecher|hablantes?|parlanti?", re.I)
_NAMED_WORDS = re.compile(r"\s-\swords?$", re.I)
_WORD_LANE = re.compile(r"(?P<who>.+) (?:\(\d{1,3}\) - words|- words \(\d{1,3}\))")
_TURN_LANE = re.compile(r"(?P<who>.+) \(\d{1,3}\)")
# Marks of silence that aligners write; those that are words of a language are marks in brackets only.
_EMPTY = re.compile(r"[\s_#*.\-<>]*|0\.|p:|sil|spn?|pau|<(?:p:|sil|spn?|pau|silence|pause|usb)>", re.I)


LONGEST_LABEL = 40
NEAR_MS = 2.0
MOST_COMPARED = 100
"""Tiers whose words a tier is compared with."""


@dataclass
class Tier:
    """One tier: ``(start, end, text)`` in milliseconds, in order of time."""

    name: str
    rows: list[tuple[float | None, float | None, str]]
    speaker: str | None = None
    parent: str | None = None
    kind: str = ""
    guessed: set[tuple[float | None, float | None, str]] = field(default_factory=set)

    @cached_property
    def single(self) -> bool:
        """Whether nearly all annotations are one word each; few are enough where the tier is called so."""
        said = self.said
        least = 1 if _ONLY_WORDS.fullmatch(self.name.strip()) else 3
        return len(said) >= least and sum(len(text.split()) == 1 for _, _, text in said) >= 0.9 * len(said)

    @cached_property
    def words(self) -> set[str]:
        """All words."""
        return {bare(word) for _, _, text in self.said for word in text.split()}

    def word(self, row: tuple[float | None, float | None, str], speaker: str | None = None) -> ReadWord:
        """A row as a word; its times may lie between points that have times."""
        timing = INTERPOLATED if row in self.guessed else MEASURED
        return ReadWord(row[2], row[0], row[1], speaker=speaker, timing=timing)

    @cached_property
    def said(self) -> list[tuple[float | None, float | None, str]]:
        """Rows with text."""
        return [row for row in self.rows if not _EMPTY.fullmatch(row[2])]


def _joined(tiers: list[Tier]) -> list[Tier]:
    """Join tiers for what somebody said while speaking already: ``Ann (2) - words`` is of ``Ann - words``."""
    names = {tier.name: tier for tier in tiers}
    kept = []
    for tier in tiers:
        of_words = names.get(f"{tier.name} - words")
        further = _TURN_LANE.fullmatch(tier.name)
        if of_words is None or _GENERIC.fullmatch(tier.name) or (further and further["who"] in names):
            continue
        tier.speaker = of_words.speaker = tier.speaker or tier.name
    for tier in tiers:
        lane = _WORD_LANE.fullmatch(tier.name)
        base = names.get(f"{lane['who']} - words") if lane else None
        if base is not None and base.parent == tier.parent:
            base.rows = sorted(base.rows + tier.rows, key=lambda row: row[0] or 0.0)
            base.guessed |= tier.guessed
            continue
        turn_lane = _TURN_LANE.fullmatch(tier.name)
        first = names.get(turn_lane["who"]) if turn_lane else None
        if first is not None and tier.speaker is None:
            tier.speaker = first.speaker or first.name
        kept.append(tier)
    return kept


def add_tiers(read: ReadFile, tiers: list[Tier]) -> None:
    """Add the passages of all tiers, in order of time."""
    _add_tiers(read, tiers)
    read.passages.sort(key=lambda passage: passage.start or 0.0)


def _add_tiers(read: ReadFile, tiers: list[Tier]) -> None:
    turns = next((tier for tier in tiers if _WHO.fullmatch(tier.name) and _are_labels(tier)), None)
    if turns is not None:
        tiers = [tier for tier in tiers if tier is not turns]
    texts, words, left = _sorted(_joined(tiers))
    for tier, why in left:
        read.note(f"tier {tier.name[:60]!r}", why)
    of_text: dict[int, Tier] = {}
    alone: list[Tier] = []
    for tier in words:
        place = _belongs(tier, texts)
        if place is not None and place not in of_text:
            of_text[place] = tier
        elif place is not None or any(one.said == tier.said for one in alone if _same_speaker(one, tier)):
            read.note(f"tier {tier.name[:60]!r}", "words of a text that another tier has; left out")
        else:
            alone.append(tier)
    for number, tier in enumerate(texts):
        _add_tier(read, tier, of_text.get(number))
    for tier in alone:
        who = _speaker(tier)
        read.passages += grouped(tier.word(row, who) for row in tier.said)
    read.flat = bool(alone) and not texts
    if turns is not None:
        _take_speakers(read, turns)


def _are_labels(tier: Tier) -> bool:
    """Whether a tier says who speaks: few names, one of them several times."""
    names = {text for _, _, text in tier.said}
    return 1 < len(names) < len(tier.said) and all(len(name) <= LONGEST_LABEL for name in names)


def _take_speakers(read: ReadFile, turns: Tier) -> None:
    """Give passages that have nobody the name that a tier of names has at their middle."""
    starts = [row[0] or 0.0 for row in turns.said]
    for passage in read.passages:
        if passage.speaker is None and passage.start is not None:
            middle = (passage.start + (passage.end if passage.end is not None else passage.start)) / 2
            place = bisect_right(starts, middle) - 1
            if place >= 0 and middle <= (turns.said[place][1] or 0.0):
                passage.speaker = turns.said[place][2]


def _same_speaker(tier: Tier, other: Tier) -> bool:
    return _speaker(tier) == _speaker(other)


def _covers(text: Tier, words: Tier) -> bool:
    """Whether a text lasts while most of the words are said."""
    starts = [row[0] or 0.0 for row in text.said]
    inside = 0
    for start, end, _ in words.said:
        place = bisect_right(starts, (start or 0.0) + NEAR_MS) - 1
        inside += place >= 0 and (text.said[place][1] or 0.0) + NEAR_MS >= (end or start or 0.0)
    return 2 * inside >= len(words.said)


def _annotates(tier: Tier, words: Tier) -> bool:
    """Whether annotations stand at single words of another tier, and are other words: pronunciations, say."""
    starts = [row[0] or 0.0 for row in words.said]
    inside = same = 0
    for start, end, text in tier.said:
        place = bisect_right(starts, (start or 0.0) + NEAR_MS) - 1
        word = words.said[place] if place >= 0 else None
        if word is not None and end is not None and word[1] is not None and end <= word[1] + NEAR_MS:
            inside += 1
            same += bare(text) == bare(word[2])
    return inside >= 0.9 * len(tier.said) and 2 * same < inside


def _sorted(tiers: list[Tier]) -> tuple[list[Tier], list[Tier], list[tuple[Tier, str]]]:
    texts: list[Tier] = []
    words: list[Tier] = []
    left: list[tuple[Tier, str]] = []
    names = {tier.name: tier for tier in tiers}
    called_words: dict[str | None, list[Tier]] = {}
    for tier in tiers:
        if tier.single and _ONLY_WORDS.fullmatch(tier.name.strip()):
            called_words.setdefault(_speaker(tier), []).append(tier)
    for tier in tiers:
        label = f"{tier.name} {tier.kind}"
        if not tier.said:
            if any(row[2].strip() for row in tier.rows):
                left.append((tier, "only marks of silence; left out"))
            elif tier.rows:
                left.append((tier, "without text; left out"))
        elif _SOUNDS.search(tier.name) and not _SOUNDS.search(tier.speaker or ""):
            left.append((tier, "sounds, not words; left out"))
        elif _WORDS.search(label) and (tier.parent or tier.single or _NAMED_WORDS.search(tier.name)):
            words.append(tier)
        elif _OTHER.search(label) or (tier.parent and tier.parent in names and not tier.single):
            left.append(
                (tier, f"not what was said, by its name or place; left out ({len(tier.said)} annotations)")
            )
        elif any(
            _annotates(tier, one)
            for who in {None, _speaker(tier)}
            for one in called_words.get(who, [])[:MOST_COMPARED]
        ):
            left.append((tier, f"annotations of single words; left out ({len(tier.said)})"))
        elif tier.single and any(_contained(tier, other) for other in tiers[:MOST_COMPARED]):
            words.append(tier)
        else:
            texts.append(tier)
    return texts, words, left


def _contained(tier: Tier, other: Tier) -> bool:
    """Whether the words of a tier are those of another one's text."""
    if other is tier or other.single or not other.said:
        return False
    mine = [bare(text) for _, _, text in tier.said[:500]]
    return sum(word in other.words for word in mine) >= 0.8 * len(mine)


def _speaker(tier: Tier) -> str | None:
    if tier.speaker:
        return tier.speaker
    parts = [part.strip() for part in re.split(r"\s+-\s+|[/|@:]|__|\s{2,}", tier.name) if part.strip()]
    named = [part for part in parts if not _GENERIC.fullmatch(part.strip("[]()\"' "))]
    if not named:
        return None
    last = re.sub(
        r"(?<![ _\-(])[ _\-(]+(?:words?|utterances?|turns?|text|speech|trans(?:cription)?|ort)\)?$",
        "",
        named[0],
        flags=re.I,
    )
    return last or None


def _belongs(tier: Tier, texts: list[Tier]) -> int | None:
    """Number of the text tier that these are the words of."""
    for number, text in enumerate(texts):
        if tier.parent and tier.parent == text.name:
            return number
    for number, text in enumerate(texts):
        if _same_speaker(tier, text) and (_speaker(tier) is not None or _covers(text, tier)):
            return number
    for number, text in enumerate(texts):
        unnamed = _speaker(tier) is None or _speaker(text) is None
        if unnamed and _contained(tier, text):
            return number
    return None


def _add_tier(read: ReadFile, tier: Tier, words: Tier | None) -> None:
    who = _speaker(tier)
    passages = [TimedPassage(text, start, end, who) for start, end, text in tier.said]
    if words is not None and passages:
        starts = [passage.start if passage.start is not None else 0.0 for passage in passages]
        order = sorted(range(len(starts)), key=starts.__getitem__)
        ordered = [starts[i] for i in order]
        inside: dict[int, list[ReadWord]] = {}
        for row in words.said:
            start, end, _ = row
            middle = ((start or 0.0) + (end if end is not None else start or 0.0)) / 2
            place = order[max(0, bisect_right(ordered, middle) - 1)]
            inside.setdefault(place, []).append(words.word(row))
        for place, passage in enumerate(passages):
            found = inside.get(place, [])
            # Only where they are the words of this text: what was said stands in the passage.
            if [bare(one) for w in found for one in w.text.split()] == [
                bare(w) for w in passage.text.split()
            ]:
                own = passage.text.split()
                passage.words = (
                    [word._replace(text=text) for word, text in zip(found, own, strict=True)]
                    if len(found) == len(own)
                    else found
                )
            elif found:
                read.note(f"tier {words.name[:60]!r}", "other words than the text; left out there", place)
    read.passages += passages
