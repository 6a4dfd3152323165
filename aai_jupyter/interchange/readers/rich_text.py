"""Lines of Rich Text Format (RTF), which f4, MAXQDA, NVivo and dictation programs save.

Of a file that a stranger may have made only the text is wanted: one pass over its words of control, in which
no part is looked at twice. Known parsers look for links and pictures with expressions that a file can make
as slow as it likes.
"""

from __future__ import annotations

import codecs
import re

from aai_jupyter.interchange.readers.document import Document

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_BREAKS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "nestrow": "\n", "tab": "\t",
    "cell": "\t", "nestcell": "\t", "emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018",
    "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022", "emspace": " ",
    "enspace": " ",
}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_ASIDE = frozenset(
    (
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerl",
        "headerr", "headerf", "footerl", "footerr", "footerf", "footnote", "annotation", "fldinst", "xe",
        "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "datastore", "latentstyles",
        "tc",
    )
)  # fmt: skip
"""Groups that are no text of the document."""
DEEPEST = 1000


def is_rtf(document: Document) -> bool:
    """Whether it begins as such a file."""
    return document.data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf")


def rtf_lines(document: Document) -> list[str]:
    r"""Return the lines of the text; the cells of a table's row stand between tabs.

    Examples
    --------
    >>> rtf_lines(Document(rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 I: Gr\'fc\u223?e #00:00:05-2#\par}"))
    ['I: Grüße #00:00:05-2#', '']
    """
    found: list[str] = []
    encoding, skip = "cp1252", 0
    groups: list[tuple[bool, int]] = []
    aside, width = False, 1
    pending = bytearray()

    def flush() -> None:
        if pending:
            found.append(pending.decode(encoding, "replace"))
            pending.clear()

    for match in _TOKEN.finditer(document.data):
        word, number, code, sign, brace, text = match.groups()
        if code is None:
            flush()
        if brace:
            if brace == b"{":
                groups.append((aside, width))
                aside = aside or len(groups) > DEEPEST
            elif groups:
                aside, width = groups.pop()
            skip = 0
        elif word is not None:
            name, value = word.decode("ascii"), int(number) if number else None
            if name in _ASIDE:
                aside = True
            elif name == "ansicpg" and value is not None:
                encoding = _known(f"cp{value}", encoding)
            elif name == "uc" and value is not None:
                width = max(0, min(8, value))
            elif name == "u" and value is not None and not aside:
                found.append(chr(value % 0x10000))
                skip = width
            elif name in _BREAKS and not aside:
                found.append(_BREAKS[name])
        elif aside:
            continue
        elif skip and (code is not None or text):
            left = text[skip:] if text else b""
            skip = max(0, skip - (len(text) if text else 1))
            found.append(left.decode(encoding, "replace"))
        elif code is not None:
            pending.append(int(code, 16))
        elif sign is not None:
            if sign == b"*":
                aside = True
            found.append(_SIGNS.get(sign, ""))
        elif text:
            found.append(text.decode(encoding, "replace"))
    flush()
    whole = "".join(found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs of \u
    return whole.split("\n")


def _known(name: str, otherwise: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return otherwise
