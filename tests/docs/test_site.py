"""The built site: every link leads somewhere, nothing comes from elsewhere, no public name is missing."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

import aai_jupyter
from aai_jupyter import errors

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


@cache
def _page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def _anchors(path: Path) -> set[str]:
    page = _page(path)
    return {str(tag["id"]) for tag in page.find_all(id=True)} | {
        str(tag["name"]) for tag in page.find_all("a", attrs={"name": True})
    }


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 30
    return found


def test_every_internal_link_and_anchor_resolves(site, pages):
    broken = []
    for path in pages:
        for tag in _page(path).find_all("a", href=True):
            href = str(tag["href"])
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                broken.append(f"{path.relative_to(site)}: {href}")
            elif (
                parts.fragment
                and target.suffix == ".html"
                and unquote(parts.fragment) not in _anchors(target)
            ):
                broken.append(f"{path.relative_to(site)}: {href} (no such anchor)")
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(site, pages):
    foreign = []
    for path in pages:
        for tag in _page(path).find_all(LOADING):
            for attribute in LOADING[tag.name]:
                value = str(tag.get(attribute, ""))
                if tag.name == "link" and "canonical" in tag.get("rel", ()):
                    continue
                if urlsplit(value).netloc or urlsplit(value).scheme not in ("", "data"):
                    foreign.append(f"{path.relative_to(site)}: {tag.name} {value}")
        inner = [str(tag.string) for tag in _page(path).find_all(("style", "script"))]
        inner += [str(tag["style"]) for tag in _page(path).find_all(style=True)]
        foreign += [f"{path.relative_to(site)}: {text[:80]}" for text in inner if ELSEWHERE.search(text)]
    for path in [*site.rglob("*.css"), *site.rglob("*.js")]:
        found = ELSEWHERE.search(path.read_text(encoding="utf-8"))
        if found:
            foreign.append(f"{path.relative_to(site)}: {found[0]}")
    assert foreign == []


def test_pictures_have_a_text(pages):
    assert [
        path.name for path in pages for image in _page(path).find_all("img") if not image.get("alt")
    ] == []


def test_the_reference_has_every_public_name(site):
    api = site / "reference" / "api"
    described = {name.rpartition(".")[2] for path in api.glob("*.html") for name in _anchors(path)}
    described |= set(re.findall(r"aai\.(\w+)", _page(api / "index.html").get_text()))
    exceptions = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert {*aai_jupyter.__all__, *exceptions} - described == set()


def test_the_tutorial_shows_what_the_notebooks_showed(site):
    page = site.joinpath("tutorial", "01_first_transcript.html").read_text(encoding="utf-8")
    assert "It was the best of times" in page
    assert "words_per_minute" in page
    assert "<svg" in page or ".svg" in page  # the timeline
