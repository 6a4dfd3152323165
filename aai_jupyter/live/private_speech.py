"""The setting ``privacy`` and speech whose text is seen at once: it is refused, before anything is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aai_jupyter.settings.configuration import Settings


def refuse_with_privacy(settings: Settings, what: str) -> None:
    """Raise where names would be seen: which words are names is known only after all was said.

    Raises
    ------
    UsageError
        The setting names a key of pseudonyms.

    Examples
    --------
    >>> from aai_jupyter.settings.configuration import Settings
    >>> refuse_with_privacy(Settings(environ={}), "Live speech")
    """
    if settings.privacy is not None:
        raise UsageError(
            f"{what} would show names as they are said, and aai.settings.privacy wants pseudonyms.",
            hint='Record it, then aai.transcribe("talk.wav"): transcripts come with pseudonyms. '
            "Or, where names may be seen: aai.settings.privacy = None.",
        )
