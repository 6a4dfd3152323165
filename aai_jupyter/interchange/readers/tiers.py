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
    r"phon|segment|syll|\bipa\b|\bkan\b|\bmau\b|\bmas\b|tobi|tone|pitch|\bf0\b|intensity|silence", re.I
)
_WORDS = re.compile(r"words?|wort|wörter|mots?|palabras?|tokens?|\bort\b|ort-mau", re.I)
_OTHER = re.compile(
    r"gloss|morph|\bpos\b|transl|comment|note|gest|gaze|sync|vad\b|speaker.?change|topic|codes?\b|\btone\b|lemma|"
    r"\bmb\b|\bge\b|\bps\b|\bft\b|\bgl\b",
    re.I,
)
_GENERIC = re.compile(
    r"words?|wort|tok(?:ens?)?|ort(?:-mau)?|utterances?|sentences?|turns?|texts?|speech|trans(?:cription|cript)?|default"
    r"|segments?|phrases?|orthograph(?:y|ic)|tier[ _-]?\d*|intervals?|annotations?|mots?|tx|ref|v|verbal"
    r"|labels?|utts?|ipus?|chunks?|captions?",
    re.I,
)
_NAMED_WORDS = re.compile(r"\s-\swords$", re.I)
_WORD_LANE = re.compile(r"(?P<who>.+) (?:\(\d{1,3}\) - words|- words \(\d{1,3}\))")
_TURN_LANE = re.compile(r"(?P<who>.+) \(\d{1,3}\)")
# Marks of silence that aligners write; those that are words of a language are marks in brackets only.
_EMPTY = re.compile(r"[\s_#*.\-<>]*|p:|sil|spn?|pau|<(?:p:|sil|spn?|pau|silence|pause|usb)>", re.I)


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
        """Whether nearly all annotations are one word each."""
        said = self.said
        return len(said) >= 3 and sum(len(text.split()) == 1 for _, _, text in said) >= 0.9 * len(said)

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
    texts, words, left = _sorted(_joined(tiers))
    for tier, why in left:
        read.note(f"tier {tier.name[:60]!r}", why)
    if not texts and len({_speaker(tier) for tier in words}) == len(words):
        for tier in words:
            who = _speaker(tier)
            found = [tier.word(row, who) for row in tier.said]
            made = grouped(found)
            read.passages += made
        read.flat = True
        return
    of_text: dict[int, Tier] = {}
    for tier in words:
        place = _belongs(tier, texts)
        if place is None or place in of_text:
            read.note(f"tier {tier.name[:60]!r}", "words of a text that another tier has; left out")
        else:
            of_text[place] = tier
    for number, tier in enumerate(texts):
        _add_tier(read, tier, of_text.get(number))


def _sorted(tiers: list[Tier]) -> tuple[list[Tier], list[Tier], list[tuple[Tier, str]]]:
    texts: list[Tier] = []
    words: list[Tier] = []
    left: list[tuple[Tier, str]] = []
    names = {tier.name: tier for tier in tiers}
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
    named = [part for part in parts if not _GENERIC.fullmatch(part.strip("[]() "))]
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
        if _speaker(tier) == _speaker(text):
            return number
    for number, text in enumerate(texts):
        if _contained(tier, text):
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
