"""Word documents: readable, with line numbers and a style for each speaker, or as programs import them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from aai_jupyter.errors import MissingDependencyError, OptionError
from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn
from aai_jupyter.interchange.writers.conventions import content_text
from aai_jupyter.interchange.writers.text_files import check_profile, profile_lines, tenths
from aai_jupyter.text.colours import speaker_colour
from aai_jupyter.text.readable_numbers import clock
from aai_jupyter.text.tokenization import direction

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PROPERTY_CHARS = 255
"""What a core property of a document holds."""


def docx(
    contents: Sequence[ExportContent],
    profile: str | None = None,
    style: str | None = None,
    line_numbers: bool = True,
    times: bool = True,
) -> Callable[[BinaryIO], None]:
    """Return a writer of a Word document.

    Parameters
    ----------
    profile : {"maxqda", "atlasti", "f4", "nvivo"}, optional
        The form in which a program for qualitative analysis finds times and speakers; without line numbers.
    style : str, optional
        A transcription convention, in a font of fixed width: ``jefferson``, ``gat2-minimal``, ...
    line_numbers : bool, default True
        Number the lines in the margin, from 1 in each transcript.
    times : bool, default True
        Show when each turn begins.
    """
    try:
        import docx as python_docx
    except ImportError as error:
        raise MissingDependencyError(
            "Word documents need python-docx.", hint='pip install "aai-jupyter[export]"'
        ) from error
    if profile is not None and style is not None:
        raise OptionError("profile and style exclude each other.")
    if profile is not None:
        check_profile(profile)
    document = python_docx.Document()
    _properties(document, contents)
    speakers = _Speakers(document, contents if profile is None and style is None else ())
    for number, content in enumerate(contents):
        if number:
            document.add_section()
        if profile is None:
            document.add_heading(content.name, 1)
        if style is not None:
            _fixed_width(document, content_text(content, style))
        elif profile == "nvivo":
            _table(document, content)
        elif profile is not None:
            for line in profile_lines(content, profile):
                document.add_paragraph(line)
        else:
            for turn in content.turns:
                speakers.add(turn, times)
        section = document.sections[-1]
        if profile is None:
            _head_and_foot(section, content)
            if line_numbers:
                _number_lines(section)
    return lambda stream: document.save(stream)


def _properties(document: Any, contents: Sequence[ExportContent]) -> None:
    facts = document.core_properties
    facts.author = "aai_jupyter"
    facts.title = ", ".join(content.name for content in contents)[:_PROPERTY_CHARS]
    facts.comments = "; ".join(content.provenance.line() for content in contents)[:_PROPERTY_CHARS]


class _Speakers:
    """Paragraphs of turns, and the style of each speaker."""

    def __init__(self, document: Any, contents: Sequence[ExportContent]) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.shared import Pt, RGBColor

        self._document = document
        self._styles: dict[str, str] = {}
        """Ids of styles: python-docx looks through all of them for each run that is given one."""
        turn = document.styles.add_style("Turn", WD_STYLE_TYPE.PARAGRAPH)
        turn.base_style = document.styles["Normal"]
        turn.paragraph_format.space_after = Pt(6)
        time = document.styles.add_style("Time", WD_STYLE_TYPE.CHARACTER)
        time.font.size = Pt(8)
        time.font.color.rgb = RGBColor(0x70, 0x70, 0x70)
        self._turn, self._time = turn.style_id, time.style_id
        taken = {style.name.casefold() for style in document.styles}
        names = list(dict.fromkeys(one for content in contents for one in content.speakers))
        for number, name in enumerate(names):
            found = document.styles.add_style(_style_name(name, taken), WD_STYLE_TYPE.CHARACTER)
            found.font.bold = True
            found.font.color.rgb = RGBColor.from_string(speaker_colour(number).lstrip("#").upper())
            self._styles[name] = found.style_id

    def add(self, turn: SpokenTurn, times: bool) -> None:
        """Add the paragraph of a turn."""
        paragraph = self._document.add_paragraph()
        paragraph._p.style = self._turn
        if times:
            paragraph.add_run(f"{clock(turn.start / 1000)}  ")._r.style = self._time
        if turn.speaker:
            paragraph.add_run(f"{turn.speaker}: ")._r.style = self._styles[turn.who]
        run = paragraph.add_run(turn.text)
        if direction(turn.text) == "R":
            _flag(paragraph._p.get_or_add_pPr(), "bidi")
            _flag(run._r.get_or_add_rPr(), "rtl")


def _style_name(name: str, taken: set[str]) -> str:
    """Return and take a name that no style has yet; Word tells styles apart without regard to case."""
    base = f"Speaker {name}"[:200]
    found, number = base, 1
    while found.casefold() in taken:
        number += 1
        found = f"{base} {number}"
    taken.add(found.casefold())
    return found


def _table(document: Any, content: ExportContent) -> None:
    table = document.add_table(rows=1, cols=3)
    for cell, title in zip(table.rows[0].cells, ("Timespan", "Speaker", "Content"), strict=True):
        cell.text = title
    for turn in content.turns:
        # Cells of a new row are reached through it: through the table each takes time for all before it.
        cells = table.add_row().cells
        cells[0].text = f"{tenths(turn.start)} - {tenths(turn.end)}"
        cells[1].text = turn.speaker or ""
        cells[2].text = turn.text


def _fixed_width(document: Any, text: str) -> None:
    from docx.shared import Pt

    for line in text.split("\n"):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(line)
        run.font.name = "Courier New"
        run.font.size = Pt(9)


def _head_and_foot(section: Any, content: ExportContent) -> None:
    section.header.is_linked_to_previous = False
    section.footer.is_linked_to_previous = False
    section.header.paragraphs[0].text = content.name
    foot = section.footer.paragraphs[0]
    foot.text = f"{content.provenance.line()} — "
    run = foot.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = run._r.makeelement(f"{_W}{'fldChar' if kind else 'instrText'}", {})
        if kind:
            element.set(f"{_W}fldCharType", kind)
        else:
            element.text = text
        run._r.append(element)


def _number_lines(section: Any) -> None:
    properties = section._sectPr
    numbers = properties.makeelement(f"{_W}lnNumType", {f"{_W}countBy": "1", f"{_W}restart": "newSection"})
    # The schema has an order of elements: line numbers stand after the margins.
    margins = properties.find(f"{_W}pgMar")
    if margins is not None:
        margins.addnext(numbers)
    else:
        properties.append(numbers)


def _flag(properties: Any, name: str) -> None:
    properties.append(properties.makeelement(f"{_W}{name}", {}))
