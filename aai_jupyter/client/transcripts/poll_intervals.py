"""How often to look at a running job, and what a job that failed means."""

from __future__ import annotations

import re

from aai_jupyter.client.responses import LOCAL_DEFECT
from aai_jupyter.client.transcript_data import TranscriptData
from aai_jupyter.errors import TranscriptionFailedError

TERMINAL = ("completed", "error")

QUICKEST = 0.5
"""Seconds between two looks at a young job of short audio."""
QUICKEST_LOCAL = 0.2
"""The same on the local engine, which nobody else uses."""
SLOWEST = 10.0
"""Seconds between two looks at a job that has run for long."""
BATCH = 0.5
"""Seconds between two sweeps of the list while many jobs run."""
MAX_POLLS_PER_SECOND = 15.0
"""Looks of one client together: a quarter of the documented rate, the rest is for uploads and results."""
_POLLS_PER_JOB_SECOND = 0.05


def look_again_after(elapsed: float, duration: float | None = None, *, quickest: float = QUICKEST) -> float:
    """Seconds until the next look at one job.

    A tenth of the time that it has run already, so a result is seen late by 5 % of the waiting time on
    average. For a known duration the first looks are as far apart as a tenth of the time that such a job
    takes at least (about 4 s and 1 % of the duration).

    Parameters
    ----------
    elapsed : float
        Seconds that it has been in its present state, queued or processing.
    duration : float, optional
        Seconds of audio.
    quickest : float, optional
        Never sooner than this.

    Examples
    --------
    >>> look_again_after(0.0), look_again_after(30.0), look_again_after(600.0)
    (0.5, 3.0, 10.0)
    >>> look_again_after(0.0, duration=3600.0)
    4.0
    """
    expected = 4.0 + 0.01 * duration if duration else 0.0
    return min(SLOWEST, max(quickest, elapsed / 10, expected / 10))


def sweep_again_after(jobs: int, requests: int, soonest: float) -> float:
    """Seconds until the next sweep of the list, which looks at all jobs at once.

    Parameters
    ----------
    jobs : int
        Jobs that are waited for.
    requests : int
        Requests that one sweep takes.
    soonest : float
        What :func:`look_again_after` says for the job that is the first to be looked at again.

    Examples
    --------
    >>> sweep_again_after(200, 1, 8.0), sweep_again_after(4, 1, 8.0)
    (0.5, 5.0)
    """
    cheap = requests / (_POLLS_PER_JOB_SECOND * jobs)
    return max(BATCH, requests / MAX_POLLS_PER_SECOND, min(soonest, cheap))


_HINTS: tuple[tuple[str, str], ...] = (
    (
        r"text/html",
        "The URL leads to a web page: give the address of the audio file itself, or the file.",
    ),
    (
        r"download error|unable to download|client error.* for url",
        "The service must be able to fetch the URL without login: pre-sign it, or give the file.",
    ),
    (
        r"file type (is )?(application/json|text/plain)",
        "What was uploaded is text, not sound: check the file.",
    ),
    (
        r"transcod|does not appear to contain audio|no audio stream|corrupt|unsupported",
        "The file may be damaged or cut short: play it, or try `ffmpeg -i IN out.flac`.",
    ),
    (r"too short", "The service needs at least 160 ms of audio."),
    (r"speech threshold", "Lower speech_threshold: less of the file is speech than it asks for."),
    (
        r"requested confidence threshold",
        "Give the language with language_code, or lower language_confidence_threshold.",
    ),
    (
        r"no (spoken|speech)|language detection|language.*could not be",
        "No speech was found: give language_code, or set language_detection_options.on_no_speech_detected to"
        ' "fallback" with a fallback_language.',
    ),
    (
        r"too large|exceeds|5\.5 GB|5 GB",
        "A file by URL has 5.5 GB at most, an upload 2.2 GB: send the audio alone, or cut the file.",
    ),
    (
        r"another region|different region|wrong region|region mismatch|other region",
        "The upload is in another region than the job: upload it again with the same region and key.",
    ),
    (r"empty|no content|0 bytes|zero bytes", "The file or URL gave no bytes: check it."),
    (r"local engine failed", LOCAL_DEFECT),
    (
        r"server error|developers have been alerted",
        "A fault of the service: run it again; failed jobs are not charged. "
        "https://status.assemblyai.com, support@assemblyai.com",
    ),
)


def failure_hint(error: str) -> str | None:
    """What to do about the text of a failed job; its wording is not contractual, so it is matched loosely.

    Examples
    --------
    >>> failure_hint("Audio duration is too short.")
    'The service needs at least 160 ms of audio.'
    """
    return next((hint for pattern, hint in _HINTS if re.search(pattern, error, re.IGNORECASE)), None)


def succeeded(data: TranscriptData) -> TranscriptData:
    """The transcript as it is, unless its job failed.

    Raises
    ------
    TranscriptionFailedError
        With the service's ``error``, the id, and what to do.
    """
    if data.status != "error":
        return data
    reason = data.error or "no reason given"
    raise TranscriptionFailedError(
        "The transcription failed.", detail=reason, hint=failure_hint(reason), transcript_id=data.id
    )
