"""``aai.codebook``, ``aai.agreement``, and codes of language models."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.tables.any_frame import as_pandas

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.analysis.agreement import Agreement
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.coding_run import CodingRun
    from aai_jupyter.transcripts.codebook import Codebook
    from aai_jupyter.transcripts.coded import CodedTranscripts

EXTRACTIVE = "extractive"
"""The engine's model that only quotes: it is asked for each code by itself."""


def codebook(what: Any, name: str = "Codebook") -> Codebook:
    """Return a codebook: codes with definitions, colours and hierarchy.

    Parameters
    ----------
    what : dict, list, DataFrame, or path
        ``{"trust": "Says whom they trust."}``, or with more facts: ``{"trust": {"definition": "...",
        "colour": "#0072b2", "parent": "relations"}}``; a list of names; rows or a table (``.csv``) with
        ``name`` and perhaps ``definition``, ``colour``, ``parent``; a ``.qdc`` file of REFI-QDA
        (MAXQDA, NVivo, ATLAS.ti, QualCoder).
    name : str, optional

    Returns
    -------
    Codebook
        ``.frame`` is a table of it; ``calls.export("study.qdc", codebook=book)`` writes it.

    Raises
    ------
    OptionError, UsageError
        A name is missing or stands twice, a parent is no code, or the file is no codebook.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> aai.codebook({"trust": "Says whom they trust.", "fear": ""}).frame[["name", "colour"]]
        name   colour
    0  trust  #0072b2
    1   fear  #c07c00
    """
    from aai_jupyter.interchange.readers.codebook_file import read_codebook
    from aai_jupyter.transcripts.codebook import Codebook

    return read_codebook(Path(what)) if isinstance(what, str | PathLike) else Codebook.of(what, name)


def agreement(
    frame: pd.DataFrame,
    unit: str = "turn",
    *,
    coders: Sequence[str] | None = None,
    of: Any = None,
    draws: int = 2000,
    seed: int = 0,
) -> Agreement:
    """Measure how far coders agree: percent, Cohen, Fleiss, Krippendorff.

    Parameters
    ----------
    frame : DataFrame
        One row a code: ``code``, ``coder`` and ``start``, ``end`` (with ``transcript_id`` where there are
        several recordings), as ``calls.codes`` has them; or without times a column that names the unit, and
        then a judgement that is not there is missing.
    unit : {"turn", "word", "time"}, default "turn"
        What is judged: turns or words, each of which has a code or not (a passage covers a unit when they
        share half of the shorter one); or time, where coders also choose the borders (alpha for unitizing).
        For judgements without times, the column that names the unit.
    coders : sequence of str, optional
        Those compared, each of whom has gone through every recording. By default all, each for the recordings
        with a code of theirs.
    of : Transcript, TranscriptSet or DataFrame, optional
        What was coded: also turns and words without a code count, as agreement about that. By
        default those that are kept on this machine; else only what somebody has coded is known, and the notes
        say so.
    draws, seed : int
        Of the bootstrap over units; over recordings with ``unit="time"``.

    Returns
    -------
    Agreement

    Raises
    ------
    OptionError, UsageError
        There is no such unit, or there are fewer than two coders.

    Notes
    -----
    ``cohen`` is Cohen's kappa (1960), with more than two coders ``light``, its mean over pairs (Light 1971).
    ``fleiss`` takes units that all coders have judged (Fleiss 1971), ``alpha`` all with two judgements
    (Krippendorff 2019, ch. 12). With ``unit="time"`` ``alpha_u`` is Krippendorff's alpha for unitizing (1995,
    2004) in hundredths of a second. Over all codes a unit's category is the set of its codes. Overlapping
    units are dependent: intervals over turns or words of few recordings are too narrow.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> import pandas as pd
    >>> rows = [("1", "Ann", "yes"), ("2", "Ann", "no"), ("3", "Ann", "yes"), ("1", "Ben", "yes"),
    ...         ("2", "Ben", "no"), ("3", "Ben", "no")]
    >>> found = aai.agreement(pd.DataFrame(rows, columns=["item", "coder", "code"]), unit="item")
    >>> round(found["cohen"], 3), round(found["alpha"], 3)
    (0.4, 0.444)
    """
    from aai_jupyter.analysis.agreement import agreement as measured
    from aai_jupyter.transcripts import accessor  # noqa: F401  (what they disagree about plays)

    frame = as_pandas(frame)
    if of is None and unit in ("turn", "word", "time") and "transcript_id" in frame:
        of = _kept(frame)
    return measured(frame, unit, coders=coders, of=of, draws=draws, seed=seed)


def _kept(frame: pd.DataFrame) -> Any:
    """Return the coded transcripts of this machine's store; None unless all of them are there."""
    from aai_jupyter.transcripts.transcript_set import TranscriptSet
    from aai_jupyter.widgets.player.playlist import kept

    found = [kept(ident) for ident in dict.fromkeys(frame["transcript_id"].dropna())]
    return TranscriptSet(t for t in found if t is not None) if found and all(found) else None


def code_by_model(
    transcripts: CodedTranscripts,
    book: Codebook,
    *,
    coder: str | None = None,
    model: str | None = None,
    resume: Sequence[Answers] | Answers | None = None,
    **options: Any,
) -> CodingRun:
    """Have a language model code passages; see ``calls.code``."""
    from aai_jupyter.api.ask import ask
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.coding_run import (
        CodingRun,
        checked_rows,
        coding_question,
        coding_schema,
        rejected_frame,
    )
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    if not len(book):
        raise UsageError("The codebook has no codes.")
    each = list(transcripts._each())
    whole = TranscriptSet(each)
    before = [resume] if isinstance(resume, Answers) else [*(resume or [])]
    codes = [(code.name, code.definition) for code in book]
    rounds: list[tuple[str | None, str, Any]] = [(None, coding_question(codes), coding_schema())]
    if model == EXTRACTIVE:
        rounds = [(name, f"{name}: {about}" if about else name, "[quote: str]") for name, about in codes]
    runs: list[Answers] = []
    rejected: list[dict[str, Any]] = []
    known = {*transcripts.codes["code_id"]}
    for place, (name, question, schema) in enumerate(rounds):
        again = before[place] if place < len(before) else None
        answers = ask(question, whole, each=True, schema=schema, model=model, resume=again, **options)
        runs.append(answers)
        for number, transcript in enumerate(each):
            answer = answers.answers[number]
            key = {"source": transcript.source, "transcript_id": transcript.id}
            if answer is None or answer.problem:
                why = answer.problem if answer is not None else str(answers.errors[number])
                rejected.append(key | {"code": name, "why": why})
                continue
            good, bad = checked_rows(answer, book.names, name)
            rejected += [key | row for row in bad]
            if good:
                transcript.code(_frame(good), coder=coder or answer.model)
    found = transcripts.codes
    return CodingRun(found[~found["code_id"].isin(known)], rejected_frame(rejected), runs)


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
