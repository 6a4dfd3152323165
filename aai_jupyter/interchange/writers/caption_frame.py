"""Captions as a frame, one row a cue, with every rule that it breaks; of anybody's file, too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.document import Document, read_bytes
from aai_jupyter.interchange.writers.caption_content import Style, content_cues
from aai_jupyter.interchange.writers.caption_files import srt_text, vtt_text
from aai_jupyter.interchange.writers.content import content_of, in_language
from aai_jupyter.tables.table import Table, Units, labels, no_labels, texts
from aai_jupyter.text.cues.cue_checker import ShownCue, check, parse_cues
from aai_jupyter.text.cues.cue_rules import CaptionRules, rules_of
from aai_jupyter.text.cues.cue_timing import CaptionCue
from aai_jupyter.transcripts.frames import default_units

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_base import TranscriptBase


def captions(transcript: Transcript, style: Style, units: Units | None, **options: Any) -> pd.DataFrame:
    """Return the captions of a transcript; see :meth:`aai_jupyter.Transcript.captions`."""
    rules = rules_of(style)
    cues = _cues(transcript, rules, options)
    shown = [ShownCue(cue.start, cue.end, tuple(line.text for line in cue.lines)) for cue in cues]
    return _frame(shown, [" / ".join(cue.speakers) or None for cue in cues], rules, units)


def caption_text(transcript: TranscriptBase, kind: str, style: Style, **options: Any) -> str:
    """Return the captions of a transcript as SubRip (``srt``) or WebVTT (``vtt``)."""
    if kind == "srt":
        return srt_text(_cues(transcript, rules_of(style), options))
    voices = options.pop("speakers", False)
    return vtt_text(_cues(transcript, rules_of(style), options), voices=voices)


def _cues(transcript: Any, rules: CaptionRules, options: dict[str, Any]) -> list[CaptionCue]:
    content = content_of(transcript)
    language = options.pop("language", None)
    if isinstance(language, str):
        content, language = in_language(content, language), None
    return content_cues(content, rules, language=language, **options)


def check_captions(
    captions: str | os.PathLike[str], style: Style = "netflix", units: Units | None = None
) -> pd.DataFrame:
    """Judge the captions of a SubRip or WebVTT file, whoever made them, by the rules of a style.

    Parameters
    ----------
    captions : path or str
        A file, or its text.
    style : str or dict
        ``netflix``, ``bbc``, ``youtube``, or a dict of rules: ``{"style": "bbc", "chars_per_line": 32}``.
    units : {"s", "ms", "timedelta"}, optional

    Returns
    -------
    DataFrame
        One row a cue, in the order of the file: start, end, duration, text, lines, cpl, cps, gap, and
        ``broken``: every rule that it breaks, empty when it breaks none.

    Raises
    ------
    UsageError
        The file cannot be read, or has no cues.

    Examples
    --------
    >>> text = "1\\n00:00:00,000 --> 00:00:00,400\\nHello there.\\n"
    >>> check_captions(text)["broken"][0]
    '30.0 characters a second, at most 20; 0.400 s long, at least 0.833'
    """
    rules = rules_of(style)
    text = captions if isinstance(captions, str) and "\n" in captions else _read(Path(captions).expanduser())
    cues = parse_cues(text)
    if not cues:
        raise UsageError("There are no SubRip or WebVTT cues in these captions.")
    return _frame(cues, [None] * len(cues), rules, units)


def _read(path: Path) -> str:
    return Document(read_bytes(path), path.name).text


def _frame(
    cues: Sequence[ShownCue], speakers: Sequence[str | None], rules: CaptionRules, units: Units | None
) -> pd.DataFrame:
    found = check(cues, rules)
    table = Table(
        "captions",
        {
            "cue": np.arange(len(found)),
            "start": np.array([one.cue.start for one in found], dtype=np.float64),
            "end": np.array([one.cue.end for one in found], dtype=np.float64),
            "text": texts(["\n".join(one.cue.lines) for one in found]),
            "speaker": labels(speakers) if any(speakers) else no_labels(len(found)),
            "lines": np.array([len(one.cue.lines) for one in found], dtype=np.int64),
            "cpl": np.array([one.cpl for one in found], dtype=np.int64),
            "cps": np.array([one.cps for one in found], dtype=np.float64),
            "gap": np.array(
                [np.nan if one.gap is None else 1000 * one.gap for one in found], dtype=np.float64
            ),
            "broken": texts(["; ".join(one.broken) for one in found]),
        },
    )
    return table.frame(units or default_units())
