"""Replies of the service: JSON out of a good one, the exception that fits a bad one."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from aai_jupyter.errors import (
    AaiError,
    AccessError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    RateLimitError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)
from aai_jupyter.text.json_faults import NOT_JSON

_MAX_TEXT = 500
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)</title>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<(script|style)\b.*?(?:</\1>|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
# The overview documents 403 as "too many requests"; any other reason stands in the text.
_RATE_WORDS = re.compile(
    r"too many|\brates?\b|rate.?limit|exceed|requests per|throttl|slow down|^forbidden\W*$|^403",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reply:
    """A reply with a 2xx status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def decode_json(reply: Reply, type: Any = dict[str, Any]) -> Any:
    """Body of a reply as `type`.

    Raises
    ------
    ResponseError
        It is not JSON of that shape: a login page of a network, or a wrong host.
    """
    try:
        return msgspec.json.decode(reply.content, type=type)
    except NOT_JSON:
        pass
    raise not_understood(reply)


def not_understood(reply: Reply) -> ResponseError:
    """The error for a 2xx reply that is not what the API documents."""
    start = " ".join(reply.text[:80].split())
    return ResponseError(
        "The reply is not from the API.",
        detail=start or "empty body",
        status=reply.status,
        hint="A proxy or login page may stand in between; check base_url with %aai_status.",
    )


def error_text(body: bytes) -> tuple[str | None, str | None]:
    """The reason and the request id out of an error body.

    Understands ``{"error": "..."}``, both envelopes of the LLM Gateway (flat, and nested under ``error``),
    ``{"detail": [...]}``, problem objects (RFC 9457: ``title`` and ``detail``), a text beside an
    ``error_code``, HTML, plain text and nothing at all.

    Returns
    -------
    text, request_id : str or None

    Examples
    --------
    >>> error_text(b'{"error": "speech_model is deprecated", "status": "error"}')
    ('speech_model is deprecated', None)
    >>> error_text(b'{"code": 400, "message": "invalid request body", "metadata": {"errors": ["no model"]}}')
    ('invalid request body: no model', None)
    >>> error_text(b'{"status": 400, "title": "Audio Too Short", "detail": "80 ms are needed"}')
    ('Audio Too Short: 80 ms are needed', None)
    >>> error_text(b'{"error_code": "audio_too_short", "message": "80 ms are needed"}')
    ('80 ms are needed (audio_too_short)', None)
    >>> error_text(b"<html><head><title>502 Bad Gateway</title></head></html>")
    ('502 Bad Gateway', None)
    """
    try:
        data = msgspec.json.decode(body)
    except NOT_JSON:
        return _plain_text(body), None
    text = _from_json(data)
    request_id = data.get("request_id") if isinstance(data, dict) else None
    return (_shorten(text) if text else None), request_id if isinstance(request_id, str) else None


def _from_json(data: Any) -> str | None:
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(_from_json, data))) or None
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("loc"), list) and isinstance(data.get("msg"), str):  # one item of `detail`
        where = ".".join(str(part) for part in data["loc"])
        return f"{where}: {data['msg']}" if where else data["msg"]
    for name in ("error", "message", "detail", "details", "msg", "title"):
        text = _from_json(data.get(name))
        if text:
            metadata = data.get("metadata")
            more = _from_json(metadata.get("errors")) if isinstance(metadata, dict) else None
            return _labelled(data, f"{text}: {more}" if more and more not in text else text)
    return None


def _labelled(data: dict[str, Any], text: str) -> str:
    """A reason with the short name that the service has for it."""
    title, code = data.get("title"), data.get("error_code")
    if isinstance(title, str) and title and title.lower() not in text.lower():
        return f"{title}: {text}"
    return f"{text} ({code})" if isinstance(code, str) and code and code not in text else text


