"""Lets ``%%transcribe talk.mp3`` with nothing below it work like ``%transcribe talk.mp3``.

IPython refuses a cell magic with an empty body before the magic is asked (7.34 and 9 alike). Most people
type two percent signs out of habit, so such a cell loses one of them on its way in.
"""

from __future__ import annotations

import re

from aai_jupyter.notebook.magics import BOTH_FORMS

_FIRST_LINE = re.compile(rf"%%(?:{'|'.join(BOTH_FORMS)})(?:\s+\S|\s*$)")


def bodiless(lines: list[str]) -> list[str]:
    r"""Turn a cell magic with a blank body into the line magic; leave every other cell as it is.

    ``%%transcribe?`` asks IPython for help and is left alone too.

    Examples
    --------
    >>> bodiless(["%%transcribe a.wav\n", "\n"])
    ['%transcribe a.wav\n', '\n']
    >>> bodiless(["%%transcribe calls\n", "a.wav\n"])
    ['%%transcribe calls\n', 'a.wav\n']
    """
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None or not _FIRST_LINE.match(lines[first]):
        return lines
    if any(line.strip() for line in lines[first + 1 :]):
        return lines
    return [*lines[:first], lines[first][1:], *lines[first + 1 :]]
