"""Feeds of podcasts: their episodes as a manifest, the newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import MissingDependencyError, SourceError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.urls import host_of, is_web_url

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from aai_jupyter.api.manifest import Manifest
    from aai_jupyter.client.sources.reading import Source

MOST_BYTES = 30_000_000
"""Of a feed. A daily podcast of ten years has three million."""
MOST_REDIRECTS = 10
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

    @property
    def host(self) -> str:
        """Where its sound is."""
        return host_of(self.url)


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
    episodes = runtime().bridge.run(_asked(address))
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


async def _asked(address: str) -> list[Episode]:
    """Return the episodes of a feed; those of a feed of the internet lead to the internet."""
    from aai_jupyter.network.addresses import leads_inside

    inside = await leads_inside(address)
    episodes = episodes_of(await _fetched(address, inside), address)
    if not inside:
        hosts = {host: await leads_inside(f"https://{host}") for host in {one.host for one in episodes}}
        episodes = [one for one in episodes if not hosts[one.host]]
    return episodes


async def _fetched(address: str, inside: bool) -> bytes:
    import httpx

    from aai_jupyter.network.addresses import leads_inside
    from aai_jupyter.network.http_client import UNPACKED, http_client

    url = address
    try:
        async with http_client(timeout=30.0, headers=UNPACKED) as client:
            for _ in range(MOST_REDIRECTS + 1):
                async with client.stream("GET", url) as answer:
                    if answer.next_request is None:
                        return await _body(answer, address)
                    url = str(answer.next_request.url)
                if not is_web_url(url) or (not inside and await leads_inside(url)):
                    raise SourceError(
                        f"The feed {address} redirects to an address of this machine's network."
                    )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise SourceError(f"The feed {address} cannot be reached: {reason}.") from error
    raise SourceError(f"The feed {address} redirects too often.")


async def _body(answer: httpx.Response, address: str) -> bytes:
    from aai_jupyter.network.http_client import is_packed

    if answer.status_code != 200:
        raise SourceError(f"The feed {address} answered with HTTP {answer.status_code}.")
    if is_packed(answer):
        raise SourceError(f"The feed {address} comes packed (Content-Encoding), though it was not asked to.")
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise SourceError(f"The feed {address} is larger than {MOST_BYTES / 1e6:.0f} MB.")
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
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:  # Lookup: its encoding
        raise SourceError(f"{address} is not a feed: {error or type(error).__name__}.") from None
    if root.tag not in ("rss", f"{_ATOM}feed"):
        raise SourceError(f"{address} is not a feed: it is {root.tag.rpartition('}')[2]}.")
    found = [_item(item) for item in root.iter("item")] + [_entry(one) for one in root.iter(f"{_ATOM}entry")]
    episodes = [one for one in found if one is not None]
    urls: dict[str, set[str]] = {}
    for one in episodes:
        urls.setdefault(one.guid, set()).add(one.url)
    # An id that several have is none.
    return [replace(one, guid=one.url) if len(urls[one.guid]) > 1 else one for one in episodes]


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
    except (ValueError, TypeError, IndexError, OverflowError):
        found = pd.to_datetime(text, utc=True, errors="coerce")
        return None if pd.isna(found) else found.to_pydatetime()


def _length(text: str) -> float | None:
    """Seconds of ``3723``, ``62:03`` or ``1:02:03``.

    Examples
    --------
    >>> _length("1:02:03"), _length("62:03"), _length("3723"), _length("long"), _length("9" * 400)
    (3723.0, 3723.0, 3723.0, None, None)
    """
    seconds = 0.0
    for part in text.split(":"):
        if not re.fullmatch(r"\s*\d{1,9}\s*", part):
            return None
        seconds = 60 * seconds + int(part)
    return seconds or None
