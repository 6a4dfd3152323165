"""Every exception this package raises, and how each one shows in a notebook.

::

    AaiError
    ├── AuthenticationError       401: the key is missing or wrong
    ├── AccessError               403: the key may not use this resource
    ├── BadRequestError           400 and other 4xx: the service refused the request
    ├── NotFoundError             404, or 400 "transcript id not found"
    ├── RateLimitError            429 (or 403) that outlasted the retries
    ├── ServerError               5xx that outlasted the retries
    ├── TranscriptionFailedError  a job ended with status "error"
    ├── NetworkError              no answer: name lookup, connection, TLS, broken transfer
    │   └── RequestTimeoutError   no answer in time
    ├── OfflineError              offline = true: the address is not this machine, and was not asked
    ├── StreamingError            a real-time session ended with an error; `status` is its close code
    │   ├── StreamingAccessError  1008: key, token or account; 3009: too many sessions
    │   ├── StreamingInputError   3006, 3007, 1009: an option, message or frame was refused
    │   └── StreamingLostError    the connection broke (1006, 1011, 3005, 3008) and could not be made again
    ├── OptionError (ValueError)  an option name or value is wrong; found before anything is sent
    ├── SourceError (ValueError)  an audio source is missing, empty, unreadable or not audio
    ├── UsageError (ValueError)   a magic or function was called in a way that has no meaning
    ├── ResponseError (ValueError) an answer or a saved file is not the JSON object it should be
    ├── CostLimitError            max_cost or monthly_budget would be passed, so nothing more was sent
    ├── StoreError                the journal of jobs cannot be written, so nothing was submitted
    ├── EngineError               the local engine is not installed or did not start
    └── MissingDependencyError (ImportError)  an optional library is not installed

    KeyboardInterrupt             the cell was interrupted
    ├── Interrupted               while waiting for jobs: they go on, `transcript_ids` has their ids
    ├── StreamInterrupted         while streaming: `transcript` has what was heard
    ├── AskInterrupted            while asking many: `answers` has what was answered
    ├── AskStopped                the same in %aai_ask
    └── Stopped                   any other magic

    asyncio.CancelledError        the task was cancelled
    ├── StoppedWaiting            while waiting for jobs, as Interrupted
    └── AskCancelled              while asking many, as AskInterrupted

Each error says three things: what failed, the service's own words with the ids that its support
asks for, and what to do next. A notebook shows those two or three lines instead of a traceback.
"""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.transcripts.live_transcript import LiveTranscript


class _Copied:
    """Copies and pickles with all attributes, and with none shared, whatever the constructor takes.

    An exception is rebuilt by calling its class with its ``args``, which fails where the constructor takes
    something else: in a pool of processes the parent then waits for ever. tblib, which Dask installs, lets
    the copies of others share one dict.
    """

    args: tuple[object, ...]

    def __reduce__(self) -> tuple[Callable[..., BaseException], tuple[object, ...], dict[str, object]]:
        return _rebuilt, (type(self), self.args), dict(vars(self))


def _rebuilt(kind: type[BaseException], args: tuple[object, ...]) -> BaseException:
    return kind.__new__(kind, *args)


