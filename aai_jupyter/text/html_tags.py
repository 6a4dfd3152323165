"""HTML elements as strings, and the inline styles that all displays share.

Attributes are escaped here. Content is HTML: text goes through `escape` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aai_jupyter.text.colours import WARNING
from aai_jupyter.text.sanitize import VERBATIM, escape

_VOID = {"img", "meta"}
_BLANK_LINE = re.compile(r"\n([ \t]*)(?=\n)")

FAINT = "opacity:.7"
SMALL = f"font-size:.85em;font-weight:400;{FAINT}"
BOX = "max-width:64em;margin:4px 0;line-height:1.45;text-align:left"
# Notebook front ends stripe, shade and right-align tables: everything they set is set here too.
TABLE = (
    "width:100%;table-layout:fixed;border-collapse:collapse;border:0;margin:0;"
    "background:transparent;font-size:1em"
)
ROW = "background:transparent;border:0"
CELL = (
    "box-sizing:border-box;border:0;background:transparent;line-height:1.45;"
    "text-align:left;vertical-align:top;white-space:normal"
)
NAME = f"{CELL};font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis"
_FIGURES = "font-variant-numeric:tabular-nums"
NUMBER = f"{CELL};width:4.9em;padding:1px 0;text-align:right;white-space:nowrap;{_FIGURES}"
TIME = f"{CELL};width:4.2em;padding:3px 10px 3px 0;{_FIGURES};{FAINT}"
BREAK = "overflow-wrap:break-word"


def tag(name: str, *inner: str, **attributes: str | float | None) -> str:
    """Return one element. ``aria_label=`` writes ``aria-label``, ``class_=`` ``class``; None leaves one out.

    Examples
    --------
    >>> tag("b", "1 &lt; 2", title='"quoted"')
    '<b title="&quot;quoted&quot;">1 &lt; 2</b>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{''.join(inner)}</{name}>"


def box(name: str, *inner: str, **attributes: str | float | None) -> str:
    """Return the outermost element of a display: all in it is text as it stands, no formulas.

    Examples
    --------
    >>> box("p", "$5 and $6").partition(">")[2]
    '$5 and $6</p>'
    """
    return tag(name, *inner, class_=VERBATIM, style=BOX, **attributes)


def one_block(html: str) -> str:
    """Return HTML without blank lines, which reads the same.

    In Markdown, which notebooks are exported to, a blank line ends the HTML: what follows would be read as
    Markdown, and a text in it that somebody wrote could load a picture.

    Examples
    --------
    >>> one_block("<pre>a\\n\\nb</pre>")
    '<pre>a&#10;\\nb</pre>'
    """
    return _BLANK_LINE.sub(r"&#10;\1", html)


def heading(*texts: str) -> str:
    """Return small column heads over figures."""
    return "".join(
        tag("th", tag("span", escape(text), style=SMALL), scope="col", style=NUMBER) for text in texts
    )


def figures(*texts: str) -> str:
    """Return cells of figures."""
    return "".join(tag("td", escape(text), style=NUMBER) for text in texts)


def picture(source: str, alt: str) -> str:
    """Return a cell with an image as wide as the cell."""
    image = tag(
        "img",
        src=source,
        alt=alt,
        title=alt,
        width="100%",
        height=14,
        style="display:block;width:100%;max-width:100%;height:14px;margin:0;border-radius:2px",
    )
    return tag("td", image, style=f"{CELL};vertical-align:middle;padding:1px 0")


def note(html: str) -> str:
    """Return a small faint line."""
    return tag("div", html, style=f"padding:4px 0;{SMALL}")


def aside(html: str, shade: str) -> str:
    """Return a block with a coloured edge."""
    return tag(
        "div", html, style=f"margin:4px 0;padding:1px 0 1px 10px;border-left:3px solid {shade};{BREAK}"
    )


def disclosure(summary: str, *inner: str, style: str = "", open: bool = False) -> str:
    """Return content behind a line that opens it; the line has its triangle in classic notebooks, too.

    Examples
    --------
    >>> disclosure("More", "text")
    '<details><summary style="display:list-item">More</summary>text</details>'
    """
    line = tag("summary", summary, style=f"display:list-item{f';{style}' if style else ''}")
    return tag("details", line, *inner, open="" if open else None)


def warned(texts: Iterable[str]) -> str:
    """Return one block with all warnings; nothing for none."""
    lines = "".join(tag("div", f"⚠ {escape(text)}") for text in texts)
    return aside(lines, WARNING) if lines else ""
