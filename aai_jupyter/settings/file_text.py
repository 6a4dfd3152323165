"""Text of a settings file, in whatever encoding an editor or shell has written it."""

from __future__ import annotations

import codecs
from pathlib import Path

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    OSError
        It cannot be read.
    """
    return decode(path.read_bytes())


def decode(data: bytes) -> str:
    """Decode by its mark; without one as UTF-8, as UTF-16 when every other byte is 0, or as Windows text.

    Names and values of settings are ASCII, which all of these agree on; never raises.

    Examples
    --------
    >>> decode("KEY=1".encode("utf-16")), decode(b"\\xef\\xbb\\xbfa"), decode(b"caf\\xe9")
    ('KEY=1', 'a', 'café')
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if b"\0" in data[:4]:
        name = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return data.decode(name, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
