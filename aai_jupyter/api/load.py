"""``aai.load``: any transcript, of this package or of another program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript


def load(what: Any, audio: Any = None) -> Transcript:
    """Read any transcript: captions, JSON of other recognisers, text with times, tiers, tables.

    Parameters
    ----------
    what : path, str, bytes, DataFrame, dict or list of dicts
        A file of :meth:`Transcript.save` or of another program, whatever its suffix; its content as text or
        bytes; or rows with ``text``, ``start`` and ``end`` (seconds), and perhaps ``speaker``. Two paths in a
        list belong together: a CTM with its RTTM.
    audio : path, URL, bytes or (samples, rate), optional
        The recording. Without it, one beside the file with the same name, or that the file names, is taken.

    Returns
    -------
    Transcript
        With every frame, the player, edits and questions. Words without times of their own have interpolated
        ones, and say so in the column ``timing``; what was left out stands in ``problems``.

    Raises
    ------
    UsageError
        The file is missing, damaged, or no transcript: with its first line, and what it may be.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> t = aai.load("1\\n00:00:00,000 --> 00:00:01,200\\nAnn: Good morning.\\n")
    >>> t.words[["text", "start", "speaker", "timing"]].values.tolist()
    [['Good', 0.0, 'Ann', 'interpolated'], ['morning.', 0.428, 'Ann', 'interpolated']]
    """
    from aai_jupyter.interchange.opening import open_transcript
    from aai_jupyter.transcripts.private_view import with_privacy

    return with_privacy(open_transcript(what, audio))
