"""Files of scoring programs: RTTM, CTM and STM of NIST, SegLST of meeteval; times in seconds.

Their fields end at white space, so names and words have none: an underscore stands for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from aai_jupyter.interchange.writers.content import ExportContent
from aai_jupyter.interchange.writers.export import export_names
from aai_jupyter.interchange.writers.levels import passages


def rttm(contents: Sequence[ExportContent]) -> str:
    """Return who spoke when, one line a turn.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> word = {"text": "Hi", "start": 90, "end": 400, "speaker": "Ann Lee"}
    >>> print(rttm([content_of(Transcript.from_json({"id": "x", "words": [word]}))]), end="")
    SPEAKER x 1 0.090 0.310 <NA> <NA> Ann_Lee <NA> <NA>
    """
    return "".join(
        f"SPEAKER {_field(name)} 1 {_seconds(turn.start)} {_seconds(turn.end - turn.start)} "
        f"<NA> <NA> {_field(turn.who)} <NA> <NA>\n"
        for name, content in _named(contents)
        for turn in content.turns
    )


def ctm(contents: Sequence[ExportContent]) -> str:
    """Return the words, one a line, with confidences where they are known."""
    lines = []
    for name, content in _named(contents):
        for word in sorted(content.words, key=lambda one: one.start):
            sure = "" if math.isnan(word.confidence) else f" {word.confidence:.3f}"
            times = f"{_seconds(word.start)} {_seconds(word.end - word.start)}"
            lines.append(f"{_field(name)} 1 {times} {_field(word.text)}{sure}\n")
    return "".join(lines)


def stm(contents: Sequence[ExportContent]) -> str:
    """Return the turns as a reference for scoring."""
    return "".join(
        f"{_field(name)} 1 {_field(turn.who)} {_seconds(turn.start)} {_seconds(turn.end)} {turn.text}\n"
        for name, content in _named(contents)
        for turn in content.turns
    )


def seglst(contents: Sequence[ExportContent], level: str = "turns") -> str:
    """Return a list of segments, each an object with session_id, speaker, start_time, end_time and words."""
    rows = [
        {
            "session_id": name,
            "speaker": one.who,
            "start_time": one.start / 1000,
            "end_time": one.end / 1000,
            "words": one.text,
        }
        for name, content in _named(contents)
        for one in passages(content, level)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _named(contents: Sequence[ExportContent]) -> list[tuple[str, ExportContent]]:
    return list(zip(export_names(contents), contents, strict=True))


def _field(text: str) -> str:
    return "_".join(text.split()) or "_"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
