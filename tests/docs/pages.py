"""The pages written by hand, and the examples in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts),
]
LANGUAGES = ("python", "ipython3")
_FENCE = re.compile(
    r"(?:^<!-- needs: (?P<needs>[\w ]+) -->\n)?^```(?P<language>[\w+-]*)\n(?P<code>.*?)^```$", re.M | re.S
)
_GENERATED = re.compile(r"<!-- begin table: ([\w-]+) -->.*?<!-- end table: \1 -->", re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes
    ----------
    needs : str or None
        What the tests do not have: a key, a microphone, a server of language models. A block with such a
        mark before it (``<!-- needs: key -->``) is checked, not run.
    """

    page: str
    line: int
    language: str
    code: str
    needs: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    found = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("code"))
        found.append(Block(name, line, match["language"], match["code"], match["needs"]))
    return found


def examples(path: Path) -> list[Block]:
    """The blocks that a reader would run in a notebook."""
    return [block for block in blocks(path) if block.language in LANGUAGES]


def prose(path: Path) -> str:
    """A page without its blocks and its generated tables."""
    return _FENCE.sub("", _GENERATED.sub("", path.read_text(encoding="utf-8")))


def inline_code(path: Path) -> Iterator[str]:
    """What stands in backticks in the prose of a page."""
    yield from re.findall(r"`([^`\n]+)`", prose(path))
