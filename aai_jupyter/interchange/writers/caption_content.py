"""Captions of a transcript by a rule book: of one language, or of two, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord, translated
from aai_jupyter.text.cues.cue_lines import break_costs, display_width, line_ends, pieces, space_between
from aai_jupyter.text.cues.cue_rules import CaptionRules, rules_of
from aai_jupyter.text.cues.cue_segmentation import CaptionTurn, CaptionWord
from aai_jupyter.text.cues.cue_timing import CaptionCue, CaptionLine, captions, speaker_changes
from aai_jupyter.text.timecodes import FrameRate
from aai_jupyter.text.tokenization import join

Style = str | Mapping[str, Any] | CaptionRules


def content_cues(
    content: ExportContent,
    style: Style | None = None,
    speakers: bool = False,
    language: Sequence[str] | None = None,
    start: str | None = None,
    fps: float | None = None,
    drop_frame: bool = False,
) -> list[CaptionCue]:
    """Return the captions of a transcript.

    Parameters
    ----------
    style : str, mapping or CaptionRules, optional
        ``netflix`` by default.
    speakers : bool
        Show names where the speaker changes.
    language : sequence of two str, optional
        The transcript's own language and that of a translation, in the order of their lines.
    start : str, optional
        Timecode of the first frame, such as ``10:00:00:00``: all times are later by it.
    fps : float, optional
        Frames a second, of the rules and of ``start``.
    drop_frame : bool
        Whether ``start`` is drop-frame timecode; ``;`` before its frames says so, too.
    """
    rules = rules_of("netflix" if style is None else style)
    if fps is not None:
        rules = rules_of({"style": rules, "fps": fps})
    other, swapped = _other(content, language)
    cues = captions(caption_turns(content, speakers), rules)
    if other is not None:
        cues = _with_translation(cues, other, rules, swapped)
    offset = _offset(start, rules, drop_frame)
    return [replace(cue, start=cue.start + offset, end=cue.end + offset) for cue in cues] if offset else cues


def caption_turns(content: ExportContent, speakers: bool = False) -> list[CaptionTurn]:
    """Return the turns of a transcript as captions have them; with ``speakers``, names where they change."""
    turns = [
        CaptionTurn(
            [CaptionWord(word.text, word.start, word.end) for word in _in_order(turn.words)],
            turn.speaker,
            turn.row,
        )
        for turn in content.turns
        if turn.words
    ]
    return speaker_changes(turns) if speakers else turns


def _in_order(words: Sequence[SpokenWord]) -> list[SpokenWord]:
    return sorted(words, key=lambda word: word.start)


def _offset(start: str | None, rules: CaptionRules, drop_frame: bool) -> int:
    if start is None:
        return 0
    if not isinstance(start, str):
        raise OptionError(f"start is a timecode as text, got {start!r}.", hint='start="10:00:00:00"')
    try:
        rate = FrameRate.of(rules.fps, drop=drop_frame or ";" in start)
        return rate.milliseconds(rate.frame_of(start))
    except ValueError as error:
        raise OptionError(f"start: {error}.", hint='For example start="10:00:00:00", fps=25.') from error


def _other(content: ExportContent, language: Sequence[str] | None) -> tuple[ExportContent | None, bool]:
    if language is None:
        return None, False
    spoken = (content.language or "").lower().replace("-", "_")
    own = {spoken, spoken.partition("_")[0]}
    others = [one for one in language if one.lower().replace("-", "_") not in own]
    if len(language) != 2 or len(others) != 1:
        raise OptionError(
            f"Two languages are needed, one of them {content.language!r}, got {list(language)}.",
            hint='language=("en", "de"); for one translation language="de".',
        )
    return translated(content, others[0]), language[0] == others[0]


def _with_translation(
    cues: list[CaptionCue], other: ExportContent, rules: CaptionRules, above: bool
) -> list[CaptionCue]:
    """Return the cues with the part of the translation that belongs to each, within its turn."""
    rows = {turn.row: turn for turn in other.turns}
    shares: dict[int, list[tuple[int, int]]] = {}
    for place, cue in enumerate(cues):
        for row in dict.fromkeys(line.turn for line in cue.lines):
            width = sum(display_width(line.text) for line in cue.lines if line.turn == row)
            shares.setdefault(row, []).append((place, width))
    added: list[list[CaptionLine]] = [[] for _ in cues]
    for row, of_turn in shares.items():
        if (turn := rows.get(row)) is not None:
            parts = _shared(turn, [width for _, width in of_turn], rules)
            for (place, _), lines in zip(of_turn, parts, strict=True):
                added[place] += lines
    return [
        replace(cue, lines=(*more, *cue.lines) if above else (*cue.lines, *more))
        for cue, more in zip(cues, added, strict=True)
    ]


def _shared(turn: SpokenTurn, shares: list[int], rules: CaptionRules) -> list[list[CaptionLine]]:
    """Divide a translated turn among its cues by the lengths of what they hold, at good places."""
    texts = [part for word in turn.words for part in pieces(word.text, rules.chars_per_line // 2)]
    zeros = [0.0] * len(texts)
    costs, _ = break_costs(texts, zeros, zeros)
    widths = [display_width(text) for text in texts]
    spaces = [0, *map(space_between, texts, texts[1:])]
    reached = [0]
    for width, space in zip(widths, spaces, strict=True):
        reached.append(reached[-1] + width + space)
    cuts = [0]
    total, done = sum(shares) or 1, 0
    for share in shares[:-1]:
        done += share
        wanted = reached[-1] * done / total
        places = range(cuts[-1], len(texts) + 1)

        def cost(place: int, wanted: float = wanted) -> float:
            ends = costs[place - 1] if 0 < place < len(texts) else 0.0
            return ends + 3 * abs(reached[place] - wanted) / 4

        cuts.append(min(places, key=cost))
    cuts.append(len(texts))
    found = []
    for first, last in pairwise(cuts):
        found.append(_lines(texts, widths, spaces, costs, first, last, turn, rules))
    return found


def _lines(
    texts: list[str],
    widths: list[int],
    spaces: list[int],
    costs: list[float],
    first: int,
    last: int,
    turn: SpokenTurn,
    rules: CaptionRules,
) -> list[CaptionLine]:
    if first == last:
        return []
    ends = line_ends(widths[first:last], spaces[first:last], costs[first:last], rules.chars_per_line)
    return [
        CaptionLine(join(texts[first + a : first + b]), (), turn.speaker, turn.row)
        for a, b in zip([0, *ends], ends, strict=False)
    ]
