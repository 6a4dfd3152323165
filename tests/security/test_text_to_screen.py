"""Words of strangers on a screen: nothing is hidden, run, or taken for a formula."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.errors import AaiError, ServerError
from aai_jupyter.notebook.views.small_table import SmallTable
from aai_jupyter.reports.page import transcript_html
from aai_jupyter.settings import configuration
from aai_jupyter.text.sanitize import VERBATIM, cell, clean
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from aai_jupyter.widgets.player.player_content import TranscriptContent

HIDING = r"will $\phantom{\text{NOT}}$ pay"
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://evil.example")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    "＝1",
    "|x",
]
ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b31m"


def said(*words: str, **more: object) -> Transcript:
    rows = [{"text": w, "start": 9 * n, "end": 9 * n + 9, "speaker": "A"} for n, w in enumerate(words)]
    return Transcript.from_json({"status": "completed", "text": " ".join(words), "words": rows, **more})


def test_formulas_of_mathjax_stay_text():
    t = said(*HIDING.split())
    for html in (
        transcript_html(t),
        TranscriptSet([t])._repr_html_(),
        SmallTable(["a"], [[HIDING]])._repr_mimebundle_()["text/html"],
    ):
        first = re.match(r"\s*<\w+[^>]*>", html)
        assert first
        assert f'class="{VERBATIM}"' in first[0]
        assert re.fullmatch(r"\s*<(\w+)\b.*</\1>\s*", html, re.DOTALL)  # all of it is in that element


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(text):
    shown = TranscriptContent(said(text, "fine")).export("csv")
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert not rows[0]["text"].lstrip().startswith(("=", "+", "-", "@", "＝", "|"))
    assert rows[1]["text"] == "fine"
    assert rows[1]["start"] == "0.009"


@given(st.text(max_size=20))
def test_a_cell_is_never_a_formula(text):
    shown = str(cell(text))
    assert not shown.lstrip().startswith(("=", "+", "-", "@", "|", "%"))


def test_numbers_stay_numbers():
    assert cell(-3.5) == -3.5


def test_what_mathjax_would_hide_is_in_the_page():
    assert "phantom" in transcript_html(said(*HIDING.split()))


def test_a_terminal_gets_no_escapes():
    t = said("Hi." + ESCAPES, id=f"x{ESCAPES}")
    t.speakers = {"A": f"Ann{ESCAPES}"}
    for text in (repr(t), t.to_text(), t.to_markdown(), t.to_srt(), t.to_vtt()):
        assert "\x1b" not in text
        assert "\x9b" not in text
        assert "\x07" not in text


def test_errors_hold_no_escapes():
    assert configuration.settings is not None
    error = ServerError(f"It failed{ESCAPES}", detail=ESCAPES, hint=ESCAPES, request_id=ESCAPES)
    for text in (str(error), error.short, *error.lines(), *error._render_traceback_()):
        assert "\x1b" not in text
        assert "\x9b" not in text
    assert issubclass(ServerError, AaiError)


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_no_character_of_clean_text_hides_or_reorders(text: str) -> None:
    found = clean(text)
    assert all(clean(one) in (one, "") for one in found)
    assert clean(found) == found == "".join(map(clean, re.sub("\r\n?", "\n", text)))
    found.encode("utf-8")


@pytest.mark.parametrize(
    "hidden", ["\x1b", "\x9b", "\u202e", "\u2066", "\ud83d", "\ufffe", "\U000e0041", "\u2028"]
)
def test_what_is_cleaned_is_never_printable(hidden: str) -> None:
    assert clean(f"a{hidden}b") != f"a{hidden}b"
