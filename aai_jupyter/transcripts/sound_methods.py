"""Methods of a transcript that listen to its recording, by the local engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts import upward

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.tables.table import Units
    from aai_jupyter.transcripts.transcript import Transcript


class SoundMethods:
    """What a transcript can be asked to listen for."""

    def align(self, audio: Any = None, *, language: str | None = None, **options: Any) -> Transcript:
        """Return this text with word times from its recording; see :func:`aai_jupyter.align`.

        Parameters
        ----------
        audio : path, bytes or (samples, rate), optional
            The recording; that of the transcript by default.
        language : str, optional
            Language code; detected without it.

        Returns
        -------
        Transcript
            A new one. Edits and names are in its text; this one stays as it is.

        Raises
        ------
        AaiError
            There is no recording, or no engine.
        """
        this = cast("Transcript", self)
        if audio is None and this.audio is None:
            raise UsageError("The recording is not known.", hint="t.align('talk.mp3')")
        return upward.align(this, this.audio if audio is None else audio, language=language, **options)

    def recheck_speakers(self, *, apply: bool = True, **options: Any) -> pd.DataFrame:
        """Take a second look at who said what, by the voices in the recording.

        The local engine does it, for the service's transcripts too; the sound does not leave this machine.
        Each speaker is the voice that he has in most of his turns. Words in which another one's is heard are
        given to that speaker: one edit for each run of words, which ``t.edit.undo()`` takes back. Speakers
        who say nearly nothing are named in :attr:`problems`.

        Parameters
        ----------
        apply : bool
            False only lists what would be changed.
        on_progress : callable, optional
            Called with the share done, 0 to 1.

        Returns
        -------
        DataFrame
            One row a proposal: first and last word, text, start and end in seconds, speaker, the proposed one
            and the confidence.

        Raises
        ------
        UsageError
            The recording is not known, or there are no speakers.

        Examples
        --------
        >>> t.recheck_speakers(apply=False)[["text", "speaker", "proposed"]]  # doctest: +SKIP
        """
        return upward.recheck_speakers(cast("Transcript", self), apply=apply, **options)

    def overlap(self, units: Units | None = None, **options: Any) -> pd.DataFrame:
        """Hear when several people speak at once, which the words of one mixed channel cannot tell.

        The local engine does it (segmentation-3.0), for the service's transcripts too; the sound does not
        leave this machine.

        Parameters
        ----------
        units : {"s", "ms", "timedelta"}, optional
        on_progress : callable, optional
            Called with the share done, 0 to 1.

        Returns
        -------
        DataFrame
            ``start``, ``end``, ``duration`` of each stretch from 0.15 s on, and ``speakers``: who has a turn
            there by the transcript. ``attrs["measured_from"]`` is ``"sound"``.

        Raises
        ------
        UsageError, AaiError
            The recording is not known, or there is no engine.

        Notes
        -----
        An estimate from below: on clips of AMI meetings 94 % of what it reports was overlap, and it heard
        39 % of what was annotated.

        Examples
        --------
        >>> t.overlap()["duration"].sum() / t.duration  # doctest: +SKIP
        """
        return upward.overlap(cast("Transcript", self), units, **options)

    def recognise(self, **options: Any) -> pd.DataFrame:
        """Look for remembered voices (:data:`aai_jupyter.voices`) among the speakers; nothing is named by it.

        Returns
        -------
        DataFrame
            One row a speaker: ``name`` (NA when nobody remembered is near), ``score``, ``seconds``, ``why``.

        Examples
        --------
        >>> t.recognise()[["speaker", "name", "why"]]  # doctest: +SKIP
        """
        return upward.recognise(self, **options)
