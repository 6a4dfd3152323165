"""Episodes of a feed: the newest first, known by their ids, and a second run that asks the feed alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.api.podcast_feed import episodes_of
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.faults.simulator import KEY, Simulator

EN: Any = {"language_code": "en"}
ITEM = """<item><title>Episode {n}</title><guid>id-{n}</guid>
<pubDate>{day:02} May 2024 08:00:00 +0200</pubDate>
<itunes:duration>1:00:0{n}</itunes:duration><enclosure url="https://cdn.example.org/{n}.mp3?signed={mark}"/></item>"""
HEAD = '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Talks</title>'


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr("aai_jupyter.client.transcripts.transcripts_api.QUICKEST", 0.05)
    monkeypatch.setattr("aai_jupyter.client.transcripts.submit._LOOKS", (0.01, 0.02, 0.04, 0.08))
    with Simulator() as simulator:
        settings.login(KEY)
        settings.base_url = simulator.url
        settings.home = tmp_path / "home"
        yield simulator
        runtime().close()


@contextmanager
def feed(pages: list[tuple[int, str]], **headers: str) -> Iterator[str]:
    """An address that gives these pages one after the other, the last one for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = pages.pop(0) if len(pages) > 1 else pages[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Tests say what they have to say themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/feed.xml"
    server.shutdown()
    server.server_close()


def page(numbers: list[int], mark: str) -> str:
    items = [ITEM.format(n=n, day=n, mark=mark) for n in numbers]
    return HEAD + "".join(items) + "<item><title>Only text</title></item></channel></rss>"


def test_a_second_run_asks_the_feed_and_sends_what_is_new(service: Simulator) -> None:
    with feed([(200, page([1, 3, 2], "a")), (200, page([1, 3, 2, 4], "b"))]) as address:
        first = aai.transcribe(feed=address, latest=2, **EN)
        assert first.recordings.episode.tolist() == ["Episode 3", "Episode 2"]
        assert str(first.recordings.published[0]) == "2024-05-03 06:00:00+00:00"
        again = aai.transcribe(feed=address, latest=3, **EN)
    assert again.recordings.episode.tolist() == ["Episode 4", "Episode 3", "Episode 2"]
    assert again.ids[1:] == first.ids  # with other signatures in their addresses
    assert [job.audio.rpartition("/")[2] for job in service.jobs] == [
        "3.mp3?signed=a",
        "2.mp3?signed=a",
        "4.mp3?signed=b",
    ]


def test_lengths_of_the_feed_count_for_its_price(service: Simulator) -> None:
    with feed([(200, page([1, 2], "a"))]) as address, pytest.raises(aai.CostLimitError, match=r"\$0\.42"):
        aai.transcribe(feed=address, max_cost=0.3, **EN)
    assert not service.jobs


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (404, "", "HTTP 404"),
        (200, "<html><body>Hello</body></html>", "it is html"),
        (200, "no xml", "is not a feed"),
        (200, '<!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>', "is not a feed"),
        (200, HEAD + "</channel></rss>", "no episodes"),
    ],
)
def test_what_is_no_feed_is_said(service: Simulator, status: int, text: str, words: str) -> None:
    with feed([(status, text)]) as address, pytest.raises(aai.SourceError, match=words):
        aai.transcribe(feed=address, **EN)


def test_atom_and_mistakes() -> None:
    entry = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>One</title>
    <published>2024-05-01T08:00:00Z</published><link rel="enclosure" href="https://a.org/1.mp3"/></entry>
    <entry><link rel="enclosure" href="javascript:alert(1)"/></entry></feed>"""
    (one,) = episodes_of(entry.encode(), "feed")
    assert (one.title, str(one.published)) == ("One", "2024-05-01 08:00:00+00:00")
    with pytest.raises(aai.OptionError, match="latest goes with feed"):
        aai.transcribe("a.wav", latest=3)  # type: ignore[call-overload]
    with pytest.raises(aai.SourceError, match="not the address of a feed"):
        aai.transcribe(feed="feed.xml")


def item(guid: str = "1", published: str = "", length: str = "", url: str = "https://a.org/1.mp3") -> str:
    return (
        f"<item><guid>{guid}</guid><pubDate>{published}</pubDate><itunes:duration>{length}</itunes:duration>"
        f'<enclosure url="{url}"/></item>'
    )


@pytest.mark.parametrize("length", ["9" * 5000, "9" * 400, "²:3", "-1", "1:x"])
def test_a_length_that_is_none_is_none(length: str) -> None:
    (one,) = episodes_of(f"{HEAD}{item(length=length)}</channel></rss>".encode(), "feed")
    assert one.seconds is None


@pytest.mark.parametrize(
    "published", ["Mon, 01 Jan 2020 00:00:00 +999999999999999", "9" * 5000, "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_date_that_is_none_is_none(published: str) -> None:
    (one,) = episodes_of(f"{HEAD}{item(published=published)}</channel></rss>".encode(), "feed")
    assert one.published is None


@pytest.mark.parametrize("coding", ["foo", "utf-7", "euc-jp"])
def test_an_encoding_that_nobody_knows_is_said(coding: str) -> None:
    with pytest.raises(aai.SourceError, match="not a feed"):
        episodes_of(f'<?xml version="1.0" encoding="{coding}"?><rss/>'.encode(), "feed")


def test_an_id_that_several_episodes_have_is_none() -> None:
    both = item(url="https://a.org/1.mp3") + item(url="https://a.org/2.mp3")
    found = episodes_of(f"{HEAD}{both}</channel></rss>".encode(), "feed")
    assert [one.guid for one in found] == ["https://a.org/1.mp3", "https://a.org/2.mp3"]


def test_a_feed_that_comes_packed_is_not_unpacked(service: Simulator) -> None:
    with (
        feed([(200, "x")], Content_Encoding="gzip, gzip") as address,
        pytest.raises(aai.SourceError, match="comes packed"),
    ):
        aai.transcribe(feed=address, **EN)


def test_a_feed_of_the_internet_does_not_lead_inside(
    service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leads_inside(url: str) -> bool:
        return not url.startswith("http://127.0.0.1") or "inner" in url

    monkeypatch.setattr("aai_jupyter.network.addresses.leads_inside", leads_inside)
    with (
        feed([(302, "")], Location="/inner") as address,
        pytest.raises(aai.SourceError, match="this machine's network"),
    ):
        aai.transcribe(feed=address, **EN)
    text = f"{HEAD}{item(url='http://169.254.169.254/1.mp3')}</channel></rss>"
    with feed([(200, text)]) as address, pytest.raises(aai.SourceError, match="no episodes"):
        aai.transcribe(feed=address, **EN)
