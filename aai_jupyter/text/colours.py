"""Colours and letters that tell speakers apart, on light and on dark pages.

The one table of speaker colours in Python. Widgets take theirs from `--aai-sp0` to `--aai-sp7` in
widgets/frontend/src/css/theme.css; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

#: The colour of the first speaker, of the second, and so on. More speakers repeat them: the letter is the
#: second cue. Every colour has a contrast of at least 2.9:1 with white and with the dark greys of notebook
#: themes (#212121 and darker); the first six stay apart under simulated protanopia, deuteranopia and
#: tritanopia (Machado, Oliveira & Fernandes 2009), which the tests check.
SPEAKER_COLOURS = ("#0072b2", "#c07c00", "#b33e89", "#5b9c94", "#a07cf0", "#7c6953", "#5a8f3c", "#4f93cf")
#: For rows without a speaker.
NEUTRAL = "#808080"
#: Edges of warnings and of failures: two of the hues above, chosen for themselves.
WARNING, FAILURE = "#c07c00", "#b33e89"


def speaker_colour(index: int) -> str:
    """Return the colour of the speaker with this number, from 0; negative means nobody in particular."""
    return NEUTRAL if index < 0 else SPEAKER_COLOURS[index % len(SPEAKER_COLOURS)]


def luminance(hex_colour: str) -> float:
    """Return the relative luminance, 0 to 1, as WCAG 2 defines it."""
    parts = [int(hex_colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink(hex_colour: str) -> str:
    """Return black or white, whichever has the higher contrast with the colour."""
    return "#000000" if luminance(hex_colour) > 0.179 else "#ffffff"


def letters(labels: Sequence[str]) -> list[str]:
    """Return a short mark for each speaker: the service's own label if short, else A ... Z, AA, ...

    Examples
    --------
    >>> letters(["A", "B"]), letters(["Ann", "Bob"])
    (['A', 'B'], ['A', 'B'])
    """
    short = all(0 < len(label) <= 2 and label.isalnum() for label in labels)
    return list(labels) if short else [_letter(number) for number in range(len(labels))]


def _letter(number: int) -> str:
    head, tail = divmod(number, 26)
    return (_letter(head - 1) if head else "") + chr(ord("A") + tail)
