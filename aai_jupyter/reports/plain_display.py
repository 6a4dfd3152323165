"""Plain-text display of a transcript, or of a set."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from aai_jupyter.reports.digest import MAX_TURNS, Digest, DigestTurn, Readable, digest
from aai_jupyter.text.readable_numbers import amount, clock

if TYPE_CHECKING:
    from aai_jupyter.reports.set_html import ReadableSet

_WIDTH = 100


def transcript_text(transcript: Readable, max_turns: int | None = MAX_TURNS) -> str:
    """Return a transcript as plain text: two lines of facts, then the turns with times and speakers.

    Parameters
    ----------
    transcript : Transcript
    max_turns : int, optional
        Turns to include at most, 60 unless you say; None includes all, uncut.

    Examples
    --------
    >>> print(transcript_text(transcript))  # doctest: +SKIP
    two_readers.flac
    1:07 · 2 speakers · 186 words · en · whisper-base int8
    <BLANKLINE>
     0:00  A: It was the best of times, it was the worst of times, ...
    """
    return plain(digest(transcript, max_turns))


def plain(d: Digest) -> str:
    """Return what was read of a transcript as plain text."""
    lines = [
        d.title,
        " · ".join([*d.facts, *([d.id] if d.id else [])]),
        *(f"! {text}" for text in d.warnings),
    ]
    if d.turns:
        lines.append("")
        stamp = max((len(clock(turn.start)) for turn in d.turns if turn.start == turn.start), default=0)
        lines += [_turn(turn, stamp) for turn in d.turns]
    if d.hidden:
        lines += [
            "",
            f"… {amount(d.hidden, 'more turn')} from {clock(d.hidden_from)}: see .utterances or .text",
        ]
    return "\n".join(lines)


def _turn(turn: DigestTurn, stamp: int) -> str:
    who = f"{turn.speaker.name}: " if turn.speaker else ""
    more = f" … and {turn.more:,} more characters" if turn.more else ""
    lead = f"{clock(turn.start):>{stamp}}  " if turn.start == turn.start else ""
    return textwrap.fill(
        f"{who}{turn.text}{more}",
        width=_WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
    )


def set_text(transcripts: ReadableSet) -> str:
    """Return a set of transcripts as plain text: a line for each recording, then the failures."""
    from aai_jupyter.reports.set_html import overview

    o = overview(transcripts)
    lines = [o.headline]
    width = max((len(row.title) for row in o.rows), default=0)
    for number, row in enumerate(o.rows):
        lines.append(f"{number:>4}  {row.title:<{width}}  {' · '.join(row.facts)}")
    if o.hidden:
        lines.append(f"   …  and {amount(o.hidden, 'more recording')}")
    lines += [f"! {text}" for text in o.warnings]
    if o.failures:
        lines += ["", "Failed:", *(f"   {source}: {reason}" for source, reason in o.failures)]
    return "\n".join(lines)
