"""How a citation is written for people: by time and speaker, in notebooks, terminals and files."""

from __future__ import annotations

from aai_jupyter.asking.citations import CitationChecker, code_spans
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.sanitize import one_line

MAX_NAME = 32
"""Letters of a recording's name in a citation."""
_LONGEST_MARK = 80


def citation_label(
    written: str, turn: PromptTurn | None, start: float | None = None, recording: str | None = None
) -> str:
    """Return what stands in the brackets of a citation.

    A turn without a time has the number of its row in the frame.

    Examples
    --------
    >>> ben = PromptTurn(3, "In April.", 27.0, 30.0, "Ben", row=2)
    >>> citation_label("3", ben), citation_label("9", None)
    ('0:27 Ben', '9?')
    >>> citation_label("3", PromptTurn(3, "In April.", row=2))
    'row 2'
    """
    if turn is None:
        return f"{one_line(written)}?"
    start = turn.start if start is None else start
    if start is not None:
        label = " ".join([clock(start * 1000), *([one_line(turn.speaker)] if turn.speaker else [])])
    else:
        label = f"row {turn.row}" if turn.row is not None else str(turn.number)
    return f"{_cut(one_line(recording))} {label}" if recording else label


def plain_citations(text: str, checker: CitationChecker | None) -> str:
    """Return an answer whose citations are named for people; code is left alone.

    Examples
    --------
    >>> checker = CitationChecker([PromptTurn(1, "We open in April.", 3.0, 5.0, "Ben")])
    >>> plain_citations("In April [1], not in May [4].", checker)
    'In April [0:03 Ben], not in May [4?].'
    """
    if checker is None:
        return text
    parts: list[str] = []
    end = 0
    code = code_spans(text)
    for mark, cited in checker.marks(text):
        if any(first <= mark.start() < last for first, last in code):
            continue
        parts.append(text[end : mark.start()])
        named = (
            citation_label(
                written, one.turn, one.start, None if one.turn is None else checker.recording(one.turn)
            )
            for written, one in cited
        )
        parts.append(" ".join(f"[{label}]" for label in named))
        end = mark.end()
    return "".join(parts) + text[end:]


def whole_marks(text: str) -> str:
    """Return the part of a text that is still growing in which no mark is cut off.

    Examples
    --------
    >>> whole_marks("In April [1"), whole_marks("In April [1].")
    ('In April ', 'In April [1].')
    """
    opened = text.rfind("[")
    cut = opened >= 0 and "]" not in text[opened:] and len(text) - opened <= _LONGEST_MARK
    return text[:opened] if cut else text


def _cut(name: str) -> str:
    """Shorten a name in the middle: its end tells recordings apart as often as its beginning."""
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME // 2]}…{name[1 - MAX_NAME // 2 :]}"
