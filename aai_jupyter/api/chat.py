"""``aai.chat``: a conversation about recordings in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.asking.conversation import BUDGET
from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.widgets.chat.chat_widget import Chat


def chat(*about: Any, model: str | None = None, budget: int = BUDGET, redact: bool = False) -> Chat:
    """Talk about recordings in the page; citations in the answers play in the player of the recording.

    Parameters
    ----------
    *about : Transcript, TranscriptSet, DataFrame, str
    model : str, optional
        An id of ``%aai_models``; the page can choose another.
    budget : int
        Estimated tokens of earlier questions and answers that are sent again with each question.
    redact : bool
        Only transcripts made with ``redact_pii`` are taken; names of speakers and files stay here.

    Returns
    -------
    Chat

    Raises
    ------
    UsageError
        There is nothing to talk about.
    EngineError
        There is no key, and the local engine is not installed or does not start.

    Examples
    --------
    >>> aai.chat(call)  # doctest: +SKIP
    """
    from aai_jupyter.widgets.chat.chat_widget import Chat

    if not about:
        raise UsageError("There is nothing to talk about.", hint="aai.chat(transcript)")
    made = Chat(*about, model=model, budget=budget, redact=redact)
    runtime().endpoint()
    return made
