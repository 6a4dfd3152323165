"""Timeouts, retries and limits of a real-time session, and the names of its states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["connecting", "open", "paused", "reconnecting", "ending", "ended"]


@dataclass(frozen=True)
class StreamingPolicy:
    """Timeouts, retries and limits of a session. All times in seconds.

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

    __module__ = "aai_jupyter"

    begin: float = 10.0
    end: float = 15.0
    hasty_end: float = 1.5
    attempts: int = 10
    first: float = 0.25
    longest: float = 5.0
    buffer: float = 120.0
    catch_up: float = 8.0
