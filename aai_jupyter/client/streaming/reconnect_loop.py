"""Reconnect loop: one connection after another until the session has ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import tenacity

from aai_jupyter.client.retry import backoff
from aai_jupyter.client.streaming.close_codes import BUSY, NORMAL, Closed
from aai_jupyter.client.streaming.connection_loop import NOT_CONFIRMED, ConnectionLoop
from aai_jupyter.client.streaming.events import Begin, Reconnected, Reconnecting
from aai_jupyter.client.streaming.websocket import Connection, open_connection

if TYPE_CHECKING:
    from aai_jupyter.client.streaming.session import StreamingSession

_SETTLED = 5.0
"""Seconds after which a connection counts as a good one, also when nobody has spoken."""
_FEW = 3
"""Attempts at most before the session has begun, and when only its end is missing."""


class ReconnectLoop:
    """Opens connections, retries those that fail, and replays what the broken one had not finished."""

    def __init__(self, session: StreamingSession) -> None:
        self._session = session
        self._failed = 0  # attempts in a row
        self._drop: Reconnecting | None = None

    async def run(self) -> None:
        """Run until the session has ended.

        Raises
        ------
        StreamingError, AaiError
            It was no clean end.
        """
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self._may_retry),
            after=self._count,
            wait=self._wait,
            stop=self._stop,
            before_sleep=self._reconnecting,
            reraise=True,
        )
        try:
            await retrying(self._attempt)
        except Closed as error:
            closed = error
        else:
            return
        session = self._session
        if session.hasty or (closed.code == NORMAL and not session.accepting):
            return
        missing = session.seconds_unheard
        if self._may_retry(closed) and session.state == "ending" and not missing and not session.turns.open():
            session.warn(NOT_CONFIRMED)
            return
        told = closed.error()
        if self._may_retry(closed) and session.begin is not None and missing:
            told.hint = (
                f"The last {missing:.1f} s of sound gave no finished words. Check the network; "
                "talk.exact() transcribes the sound that was kept."
            )
        raise told

    # Retry ------------------------------------------------------------------------------------------------

    def _may_retry(self, error: BaseException) -> bool:
        if not isinstance(error, Closed) or self._session.hasty:
            return False
        return error.retry or (error.code == NORMAL and self._session.accepting)

    def _count(self, state: tenacity.RetryCallState) -> None:
        self._failed += 1

    def _wait(self, state: tenacity.RetryCallState) -> float:
        if self._failed == 1 and self._session.begin is not None:
            return 0.0
        policy = self._session.policy
        return backoff(policy.first, policy.longest, self._failed - 1)

    def _stop(self, state: tenacity.RetryCallState) -> bool:
        session = self._session
        closed = state.outcome.exception() if state.outcome else None
        if session.begin is None:  # a service that asks to come again is there; a host may be misspelt
            few = not (isinstance(closed, Closed) and closed.code == BUSY)
        else:
            few = session.state == "ending" and not session.seconds_unheard
        return self._failed >= (min(_FEW, session.policy.attempts) if few else session.policy.attempts)

    def _reconnecting(self, state: tenacity.RetryCallState) -> None:
        closed = state.outcome.exception() if state.outcome else None
        assert isinstance(closed, Closed)
        session = self._session
        if session.state not in ("paused", "ending"):
            session.state = "reconnecting" if session.begin else "connecting"
        drop = Reconnecting(code=closed.code, reason=closed.text, attempt=self._failed)
        if self._drop is None:
            drop.raw = {
                "type": "Reconnecting",
                "at": time.monotonic(),
                "position": session.buffer.sent_to,
                "dropped": session.buffer.dropped,
            }
            self._drop = drop
        session.emit(drop)

    # Connections ------------------------------------------------------------------------------------------

    async def _attempt(self) -> None:
        """Use a connection to its end; another one after a pause that had ended it."""
        session = self._session
        while True:
            connection = await open_connection(
                session.http,
                session.request.query(),
                auth=session.auth,
                token=session.token,
                patience=session.policy.begin,
            )
            began = time.monotonic()
            session.connection = connection
            self._begin(connection)
            loop = ConnectionLoop(session, connection)
            closed = await loop.run()
            if session.resequencer.advanced or time.monotonic() - began > _SETTLED:
                self._failed = 0
            if closed is not None:
                raise closed
            if not loop.released or not await self._resumed():
                return
            self._failed = 0

    async def _resumed(self) -> bool:
        """Wait for the end of a pause; whether there is anything to send after it."""
        session = self._session
        if session.hasty:
            return False
        while session.state == "paused":  # it may have been resumed while the last words were awaited
            session.wake.clear()
            await session.wake.wait()
        return not (session.buffer.closed and not session.buffer.ready)

    def _begin(self, connection: Connection) -> None:
        session = self._session
        session.controls.clear()  # the query already says what they would
        first = session.begin is None
        session.resequencer.begin_connection(first=first)
        replayed = 0 if first else session.buffer.rewind(session.resequencer.replay_from)
        session.begin = connection.begin
        if connection.session_id:
            session.ids.append(connection.session_id)
        if session.state != "paused":
            session.state = "open"
        self._check_model(connection.begin)
        session.emit(connection.begin)
        if not first and self._drop is not None:
            self._reconnected(self._drop, replayed)
        self._drop = None
        session.begun.set()

    def _reconnected(self, drop: Reconnecting, replayed: int) -> None:
        session = self._session
        event = Reconnected(
            code=drop.code,
            position=self._to_ms(drop.raw["position"]),
            replayed=self._to_ms(replayed),
            lost=self._to_ms(session.buffer.dropped - drop.raw["dropped"]),
            offline=round(time.monotonic() - drop.raw["at"], 3),
        )
        if session.request.params.get("speaker_labels"):
            session.warn("After the reconnection the service names speakers anew: A may be somebody else.")
        session.reconnections.append(event)
        session.emit(event)

    def _to_ms(self, samples: int) -> int:
        return samples * 1000 // self._session.sample_rate

    def _check_model(self, begin: Begin) -> None:
        ran, asked = begin.configuration.get("model"), self._session.request.params.get("speech_model")
        if ran and asked and ran != asked:
            self._session.warn(f"The service runs {ran}, not {asked} as asked for.")
