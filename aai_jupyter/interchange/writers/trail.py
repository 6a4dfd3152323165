"""Audit trail of a study: what a methods section and a reviewer need, and how it is run again."""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aai_jupyter._version import __version__
from aai_jupyter.analysis.agreement import Agreement
from aai_jupyter.analysis.answer_evaluation import AnswerEvaluation
from aai_jupyter.analysis.audit import Audit
from aai_jupyter.analysis.comparison import Comparison
from aai_jupyter.analysis.evaluation import Evaluation
from aai_jupyter.errors import OptionError
from aai_jupyter.interchange.writers.provenance import provenance_of
from aai_jupyter.interchange.writers.trail_page import (
    Block,
    Heading,
    Listing,
    Paragraph,
    Rows,
    as_html,
    as_markdown,
)
from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.transcripts.atomic_file import write_file
from aai_jupyter.transcripts.codebook import Codebook
from aai_jupyter.transcripts.saved_recording import portable_name

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

SUFFIXES = (".md", ".qmd", ".html")
PACKAGES = (
    "pandas",
    "numpy",
    "narwhals",
    "jiwer",
    "rapidfuzz",
    "scipy",
    "whisper-normalizer",
    "faster-whisper",
)


def trail(
    transcripts: Iterable[Transcript], path: str | Path, *, of: Sequence[Any] = (), codebook: Any = None
) -> Path:
    """Write the trail of a study; see ``calls.trail``."""
    target = Path(path).expanduser()
    kind = target.suffix.lower()
    if kind not in SUFFIXES:
        raise OptionError(
            f"A trail is not written as {kind or 'a file without suffix'}.", hint="Use .md, .qmd or .html."
        )
    blocks = [*_blocks(list(transcripts), list(of), codebook)]
    text = as_html(blocks) if kind == ".html" else as_markdown(blocks, executable=kind == ".qmd")
    data = text.encode()
    write_file(target, lambda stream: stream.write(data))
    return target


def _blocks(each: list[Transcript], of: list[Any], codebook: Any) -> Iterable[Block]:
    yield Heading("Methods and audit trail")
    yield from _recordings(each)
    yield from _options(each)
    yield from _edits(each)
    yield from _codes(each, codebook)
    yield from _models(of)
    yield from _results(of)
    yield from _versions()
    yield from _rerun(each)


def _recordings(each: list[Transcript]) -> Iterable[Block]:
    yield Heading("Recordings", 2)
    total = sum(t.duration or 0 for t in each)
    words = sum(len(t.edited_answer.speech.words) for t in each)
    yield Paragraph(
        f"{amount(len(each), 'recording')}, {clock(total * 1000)} in all, {amount(words, 'word')}."
    )
    rows = []
    for t in each:
        redacted = "pseudonyms" if t.has_pseudonyms else "redacted" if t.redacted else "not redacted"
        rows.append(
            (
                portable_name(t.source) or "–",
                f"{t.duration or 0:.1f} s",
                t.language or "–",
                t.model or "–",
                str(len(t.edited_answer.speech.words)),
                redacted,
                _digest(t) or "–",
                t.id or "–",
            )
        )
    yield Rows(
        (
            "file",
            "length",
            "language",
            "model",
            "words",
            "personal data",
            "SHA-256 of the file",
            "transcript",
        ),
        rows,
    )


def _options(each: list[Transcript]) -> Iterable[Block]:
    yield Heading("Transcription", 2)
    host = "an engine on this machine" if settings.local else "the service"
    yield Paragraph(f"By aai_jupyter {__version__}; the settings now name {host}. Options that were set:")
    counts = Counter(
        (name, one_line(str(value))) for t in each for name, value in sorted(provenance_of(t).options.items())
    )
    rows = [(name, value, f"{count} of {len(each)}") for (name, value), count in counts.items()]
    yield Rows(("option", "value", "recordings"), rows)


def _edits(each: list[Transcript]) -> Iterable[Block]:
    yield Heading("Corrections", 2)
    counts: Counter[tuple[str, str]] = Counter()
    last: dict[str, str] = {}
    for t in each:
        for edit in t.edit.edits:
            if edit.operation.endswith(("_codes", "_code", "_codebook")):
                continue
            counts[edit.author, edit.operation.replace("_", " ")] += 1
            last[edit.author] = max(last.get(edit.author, ""), edit.time[:10])
    if not counts:
        yield Paragraph("None: the words are the recogniser's.")
        return
    touched = sum(bool(t.edit.changed) for t in each)
    yield Paragraph(f"{sum(counts.values())} corrections in {touched} of {amount(len(each), 'recording')}.")
    rows = [(who, what, str(count), last[who]) for (who, what), count in sorted(counts.items())]
    yield Rows(("by", "operation", "times", "last"), rows)


