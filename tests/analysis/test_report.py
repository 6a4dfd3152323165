"""What a transcript shows: complete where it says so, bounded elsewhere, and never more than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.reports.page import save_html_report, set_html, set_text, transcript_html, transcript_text
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.sanitize import clean
from tests.analysis.samples import Sample, SampleSet, dialogue
from tests.examples import examples

TAGS = {"bdi", "code", "details", "div", "img", "li", "section", "span", "strong", "summary"}
TAGS |= {"table", "td", "th", "tr", "ul"}
ATTRIBUTES = {
    "alt",
    "aria-label",
    "colspan",
    "dir",
    "height",
    "class",
    "scope",
    "src",
    "style",
    "title",
    "width",
}
VOID = {"img", "meta"}


def _object(text: str) -> pd.Series:
    """A column of one text, also of lone surrogates, which pyarrow's own type refuses."""
    return pd.Series([text], dtype=object)


class Reader(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not close in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value for _, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self._open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(html: str) -> Reader:
    """Parse a display and hold it to the tags and attributes that displays are made of."""
    found = Reader(html)
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert all(value.startswith("data:image/svg+xml;base64,") for value in found.values if ":image" in value)
    html.encode("utf-8")
    return found


EVIL = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</td></tr></table></section><style>*{display:none}</style>",
    "<!-- <![CDATA[ ]]> -->",
    "&lt;b&gt; &#60;script&#62;",
    "javascript:alert(1)",
    "\u202egnp.exe\u202c \u2066\u2069",
    "\x00\x1b[31m\x07\x85\u2028",
    "\ud800 \udfff \ufffe",
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_becomes_markup(evil, tmp_path):
    sample = Sample(
        [(evil, 0, 2, evil), ("B", 2, 4, "hello")],
        source=evil,
        id=evil,
        status="error",
        error=evil,
        language=evil,
        model=evil,
        warnings=(evil, {"message": evil}),
        speakers={evil: evil, "B": "B"},
    )
    several = SampleSet([sample])
    several.failed = several.failed.assign(source=_object(evil), message=_object(evil))
    for html in (transcript_html(sample), transcript_html(sample, None), set_html(several)):
        found = read(html)
        assert clean(evil).split()[0][:20] in found.text
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    page = save_html_report(several, tmp_path / "page.html", title=evil).read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("<style>") == page.count("</style>") == 1
    for text in (transcript_text(sample), set_text(several)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


@examples(12)
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), min_size=1, max_size=20))
def test_any_text_survives_as_text(text, name):
    sample = Sample([(name, 0, 1, text)], source=text, speakers={name: name})
    found = read(transcript_html(sample))
    assert " ".join(clean(text).split()) in " ".join(found.text.split())
    transcript_text(sample).encode("utf-8")


def test_it_shows_facts_times_speakers_and_turns():
    sample = dialogue()
    text = read(transcript_html(sample)).text
    for fact in (
        "call.mp3",
        "2 speakers",
        "42 words",
        "universal-2",
        "94% confidence",
        "9f3b2c1e",
        "0:05",
        "0:14",
    ):
        assert fact in text
    assert text.count("It was the best of times,") == 3
    plain = transcript_text(sample)
    assert "0:02  B: and Mister Dashwood had then leisure 1" in plain
    assert plain.splitlines()[0] == "call.mp3"


def test_renamed_speakers_keep_their_letters():
    sample = Sample([("Ann", 0, 1, "yes"), ("Bob", 1, 2, "no")], speakers={"B": "Ann", "A": "Bob"})
    text = read(transcript_html(sample)).text
    assert "B\xa0Ann" in text
    assert "A\xa0Bob" in text


def test_a_long_transcript_is_bounded_and_says_what_is_missing():
    sample = dialogue(5000)
    html = transcript_html(sample)
    assert len(html) < 120_000
    found = read(html)
    assert "4,940 more turns from 2:30 to" in found.text
    assert "save_html_report" in found.text
    assert "details" in found.tags
    assert "4,940 more turns" in transcript_text(sample)
    assert read(transcript_html(sample, max_turns=3)).text.count("0:0") >= 3
    assert read(transcript_html(dialogue(40), max_turns=None)).tags.isdisjoint({"details"})


