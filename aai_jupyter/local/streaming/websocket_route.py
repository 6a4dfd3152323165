"""Routes ``/v3/ws`` and ``/v3/token``: real-time speech by the service's protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from aai_jupyter.local.errors import told
from aai_jupyter.local.models.live_models import LiveModels
from aai_jupyter.local.models.whisper import physical_cores
from aai_jupyter.local.streaming.audio_frames import MAX_BYTES, BadAudio, Decoder, PaceRule
from aai_jupyter.local.streaming.live_session import LiveSession
from aai_jupyter.local.streaming.streaming_params import InvalidInput, StreamParams
from aai_jupyter.local.streaming.tokens import INVALID, MISSING, Refused, admit, token
from aai_jupyter.local.streaming.turn_messages import Say
from aai_jupyter.local.streaming.turn_questions import TurnQuestions
from aai_jupyter.local.streaming.workers import Workers
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.urls import host_of, is_internal
from aai_jupyter.weights.find_weights import model_id

log = logging.getLogger(__name__)

API_VERSION = "2025-05-12"
MAX_SESSIONS = 16
_FIRST_MESSAGE = 2.0
_FIRST_MESSAGE_CHARS = 4096
_HEARTBEAT = 5.0
_QUERY_KEYS = ("token", "api_key", "key", "authorization")
_MESSAGE_KEYS = ("authorization", "token", "api_key", "key")
_SEE_ERROR = "See Error message for details"


class End(Exception):
    """Ends a session with an ``Error`` message and this close code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Live:
    """State that all real-time sessions share.

    Parameters
    ----------
    models : LiveModels
    sessions : int
        Most at once; one more is refused with 3009.
    """

    def __init__(self, models: LiveModels, *, sessions: int = MAX_SESSIONS) -> None:
        self.models, self.workers = models, Workers(max(1, physical_cores() // 2))
        self._sessions, self._open = sessions, 0

    def routes(self) -> tuple[BaseRoute, ...]:
        """Return the paths of the real-time service."""
        return (
            WebSocketRoute("/v3/ws", self._socket),
            Route("/v3/token", token, methods=["GET"]),
        )

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        await _Talk(self, socket).run()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """A place among the sessions; only who has the key takes one."""
        if self._open >= self._sessions:
            raise End(3009, "Unauthorized Connection: Too many concurrent sessions")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


class _Talk:
    """One WebSocket connection."""

    def __init__(self, live: Live, socket: WebSocket) -> None:
        self._live, self._socket = live, socket
        self._lock = asyncio.Lock()
        self._opened = self._last = time.monotonic()
        self._pace = PaceRule()

    async def run(self) -> None:
        try:
            try:
                limit = await self._admitted()
                with self._live.place():
                    await self._session(limit)
            except* (End, InvalidInput, BadAudio) as errors:
                await self._fail(_first(errors))
            except* WebSocketDisconnect:
                pass
            except* Exception as errors:
                log.exception("A live session failed", exc_info=errors)
                said = told(_first(errors)) or "An error occurred"
                await self._fail(End(3005, f"Session Cancelled: {said}"))
        except (WebSocketDisconnect, RuntimeError) as error:  # RuntimeError: gone while we were closing
            log.debug("The client has gone: %s", error)

    async def _fail(self, error: BaseException) -> None:
        if self._socket.client_state is not WebSocketState.CONNECTED:
            return
        match error:
            case End(code=code, text=text):
                pass
            case InvalidInput():
                code, text = 3006, f"User Input Validation Error: {error}"
            case BadAudio():
                code, text = 3007, f"Input Duration Error: {error}"
            case _:
                code, text = 3005, f"Session Cancelled: {error}"
        if code != 1009:
            await self._say({"type": "Error", "error_code": code, "error": text})
        async with self._lock:
            await self._socket.close(code, _SEE_ERROR if code != 1009 else "message too big")

    # Who is there -----------------------------------------------------------------------------------------

    async def _admitted(self) -> int:
        """Return the seconds that the session may last."""
        origin = self._socket.headers.get("origin")
        if origin and not is_internal(host_of(origin)):
            raise End(1008, "Unauthorized Connection: a page of another host")
        engine, query = self._socket.app.state.engine, self._socket.query_params
        given = next((query[name] for name in _QUERY_KEYS if query.get(name)), None)
        given = self._socket.headers.get("authorization") or given or await self._first_message()
        if given is None:
            raise End(1008, f"Unauthorized Connection: {MISSING}")
        try:
            return admit(given, engine.keys, engine.secret)
        except (Refused, ValueError, KeyError) as error:  # a token that was tampered with is not even JSON
            text = str(error) if isinstance(error, Refused) else INVALID
            raise End(1008, f"Unauthorized Connection: {text}") from None

    async def _first_message(self) -> str | None:
        """Return the key in a first message, as the service's overview has it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_MESSAGE):
                message = await self._receive()
                text = message.get("text") or "null"
                if len(text) > _FIRST_MESSAGE_CHARS:
                    return None
                try:
                    fields = json.loads(text)
                except NOT_JSON:
                    return None
                if isinstance(fields, dict):
                    named = {str(name).lower(): value for name, value in fields.items()}
                    return next((str(named[name]) for name in _MESSAGE_KEYS if named.get(name)), None)
        return None

    # The session ------------------------------------------------------------------------------------------

    async def _session(self, limit: int) -> None:
        params = StreamParams.of(dict(self._socket.query_params))
        models = self._live.models
        params.check_model(models.ids)
        loop = asyncio.get_running_loop()
        name = models.chosen(params.given.get("speech_model"))
        decoder = await loop.run_in_executor(None, Decoder, params.encoding, params.sample_rate)
        await loop.run_in_executor(None, models.warm_up, name)
        questions = self._questions(params)
        session = LiveSession(models, self._live.workers, params, self._turns_and(questions, params))
        await self._begin(params, name, limit)
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(session, limit))
                turns = tasks.create_task(session.send_turns())
                await self._listen(session, decoder)
                await session.finish()
                await turns
                if questions is not None:
                    await questions.finish()
                watch.cancel()
        finally:
            session.cancel()
            if questions is not None:
                await questions.close()
        await self._say(
            {
                "type": "Termination",
                "audio_duration_seconds": round(self._pace.received),
                "session_duration_seconds": round(self._elapsed),
            }
        )
        async with self._lock:
            await self._socket.close(1000)

    def _questions(self, params: StreamParams) -> TurnQuestions | None:
        settings = params.given.get("llm_gateway")
        if not settings:
            return None
        key = next(iter(self._socket.app.state.engine.keys))
        host = self._socket.headers["host"]
        return TurnQuestions(self._socket.app, host, key, settings, self._say)

    def _turns_and(self, questions: TurnQuestions | None, params: StreamParams) -> Say:
        """Send messages; the last one of each turn is asked about too."""
        twice = params.plain_model and bool(params.given.get("format_turns"))

        async def say(message: dict[str, Any]) -> None:
            await self._say(message)
            over = message["type"] == "Turn" and message["end_of_turn"]
            if questions is not None and over and (message["turn_is_formatted"] or not twice):
                questions.ask(message["turn_order"], message["transcript"])

        return say

    async def _begin(self, params: StreamParams, name: str, limit: int) -> None:
        given = params.given
        await self._say(
            {
                "type": "Begin",
                "id": str(uuid.uuid4()),
                "expires_at": int(time.time()) + limit,
                "configuration": {
                    "model": model_id(name),
                    "mode": None if params.plain_model else given.get("mode", "balanced"),
                    "api_version": API_VERSION,
                    "speaker_labels": params.speaker_labels,
                    "redact_pii": bool(given.get("redact_pii")),
                    "filter_profanity": bool(given.get("filter_profanity")),
                    "domain": None,
                    "voice_focus": None,
                },
            }
        )
        for number, text in enumerate(params.warnings(), 1):
            await self._say({"type": "Warning", "warning_code": 9000 + number, "warning": text})

    async def _listen(self, session: LiveSession, decoder: Decoder) -> None:
        """Receive messages until ``Terminate``."""
        while True:
            message = await self._receive()
            if (data := message.get("bytes")) is not None:
                if len(data) > MAX_BYTES:
                    raise End(1009, "message too big")
                samples, ms = decoder.decode(data)
                self._pace.check(ms or 1000 * len(samples) / 16000 or 50.0, self._elapsed)
                await session.hear(samples)
            elif await self._command(session, str(message.get("text"))):
                return

    async def _command(self, session: LiveSession, text: str) -> bool:
        try:
            command = json.loads(text)
        except NOT_JSON as error:
            raise InvalidInput(f"Invalid JSON: {error}") from None
        kind = command.get("type") if isinstance(command, dict) else None
        match kind:
            case "Terminate":
                return True
            case "ForceEndpoint":
                await session.force()
            case "UpdateConfiguration":
                session.update(session.params.updated(command))
            case "KeepAlive" | "Authorization":
                pass
            case _:
                raise InvalidInput(f"Invalid Message Type: {kind}")
        return False

    async def _watch(self, session: LiveSession, limit: int) -> None:
        """Enforce inactivity and the longest duration, and send heartbeats."""
        beat = self._elapsed
        while True:
            await asyncio.sleep(0.2)
            quiet = session.params.given.get("inactivity_timeout")
            if quiet and time.monotonic() - self._last >= quiet:
                raise InvalidInput(
                    f"Session terminated due to inactivity: No messages received for {quiet} seconds"
                )
            if self._elapsed >= limit:
                raise End(3008, "Session Expired: Maximum session duration exceeded")
            if self._elapsed - beat >= _HEARTBEAT:
                beat = self._elapsed
                if session.params.given.get("session_heartbeat"):
                    received = self._pace.received
                    await self._say(
                        {
                            "type": "Heartbeat",
                            "total_audio_received_ms": round(1000 * received),
                            "total_duration_ms": round(1000 * self._elapsed),
                            "realtime_factor": round(received / self._elapsed, 3),
                            "max_speech_probability": round(session.loudest, 4),
                        }
                    )

    # The wire ---------------------------------------------------------------------------------------------

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._opened

    async def _receive(self) -> Mapping[str, Any]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        self._last = time.monotonic()
        return message

    async def _say(self, message: dict[str, Any]) -> None:
        async with self._lock:
            await self._socket.send_text(json.dumps(message, ensure_ascii=False))


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
