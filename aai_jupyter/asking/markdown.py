"""A model's Markdown as sanitised HTML: it loads nothing, runs nothing, and hides nothing.

Raw HTML stays text, images become their words, links are shown with their host and only for http(s).
Citations become links that a player on the page can follow: ``data-aai-seek`` is the second,
``data-aai-transcript`` the transcript's id.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from aai_jupyter.asking.citation_labels import citation_label
from aai_jupyter.asking.citations import Citation, CitationChecker
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.text.sanitize import clean, escape, one_line

MAX_NESTING = 20
_MISSING = "outline:1px dashed currentColor;opacity:.75"
_HOST = "opacity:.7;font-size:.85em"


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": MAX_NESTING})
    md.enable(["table", "strikethrough"])
    # With `reference` a line "[3]: https://..." would make a link of every [3], and not be shown itself.
    md.disable(["image", "html_block", "html_inline", "reference", "autolink"])
    md.validateLink = _is_web  # type: ignore[method-assign]
    md.add_render_rule("link_open", _link_open)
    md.add_render_rule("link_close", _link_close)
    md.add_render_rule("text", _text)
    md.add_render_rule("image", lambda self, tokens, idx, options, env: escape(tokens[idx].content))
    md.add_render_rule("fence", _code)
    md.add_render_rule("code_block", _code)
    return md


def to_html(answer: str, checker: CitationChecker | None = None) -> str:
    """Return safe HTML of an answer.

    Parameters
    ----------
    answer : str
        Markdown, trusted in nothing.
    checker : CitationChecker, optional
        With it, citations become links; those of turns that do not exist are marked.

    Examples
    --------
    >>> to_html("**Yes** <script>alert(1)</script> ![x](https://evil.example/p.png)")
    '<p><strong>Yes</strong> &lt;script&gt;alert(1)&lt;/script&gt; !<a href="https://evil.example/p.png" \
rel="noopener noreferrer nofollow" target="_blank">x</a> <span style="opacity:.7;font-size:.85em">\
(evil.example)</span></p>\\n'
    """
    return str(_parser().render(clean(answer), {"checker": checker, "links": []}))


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return False
    # A name before the host ("https://bank.example@evil.example") is there to deceive.
    return parts.scheme.lower() in ("http", "https") and bool(host) and parts.username is None


Tokens = Sequence[Token]
Env = MutableMapping[str, Any]


def _link_open(self: Any, tokens: Tokens, idx: int, options: Any, env: Env) -> str:
    url = str(tokens[idx].attrs.get("href", ""))
    env["links"].append(urlsplit(url).hostname or "")
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow" target="_blank">'


def _link_close(self: Any, tokens: Tokens, idx: int, options: Any, env: Env) -> str:
    host = env["links"].pop() if env["links"] else ""
    return f'</a> <span style="{_HOST}">({escape(one_line(host))})</span>'


def _text(self: Any, tokens: Tokens, idx: int, options: Any, env: Env) -> str:
    text = tokens[idx].content
    checker: CitationChecker | None = env["checker"]
    if checker is None or env["links"]:  # no link inside a link
        return escape(text)
    parts: list[str] = []
    end = 0
    for mark, cited in checker.marks(text):
        parts.append(escape(text[end : mark.start()]))
        parts.append(" ".join(_cited(written, one, checker) for written, one in cited))
        end = mark.end()
    return "".join(parts) + escape(text[end:])


def _code(self: Any, tokens: Tokens, idx: int, options: Any, env: Env) -> str:
    return f"<pre><code>{escape(tokens[idx].content)}</code></pre>\n"


def _cited(written: str, one: Citation, checker: CitationChecker) -> str:
    recording = None if one.turn is None else checker.recording(one.turn)
    return citation_link(written, one.turn, one.start, recording)


def citation_link(
    written: str, turn: PromptTurn | None, start: float | None = None, recording: str | None = None
) -> str:
    """Return the HTML of a citation: a link to its second, or a mark if it was not found.

    Parameters
    ----------
    start : float, optional
        Second of the quote; without it the turn's.
    recording : str, optional
        Name of the recording, shown before the time.

    Examples
    --------
    >>> citation_link("9", None)
    '<span title="not in the transcript" style="outline:1px dashed currentColor;opacity:.75">[9?]</span>'
    """
    if turn is None:
        label = escape(citation_label(written, None))
        return f'<span title="not in the transcript" style="{_MISSING}">[{label}]</span>'
    label = escape(citation_label(written, turn, start, recording))
    start = turn.start if start is None else start
    title = escape(one_line(turn.text)[:300])
    if start is None:
        return f'<span title="{title}">[{label}]</span>'
    owner = f' data-aai-transcript="{escape(turn.transcript_id)}"' if turn.transcript_id else ""
    return (
        f'<a class="aai-cite" href="#aai-seek-{start:.3f}" data-aai-seek="{start:.3f}"{owner}'
        f' data-aai-turn="{turn.number}" title="{title}">[{label}]</a>'
    )


def missing_quote(quote: str) -> str:
    """Return the HTML of a quote that is not in the transcript, for the list under an answer."""
    return f'<mark style="{_MISSING}">“{escape(one_line(quote)[:300])}”</mark>'
