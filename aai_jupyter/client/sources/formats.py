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
DECODED_EXTENSIONS = frozenset(
    (
        ".3g2", ".3gp", ".3gpp", ".aifc", ".asf", ".avi", ".awb", ".bwf", ".caf", ".divx", ".dts", ".eac3",
        ".ec3", ".f4a", ".f4v", ".gsm", ".m1a", ".m2a", ".m2t", ".mk3d", ".mka", ".mkv", ".mp1", ".mpa",
        ".mpc", ".mpeg", ".mpg", ".oma", ".ogv", ".ogx", ".ra", ".rf64", ".rm", ".rmvb", ".snd", ".spx",
        ".vob", ".w64", ".wave", ".weba", ".wmv",
    )
)  # fmt: skip
MEDIA_EXTENSIONS = AUDIO_EXTENSIONS | VIDEO_EXTENSIONS | DECODED_EXTENSIONS
"""File name endings that the service lists as supported, and what it and the local engine decode besides."""

HEAD_BYTES = 4096
"""How much of a file :func:`not_audio` wants to see."""

_MEDIA = (
    b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"#!AMR", b"MAC ", b"TTA", b"wvpk",
    b"caff", b"\x1aE\xdf\xa3", b"0&\xb2u\x8ef\xcf\x11", b"FLV\x01", b"Creative Voice File",
    b"\x02dss", b"\x03ds2", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x06\x0e+4", b"\x0bw",
)  # fmt: skip
_WITH_PICTURE = (
    b"\x1aE\xdf\xa3", b"0&\xb2u\x8ef\xcf\x11", b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3",
    b"\x06\x0e+4", b"OggS", b".RMF",
)  # fmt: skip
_OTHER = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
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
    if says_audio(head):
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


def says_audio(head: bytes) -> bool:
    """Return whether the first bytes of a file are surely those of audio or video.

    >>> says_audio(b"fLaC"), says_audio(b"%PDF")
    (True, False)
    """
    return head.startswith(_MEDIA) or head[4:8] == b"ftyp"


def may_hold_more(head: bytes) -> bool:
    """Return whether a file that begins so may hold video, or several audio tracks.

    >>> may_hold_more(b"\\x00\\x00\\x00\\x20ftypisom"), may_hold_more(b"RIFF\\x24\\x00\\x00\\x00WAVE")
    (True, False)
    """
    if head.startswith(_WITH_PICTURE) or head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return True
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return True
    # MPEG transport stream: a sync byte at the head of each packet of 188 or (M2TS) 192 bytes.
    return any(
        len(head) > at + 2 * size and head[at] == head[at + size] == head[at + 2 * size] == 0x47
        for at, size in ((0, 188), (4, 192))
    )


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
