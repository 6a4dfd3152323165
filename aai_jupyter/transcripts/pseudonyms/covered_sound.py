"""The recording of a pseudonymised transcript: another file, with a tone where a name is said."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from aai_jupyter.audio.covering import cover_audio
from aai_jupyter.audio.tracks import NoSuchTrack
from aai_jupyter.errors import EngineError, SourceError
from aai_jupyter.transcripts.recording import Recording

MARGIN_MS = 80
"""Words begin and end a little outside the times that recognition gives them."""
_FILE = "covered.flac"


@dataclass(eq=False)
class CoveredSound:
    """A copy of a recording with stretches covered, made when it is first opened, and gone with the view.

    Nothing of the original's file comes along: no name, no tags, no pictures.
    """

    recording: Recording
    stretches: Sequence[tuple[int, int]]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def open(self) -> BinaryIO:
        """Open the sound.

        Raises
        ------
        SourceError
            The original cannot be read.
        """
        with self._lock:
            if self._folder is None:
                self._folder = self._made()
            return (Path(self._folder.name) / _FILE).open("rb")

    def _made(self) -> tempfile.TemporaryDirectory[str]:
        try:
            import av
        except ImportError as error:
            raise EngineError(
                "The sound without the names needs PyAV.", hint='pip install "aai-jupyter[audio]"'
            ) from error
        folder = tempfile.TemporaryDirectory(prefix="aai-covered-", ignore_cleanup_errors=True)
        try:
            with ExitStack() as stack:
                opened = self.recording.open()
                if not isinstance(opened, str):
                    stack.enter_context(opened)
                target = Path(folder.name) / _FILE
                cover_audio(opened, target, self.stretches, track=self.recording.track, format="flac")
        except (av.FFmpegError, NoSuchTrack, ValueError) as error:
            folder.cleanup()
            reason = getattr(error, "strerror", None) or error
            raise SourceError(f"The sound without the names could not be made: {reason}.") from error
        return folder


def covered_recording(
    recording: Recording | None, words: Iterable[tuple[float, float]], called: str
) -> Recording | None:
    """Return the recording of the view; None where the original's bytes are not on this machine."""
    if recording is None or recording.kernel_problem or (recording.file is None and recording.opener is None):
        return None
    sound = CoveredSound(recording, joined_stretches(words))
    return Recording(f"{called}.flac", opener=sound.open)


def joined_stretches(words: Iterable[tuple[float, float]], margin: int = MARGIN_MS) -> list[tuple[int, int]]:
    """Return stretches in whole milliseconds with a margin, in order; neighbours joined.

    Examples
    --------
    >>> joined_stretches([(500, 800), (850, 900)])
    [(420, 980)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, round(start) - margin), round(end) + margin) for start, end in words):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
