"""Two transcripts of one recording, word by word: rates, a frame of differences, and a view of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.diarization_error import DiarizationErrors, diarization_errors
from aai_jupyter.analysis.error_rates import Rates
from aai_jupyter.analysis.normalisers import normaliser_of
from aai_jupyter.analysis.word_alignment import ScoredWords, diff_rows
from aai_jupyter.runtime.saved_output import saved_html
from aai_jupyter.text.html_tags import SMALL, box, note, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape

KINDS = ("equal", "spelling", "substitute", "delete", "insert")
MAX_SHOWN = 2000
_STYLES = {
    "spelling": "text-decoration:underline dotted",
    "substitute": "text-decoration:underline wavy;font-weight:600",
    "delete": "text-decoration:line-through",
    "insert": "font-weight:600;border-bottom:2px solid",
}


@public
@dataclass(eq=False)
class Comparison:
    """A transcript compared with its reference.

    Attributes
    ----------
    hypothesis, reference : ScoredWords
    verbatim : Rates
        Rates of the words as they are written.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> found = aai.compare("We paid ten dollars. Really?", "We paid $10, really.")
    >>> found.wer, found.normalized.wer, found.normalized.name
    (0.75, 0.0, 'whisper-english, fillers kept')
    """

    hypothesis: ScoredWords
    reference: ScoredWords
    language: str | None = None
    turns: tuple[pd.DataFrame, pd.DataFrame] | None = field(default=None, repr=False)
    transcripts: tuple[Any, ...] = field(default=(), repr=False)

    @classmethod
    def empty(cls) -> Comparison:
        """Return a comparison of nothing with nothing."""
        return cls(ScoredWords.of_text([]), ScoredWords.of_text([]))

    @cached_property
    def verbatim(self) -> Rates:
        """Rates of the words as they are written."""
        return Rates(self.reference, self.hypothesis)

    @cached_property
    def normalized(self) -> Rates:
        """Rates after the normaliser that its ``name`` and ``note`` tell."""
        found = normaliser_of(self.reference.joined, self.hypothesis.joined, self.language)
        return Rates(self.reference, self.hypothesis, found)

    @property
    def wer(self) -> float:
        """Word error rate, verbatim: (S + D + I) / words of the reference."""
        return self.verbatim.wer

    @property
    def mer(self) -> float:
        """Match error rate, verbatim: (S + D + I) / (words of the reference + I)."""
        return self.verbatim.mer

    @property
    def cer(self) -> float:
        """Character error rate, verbatim; spaces count as characters."""
        return self.verbatim.cer

    @property
    def cpwer(self) -> float:
        """Word error rate with a word of the wrong speaker being wrong; see :attr:`Rates.cpwer`."""
        return self.verbatim.cpwer

    @property
    def wder(self) -> float:
        """Share of words with the wrong speaker; see :attr:`Rates.wder`."""
        return self.verbatim.wder

    @property
    def speakers(self) -> dict[str | None, str | None]:
        """Speaker of this transcript -> speaker of the reference."""
        return self.verbatim.speakers

    def diarization(self, *, collar: float = 0.0, skip_overlap: bool = False) -> DiarizationErrors:
        """Return who spoke when, compared by time: DER and JER; `collar` is on each side of a boundary."""
        if self.turns is None:
            nothing = pd.DataFrame({"start": [], "end": [], "speaker": []}, dtype="float64")
            return diarization_errors(nothing, nothing, collar=collar)
        return diarization_errors(*self.turns, collar=collar, skip_overlap=skip_overlap)

    @cached_property
    def _rows(self) -> list[tuple[str, int | None, int | None]]:
        return diff_rows(self.reference, self.hypothesis)

    @property
    def diff(self) -> pd.DataFrame:
        """Every word: ``kind``, ``start``, ``end`` (s), ``reference``, ``hypothesis``, and both speakers.

        ``kind`` is equal, spelling (the same but for case and punctuation), substitute, delete (missing here)
        or insert. Times are those of this transcript; for a word that is missing in it, the reference's, or
        else the pause where it is missing. ``found.diff.query("kind == 'delete'").aai.play()`` plays errors.
        """
        said, heard = self.reference, self.hypothesis
        kinds = [kind for kind, _, _ in self._rows]
        at = np.array([-1 if n is None else n for _, n, _ in self._rows], dtype=np.int64)
        here = np.array([-1 if m is None else m for _, _, m in self._rows], dtype=np.int64)
        start, end = _times(said, heard, at, here)
        text = pd.StringDtype("python")
        frame = pd.DataFrame(
            {
                "kind": pd.Categorical(kinds, categories=KINDS),
                "start": start,
                "end": end,
                "reference": pd.Series([None if n < 0 else said.text[n] for n in at.tolist()], dtype=text),
                "hypothesis": pd.Series(
                    [None if m < 0 else heard.text[m] for m in here.tolist()], dtype=text
                ),
                "reference_speaker": pd.Categorical(
                    [None if n < 0 else said.speaker[n] for n in at.tolist()]
                ),
                "speaker": pd.Categorical([None if m < 0 else heard.speaker[m] for m in here.tolist()]),
                "reference_word": pd.array([None if n < 0 else n for n in at.tolist()], dtype="Int64"),
                "word": pd.array([None if m < 0 else m for m in here.tolist()], dtype="Int64"),
                "source": pd.Categorical([heard.source] * len(at)),
                "transcript_id": pd.Categorical([heard.transcript_id] * len(at)),
            }
        )
        frame.attrs = {"transcript_id": heard.transcript_id, "units": "s"}
        return frame

    @property
    def errors(self) -> pd.DataFrame:
        """Rows of `diff` that are neither equal nor mere spelling."""
        found = self.diff
        return found[~found["kind"].isin(["equal", "spelling"])]

    @property
    def by_speaker(self) -> pd.DataFrame:
        """One row for each speaker of the reference: words, kinds of errors, and their rate.

        Words are aligned without case and punctuation; ``spelling`` counts those that differ in that alone.
        What was inserted counts for the speaker of the word before it. ``wrong_speaker`` are words that are
        there under another speaker's label.
        """
        return speaker_errors([self])

    def play(self, rows: pd.DataFrame | None = None, *, margin: float = 1.0) -> Any:
        """Play errors one after the other: all, or those rows of `diff`."""
        found = self.errors if rows is None else rows
        return found.aai.play([*self.transcripts] or None, margin=margin)

    def __repr__(self) -> str:
        line = f"WER {self.wer:.1%} verbatim, {self.normalized.wer:.1%} normalised ({self.normalized.name})"
        with_speakers = f", cpWER {self.cpwer:.1%}" if self.cpwer == self.cpwer else ""
        return f"<Comparison of {self.verbatim.counts.words} words: {line}{with_speakers}>"

    def _repr_html_(self) -> str:
        said, heard = self.reference.text, self.hypothesis.text
        parts = []
        for kind, n, m in self._rows[:MAX_SHOWN]:
            shown = heard[m] if m is not None else said[n or 0]
            if kind == "equal":
                parts.append(escape(shown))
                continue
            title = f"{kind}: {said[n]}" if n is not None and m is not None else kind
            parts.append(tag("span", escape(shown), style=_STYLES[kind], title=title))
        more = len(self._rows) - MAX_SHOWN
        under = note(escape(f"… and {more} more words in .diff")) if more > 0 else ""
        head = tag("div", escape(repr(self)[1:-1]), style=SMALL)
        key = "Struck out: missing. Wavy: another word. Bold: inserted. Dotted: written in another way."
        html = box("div", head + tag("p", " ".join(parts)) + under, note(escape(key)))
        return saved_html(html, repr(self)[1:-1])


def _nearest(values: pd.Series, known: np.ndarray) -> np.ndarray:
    """Return the values, and where one is not known that of the row before, else of the next that is."""
    given = values.to_numpy(object, na_value=None)
    rows = np.flatnonzero(known & values.notna().to_numpy(bool))
    if not len(rows):
        return np.full(len(given), None, dtype=object)
    found: np.ndarray = given[rows[(np.searchsorted(rows, np.arange(len(given)), side="right") - 1).clip(0)]]
    return found


def speaker_errors(comparisons: list[Comparison]) -> pd.DataFrame:
    """Return errors by speaker of the reference, over several comparisons."""
    parts = []
    for one in comparisons or [Comparison.empty()]:
        found = one.diff[["source", "transcript_id", "kind", "reference_speaker", "speaker"]]
        whom = found["reference_speaker"].astype(object)
        named = {label: name for label, name in one.speakers.items() if label is not None}
        mapped = found["speaker"].astype(object).map(named)
        there = found["kind"].isin(["equal", "spelling", "substitute"])
        told = one.reference.has_speakers and one.hypothesis.has_speakers
        parts.append(
            found.assign(
                who=_nearest(whom, (found["kind"] != "insert").to_numpy(bool)),
                wrong=there & (mapped != whom) & told,
            )
        )
    keys = ["source", "transcript_id"] if len(parts) > 1 else []
    columns = {name: pd.concat([part[name].astype(object) for part in parts]) for name in (*keys, "who")}
    kind = pd.concat([part["kind"].astype(object) for part in parts])
    rows = pd.DataFrame(
        {name: column.where(column.notna(), "") for name, column in columns.items()}
        | {name: kind == name for name in KINDS}
        | {"wrong_speaker": pd.concat([part["wrong"] for part in parts])}
    )
    found = rows.groupby([*keys, "who"], sort=False).sum().astype("int64").reset_index()
    words = found[["equal", "spelling", "substitute", "delete"]].sum(axis=1)
    errors = found[["substitute", "delete", "insert"]].sum(axis=1)
    names = {name: found[name].replace("", None) for name in [*keys, "who"]}
    return pd.DataFrame(
        {name: column for name, column in names.items() if name != "who"}
        | {"speaker": names["who"], "words": words, "errors": errors}
        | {"wer": (errors / words).where(words > 0)}
        | {name: found[name] for name in (*KINDS[1:], "wrong_speaker")}
    )


def _times(
    said: ScoredWords, heard: ScoredWords, at: np.ndarray, here: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return start and end of each row of a diff."""
    start = np.where(here >= 0, _taken(heard.start, here), _taken(said.start, at))
    end = np.where(here >= 0, _taken(heard.end, here), _taken(said.end, at))
    unknown = np.isnan(start) | np.isnan(end)
    if unknown.any() and not unknown.all():  # the pause between the words around it
        before = pd.Series(np.where(unknown, np.nan, end)).ffill().bfill().to_numpy()
        after = pd.Series(np.where(unknown, np.nan, start)).bfill().ffill().to_numpy()
        start = np.where(unknown, np.minimum(before, after), start)
        end = np.where(unknown, np.maximum(before, after), end)
    return start, end


def _taken(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    if not len(values):
        return np.full(len(rows), np.nan)
    found: np.ndarray = np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)
    return found