def test_a_very_long_turn_is_cut_and_a_report_is_not(tmp_path):
    sample = Sample([("A", 0, 9, "W" * 50_000)])
    html = transcript_html(sample)
    assert len(html) < 10_000
    assert "46,000 more characters" in html
    assert "W" * 50_000 in save_html_report(sample, tmp_path / "r.html").read_text(encoding="utf-8")


def test_without_speakers_it_shows_times_and_text_only():
    sample = Sample([(None, 0, 2, "first part"), (None, 3, 4, "second part")])
    text = read(transcript_html(sample)).text
    assert "second part" in text
    assert "speaker" not in text
    assert "0:03  second part" in transcript_text(sample)


def test_text_without_times_is_shown():
    sample = Sample([])
    sample.text = "only text"
    assert "only text" in read(transcript_html(sample)).text
    assert transcript_text(sample).endswith("only text")


def test_nothing_said_is_said():
    assert "There is no text." in read(transcript_html(Sample([]))).text
    failed = Sample([], status="error", error="Audio too short")
    assert "0 words" not in transcript_text(failed)
    assert "Status: error. Audio too short" in read(transcript_html(failed)).text
    assert "Audio too short" in transcript_text(failed)


def test_a_set_shows_its_recordings_and_failures():
    calls = SampleSet(
        [dialogue(), Sample([], source="silence.wav"), Sample([(None, 0, 1, "hm")], source="x.wav")]
    )
    found = read(set_html(calls))
    for text in ("3 recordings", "1 failed", "call.mp3", "silence.wav", "broken.mp3: Transcoding failed."):
        assert text in found.text
    assert "2  x.wav" in set_text(calls)
    many = SampleSet([dialogue(2)] * 300)
    assert "and 250 more recordings" in read(set_html(many)).text
    read(set_html(SampleSet()))


def test_a_set_tells_each_warning_once():
    calls = SampleSet([dialogue(2) for _ in range(5)])
    for call in calls:
        call.warnings = ["Another model ran."]
    for call in calls[:4]:
        call.warnings = ["Another model ran.", "No words."]
    calls[0].warnings = ["Another model ran.", "No words.", "One channel is silent."]
    for shown in (read(set_html(calls)).text, set_text(calls)):
        for told in ("Another model ran.", "No words. (4 of 5)", "One channel is silent. (call.mp3)"):
            assert shown.count(told) == 1


def test_a_report_stands_alone(tmp_path):
    calls = SampleSet([dialogue(30), dialogue(2)])
    path = save_html_report(calls, tmp_path / "calls.html", title="Two calls")
    page = path.read_text(encoding="utf-8")
    assert "<title>Two calls</title>" in page
    assert page.count("leisure") == 15 + 1
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<script|<link|https?://(?!www\.w3\.org)", page)
    single = save_html_report(dialogue(), str(tmp_path / "one.html")).read_text(encoding="utf-8")
    assert "<title>call.mp3</title>" in single


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.99, "0:59"), (3600, "1:00:00"), (None, "–")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown


def test_it_passes_through_nbconvert_whole():
    nbformat = pytest.importorskip("nbformat")
    exporters = pytest.importorskip("nbconvert.exporters")
    html = transcript_html(dialogue())
    output = nbformat.v4.new_output("display_data", data={"text/html": html})
    cell = nbformat.v4.new_code_cell("t", outputs=[output])
    page, _ = exporters.HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    whole = page[page.index('<section aria-label="Transcript: call.mp3"') : page.index("</section>")]
    assert " ".join(read(whole + "</section>").text.split()) == " ".join(read(html).text.split())
    for kept in ("<img", "data:image/svg+xml;base64,", "border-left:3px solid #0072b2", 'dir="auto"'):
        assert whole.count(kept) == html.count(kept) > 0


def test_without_styles_the_page_still_says_who_said_what_when():
    html = re.sub(r' style="[^"]*"', "", transcript_html(dialogue(2)))
    text = " ".join(re.sub(r"<[^>]*>", " ", html.replace("&nbsp;", " ")).split())
    assert "A Speaker A 0:00 It was the best of times, 0 B Speaker B 0:02 and Mister" in text
    assert html.count('alt="') == 2
