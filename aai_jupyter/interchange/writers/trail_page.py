"""Headings, paragraphs, tables and code as Markdown, Quarto or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aai_jupyter.text.html_tags import tag
from aai_jupyter.text.sanitize import clean, escape, one_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .15rem .75rem .15rem 0; }
td, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; }
"""


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Text."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A table."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Listing:
    """Code, or a text that stands as it is."""

    language: str
    text: str


Block = Heading | Paragraph | Rows | Listing


def as_markdown(blocks: Iterable[Block], *, executable: bool = False) -> str:
    """Return Markdown; executable for Quarto, which then runs the Python in it."""
    parts = ['---\ntitle: "Methods and audit trail"\nformat: html\n---'] if executable else []
    for block in blocks:
        if isinstance(block, Heading):
            if not (executable and block.level == 1):
                parts.append(f"{'#' * block.level} {_plain(block.text)}")
        elif isinstance(block, Paragraph):
            parts.append(_plain(block.text))
        elif isinstance(block, Rows):
            lines = [block.names, ["---"] * len(block.names), *block.rows]
            parts.append("\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines))
        else:
            text = clean(block.text).rstrip("\n")
            fence = "`" * max(3, _longest(text) + 1)
            language = "{python}" if executable and block.language == "python" else block.language
            parts.append(f"{fence}{language}\n{text}\n{fence}")
    return "\n\n".join(parts) + "\n"


def as_html(blocks: Iterable[Block]) -> str:
    """Return a page that stands alone."""
    body = []
    for block in blocks:
        if isinstance(block, Heading):
            body.append(tag(f"h{block.level}", escape(one_line(block.text))))
        elif isinstance(block, Paragraph):
            body.append(tag("p", escape(one_line(block.text))))
        elif isinstance(block, Rows):
            head = tag("tr", *(tag("th", escape(name)) for name in block.names))
            rows = [tag("tr", *(tag("td", escape(one_line(cell))) for cell in row)) for row in block.rows]
            body.append(tag("table", tag("thead", head), tag("tbody", *rows)))
        else:
            body.append(tag("pre", tag("code", escape(block.text))))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", "Methods and audit trail"),
        tag("style", _STYLE),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", tag("main", *body))) + "\n"


def _plain(text: str) -> str:
    found = one_line(text)
    for mark in "\\`*_[]<>#":
        found = found.replace(mark, "\\" + mark)
    return found


def _cell(text: str) -> str:
    return text if text == "---" else _plain(text).replace("|", "\\|")


def _longest(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
