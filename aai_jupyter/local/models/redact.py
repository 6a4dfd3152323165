"""Redaction of personal information in words and in audio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aai_jupyter.audio.covering import cover_audio
from aai_jupyter.audio.tracks import NoSuchTrack
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.text_offsets import FoundText
from aai_jupyter.local.models.words import RecognisedWord

_OPENING, _CLOSING = "\"'“‘([", ".,;:!?…\"'”’)]"
_MARGIN_MS = 60
"""Words begin and end a little outside the times that recognition gives them."""


def redact_words(words: Sequence[RecognisedWord], found: Sequence[FoundText], sub: str = "hash") -> None:
    """Replace the text of each found word: `sub` "hash" by as many ``#``, "entity_name" by a tag.

    Examples
    --------
    >>> word = RecognisedWord("Ann,", 0, 300, 0.9)
    >>> redact_words([word], [FoundText(0, 1, "person_name")], "entity_name"); word.text
    '[PERSON_NAME],'
    """
    for one in found:
        for word in words[one.first : one.last]:
            core = word.text.lstrip(_OPENING)
            before = word.text[: len(word.text) - len(core)]
            core = core.rstrip(_CLOSING)
            after = word.text[len(before) + len(core) :]
            tag = "#" * max(len(core), 1) if sub == "hash" else f"[{one.kind.upper()}]"
            word.text = before + tag + after


def redacted_stretches(words: Sequence[RecognisedWord], found: Sequence[FoundText]) -> list[list[int]]:
    """Return intervals ``[start, end]`` in ms to silence, in order; neighbours joined.

    >>> redacted_stretches([RecognisedWord("Ann", 500, 800, 0.9)], [FoundText(0, 1, "person_name")])
    [[440, 860]]
    """
    times = sorted(
        (max(0, word.start - _MARGIN_MS), word.end + _MARGIN_MS)
        for one in found
        for word in words[one.first : one.last]
    )
    joined: list[list[int]] = []
    for start, end in times:
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return joined


def redact_audio(
    path: Path,
    out: Path,
    stretches: Sequence[Sequence[int]],
    *,
    quality: str = "mp3",
    method: str = "beep",
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a copy of the audio of `path` with `stretches` covered, on the same clock.

    Parameters
    ----------
    stretches : sequence of (start, end)
        Milliseconds, in order.
    quality : {"mp3", "wav"}
    method : {"beep", "silence"}
        A quiet tone of 1 kHz, or nothing.

    Raises
    ------
    JobFailed
        When the file cannot be decoded.
    """
    import av

    try:
        with path.open("rb") as file:
            cover_audio(file, out, stretches, format=quality, method=method, check=check)
    except NoSuchTrack:
        raise JobFailed("File does not appear to contain audio.") from None
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JobFailed(f"Redacted audio could not be made: {reason}.") from error
