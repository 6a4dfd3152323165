"""What the first bytes of a file say, and which file names the service takes as audio."""

from __future__ import annotations

import re

AUDIO_EXTENSIONS = frozenset(
    (
        ".3ga", ".8svx", ".aac", ".ac3", ".aif", ".aiff", ".alac", ".amr", ".ape", ".au", ".dss", ".flac",
        ".flv", ".m4a", ".m4b", ".m4p", ".m4r", ".mp3", ".mpga", ".ogg", ".oga", ".mogg", ".opus", ".qcp",
        ".tta", ".voc", ".wav", ".wma", ".wv",
    )
)  # fmt: skip
VIDEO_EXTENSIONS = frozenset(
    (".webm", ".mts", ".m2ts", ".ts", ".mov", ".mp2", ".mp4", ".m4p", ".m4v", ".mxf")
)
MEDIA_EXTENSIONS = AUDIO_EXTENSIONS | VIDEO_EXTENSIONS
"""File name endings that the service lists as supported."""

HEAD_BYTES = 4096
"""How much of a file :func:`not_audio` wants to see."""

_MEDIA = (
    b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"#!AMR", b"MAC ", b"TTA", b"wvpk",
    b"caff", b"\x1aE\xdf\xa3", b"0&\xb2u\x8ef\xcf\x11", b"FLV\x01", b"Creative Voice File",
    b"\x02dss", b"\x03ds2", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x06\x0e+4", b"\x0bw",
)  # fmt: skip


def is_media(head: bytes) -> bool:
    """Whether a file begins as audio or video does.

    Examples
    --------
    >>> is_media(b"RIFF....WAVEfmt "), is_media(b"WEBVTT")
    (True, False)
    """
    return head.startswith(_MEDIA) or head[4:8] == b"ftyp"


_OTHER = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or Office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array file"),
)
# Possessive throughout: a file decides what this reads, and backtracking over comments takes ages.
_HTML = re.compile(
    r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s++html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def not_audio(head: bytes) -> str | None:
    """Name what a file is when its first bytes say that it cannot be audio; None when it may be audio.

    Unknown binary data may be audio: the service knows more formats than any list here.

    Examples
    --------
    >>> not_audio(b"RIFF....WAVEfmt ")
    >>> not_audio(b'{"error": "not found"}')
    'JSON text'
    >>> not_audio(b"<!DOCTYPE html><html>")
    'an HTML page'
    """
    if is_media(head):
        return None
    for magic, name in _OTHER:
        if head.startswith(magic):
            return name
    text = _as_text(head)
    if text is None:
        return None
    if _HTML.match(text):
        return "an HTML page"
    if text.lstrip().startswith(("{", "[")):
        return "JSON text"
    if text.lstrip().startswith("<"):
        return "XML text"
    return "plain text"


def _as_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        # A UTF-16 mark is also a valid MPEG frame header: only readable text decides.
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
        return text if text[:64].isascii() and not _CONTROL.search(text) else None
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character was cut in two at the end of the sample
            return None
        text = head[: error.start].decode("utf-8-sig", "ignore")
    return None if _CONTROL.search(text) else text
