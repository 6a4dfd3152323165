"""HTML page of transcripts to print or to send, and the displays of a transcript."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from aai_jupyter._version import __version__
from aai_jupyter.reports.digest import MAX_TURNS, Readable, digest
from aai_jupyter.reports.plain_display import plain, set_text, transcript_text
from aai_jupyter.reports.set_html import ReadableSet, overview, set_html, set_section
from aai_jupyter.reports.transcript_html import section, transcript_html
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.sanitize import escape, one_line

__all__ = [
    "MAX_TURNS",
    "save_html_report",
    "set_html",
    "set_text",
    "transcript_bundle",
    "transcript_html",
    "transcript_text",
]

# The page loads nothing and runs nothing, whatever its text says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
       max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
section + section { margin-top: 2.5rem !important; padding-top: 1.5rem; border-top: 1px solid #8886; }
footer { margin-top: 2.5rem; font-size: .8rem; opacity: .7; }
tr { break-inside: avoid; }
@media print {
  body { margin: 0; max-width: none; font-size: 10.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section + section { break-before: page; border: 0; }
}
"""


def transcript_bundle(transcript: Readable) -> dict[str, str]:
    """Return plain text and HTML of a transcript, both of bounded size, for where no player can be shown."""
    d = digest(transcript)
    text = bounded(plain(d), "t.to_text(), or the frame t.utterances")
    return {"text/plain": text, "text/html": section(d)}


def save_html_report(
    transcripts: Readable | ReadableSet, path: str | Path, *, title: str | None = None
) -> Path:
    """Write a transcript, or a set, to one HTML file that stands alone.

    The page has everything: facts, who spoke when, talk time, every turn; for a set an overview first. It
    loads nothing from anywhere, fits light and dark screens, and prints well.

    Parameters
    ----------
    transcripts : Transcript or TranscriptSet
    path : path
        File to write; a file of that name is replaced. The folder must exist.
    title : str, optional
        Heading and window title; the recording's name unless you say.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> save_html_report(transcript, "interview.html")  # doctest: +SKIP
    PosixPath('interview.html')
    """
    if hasattr(transcripts, "failed"):
        several = cast("ReadableSet", transcripts)
        name = one_line(title or "Transcripts")
        parts = [set_section(overview(several))]
        parts += [section(digest(one, None), folded=False) for one in several]
    else:
        d = digest(transcripts, None)
        name = one_line(title or d.title)
        parts = [section(d, folded=False)]
    heading = f'<h1 dir="auto">{escape(name)}</h1>' if title or len(parts) > 1 else ""
    page = (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head>\n<body><main>{heading}\n"
        + "\n".join(parts)
        + f"\n</main><footer>Made with aai-jupyter {escape(__version__)}</footer></body></html>\n"
    )
    target = Path(path).expanduser()
    target.write_text(page, encoding="utf-8")
    return target
