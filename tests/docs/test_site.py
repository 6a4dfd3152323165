"""The built site: every link leads somewhere, nothing comes from elsewhere, no public name is missing."""

from __future__ import annotations

import inspect
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import aai_jupyter
from aai_jupyter import errors

pytestmark = pytest.mark.timeout(900)  # the site is built once, in the first test that needs it
LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
"""What a browser fetches by itself; a link that a reader may click is no such thing."""
ELSEWHERE = re.compile(
    r"""(?:@import\s+|url\(\s*|\bimport\(\s*|\bfetch\(\s*|\.src\s*=\s*)["']?(?:https?:)?//"""
)


class Page(HTMLParser):
    """What a page links to, loads and names."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loads: list[str] = []
        self.without_text: list[str] = []
        self.inner: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self._inside = ""
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = tag
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "img" and not given.get("alt"):
            self.without_text.append(given.get("src", ""))
        if not (tag == "link" and given.get("rel") == "canonical"):
            self.loads += [given[name] for name in LOADING.get(tag, ()) if name in given]
        self.inner.append(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self._inside in ("style", "script"):
            self.inner.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The pages by their path in the site."""
    found = {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 30
    return found


def test_every_internal_link_and_anchor_resolves(site: Path, pages: dict[str, Page]):
    broken = []
    for name, page in pages.items():
        for href in sorted(page.links):
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            if not parts.path:
                target = name
            if target in pages:
                if parts.fragment and unquote(parts.fragment) not in pages[target].anchors:
                    broken.append(f"{name}: {href} (no such anchor)")
            elif not (site / target).is_file():
                broken.append(f"{name}: {href}")
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(site: Path, pages: dict[str, Page]):
    foreign = []
    for name, page in pages.items():
        for address in page.loads:
            if urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data"):
                foreign.append(f"{name}: {address}")
        foreign += [f"{name}: {text[:80]}" for text in page.inner if ELSEWHERE.search(text)]
    for path in [*site.rglob("*.css"), *site.rglob("*.js")]:
        if found := ELSEWHERE.search(path.read_text(encoding="utf-8")):
            foreign.append(f"{path.relative_to(site)}: {found[0]}")
    assert foreign == []


def test_pictures_have_a_text(pages: dict[str, Page]):
    assert {name: page.without_text for name, page in pages.items() if page.without_text} == {}


def test_the_reference_has_every_public_name(pages: dict[str, Page]):
    api = {name: page for name, page in pages.items() if name.startswith("reference/api/")}
    described = {anchor.rpartition(".")[2] for page in api.values() for anchor in page.anchors}
    described |= set(re.findall(r">aai\.(\w+)<", api["reference/api/index.html"].text))
    exceptions = {name for name, value in vars(errors).items() if inspect.isclass(value) and name[0] != "_"}
    assert {*aai_jupyter.__all__, *exceptions} - described == set()


def test_the_tutorial_shows_what_the_notebooks_showed(pages: dict[str, Page]):
    page = pages["tutorial/01_first_transcript.html"].text
    assert "It was the best of times" in page
    assert "words_per_minute" in page
    assert "<svg" in page or ".svg" in page  # the timeline
