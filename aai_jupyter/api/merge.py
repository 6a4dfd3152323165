"""``aai.merge``: two people's work on one recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.transcripts.merging import Merge
    from aai_jupyter.transcripts.transcript import Transcript


def merge(mine: Transcript, theirs: Transcript) -> Merge:
    """Merge two people's edits and codes of one transcript, three ways: against what both began with.

    Each word of the original is taken by itself: what one of the two has changed is changed; what both have
    changed in the same way is, too; where they differ, `mine` stays and the place is a conflict. So with
    speakers, names and codes. Turns that were only split or joined stay as in the original.

    Parameters
    ----------
    mine, theirs : Transcript
        Two copies of one transcript, as saved files bring them: ``aai.load("ann.aai")``.

    Returns
    -------
    Merge
        ``.transcript``, and ``.conflicts``: a frame with times, which plays. Merging it again with either
        changes nothing.

    Raises
    ------
    UsageError
        They are not of the same original.

    Examples
    --------
    >>> from aai_jupyter import Transcript, merge
    >>> raw = {"words": [{"text": "wee", "start": 0, "end": 90}, {"text": "wont", "start": 90, "end": 400}]}
    >>> ann, ben = Transcript.from_json(raw), Transcript.from_json(raw)
    >>> ann.edit.set_word(0, "we")
    >>> ben.edit.set_word(1, "want")
    >>> merge(ann, ben).transcript.text
    'we want'
    """
    from aai_jupyter.transcripts.merging import merge as merged

    return merged(mine, theirs)
