"""HTML page of coded passages: by code, with definitions, memos and the seconds of sound to play."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from aai_jupyter._version import __version__
from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.interchange.writers.placed_codes import PlacedCode, passages_of
from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import escape
from aai_jupyter.text.urls import is_web_url
from aai_jupyter.transcripts.codebook import Code, Codebook, with_codes

# The page runs nothing; it plays recordings beside it, or where they are on the web.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src *  file: data:"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; padding-left: .5rem; }
blockquote { margin: .75rem 0; padding-left: .75rem; border-left: 3px solid #8888; break-inside: avoid; }
.about, footer { font-size: .85em; opacity: .75; } audio { height: 2rem; vertical-align: middle; }
"""


def quotes(contents: Sequence[ExportContent], codebook: Any = None, sound: bool | None = None) -> str:
    """Return a page of all coded passages.

    Parameters
    ----------
    codebook : Codebook, optional
        Order, definitions and colours of the codes.
    sound : bool, optional
        Whether each passage has its sound: the recording beside the page, or on the web, from the passage's
        start to its end. By default not of a redacted transcript, whose sound still says what the text does
        not.
    """
    book = Codebook.of(codebook) if codebook is not None else None
    coded = [(content, one) for content in contents for one in passages_of(content)]
    book = with_codes(book, [one.code for _, one in coded])
    body = []
    for code in book:
        own = [(content, one) for content, one in coded if one.code == code.name]
        body.append(_section(book, code, own, sound))
    count = ", ".join(
        amount(len(some), name)
        for some, name in ((coded, "passage"), (contents, "recording"), (book, "code"))
    )
    facts = [escape(content.provenance.line()) for content in contents]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("title", "Coded passages"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("style", _STYLE),
    )
    foot = tag(
        "footer", *(tag("div", line) for line in facts), escape(f"Made with aai-jupyter {__version__}")
    )
    main = tag("main", tag("h1", "Coded passages"), tag("p", escape(count)), *body)
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", main, foot)) + "\n"


def _section(
    book: Codebook, code: Code, coded: Sequence[tuple[ExportContent, PlacedCode]], sound: bool | None
) -> str:
    title = tag(
        "h2", escape(f"{book.path(code.name)} ({len(coded)})"), style=f"border-left:.4rem solid {code.colour}"
    )
    about = tag("p", escape(code.definition), class_="about") if code.definition else ""
    return tag("section", title, about, *(_quote(content, one, sound) for content, one in coded))


def _quote(content: ExportContent, one: PlacedCode, sound: bool | None) -> str:
    speaker = next(
        (turn.who for turn in content.turns if turn.start <= (one.start + one.end) / 2 <= turn.end), ""
    )
    where = f"{content.name}, {clock(one.start)} to {clock(one.end)}, {speaker}; coded by {one.coder}"
    parts = [tag("div", escape(one.text), dir="auto"), tag("div", escape(where), class_="about")]
    if one.memo:
        parts.append(tag("div", escape(f"Memo: {one.memo}"), class_="about"))
    wanted = not content.transcript.redacted if sound is None else sound
    if wanted and content.media:
        place = content.media if is_web_url(content.media) else quote(PurePath(content.media).name)
        source = f"{place}#t={one.start / 1000:.2f},{one.end / 1000:.2f}"
        parts.append(tag("audio", src=source, controls="", preload="none"))
    return tag("blockquote", *parts)
