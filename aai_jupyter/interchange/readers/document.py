"""Bytes of a file as text, JSON or XML: decoded once, within bounds, for whichever reader asks."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.client import decoding
from aai_jupyter.client.decoding import Problems
from aai_jupyter.errors import MissingDependencyError, UsageError
from aai_jupyter.text.sanitize import one_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 200_000_000
"""Of one file: ten hours of words with all that programs write about them take some 40 MB."""
DEEPEST = 100
"""Levels of XML."""
HEAD = 20_000
"""Characters in which a format has to show itself."""
OTHER_SCRIPT = 0.5
"""Of all letters: Western languages have fewer above ASCII, Cyrillic and others more."""
FEWEST_HIGH = 60
"""Bytes above ASCII: fewer are too few to tell a script by."""
LONGEST_GUESS = 100_000
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SEPARATORS = re.compile("[\x85\u2028\u2029]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, problems: Problems) -> str:
    """Decode text in UTF-8, UTF-16 or UTF-32 (with and without byte order mark) or Windows-1252.

    Where charset-normalizer is installed, text in a script of its own (Cyrillic, Japanese) is told, too.

    Examples
    --------
    >>> decoded("né".encode("utf-16"), Problems()), decoded(b"n\\xe9", Problems())
    ('né', 'né')
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _tolerant(data, name, problems)
    sample = data[:4000]
    if sample.count(0) > len(sample) // 4:
        even = sample[0::2].count(0)
        return _tolerant(data, "utf-16-be" if even > len(sample) // 4 else "utf-16-le", problems)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if (mixed := _by_lines(data)) is not None:
        problems.add("encoding", "some lines are not UTF-8; those were read as Windows-1252")
        return mixed
    # A few broken bytes in UTF-8 are more likely than Windows-1252 with letters such as "Ã©" all over.
    lenient = data.decode("utf-8", "replace")
    if lenient.count("\ufffd") * 4 < sum(lenient.count(mark) for mark in "éèüöäßñçóíáàê’“”…"):
        problems.add("encoding", "broken UTF-8; what cannot be read became U+FFFD")
        return lenient
    name, text = _of_other_script(data) or ("Windows-1252", text)
    problems.add("encoding", f"not UTF-8; read as {name}")
    return text


def _of_other_script(data: bytes) -> tuple[str, str] | None:
    """The encoding and text where most letters are above ASCII, as in no language of Windows-1252."""
    sample = data[:HEAD]
    high = sum(byte >= 0x80 for byte in sample)
    if high < FEWEST_HIGH or high <= OTHER_SCRIPT * (
        high + sum(chr(byte).isalpha() for byte in sample if byte < 0x80)
    ):
        return None
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    best = from_bytes(data[:LONGEST_GUESS]).best()
    return None if best is None else (best.encoding, data.decode(best.encoding, "replace"))


def _by_lines(data: bytes) -> str | None:
    """The text of files that were put together: each line is UTF-8 or Windows-1252, and both occur."""
    found: list[str] = []
    both = [False, False]
    for line in data.splitlines(keepends=True):
        try:
            found.append(line.decode("utf-8"))
            both[0] = both[0] or not line.isascii()
        except UnicodeDecodeError:
            if _UTF8_LETTER.search(line):
                return None  # broken UTF-8
            found.append(line.decode("cp1252", "replace"))
            both[1] = True
    return "".join(found) if all(both) else None


def _tolerant(data: bytes, name: str, problems: Problems) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        problems.add("encoding", f"broken {name.upper()}; what cannot be read became U+FFFD")
        return data.decode(name, "replace")


def read_bytes(path: Path) -> bytes:
    """Read a file within the bound of a transcript.

    Raises
    ------
    UsageError
        It is missing, unreadable or too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"Cannot read {one_line(path)}: {reason}.", hint="Check the name.") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{one_line(path)} is larger than any transcript ({MAX_BYTES / 1e6:g} MB).")
    return data


@dataclass
class Document:
    """A file that is being recognised.

    Attributes
    ----------
    name : str
        Its name, for messages; it decides nothing.
    beside : Document, optional
        A second file that belongs to it: RTTM with CTM.
    """

    data: bytes
    name: str = "The text"
    beside: Document | None = None
    problems: Problems = field(default_factory=Problems)

    @cached_property
    def text(self) -> str:
        """The whole text, every line break as ``\\n``."""
        text = decoded(self.data, self.problems)
        if "\0" in text:
            self.problems.add("encoding", "bytes of zero in the text became U+FFFD")
            text = text.replace("\0", "\ufffd")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\n" not in text:  # separators of lines that few programs write
            text = _SEPARATORS.sub("\n", text)
        return text.removeprefix("\ufeff")

    @cached_property
    def head(self) -> str:
        """The first characters, without white space before them."""
        return self.text[:HEAD].lstrip()

    @cached_property
    def lines(self) -> list[str]:
        """All lines."""
        return self.text.split("\n")

    @cached_property
    def first_lines(self) -> list[str]:
        """The first lines that are not blank."""
        return [line.strip() for line in self.head.split("\n")[:60] if line.strip()]

    @cached_property
    def json(self) -> Any:
        """The value that is written in JSON; None when it is no JSON."""
        if self.head[:1] not in ("{", "["):
            return None
        try:
            return decoding.loads(self.text.encode("utf-8", "replace"))
        except ValueError:
            return None

    @cached_property
    def xml(self) -> Element | None:
        """The root of an XML document; None when it is none.

        Raises
        ------
        UsageError
            It has a document type or entities: those read other files, and grow without bound.
        """
        if not self.head.startswith("<"):
            return None
        return parse_xml(self.data if not self._other_encoding else self.text.encode(), self.name)

    @property
    def _other_encoding(self) -> bool:
        return self.data[:200].count(0) > 50 and not self.data.startswith(
            (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        )


def parse_xml(data: bytes, name: str) -> Element | None:
    """Return the root of XML without document type and entities; None when it is no XML."""
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring
    except ImportError as error:
        raise MissingDependencyError(
            f"{name} is XML, which is read with defusedxml.", hint='pip install "aai-jupyter[export]"'
        ) from error
    try:
        root: Element = fromstring(data.strip(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise UsageError(
            f"{name} has a document type or entities, which are not read: they can name other files."
        ) from error
    except (ParseError, LookupError, ValueError):  # LookupError: an encoding that nobody knows
        return None
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return root
    raise UsageError(f"{name} is XML that is nested deeper than any transcript.")


def local_name(tag: object) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
