"""Feeds of podcasts: their episodes as a manifest, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import MissingDependencyError, SourceError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.urls import is_web_url

if TYPE_CHECKING:
    from datetime import datetime

    from aai_jupyter.api.manifest import Manifest
    from aai_jupyter.client.sources.reading import Source

MOST_BYTES = 30_000_000
"""Of a feed. A daily podcast of ten years has three million."""
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Episode:
    """One episode of a feed."""

    url: str
    guid: str
    title: str
    published: datetime | None
    seconds: float | None


def read_feed(address: str, latest: int | None) -> Manifest:
    """Ask a feed for its episodes; nothing else is asked.

    Parameters
    ----------
    address : str
    latest : int, optional
        How many, the newest first; all when left out.

    Returns
    -------
    Manifest
        With the columns ``episode`` (its title) and ``published``.

    Raises
    ------
    SourceError
        It cannot be reached, is no feed, or has no episodes.
    """
    import pandas as pd

    from aai_jupyter.api.manifest import Manifest

    if not isinstance(address, str) or not is_web_url(address):
        raise SourceError(
            f"{address!r} is not the address of a feed.", hint="Such as https://example.org/feed.xml"
        )
    episodes = episodes_of(runtime().bridge.run(_fetched(address)), address)
    episodes.sort(key=_when, reverse=True)
    chosen = episodes if latest is None else episodes[:latest]
    if not chosen:
        raise SourceError(f"The feed {address} has no episodes with sound.")
    dates: list[Any] = [one.published for one in chosen]
    when = pd.to_datetime(dates, utc=True)
    columns = {
        "source": pd.Series([_source(one, address) for one in chosen], dtype=object),
        "episode": pd.Series([one.title for one in chosen], dtype="string"),
        "published": pd.Series(pd.DatetimeIndex(when).as_unit("us")),
    }
    return Manifest(pd.DataFrame(columns), "source", ["episode", "published"])


def _when(episode: Episode) -> float:
    return episode.published.timestamp() if episode.published is not None else float("-inf")


def _source(episode: Episode, address: str) -> Source:
    from aai_jupyter.client.sources.reading import Source

    # By its id in the feed: addresses of the sound change with each tracking service and each signature.
    identity = f"episode:{address}#{episode.guid}"
    return Source(episode.url, "url", url=episode.url, _seconds=episode.seconds, identity=identity)


async def _fetched(address: str) -> bytes:
    import httpx

    from aai_jupyter.network.http_client import http_client

    body = bytearray()
    try:
        async with (
            http_client(follow_redirects=True, timeout=30.0) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != 200:
                raise SourceError(f"The feed {address} answered with HTTP {answer.status_code}.")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise SourceError(f"The feed {address} is larger than {MOST_BYTES / 1e6:.0f} MB.")
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise SourceError(f"The feed {address} cannot be reached: {reason}.") from error
    return bytes(body)


def episodes_of(xml: bytes, address: str) -> list[Episode]:
    """Read the episodes of a feed (RSS 2.0 or Atom) that have sound, in its order.

    Raises
    ------
    SourceError
        It is no feed.
    MissingDependencyError
        defusedxml is not installed: XML of strangers is not read without it.

    Examples
    --------
    >>> feed = b'<rss><channel><item><title>One</title><enclosure url="https://a.org/1.mp3"/></item></channel></rss>'
    >>> [(one.title, one.url) for one in episodes_of(feed, "feed")]
    [('One', 'https://a.org/1.mp3')]
    """
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import fromstring
    except ImportError as error:
        raise MissingDependencyError(
            "Feeds need defusedxml.", hint='pip install "aai-jupyter[remote]"'
        ) from error
    from xml.etree.ElementTree import ParseError

    try:
        root = fromstring(xml)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SourceError(f"{address} is not a feed: {error or type(error).__name__}.") from None
    if root.tag not in ("rss", f"{_ATOM}feed"):
        raise SourceError(f"{address} is not a feed: it is {root.tag.rpartition('}')[2]}.")
    found = [_item(item) for item in root.iter("item")] + [_entry(one) for one in root.iter(f"{_ATOM}entry")]
    return [one for one in found if one is not None]


def _item(item: Any) -> Episode | None:
    enclosure = item.find("enclosure")
    url = "" if enclosure is None else (enclosure.get("url") or "").strip()
    if not is_web_url(url):
        return None
    guid = _text(item, "guid") or url
    return Episode(
        url,
        guid,
        _text(item, "title"),
        _date(_text(item, "pubDate")),
        _length(_text(item, f"{_ITUNES}duration")),
    )


def _entry(entry: Any) -> Episode | None:
    links = [link for link in entry.findall(f"{_ATOM}link") if link.get("rel") == "enclosure"]
    url = (links[0].get("href") or "").strip() if links else ""
    if not is_web_url(url):
        return None
    when = _text(entry, f"{_ATOM}published") or _text(entry, f"{_ATOM}updated")
    return Episode(url, _text(entry, f"{_ATOM}id") or url, _text(entry, f"{_ATOM}title"), _date(when), None)


def _text(element: Any, name: str) -> str:
    found = element.find(name)
    return " ".join((found.text or "").split()) if found is not None else ""


def _date(text: str) -> datetime | None:
    import pandas as pd

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        found = pd.to_datetime(text, utc=True, errors="coerce")
        return None if pd.isna(found) else found.to_pydatetime()


def _length(text: str) -> float | None:
    """Seconds of ``3723``, ``62:03`` or ``1:02:03``.

    Examples
    --------
    >>> _length("1:02:03"), _length("62:03"), _length("3723"), _length("long")
    (3723.0, 3723.0, 3723.0, None)
    """
    seconds = 0.0
    for part in text.split(":"):
        if not part.strip().isdigit():
            return None
        seconds = 60 * seconds + int(part)
    return seconds or None