def _codes(each: list[Transcript], codebook: Any) -> Iterable[Block]:
    book = Codebook.of(codebook) if codebook is not None else None
    frames = [t.codes for t in each]
    counts = Counter(
        (str(row["code"]), str(row["coder"]))
        for frame in frames
        for row in frame[["code", "coder"]].to_dict("records")
    )
    if not counts and book is None:
        return
    yield Heading("Codes", 2)
    if book is not None:
        rows = [(book.path(code.name), code.definition) for code in book]
        yield Rows(("code", "definition"), rows)
    yield Rows(("code", "coder", "passages"), [(*pair, str(count)) for pair, count in sorted(counts.items())])


def _models(of: list[Any]) -> Iterable[Block]:
    """What language models were asked: every question in full, with tokens and costs."""
    asked = [answers for thing in of for answers in _answers(thing)]
    if not asked:
        return
    yield Heading("Language models", 2)
    for answers in asked:
        yield Paragraph(answers.usage_line)
        yield Listing("text", answers.question)
        schema = getattr(answers, "schema", None)
        if schema is not None:
            fields = ", ".join(schema.fields)
            yield Paragraph(f"Answers had to fit a schema with the fields {fields}.")
    for thing in of:
        rejected = getattr(thing, "rejected", None)
        if isinstance(rejected, pd.DataFrame):
            counts = Counter(map(str, rejected["why"]))
            yield Paragraph("Answers that gave no code, and why:" if counts else "No answer was rejected.")
            yield Rows(("why", "answers"), [(why, str(count)) for why, count in counts.items()])


def _answers(thing: Any) -> list[Any]:
    """Return answers of language models, also those behind codes."""
    if hasattr(thing, "usage_line") and hasattr(thing, "question"):
        return [thing]
    inner = getattr(thing, "answers", None)
    return [one for one in inner if hasattr(one, "usage_line")] if isinstance(inner, list) else []


def _results(of: list[Any]) -> Iterable[Block]:
    for thing in of:
        if isinstance(thing, Agreement):
            yield Heading(f"Agreement by {thing.unit}", 2)
            yield _table(thing.frame)
            for note in thing.notes:
                yield Paragraph(note)
        elif isinstance(thing, AnswerEvaluation):
            yield Heading("Answers of a model against a person's", 2)
            yield _table(thing.fields)
            if len(thing.instability):
                yield _table(thing.instability)
            yield Paragraph(" ".join([f"95 % intervals over {thing.unit}.", *thing.notes]))
        elif isinstance(thing, Evaluation):
            yield Heading("Error rates", 2)
            yield _table(thing.rates)
            yield Paragraph(
                f"95 % intervals: percentiles of {thing.draws} bootstrap draws, seed {thing.seed}. "
                + " ".join(thing.notes)
            )
        elif isinstance(thing, Comparison):
            yield Heading("Error rates", 2)
            yield Paragraph(f"{repr(thing)[1:-1]}. {thing.normalized.note}")
        elif isinstance(thing, Audit):
            yield Heading("Error rate by ear", 2)
            yield Paragraph(f"{repr(thing)[1:-1]}; a sample stratified by confidence.")
        elif isinstance(thing, pd.DataFrame):
            yield _table(thing)


def _versions() -> Iterable[Block]:
    yield Heading("Versions", 2)
    rows = [("aai_jupyter", __version__), ("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            continue
    yield Rows(("package", "version"), rows)


def _rerun(each: list[Transcript]) -> Iterable[Block]:
    """Code that brings the same transcripts from the cache and compares them with what is written here."""
    yield Heading("Run again", 2)
    ids = [t.id for t in each]
    if any(t.has_pseudonyms for t in each):
        yield Paragraph(
            "Names have pseudonyms. The originals come from the store with the key of the study alone."
        )
        return
    if not all(ids):
        yield Paragraph("Some transcripts have no id: they are read from the files that they were saved to.")
        return
    yield Paragraph("From the store of the machine that made them, without a request and without cost:")
    words, codes, text = _totals(each)
    yield Listing(
        "python",
        "import hashlib\n\n"
        "import aai_jupyter as aai\n\n"
        f"calls = aai.TranscriptSet([aai.get(name) for name in {ids!r}])\n"
        'text = "\\n".join(call.text for call in calls)\n'
        f"assert len(calls.words) == {words}\n"
        f"assert len(calls.codes) == {codes}\n"
        f'assert hashlib.sha256(text.encode()).hexdigest() == "{text}"\n'
        "calls.recordings\n",
    )


def _totals(each: list[Transcript]) -> tuple[int, int, str]:
    text = "\n".join(t.text for t in each)
    return (
        sum(len(t.edited_answer.speech.words) for t in each),
        sum(len(t.codes) for t in each),
        hashlib.sha256(text.encode()).hexdigest(),
    )


def _digest(transcript: Transcript) -> str | None:
    recording = transcript.audio
    if recording is None:
        return None
    if recording.sha256:
        return recording.sha256
    file = recording.file
    if file is None:
        return None
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _table(frame: pd.DataFrame) -> Rows:
    def shown(value: Any) -> str:
        if value is None or value != value:
            return "–"
        return f"{value:.4f}" if isinstance(value, float) else str(value)

    rows = [tuple(map(shown, row)) for row in frame.astype(object).itertuples(index=False)]
    return Rows(tuple(map(str, frame.columns)), rows)
