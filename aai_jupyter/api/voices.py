"""``aai.voices``: voices that were named once, recognised in other recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.api.recheck_speakers import heard_speakers
from aai_jupyter.errors import UsageError
from aai_jupyter.jobs.voice_profiles import VoiceEntry, VoiceProfiles
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.bounded_text import repr_pretty
from aai_jupyter.transcripts.transcript import Transcript

if TYPE_CHECKING:
    from aai_jupyter.client.speaker_api import HeardVoice

ALIKE = 0.42
"""Cosine from which on a voice is a remembered one; no stranger of the measurement came near."""
AHEAD = 0.1
"""How much nearer it must be than the next name."""
SHORTEST = 5.0
"""Seconds of speech below which a voice is neither remembered nor named."""
_COLUMNS = {
    "transcript_id": "string",
    "source": "string",
    "speaker": "category",
    "name": "category",
    "score": "float64",
    "seconds": "float64",
    "why": "string",
}


class Voices:
    """Voices that the user has named and asked to remember. Shows itself as a frame.

    Nothing is remembered but by `remember`, and only of speakers whom the user has named. What is kept is one
    vector for each speaker and transcript, in a file of the home folder that only its owner can read: no
    sound, and nothing of it in exports or notebooks.

    Examples
    --------
    >>> calls[0].speakers = {"A": "Ann"}  # doctest: +SKIP
    >>> aai.voices.remember(calls[0])  # doctest: +SKIP
    >>> calls.recognise()[["source", "speaker", "name"]]  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    @property
    def _profiles(self) -> VoiceProfiles:
        return VoiceProfiles(Path(runtime().settings.home))

    @property
    def frame(self) -> pd.DataFrame:
        """One row a name and model: name, recordings, seconds, model."""
        rows = [(one.name, one.transcript, one.seconds, one.model) for one in self._profiles.entries()]
        found = pd.DataFrame(rows, columns=["name", "recordings", "seconds", "model"])
        found = found.astype({"name": "string", "seconds": "float64", "model": "string"})
        groups = found.groupby(["name", "model"], sort=False, as_index=False)
        named = groups.agg({"recordings": "nunique", "seconds": "sum"})
        return named[["name", "recordings", "seconds", "model"]].astype({"recordings": "int64"})

    def remember(
        self,
        calls: Transcript | Iterable[Transcript],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> pd.DataFrame:
        """Remember the voices of all speakers whom the user has named; return the frame.

        What was remembered of these transcripts before is replaced: a wrong name is corrected, or taken back
        with ``t.speakers = {}``, by remembering again.

        Parameters
        ----------
        calls : Transcript or iterable of Transcript
        on_progress : callable, optional
            Called with the share done, 0 to 1, of each transcript.

        Raises
        ------
        UsageError
            A transcript has no id or no recording.
        """
        for transcript in _each(calls):
            if transcript.id is None:
                raise UsageError("A transcript without an id cannot be remembered.")
            editor = transcript.edited_answer.editor
            named = {} if editor is None else dict(editor.state.names)
            entries = []
            if named:
                heard = heard_speakers(transcript, on_progress)
                entries = [
                    VoiceEntry(name, transcript.id, label, voice.vector, voice.seconds, heard.model)
                    for label, name in named.items()
                    if (voice := heard.voices.get(label)) is not None and voice.seconds >= SHORTEST
                ]
            self._profiles.replace(transcript.id, entries)
        return self.frame

    def forget(self, name: str) -> int:
        """Forget a voice: no vector of it is left. Return of how many recordings there was one.

        Raises
        ------
        UsageError
            No voice of that name is remembered.
        """
        count = self._profiles.forget(name)
        if not count:
            known = ", ".join(self.frame["name"].unique()) or "none"
            raise UsageError(f"No voice of {name!r} is remembered.", hint=f"There are: {known}.")
        return count

    def recognise(
        self,
        calls: Transcript | Iterable[Transcript],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> pd.DataFrame:
        """Look for remembered voices among the speakers of transcripts; nothing is named by it.

        Returns
        -------
        DataFrame
            One row a speaker: ``name`` (NA when nobody remembered is near), ``score`` (cosine to the nearest
            voice), ``seconds`` heard, and ``why``.
        """
        entries = self._profiles.entries()
        rows: list[dict[str, Any]] = []
        for transcript in _each(calls):
            heard = heard_speakers(transcript, on_progress)
            known = _profiles_of(entries, heard.model, without=transcript.id)
            where = {"transcript_id": transcript.id, "source": transcript.source}
            rows += [where | row for row in matches(heard.voices, known)]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)

    _repr_pretty_ = repr_pretty

    def __repr__(self) -> str:
        frame = self.frame
        return "No voice is remembered." if frame.empty else frame.to_string(index=False)

    def _repr_html_(self) -> str:
        frame = self.frame
        found: str = "No voice is remembered." if frame.empty else frame.to_html(index=False)
        return found


voices = Voices()
"""The voices of this user."""


def recognise(calls: Transcript | Iterable[Transcript], **options: Any) -> pd.DataFrame:
    """Look for remembered voices; see `Voices.recognise`."""
    return voices.recognise(calls, **options)


def _each(calls: Transcript | Iterable[Transcript]) -> Iterable[Transcript]:
    return [calls] if isinstance(calls, Transcript) else calls


def _profiles_of(
    entries: Iterable[VoiceEntry], model: str, without: str | None = None
) -> dict[str, np.ndarray]:
    """Return the mean voice of each name, of this model alone; not of the transcript that is looked at."""
    sums: dict[str, np.ndarray] = {}
    for one in entries:
        if one.model == model and one.transcript != without:
            sums[one.name] = sums.get(one.name, np.zeros(len(one.vector))) + one.seconds * np.array(
                one.vector
            )
    return {name: total / max(float(np.linalg.norm(total)), 1e-9) for name, total in sums.items()}


def matches(heard: dict[str, HeardVoice], known: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Return a row for each speaker: the remembered name, or why there is none. No name is given twice."""
    names = list(known)
    rows: dict[str, dict[str, Any]] = {}
    for label, voice in heard.items():
        scores = [float(np.dot(voice.vector, known[name])) for name in names]
        order = np.argsort(scores)[::-1]
        best = names[order[0]] if names else None
        score = scores[order[0]] if names else np.nan
        ahead = score - scores[order[1]] if len(names) > 1 else np.inf
        rows[label] = {"speaker": label, "score": score, "seconds": voice.seconds, "name": None}
        if best is None:
            rows[label]["why"] = "no voice is remembered"
        elif voice.seconds < SHORTEST:
            rows[label]["why"] = f"only {voice.seconds:.1f} s of speech"
        elif score < ALIKE:
            rows[label]["why"] = f"nobody is near; the nearest is {best}"
        elif ahead < AHEAD:
            rows[label]["why"] = f"{best} and {names[order[1]]} are equally near"
        else:
            rows[label] |= {"name": best, "why": f"sounds like {best}"}
    for name in names:
        same = [row for row in rows.values() if row["name"] == name]
        for row in sorted(same, key=lambda row: -row["score"])[1:]:
            row |= {"name": None, "why": f"another speaker is nearer to {name}"}
    return list(rows.values())
