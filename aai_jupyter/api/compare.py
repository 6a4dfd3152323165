"""``aai.compare`` and ``aai.evaluate``: transcripts against references, answers against a person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from aai_jupyter.errors import UsageError
from aai_jupyter.text.short_names import short_name
from aai_jupyter.text.tokenization import split

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.analysis.answer_evaluation import AnswerEvaluation
    from aai_jupyter.analysis.comparison import Comparison
    from aai_jupyter.analysis.evaluation import Evaluation
    from aai_jupyter.analysis.word_alignment import ScoredWords
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.coding_run import CodingRun


def compare(a: Any, b: Any, *, language: str | None = None) -> Comparison:
    """Compare a transcript with its reference, word by word.

    Parameters
    ----------
    a : Transcript, DataFrame or str
        What is judged: a transcript, a frame of words (or of rows with ``text``), or the text itself.
    b : Transcript, DataFrame or str
        The reference: a corrected copy, another model's transcript, a text that a person typed.
    language : str, optional
        Code such as ``"de"``, which decides the normaliser; that of the transcripts by default.

    Returns
    -------
    Comparison
        ``.wer``, ``.cer``, ``.mer`` of the words as they are written; ``.normalized`` the same after a named
        normaliser; ``.cpwer`` and ``.wder`` with who said them; ``.diff`` a frame of all words with times;
        displayed it shows the differences, and ``.play()`` plays them.

    Raises
    ------
    UsageError
        The ``compare`` extra is not installed, or these are no transcripts.

    Notes
    -----
    In scripts without spaces each character is a word, so the word error rate is that of characters.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> found = aai.compare("We meet on Munday.", "We meet on Monday.")
    >>> found.wer, found.errors[["reference", "hypothesis"]].values.tolist()
    (0.25, [['Monday.', 'Munday.']])
    >>> aai.compare(t, t_corrected).errors.aai.play()  # doctest: +SKIP
    """
    from aai_jupyter.analysis.comparison import Comparison
    from aai_jupyter.transcripts.transcript_base import TranscriptBase

    ours, theirs = scored(a), scored(b)
    turns = (_turns(a), _turns(b))
    both = None if turns[0] is None or turns[1] is None else (turns[0], turns[1])
    played = tuple(one for one in (a, b) if isinstance(one, TranscriptBase))[:1]
    return Comparison(ours, theirs, language or theirs.language or ours.language, both, played)


@overload
def evaluate(
    transcripts: Answers | CodingRun | pd.DataFrame | list[Answers] | list[CodingRun] | list[pd.DataFrame],
    references: pd.DataFrame | Answers,
    *,
    of: Any = None,
    draws: int = 2000,
    seed: int = 0,
) -> AnswerEvaluation: ...
@overload
def evaluate(
    transcripts: Iterable[Any],
    references: Any,
    *,
    language: str | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Evaluation: ...
def evaluate(
    transcripts: Any,
    references: Any,
    *,
    language: str | None = None,
    of: Any = None,
    draws: int = 2000,
    seed: int = 0,
) -> Evaluation | AnswerEvaluation:
    """Compare many transcripts with their references, or a model's answers with a person's.

    Parameters
    ----------
    transcripts : TranscriptSet, or list of transcripts, frames or texts
        Or answers: of :func:`ask` with ``each=True`` and a schema, of ``calls.code(codebook, model=...)``,
        or a frame of one of them. A list of those are repeats of one question.
    references : TranscriptSet, list, or mapping
        In the same order; or by source, file name or id of the transcript. Of answers: the person's, as a
        frame with ``transcript_id``, ``source`` or ``file`` and the same fields; or codes with times.
    language : str, optional
        Of all of them; each transcript's own by default.
    of : TranscriptSet or Transcript, optional
        What was coded: codes are compared turn by turn then, else by the passages that somebody coded.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    Evaluation
        ``.wer`` and others over all words, ``.rates`` with 95 % intervals, ``.files``, ``.speakers``,
        ``.diff``.
    AnswerEvaluation
        Of answers: ``.fields`` with precision, recall and F1, ``.instability`` over repeats, ``.diff``.

    Raises
    ------
    UsageError
        A transcript has no reference, the ``compare`` extra is not installed, or answers and the person's
        have no field or no recording in common.

    Notes
    -----
    Precision is right / (right + wrong), recall right / (right + missed), F1 their harmonic mean, all of sums
    over recordings. What counts is what is claimed: True of a yes-or-no field, each item of a list, any other
    value that is not missing; texts without regard to case and spaces. Repeats are added up.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> aai.evaluate(["one small stop"], ["one small step"]).files[["words", "wer"]].round(2)
       words   wer
    0      3  0.33
    >>> found = aai.evaluate(aai.ask(question, calls, each=True, schema=schema), person)  # doctest: +SKIP
    >>> found.fields  # doctest: +SKIP
    """
    answers = _frames_of_answers(transcripts)
    if answers:
        from aai_jupyter.analysis.answer_evaluation import evaluate_answers

        person = _frames_of_answers(references)
        if len(person) != 1:
            raise UsageError("Answers are compared with a frame of the person's answers.")
        return evaluate_answers(answers, person[0], of=of, draws=draws, seed=seed)
    from aai_jupyter.analysis.evaluation import Evaluation

    judged = list(transcripts)
    found = [compare(one, other, language=language) for one, other in _paired(judged, references)]
    return Evaluation(found, draws, seed)


def _frames_of_answers(given: Any) -> list[pd.DataFrame]:
    """Return answers or codes as frames, one for each run; nothing where these are transcripts."""
    import pandas as pd

    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.coding_run import CodingRun

    if isinstance(given, Answers):
        return [given.frame]
    if isinstance(given, CodingRun):
        return [given.codes]
    if isinstance(given, pd.DataFrame):
        return [given]
    if isinstance(given, list) and given and all(isinstance(one, Answers | CodingRun) for one in given):
        return [frame for one in given for frame in _frames_of_answers(one)]
    # A list of frames may be one of words, too: these have texts, answers do not.
    frames = isinstance(given, list) and all(isinstance(one, pd.DataFrame) for one in given)
    return given if frames and all("text" not in one or "code" in one for one in given) else []


def _paired(judged: list[Any], references: Any) -> list[tuple[Any, Any]]:
    if not isinstance(references, Mapping):
        others = [references] if isinstance(references, str) else list(references)
        if len(others) != len(judged):
            raise UsageError(
                f"There are {len(judged)} transcripts and {len(others)} references.",
                hint="Give as many, in the same order, or a dict by file name.",
            )
        return list(zip(judged, others, strict=True))
    pairs = []
    for one in judged:
        names = [name for name in _names(one) if name in references]
        if not names:
            raise UsageError(f"There is no reference for {next(iter(_names(one)), 'a text')}.")
        pairs.append((one, references[names[0]]))
    return pairs


def _names(transcript: Any) -> list[str]:
    from pathlib import PurePath

    source, ident = getattr(transcript, "source", None), getattr(transcript, "id", None)
    bare = PurePath(source).name if source else None
    shown = short_name(source) if source else None  # what a column `file` has
    return [name for name in (source, bare, shown, PurePath(bare).stem if bare else None, ident) if name]


def scored(what: Any) -> ScoredWords:
    """Return the words of a transcript, a frame or a text as they are compared."""
    import pandas as pd

    from aai_jupyter.analysis.word_alignment import ScoredWords
    from aai_jupyter.transcripts.transcript_base import TranscriptBase

    if isinstance(what, str):
        return ScoredWords.of_text(split(what))
    ident = source = language = None
    if isinstance(what, TranscriptBase):
        ident, source, language = what.id, what.source, what.language
        what = what.frame("words", units="s")
    if not (isinstance(what, pd.DataFrame) and "text" in what):
        raise UsageError(
            f"A {type(what).__name__} cannot be compared.",
            hint="Give a Transcript, a frame with a column text, or the text itself.",
        )
    return _of_frame(what, ident, source, language)


def _of_frame(
    frame: pd.DataFrame, ident: str | None, source: str | None, language: str | None
) -> ScoredWords:
    from aai_jupyter.analysis.spans import seconds, speaker_column, units_of
    from aai_jupyter.analysis.word_alignment import ScoredWords

    rows = len(frame)
    if "start" in frame and "end" in frame:
        units = units_of(frame)
        start, end = seconds(frame["start"], units), seconds(frame["end"], units)
        order = np.argsort(start, kind="stable")  # NaN last
    else:
        start = end = np.full(rows, np.nan)
        order = np.arange(rows)
    who = speaker_column(frame).astype(object)
    speakers = who.where(who.notna(), None).tolist()
    texts = frame["text"].astype(object).where(frame["text"].notna(), "").tolist()
    pieces = [split(str(texts[row])) for row in order.tolist()]
    counts = [len(piece) for piece in pieces]
    rows_of = np.repeat(order, counts)
    nth = np.arange(len(rows_of)) - np.repeat(np.cumsum(counts) - counts, counts) if counts else np.zeros(0)
    share = (end - start)[rows_of] / np.repeat(np.maximum(counts, 1), counts) if len(rows_of) else np.zeros(0)
    begin = start[rows_of] + share * nth
    return ScoredWords(
        [word for piece in pieces for word in piece],
        begin,
        begin + share,
        [speakers[row] for row in rows_of.tolist()],
        ident or _only(frame, "transcript_id"),
        source or _only(frame, "source"),
        language,
    )


def _only(frame: pd.DataFrame, name: str) -> str | None:
    known = {*frame[name].dropna().tolist()} if name in frame else set()
    return str(known.pop()) if len(known) == 1 else None


def _turns(what: Any) -> pd.DataFrame | None:
    import pandas as pd

    from aai_jupyter.transcripts.transcript_base import TranscriptBase

    if isinstance(what, TranscriptBase):
        return what.frame("utterances", units="s")
    return what if isinstance(what, pd.DataFrame) and {"start", "end", "speaker"} <= {*what} else None
