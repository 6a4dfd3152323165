"""Checks of arguments that need no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.client.sources.source import Source
from aai_jupyter.errors import OptionError, UsageError

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest

STATUSES = ("queued", "processing", "completed", "error")
PHRASE_WORDS = 5
"""The longest phrase that word search takes."""


def one_source(source: Any) -> Source:
    """The one recording that was given."""
    found = resolve_sources(source)
    if len(found) != 1:
        raise UsageError(f"This takes one recording, not {len(found)}.")
    return found[0]


def request_params(request: TranscriptRequest | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters to send, out of a checked request or of options."""
    from aai_jupyter.client.options.transcript_request import build_request

    if request is not None and options:
        raise UsageError("Give a request or options, not both.")
    return dict((request or build_request(options)).params)


def web_url(url: Any) -> str:
    """An http(s) address."""
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is not a URL.", hint="Give a URL, or what upload() returned.")
    return url


def transcript_id(id: Any) -> str:
    """An id that is not empty."""
    if not isinstance(id, str) or not id.strip():
        raise UsageError(f"{id!r} is not a transcript id.", hint="%aai_transcripts lists yours.")
    return id


def job_status(status: str | None) -> str | None:
    """A status of the service, or None."""
    if status is not None and status not in STATUSES:
        raise OptionError(f"status must be {', '.join(STATUSES[:-1])} or {STATUSES[-1]}, not {status!r}.")
    return status


def day(value: str | date | None) -> str | None:
    """A day as ``YYYY-MM-DD``, or None."""
    try:
        return None if value is None else date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise OptionError(f"created_on must be a day such as 2026-10-01, not {value!r}.") from None


def whole_number(name: str, value: Any, maximum: int | None = None) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or value > (maximum or value):
        span = f"1 to {maximum}" if maximum else "from 1"
        raise OptionError(f"{name} must be a whole number {span}, not {value!r}.")
    return value


def search_terms(words: str | Iterable[str]) -> list[str]:
    """Words and phrases to search for; a comma parts them.

    Examples
    --------
    >>> search_terms("refund, call back")
    ['refund', 'call back']
    """
    phrases = [words] if isinstance(words, str) else list(words)
    terms = [term.strip() for phrase in phrases for term in phrase.split(",") if term.strip()]
    if not terms:
        raise OptionError("There is nothing to search for.")
    for term in terms:
        if len(term.split()) > PHRASE_WORDS:
            raise OptionError(f"{term!r} is too long: word search takes phrases of {PHRASE_WORDS} words.")
    return terms
