"""Parser of a ``multipart/form-data`` body (RFC 7578) that is in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser

from aai_jupyter.local.clips.errors import bad_request

_parser = BytesHeaderParser()


@dataclass(frozen=True)
class Part:
    """One part of the body."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a ``Content-Type`` names.

    Raises
    ------
    ClipError
        400: it is another type, or names none.

    Examples
    --------
    >>> boundary_of('multipart/form-data; boundary="a b"')
    b'a b'
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/form-data" or not boundary:
        raise bad_request("The body must be multipart/form-data with a boundary")
    return boundary.encode("latin-1", "replace")


def parts_of(body: bytes, boundary: bytes) -> list[Part]:
    """Split a body into its parts.

    Raises
    ------
    ClipError
        400: it does not follow its boundary.

    Examples
    --------
    >>> raw = b'--x\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n1\\r\\n--x--\\r\\n'
    >>> parts_of(raw, b"x")
    [Part(name='a', content_type='text/plain')]
    """
    broken = bad_request("The multipart body is malformed")
    mark = b"\r\n--" + boundary
    first, *rest = (b"\r\n" + body).split(mark)
    if first.strip() or len(rest) < 2 or not rest[-1].startswith(b"--"):
        raise broken
    parts = []
    for piece in rest[:-1]:
        padding, opened, content = piece.partition(b"\r\n")
        if not opened or padding.strip(b" \t"):
            raise broken
        if content.startswith(b"\r\n"):
            raise broken  # no headers, so no name
        head, ended, content = content.partition(b"\r\n\r\n")
        headers = _parser.parsebytes(head)
        name = headers.get_param("name", header="content-disposition")
        if not ended or not isinstance(name, str):
            raise broken
        parts.append(Part(name, content, headers.get_content_type()))
    return parts