class AaiError(_Copied, Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message : str
        What failed, in one sentence.
    detail : str, optional
        The service's own words, unchanged.
    hint : str, optional
        One thing to do next.
    status : int, optional
        HTTP status, or close code of a real-time session.
    request_id, transcript_id : str, optional
        Identifiers to quote to support or to resume with.

    Attributes
    ----------
    lasting : bool
        What is wrong is a setting of this machine (a proxy variable, a certificate authority): waiting and
        trying again do not help.
    answers : Answers or None
        When one of many questions ended all: what was answered until then; ``aai.ask(..., resume=answers)``
        asks the rest.

    Examples
    --------
    >>> print(AaiError("Cannot read talk.mp3.", hint="Check the path."))
    Cannot read talk.mp3.
      → Check the path.
    """

    hint: str | None = None
    lasting = False

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        transcript_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint or type(self).hint
        self.status = status
        self.request_id = request_id
        self.transcript_id = transcript_id
        self.answers: Answers | None = None

    @staticmethod
    def wants_traceback() -> bool:
        """Whether a notebook shows the whole traceback. Settings, which import this module, replace it."""
        return False

    @staticmethod
    def clean(text: str) -> str:
        """Words of services and files without what a terminal would obey. Settings replace it, too."""
        return text

    def lines(self) -> list[str]:
        """The two or three lines that a person reads."""
        found = [self.message]
        ids = (
            [f"HTTP {self.status}" if self.status and self.status < 1000 else f"code {self.status}"]
            if self.status
            else []
        )
        ids += [f"request {self.request_id}"] if self.request_id else []
        ids += [f"transcript {self.transcript_id}"] if self.transcript_id else []
        where = f" ({', '.join(ids)})" if ids else ""
        if self.detail:
            found.append(f"  “{self.detail}”{where}")
        elif where:
            found[0] += where
        if self.hint:
            found.append(f"  → {self.hint}")
        if self.answers is not None:
            found.append(f"  → {resume_hint(self.answers)}")
        return [self.clean(line) for line in found]

    @property
    def short(self) -> str:
        """What went wrong in one line, with the service's own words: for tables and progress."""
        return self.clean(f"{self.message} {self.detail}" if self.detail else self.message)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _render_traceback_(self) -> list[str]:
        """IPython calls this instead of printing a traceback."""
        if self.wants_traceback():
            return "".join(traceback.format_exception(self)).splitlines()
        first, *rest = self.lines()
        return [f"{type(self).__name__}: {first}", *rest]


class AuthenticationError(AaiError):
    """The API key is missing or wrong (HTTP 401)."""

    hint = "Check the key: %aai_login asks for one, %aai_status shows which is used and where it came from."


class AccessError(AaiError):
    """The key is right but may not use this resource (HTTP 403).

    Use a key whose account may use it, or leave the feature out. The message has the service's own words.
    """


class BadRequestError(AaiError):
    """The service refused the request as it stands (HTTP 400 and other 4xx).

    Read the service's own words in the message, correct what they name, and run the cell again.
    """


class NotFoundError(AaiError):
    """The transcript or path does not exist for this key and region (HTTP 404)."""

    hint = "Check the id and the region (US and EU data is kept apart). %aai_transcripts lists yours."


class RateLimitError(AaiError):
    """Too many requests, even after waiting (HTTP 429, or 403 without another reason)."""

    hint = "Wait a minute and run the cell again: nothing finished is lost."


class ServerError(AaiError):
    """The service failed (HTTP 5xx)."""

    hint = "Run the cell again; if it lasts, see https://status.assemblyai.com."


class TranscriptionFailedError(AaiError):
    """The job ended with status "error". Failed jobs are not charged.

    Read the service's reason: a file that is no audio or is too short, a URL that it could not fetch, ...
    """

    @property
    def short(self) -> str:
        """The service's own words, which say it all."""
        return self.detail or self.message


class NetworkError(AaiError):
    """The service could not be reached, or the connection broke."""

    hint = "Check the connection and the host (%aai_status), then run the cell again."


class RequestTimeoutError(NetworkError):
    """The service did not answer in time."""


class OfflineError(AaiError):
    """``offline = true``: an address that is not this machine was not asked. `hint` says what works then."""

    hint = (
        "The local engine works without a connection: aai.settings.local = True. %aai_status shows the lock."
    )


class StreamingError(AaiError):
    """A real-time session ended with an error. What was heard until then is kept.

    Use what is kept (``talk.turns``, ``talk.exact()``), and start a new session.
    """


class StreamingAccessError(StreamingError):
    """The session was not allowed: key, token, account (1008), or too many sessions (3009).

    Check the key with ``%aai_status``. With too many sessions: stop one, or wait until one has ended.
    """


class StreamingInputError(StreamingError):
    """An option, a message or a frame of sound was refused (3006, 3007, 1009), or none came for too long.

    Correct the option that the message names; check that the microphone or the source gives sound.
    """


class StreamingLostError(StreamingError, NetworkError):
    """The connection broke and could not be made again.

    Check the network, then start a new session. ``talk.exact()`` transcribes the sound that was kept.
    """


class OptionError(AaiError, ValueError):
    """An option name or value is wrong. Nothing was sent.

    Correct what the message names. A parameter that this version does not know goes through ``extra``.
    """


class SourceError(AaiError, ValueError):
    """An audio source is missing, empty, unreadable or not audio. Nothing was sent.

    Check the path or URL. Names with spaces stand in quotes on the line of a magic.
    """


class UsageError(AaiError, ValueError):
    """A magic or function was called in a way that has no meaning. Nothing was sent.

    Follow the hint; ``%transcribe?`` shows what the line of a magic takes.
    """


class ResponseError(AaiError, ValueError):
    """An answer of the service, or a saved file, is not the JSON object it should be.

    Check which file it is. For an answer of the service, check the hosts with ``%aai_status``.
    """


class CostLimitError(AaiError):
    """What is to be sent would cost more than ``max_cost`` or the month's budget allows, by the price list.

    What is finished or on its way already is not paid again by the next run.
    """


class StoreError(AaiError):
    """The journal of jobs on this machine cannot be written. Nothing was submitted, so nothing is paid twice.

    Make room on the disk, or set ``AAI_JUPYTER_HOME`` (``aai.settings.home``) to a folder that can be
    written, and run the cell again. What is stored already is still used.
    """

    hint = "Make room, or set AAI_JUPYTER_HOME to a folder that can be written; then run the cell again."


class EngineError(AaiError):
    """The local engine is not installed, or did not start.

    Install it (``%pip install "aai-jupyter[local,local-weights]"``), or log in with ``%aai_login``.
    """


class MissingDependencyError(AaiError, ImportError):
    """An optional library is not installed.

    Install it as the message says, and run the cell again.
    """


class _Told(_Copied):
    """Shows its message in a notebook instead of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class Interrupted(_Told, KeyboardInterrupt):
    """Waiting was interrupted; the submitted jobs go on.

    Run the cell again to wait on, or get the results later by their ids.

    Attributes
    ----------
    transcript_ids : dict of str to str
        Label of the source -> id of its unfinished transcript.
    """

    def __init__(self, transcript_ids: dict[str, str]) -> None:
        super().__init__(_waiting(transcript_ids))
        self.transcript_ids = transcript_ids


class StoppedWaiting(_Told, asyncio.CancelledError):
    """The same for ``await``: the waiting task was cancelled; the submitted jobs go on.

    Call it again to wait on, or get the results later by their ids.
    """

    def __init__(self, transcript_ids: dict[str, str]) -> None:
        super().__init__(_waiting(transcript_ids))
        self.transcript_ids = transcript_ids


def _waiting(transcript_ids: dict[str, str]) -> str:
    known = list(transcript_ids.values())
    lines = [
        "Stopped waiting. Nothing is lost: what was submitted goes on, and running this again takes it up."
    ]
    if known:
        more = f"; %aai_jobs lists all {len(known)}" if len(known) > 1 else ""
        lines.append(f'  → Get it with %aai_transcripts get {known[0]}, or aai.get("{known[0]}"){more}.')
    return "\n".join(lines)


class StreamInterrupted(_Told, KeyboardInterrupt):
    """Streaming was interrupted; the session is closed.

    What was heard is in ``sys.last_value.transcript``.

    Attributes
    ----------
    transcript : LiveTranscript
        What was heard until then.
    """

    def __init__(self, transcript: LiveTranscript) -> None:
        super().__init__(f"Streaming stopped after {transcript.duration:.0f} s; the session is closed.")
        self.transcript = transcript


class AskInterrupted(_Told, KeyboardInterrupt):
    """Asking many was interrupted.

    Ask the rest with ``aai.ask(..., resume=sys.last_value.answers)``.

    Attributes
    ----------
    answers : Answers
        With every row that was finished.
    """

    def __init__(self, answers: Answers) -> None:
        super().__init__(_asking(answers))
        self.answers = answers


class AskCancelled(_Told, asyncio.CancelledError):
    """The same for ``await``: the task was cancelled; ``answers`` has what was finished.

    Ask the rest with ``resume=``.
    """

    def __init__(self, answers: Answers) -> None:
        super().__init__(_asking(answers))
        self.answers = answers


def _asking(answers: Answers) -> str:
    return (
        f"Stopped asking: {_answered(answers)}.\n"
        "  → They are in sys.last_value.answers; aai.ask(..., resume=sys.last_value.answers) asks the rest."
    )


def resume_hint(answers: Answers) -> str:
    """How to ask the rest, after an error that has ``answers``."""
    return (
        f"{_answered(answers)} in .answers of this error (sys.last_value.answers): "
        "aai.ask(..., resume=sys.last_value.answers) asks the rest."
    )


def _answered(answers: Answers) -> str:
    done = sum(answer is not None for answer in answers.answers)
    return f"{done} of {len(answers)} are answered, and kept"


class AskStopped(_Told, KeyboardInterrupt):
    """Interrupt of many questions: what is finished is kept, and where is said instead of a traceback.

    Ask the rest with ``--resume`` and the name that is told.
    """

    def __init__(self, answers: Answers, name: str) -> None:
        super().__init__(
            f"Stopped asking: {_answered(answers)} in {name}.\n"
            f"  → The same with --resume {name} asks the rest."
        )


class Stopped(_Copied, KeyboardInterrupt):
    """Interrupt, without a traceback: where the wait was says nothing to the person who stopped it."""

    def _render_traceback_(self) -> list[str]:
        """IPython calls this instead of printing a traceback."""
        return ["Interrupted."]


# People write `aai.OptionError`; so a traceback says `aai_jupyter.OptionError`.
for _error in [value for value in globals().values() if isinstance(value, type)]:
    if issubclass(_error, BaseException):
        _error.__module__ = "aai_jupyter"
del _error
