"""HTML display of a transcript in a notebook.

It is made to survive where notebooks are read. GitHub removes ``style`` attributes, ``<style>`` and
``<svg>``; an untrusted notebook in JupyterLab keeps the ``style`` properties it knows; nbconvert keeps all.
So the order, the tables and the words alone make sense, pictures are ``<img>`` with a text alternative, and
colours are either inherited from the page or readable on light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator

from aai_jupyter.analysis.timeline_svg import image, runs
from aai_jupyter.reports.digest import MAX_TURNS, Digest, DigestTurn, Readable, Speaker, digest
from aai_jupyter.text.colours import NEUTRAL, ink
from aai_jupyter.text.html_tags import (
    BREAK,
    CELL,
    FAINT,
    NAME,
    ROW,
    SMALL,
    TABLE,
    TIME,
    box,
    disclosure,
    figures,
    heading,
    note,
    picture,
    tag,
    warned,
)
from aai_jupyter.text.readable_numbers import amount, clock, shorten
from aai_jupyter.text.sanitize import escape

# Shown at once; the rest of the bounded part opens on a click, and Ctrl-F finds it there too.
_OPEN_TURNS, _OPEN_CHARACTERS = 12, 3000
_MAX_SPEAKERS = 12
_MAX_NAME = 60

# The first columns of both tables are equally wide (13em), so that the turns line up with the strips.
_WHO = f"{NAME};width:8.8em;padding:3px 4px 3px 0"
_SAID = f"padding:3px 0 3px 10px;overflow:hidden;{BREAK}"


def transcript_html(transcript: Readable, max_turns: int | None = MAX_TURNS) -> str:
    """Return a transcript as static HTML: facts, who spoke when, and the turns.

    Parameters
    ----------
    transcript : Transcript
    max_turns : int, optional
        Turns to include at most, 60 unless you say; None includes all, uncut and unfolded.

    Returns
    -------
    str
        One ``<section>``. All text from the transcript is escaped; there is no script and no style sheet.

    Examples
    --------
    >>> html = transcript_html(transcript)  # doctest: +SKIP
    """
    return section(digest(transcript, max_turns), folded=max_turns is not None)


def section(d: Digest, *, folded: bool = True) -> str:
    """Return the display of one transcript."""
    parts = [_header(d), _talk_table(d), *_turn_tables(d, folded)]
    if d.hidden:
        save = tag("code", escape('save_html_report(transcript, "transcript.html")'))
        parts.append(
            note(
                f"{amount(d.hidden, 'more turn')} from {clock(d.hidden_from)} to {clock(d.duration)} "
                "not shown: <code>.utterances</code> and <code>.text</code> have everything, "
                f"{save} writes it to a page."
            )
        )
    return box("section", *parts, aria_label=f"Transcript: {d.title}")


def _header(d: Digest) -> str:
    title = tag("strong", escape(d.title), dir="auto", style="font-size:1.1em")
    facts = escape(" · ".join(d.facts))
    if d.id:
        plain = "font-size:.9em;padding:0;background:transparent;color:inherit;white-space:nowrap"
        facts += " · " + tag("code", escape(shorten(d.id, _MAX_NAME)[0]), style=plain)
    return (
        tag("div", title, style=BREAK)
        + tag("div", facts, style=f"font-size:.9em;{FAINT};{BREAK}")
        + warned(d.warnings)
    )


def _label(speaker: Speaker) -> str:
    """Return the speaker's letter on the speaker's colour, and the name."""
    badge = tag(
        "span",
        escape(speaker.mark),
        style="display:inline-block;box-sizing:border-box;min-width:1.5em;padding:0 3px;margin-right:2px;"
        f"border-radius:4px;background:{speaker.shade};color:{ink(speaker.shade)};font-size:.8em;"
        "font-weight:700;line-height:1.5;text-align:center;vertical-align:1px",
    )
    # A name that is only the letter is not said twice.
    name = f"Speaker {speaker.mark}" if speaker.name == speaker.mark else speaker.name
    return f"{badge}&nbsp;{tag('bdi', escape(shorten(name, _MAX_NAME)[0]))}"


def _talk_table(d: Digest) -> str:
    """Return a table of speakers: a timeline and three figures each."""
    if not len(d.spans.start):
        return ""
    speakers: list[Speaker | None] = [*d.speakers] or [None]
    axis = tag("span", "0:00", style="float:left") + " "
    axis += tag("span", clock(d.duration), style="float:right")
    rows = [
        tag("th", scope="col", style=f"{CELL};width:13em;padding:0")
        + tag("th", tag("div", axis, style=SMALL), scope="col", style=f"{CELL};padding:1px 0")
        + heading("talk", "share", "words/min")
    ]
    rows += [_talk_row(d, speaker) for speaker in speakers[:_MAX_SPEAKERS]]
    if len(speakers) > _MAX_SPEAKERS:
        more = f"and {amount(len(speakers) - _MAX_SPEAKERS, 'more speaker')}: "
        more += "<code>.utterances.aai.talk_time()</code>"
        rows.append(tag("td", more, colspan=5, style=f"{CELL};padding:1px 0;{SMALL}"))
    lines = (tag("tr", row, style=ROW) for row in rows)
    return tag("table", *lines, aria_label="Who spoke when", style=f"{TABLE};margin:8px 0 10px")


def _talk_row(d: Digest, speaker: Speaker | None) -> str:
    code = speaker.code if speaker else -1
    own = d.spans.speaker == (code if code >= 0 else len(d.spans.speakers))
    strip = runs(d.spans.start[own], d.spans.end[own], 0.0, d.duration)
    talk = d.talk[code]
    time, share, rate = clock(talk.time), talk.share, talk.words_per_minute
    alt = f"{speaker.name if speaker else 'Speech'}: {amount(talk.turns, 'turn')}, {time}"
    name = _label(speaker) if speaker else "Speech"
    return (
        tag(
            "th",
            name,
            scope="row",
            title=speaker.name[:300] if speaker else None,
            style=f"{NAME};padding:1px 10px 1px 0",
        )
        + picture(image([(speaker.shade if speaker else NEUTRAL, strip)]), shorten(alt, 300)[0])
        + figures(time, f"{share:.0%}" if share >= 0 else "–", f"{rate:.0f}" if rate > 0 else "–")
    )


def _turn_tables(d: Digest, folded: bool) -> Iterator[str]:
    if not d.turns:
        if not d.n_turns:
            yield note("There is no text.")
        return
    visible = _visible(d.turns) if folded else len(d.turns)
    yield _turn_table(d.turns[:visible], bool(d.speakers))
    rest = d.turns[visible:]
    if rest:
        until = d.hidden_from if d.hidden else d.duration
        title = f"{amount(len(rest), 'more turn')}, {clock(rest[0].start)} to {clock(until)}"
        style = f"cursor:pointer;padding:3px 0;{SMALL}"
        yield disclosure(title, _turn_table(rest, bool(d.speakers)), style=style)


def _visible(turns: list[DigestTurn]) -> int:
    """Return turns to show at once. Two or three behind a click would be silly."""
    characters = 0
    for number, turn in enumerate(turns):
        characters += len(turn.text)
        if number >= _OPEN_TURNS or characters > _OPEN_CHARACTERS:
            return number + 1 if len(turns) - number > 3 else len(turns)
    return len(turns)


def _turn_table(turns: list[DigestTurn], with_speakers: bool) -> str:
    rows = (tag("tr", _turn_row(turn, with_speakers), style=ROW) for turn in turns)
    return tag("table", *rows, aria_label="Turns", style=TABLE)


def _turn_row(turn: DigestTurn, with_speakers: bool) -> str:
    cells, speaker = [], turn.speaker
    if with_speakers:
        name = _label(speaker) if speaker else ""
        cells.append(tag("th", name, scope="row", title=speaker.name[:300] if speaker else None, style=_WHO))
    if turn.start == turn.start:  # a text without times has NaN
        side = "right" if with_speakers else "left"
        cells.append(tag("td", clock(turn.start), style=f"{TIME};text-align:{side}"))
    said = escape(turn.text)
    if turn.more:
        said += " " + tag("span", f"… and {turn.more:,} more characters", style=SMALL)
    edge = f"border-left:3px solid {speaker.shade if speaker else NEUTRAL}"
    cells.append(tag("td", said, dir="auto", style=f"{CELL};{edge};{_SAID}"))
    return "".join(cells)
