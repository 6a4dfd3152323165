"""``aai.align``: the text that a person typed gets word times from its recording."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import AaiError
from aai_jupyter.jobs.job_events import JobEvent, Stage
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.interchange.readers.passages import ReadFile
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.transcripts.transcript import Transcript


_TELLING_SHARE = 0.1
"""Done of the whole, from which on the time left can be told: the model is loaded by then."""


def align(
    text: Any,
    audio: Any,
    *,
    language: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Transcript:
    """Give a typed text the times of its recording, word by word; its spelling stays.

    The local engine does it, also when there is a key: the sound does not leave this machine.

    Parameters
    ----------
    text : Transcript, path or str
        A transcript, a file of any kind (``.docx`` and ``.txt`` without times, too), or the text itself.
        ``Ann: ...`` names a speaker.
    audio : path, bytes or (samples, rate)
        The recording.
    language : str, optional
        Language code such as ``"de"``; detected without it.
    on_progress : callable, optional
        Called with the share done, 0 to 1. Without it the cell shows the progress, as of transcriptions.

    Returns
    -------
    Transcript
        ``words.timing`` is ``aligned``, or ``interpolated`` for words that were not heard. ``problems`` names
        what is in the sound and not in the text, and the other way round.

    Raises
    ------
    AaiError
        There is no engine, the recording cannot be read, or there are no words.

    Examples
    --------
    >>> t = aai.align("interview, typed.docx", "interview.mp3")  # doctest: +SKIP
    """
    from aai_jupyter.interchange.typed_text import aligned_transcript, typed_text, words_of
    from aai_jupyter.transcripts.recording import Recording

    read = typed_text(text)
    recording = audio if isinstance(audio, Recording) else Recording.of(audio)
    answer = _ask_engine(read, words_of(read), recording, language or _code(read), on_progress)
    return aligned_transcript(read, answer, recording)


def _code(read: ReadFile) -> str | None:
    """The language that a file names, when it is a code."""
    code = read.language
    return code if code is not None and 2 <= len(code.split("_")[0]) <= 3 and code.isascii() else None


def _ask_engine(
    read: ReadFile,
    words: list[str],
    recording: Recording,
    language: str | None,
    on_progress: Callable[[float], None] | None,
) -> dict[str, Any]:
    from aai_jupyter.client import Client
    from aai_jupyter.client.alignment_api import align_words
    from aai_jupyter.jobs.engine import ensure_engine

    rt = runtime()
    endpoint = ensure_engine(rt.settings)
    opened = recording.open()
    label = recording.file.name if recording.file else recording.url or "recording"
    shown = _AlignmentProgress(label, rt.progress(1) if rt.progress and on_progress is None else None)

    async def ask() -> dict[str, Any]:
        async with Client(endpoint) as client:
            shown.tell("uploading")
            url = await client.transcripts.upload(opened)
            return await align_words(client.http, url, words, language, on_progress or shown.share)

    try:
        answer = rt.bridge.run(ask(), tick=shown.draw)
    except AaiError as error:
        shown.tell("error", message=str(error))
        raise
    else:
        shown.tell("completed")
        return answer
    finally:
        if shown.draw is not None:
            shown.draw(last=True)


class _AlignmentProgress:
    """The progress display of a call that brings none of its own: that of transcriptions."""

    def __init__(self, label: str, display: Any) -> None:
        self._label = label
        self._display = display
        self._began = time.monotonic()
        self.draw: Callable[..., None] | None = getattr(display, "draw", None)

    def tell(self, stage: Stage, **more: Any) -> None:
        if self._display is not None:
            elapsed = time.monotonic() - self._began
            self._display(JobEvent(0, self._label, stage, elapsed=elapsed, **more))

    def share(self, done: float) -> None:
        passed = time.monotonic() - self._began
        left = passed * (1 - done) / done if done > _TELLING_SHARE else None
        self.tell("processing", share=done, seconds_left=left)