def _plain_text(body: bytes) -> str | None:
    text = body[:20_000].decode("utf-8", "replace")
    if "<" in text and (title := _TITLE.search(text)):
        text = title[1]
    return _shorten(html.unescape(_TAGS.sub(" ", text))) or None


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait that the service asked for, from ``Retry-After`` as seconds or as a date.

    Parameters
    ----------
    headers : mapping
        With names in lower case.
    now : float
        Seconds since the epoch.

    Examples
    --------
    >>> retry_after({"retry-after": "2.5"}, 0.0)
    2.5
    >>> retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 20.0)
    40.0
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d*)?", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def is_rate_limit(status: int, text: str | None, body: bytes) -> bool:
    """True when the reply means "too many requests": 429, or 403 unless its text gives another reason."""
    if status == 429:
        return True
    if status != 403:
        return False
    from_service = body.lstrip()[:1] in (b"{", b"[", b'"')
    return not text or not from_service or bool(_RATE_WORDS.search(text))


def is_own_refusal(body: bytes) -> bool:
    """Whether an error body is one that the service writes, and not a proxy before it.

    Examples
    --------
    >>> is_own_refusal(b'{"error": "balance is negative"}'), is_own_refusal(b'{"message": "Unavailable"}')
    (True, False)
    >>> is_own_refusal(b"<html>429 Too Many Requests</html>"), is_own_refusal(b"null")
    (False, False)
    """
    try:
        data = msgspec.json.decode(body)
    except NOT_JSON:
        return False
    return isinstance(data, dict) and isinstance(data.get("error"), str) and bool(data["error"])


LOCAL_DEFECT = (
    "A defect of aai-jupyter, on this machine; nothing is charged. Its log has it whole: engine-*.log in the "
    "folder engine of aai.settings.home, or what aai-jupyter serve printed. Please report it with that."
)


def status_error(
    status: int, body: bytes, headers: Mapping[str, str], *, host: str, region: str = "global"
) -> AaiError:
    """The exception for a reply whose status is not 2xx.

    Examples
    --------
    >>> error = status_error(403, b'{"error": "Cannot access uploaded file"}', {}, host="api.assemblyai.com")
    >>> type(error).__name__, error.detail
    ('AccessError', 'Cannot access uploaded file')
    """
    text, request_id = error_text(body)
    request_id = request_id or headers.get("x-request-id")
    kind, message, hint = _kind(status, text, body, headers, host, region)
    return kind(message, detail=text, hint=hint, status=status, request_id=request_id)


def _kind(
    status: int, text: str | None, body: bytes, headers: Mapping[str, str], host: str, region: str
) -> tuple[type[AaiError], str, str | None]:
    lowered = (text or "").lower()
    if status == 401:
        return AuthenticationError, f"{host} refused the API key.", _login_hint(region)
    if is_rate_limit(status, text, body):
        return RateLimitError, f"{host} asks for fewer requests.", None
    if status == 403:
        hint = None
        if "uploaded file" in lowered:
            hint = "The upload belongs to another project or region: upload the file again with this key."
        return AccessError, f"{host} does not allow this.", hint
    if status == 404 or (status == 400 and "id not found" in lowered):
        return NotFoundError, f"{host} does not have this.", None
    if status == 408:
        return RequestTimeoutError, f"{host} gave up waiting for the request.", None
    if status == 413:
        hint = "Give the service a URL of the file instead (up to 5.5 GB)."
        return BadRequestError, f"{host} finds the file too large.", hint
    if 300 <= status < 400:
        where = headers.get("location", "another address")
        return (
            BadRequestError,
            f"{host} answered with a redirect to {where}.",
            "Set base_url to the real host.",
        )
    if status >= 500:
        return ServerError, f"{host} failed.", LOCAL_DEFECT if "local engine failed" in lowered else None
    return BadRequestError, f"{host} refused the request.", _balance_hint(lowered)


def _balance_hint(text: str) -> str | None:
    return (
        "Top up in the dashboard, or work on with the local engine: %aai_login --local."
        if "balance" in text
        else None
    )


def _login_hint(region: str) -> str:
    other = {
        **dict.fromkeys(("global", "us"), "If it is a key of the EU region: %aai_login --eu."),
        "eu": "If it is a US key: %aai_login without --eu.",
    }
    return f"Log in with %aai_login, or set ASSEMBLYAI_API_KEY. {other.get(region, '')}".strip()
