"""Label tracks of Audacity, and audformat databases of audEERING."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from aai_jupyter.interchange.writers.content import ExportContent, SpokenTurn, SpokenWord
from aai_jupyter.interchange.writers.export import export_names
from aai_jupyter.interchange.writers.levels import passages
from aai_jupyter.text.readable_numbers import timecode


def audacity(contents: Sequence[ExportContent], level: str = "turns") -> str:
    """Return a label track: start, end and label, divided by tabs; the speaker stands before a colon.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> from aai_jupyter.interchange.writers.content import content_of
    >>> word = {"text": "Hi.", "start": 90, "end": 400, "speaker": "A"}
    >>> audacity([content_of(Transcript.from_json({"words": [word]}))])
    '0.090000\\t0.400000\\tA: Hi.\\n'
    """
    (content,) = contents
    return "".join(
        f"{one.start / 1000:.6f}\t{one.end / 1000:.6f}\t"
        f"{f'{one.speaker}: ' if one.speaker and level != 'words' else ''}{one.text}\n"
        for one in sorted(passages(content, level), key=lambda one: one.start)
    )


def audformat(contents: Sequence[ExportContent]) -> dict[str, str]:
    """Return the files of a database with the tables ``turns`` and ``words``.

    The header is JSON, which every reader of YAML reads.
    """
    names = [content.media or name for content, name in zip(contents, export_names(contents), strict=True)]
    speakers = sorted({turn.who for content in contents for turn in content.turns})
    header: dict[str, Any] = {
        "name": contents[0].name if len(contents) == 1 else "transcripts",
        "source": ", ".join(dict.fromkeys(names)),
        "usage": "unrestricted",
        "languages": sorted({code for content in contents if (code := _language(content))}),
        "description": "Transcripts: turns and words with their times.",
        "schemes": {
            "speaker": {"dtype": "str", "labels": speakers},
            "transcription": {"dtype": "str"},
            "confidence": {"dtype": "float", "minimum": 0, "maximum": 1},
        },
        "tables": {
            table: {
                "type": "segmented",
                "columns": {
                    "speaker": {"scheme_id": "speaker"},
                    "transcription": {"scheme_id": "transcription"},
                    "confidence": {"scheme_id": "confidence"},
                },
            }
            for table in ("turns", "words")
        },
        "provenance": [content.provenance.facts() for content in contents],
    }
    named = list(zip(names, contents, strict=True))
    return {
        "db.yaml": json.dumps(header, ensure_ascii=False, indent=1) + "\n",
        "db.turns.csv": _table((name, one) for name, content in named for one in content.turns),
        "db.words.csv": _table((name, one) for name, content in named for one in content.words),
    }


def _language(content: ExportContent) -> str:
    return (content.language or "").replace("-", "_").partition("_")[0]


def _table(rows: Iterable[tuple[str, SpokenTurn | SpokenWord]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "start", "end", "speaker", "transcription", "confidence"])
    for file, one in rows:
        sure = one.confidence if isinstance(one, SpokenWord) else _mean(one.words)
        shown = "" if math.isnan(sure) else f"{min(max(sure, 0), 1):.4f}"
        who = one.who if isinstance(one, SpokenTurn) else one.speaker or ""
        writer.writerow([file, _delta(one.start), _delta(one.end), who, one.text, shown])
    return stream.getvalue()


def _mean(words: Sequence[SpokenWord]) -> float:
    known = [word.confidence for word in words if not math.isnan(word.confidence)]
    return sum(known) / len(known) if known else float("nan")


def _delta(ms: int) -> str:
    """Return a time as pandas prints it."""
    days, ms = divmod(ms, 86_400_000)
    return f"{days} days {timecode(ms, '.')}000"
