"""One place says what untrusted text may show, one which URL the kernel may open: all use them."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser

import pytest

from aai_jupyter.client.http import Http
from aai_jupyter.errors import AccessError, ServerError
from aai_jupyter.jobs.erasure_receipt import ErasureReceipt
from aai_jupyter.network import addresses
from aai_jupyter.notebook.views.small_table import SmallTable
from aai_jupyter.reports.page import transcript_html
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from aai_jupyter.text.sanitize import VERBATIM
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from aai_jupyter.widgets.player.playlist import playlist
from tests.test_layout import modules

BY_HAND = {
    "analysis/timeline_svg.py": "a picture: numbers, and titles that are escaped",
    "interchange/writers/caption_files.py": "WebVTT, which is no HTML: voices around text that is escaped",
    "asking/markdown.py": "links and citations of an answer, beside a parser that lets no HTML through",
    "reports/page.py": "the frame of a page",
    "reports/transcript_html.py": "numbers in a sentence of ours",
    "widgets/mimebundle.py": "around a display that is made already",
}
"""Modules that write elements without `html_tags`. The list may only get shorter."""
PROMPTS = {"asking/prompt.py", "local/gateway/json_writer.py", "notebook/magics/ask_subject.py"}
PATTERNS = {"asking/citations.py", "local/models/pii_patterns.py"}
TYPED = {
    "asking/markdown.py": "a link, which the user clicks",
    "client/sources/source_paths.py": "typed by the user",
    "client/transcripts/argument_checks.py": "opened by the service",
    "network/direct_connections.py": "decides on certificates only",
    "local/server.py": "an argument of the command line",
    "local/transcript_params.py": "checked again before it is opened, in local/fetch.py",
    "settings/definitions.py": "a setting",
    "text/urls.py": "the rule itself",
}
"""Modules that look at the scheme of a URL, each with the reason why it is not `text.urls` that decides."""


def test_elements_are_written_in_one_room():
    found = set()
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                if re.search(r"</?[a-z]+[ >]", text) and not path.startswith("text/"):
                    found.add(path)
    assert found - PROMPTS - PATTERNS == set(BY_HAND)


def test_tables_for_spreadsheets_are_written_in_one_place():
    """`spreadsheet` quotes formulas; one is read by a language model, Excel's cells are typed as text."""
    found = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("to_csv", "to_excel")
    }
    assert found == {
        "widgets/player/player_payload.py",
        "notebook/magics/ask_subject.py",
        # For programs: what is read again is what was written.
        "interchange/writers/frame_files.py",
        "commands/transcribe_command.py",
    }


def test_one_module_says_what_a_web_url_is():
    found = set()
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and "scheme" in ast.unparse(node.left):
                found |= {path} if "'http" in ast.unparse(node) else set()
    assert found == set(TYPED)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</td></table><iframe src=//evil.example>",
    "<a href='javascript:alert(1)'>x</a>",
    r"$\phantom{x}$",
    "\x1b]0;title\x07\x9b31m",
    "user\u202egnp.exe",
    "\ud800 \u2028 \x00",
]
ELEMENTS = """div span b bdi p table thead tbody tr td th img details summary code a style mark ul li
    section header h1 h2 h3 h4 html head meta title body main footer svg g rect path text br pre
    small dl dt dd hr i em strong"""
ALLOWED = set(ELEMENTS.split())


class Seen(HTMLParser):
    """Elements and attributes of a display."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.bad += [tag] if tag not in ALLOWED else []
        for name, value in attrs:
            text = (value or "").strip().lower()
            link = name in ("href", "src", "srcset", "action", "style")
            if name.startswith("on") or (link and re.search(r"script:|evil\.example", text)):
                self.bad.append(f"{tag} {name}={value}")


def displays(text: str) -> dict[str, dict[str, str]]:
    """Every display that has a text of strangers in it."""
    words = [{"text": text, "start": 0, "end": 9, "speaker": text, "confidence": 0.5}]
    raw = {
        "id": text,
        "status": "completed",
        "text": text,
        "words": words,
        "chapters": [{"gist": text, "start": 0}],
    }
    t = Transcript.from_json({**raw, "audio_url": text, "speech_model_used": text}, source=text)
    live = LiveTranscript(text)
    receipt = ErasureReceipt(unreached=[text], exports=[text], kept=[text])
    receipt.add(text, text)
    error = ServerError(text, detail=text, hint=text, request_id=text)
    found = {
        "transcript": {"text/html": transcript_html(t), "text/plain": repr(t)},
        "set": TranscriptSet([t], [(text, error)])._repr_mimebundle_()[0],
        "live": {"text/html": live._repr_html_(), "text/plain": repr(live)},
        "table": SmallTable([text], [[text]], text)._repr_mimebundle_(),
        "receipt": {"text/html": receipt._repr_html_(), "text/plain": repr(receipt)},
        "error": {"text/plain": "\n".join(error._render_traceback_()), "text/html": ""},
        "timeline": {"text/html": t.utterances.aai.timeline()._repr_html_(), "text/plain": ""},
        "captions": {"text/plain": t.to_srt() + t.to_vtt() + t.to_text() + t.to_markdown(), "text/html": ""},
    }
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_display_shows_more_than_text(text):
    for name, bundle in displays(text).items():
        assert Seen(bundle["text/html"]).bad == [], name
        for shown in bundle.values():
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown), name


def test_rows_of_a_playlist_are_text():
    t = Transcript.from_json(
        {"id": "t", "status": "completed", "words": [{"text": HOSTILE[1] + HOSTILE[6], "start": 0, "end": 9}]}
    )
    shown = playlist(t.words, t).static()
    assert "<img" not in shown["text/html"]
    assert f'class="{VERBATIM}"' in shown["text/html"]
    assert "\x1b" not in shown["text/html"] + shown["text/plain"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a",
        "http://169.254.169.254/x",
        "http://[::1]/a",
        "http://2130706433/",
        "file:///etc/passwd",
    ],
)
async def test_a_file_that_an_answer_names_is_not_fetched_from_inside(url, tmp_path, monkeypatch):
    async def outside(name: str) -> bool:
        return "example.org" not in name

    monkeypatch.setattr("aai_jupyter.client.http.leads_inside", outside)
    http = Http(Endpoint("https://api.example.org", "wss://x", "https://y", ApiKey("k")))
    with pytest.raises(AccessError, match="not opened"):
        await http.download(url, tmp_path / "a")
    await http.aclose()
    assert not list(tmp_path.iterdir())
    assert await addresses.leads_inside("http://10.0.0.1/a")
