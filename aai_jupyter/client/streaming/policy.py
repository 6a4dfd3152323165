"""Timeouts, retries and limits of a real-time session, and the names of its states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aai_jupyter.text.public_class import public

MAX_MINUTES = 60.0
"""A session is ended after so long, unless the user says otherwise: it is billed, also while paused."""

State = Literal["connecting", "open", "paused", "reconnecting", "ending", "ended"]


@public
@dataclass(frozen=True)
class StreamingPolicy:
    """Timeouts, retries and limits of a session. All times in seconds.

    A paused session stays open, with a KeepAlive every third of ``inactivity_timeout`` (`connection_loop`),
    up to ``max_minutes``; ``pause(release=True)`` ends its connection at once. A session whose page sends no
    audio any more is paused or ended by `aai_jupyter.widgets.page_microphone`.

    Attributes
    ----------
    begin : float
        For the connection, and again for the first message.
    end : float
        For the next message after the audio has ended.
    hasty_end : float
        The same when the session is broken off (Interrupt, exit).
    attempts : int
        Connections tried in a row before giving up.
    first, longest : float
        Waits between them, doubling, with jitter.
    buffer : float
        Most audio kept for a connection that is not there.
    catch_up : float
        How many times as fast as spoken audio is sent that has been waiting.
    """

    begin: float = 10.0
    end: float = 15.0
    hasty_end: float = 1.5
    attempts: int = 10
    first: float = 0.25
    longest: float = 5.0
    buffer: float = 120.0
    catch_up: float = 8.0


LOCAL_POLICY = StreamingPolicy(begin=120.0, end=180.0, buffer=1800.0)
"""For the local engine: it loads its models first, is no further than this machine, and costs nothing. Beside
a recording it may fall behind: half an hour is kept until it takes the sound."""
