"""Real-time speech: `client.streaming.connect(...)`."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.http import Http
from aai_jupyter.client.options.catalog.streaming_vocabulary import AUTH, Auth
from aai_jupyter.client.streaming.pcm_source import PcmSource, open_source
from aai_jupyter.client.streaming.policy import MAX_MINUTES, StreamingPolicy
from aai_jupyter.client.streaming.session import StreamingSession
from aai_jupyter.client.streaming.streaming_request import build_streaming_request
from aai_jupyter.client.streaming.websocket import mint_token
from aai_jupyter.errors import OptionError

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import StreamingOptions

__all__ = ["Streaming", "StreamingPolicy", "StreamingSession"]


class Streaming:
    """The real-time service of one endpoint; ``client.streaming``."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._sessions: weakref.WeakSet[StreamingSession] = weakref.WeakSet()

    async def token(
        self, *, expires_in_seconds: int = 60, max_session_duration_seconds: int | None = None
    ) -> str:
        """Mint a temporary token: it opens sessions without the key, for a page or another machine.

        Parameters
        ----------
        expires_in_seconds : int
            1 to 600.
        max_session_duration_seconds : int, optional
            60 to 10800.
        """
        return await mint_token(
            self._http,
            expires_in_seconds=expires_in_seconds,
            max_session_duration_seconds=max_session_duration_seconds,
        )

    def connect(
        self,
        source: Any = None,
        *,
        auth: Auth = "header",
        token: str | None = None,
        speed: float = 1.0,
        max_minutes: float = MAX_MINUTES,
        policy: StreamingPolicy | None = None,
        extra: Mapping[str, Any] | None = None,
        **options: Unpack[StreamingOptions],
    ) -> StreamingSession:
        """Open a session: ``async with`` it, then ``async for event in`` it.

        Parameters
        ----------
        source : optional
            A recording (path, URL, bytes, file, ``(samples, rate)``) that is streamed at the speed it was
            spoken; the session ends with it. Without one, `StreamingSession.send` takes the audio.
        auth : {"header", "token", "query", "message"}
            How the key is sent.
        token : str, optional
            A temporary token instead of the key.
        speed : float
            How many times as fast as spoken the source is sent. The service wants 1.
        max_minutes : float
            The session is ended after so long: an open one is billed, also when nobody speaks.
        policy : StreamingPolicy, optional
        extra : mapping, optional
            Parameters that this version does not know; sent unchecked.
        **options
            Parameters of the socket by their API names: ``speech_model``, ``speaker_labels``, ...

        Raises
        ------
        OptionError, SourceError
            Before anything is sent.

        Examples
        --------
        >>> async with client.streaming.connect("talk.mp3") as session:  # doctest: +SKIP
        ...     async for event in session:
        ...         if isinstance(event, Turn) and event.end_of_turn:
        ...             print(event.transcript)
        """
        if auth not in AUTH:
            raise OptionError(f"auth must be one of {', '.join(AUTH)}, not {auth!r}.")
        if not max_minutes > 0:
            raise OptionError("max_minutes must be above 0.")
        if not speed > 0:
            raise OptionError("speed must be above 0.")
        opened = None
        if source is not None:
            opened = open_source(source, rate=_whole(options.get("sample_rate")))
            options["sample_rate"] = opened.rate
        return self._connect(options, opened, speed, auth, token, max_minutes, policy, extra)

    def _connect(
        self,
        options: Mapping[str, Any],
        opened: PcmSource | None,
        speed: float,
        auth: Auth,
        token: str | None,
        max_minutes: float,
        policy: StreamingPolicy | None,
        extra: Mapping[str, Any] | None,
    ) -> StreamingSession:
        request = build_streaming_request(options, extra=extra)
        if self._http.endpoint.local and "speech_model" not in request.chosen:
            del request.params["speech_model"]  # the engine has its own
        session = StreamingSession(
            self._http,
            request,
            auth=auth,
            token=token,
            policy=policy,
            max_seconds=60 * max_minutes,
            source=opened,
            speed=speed,
        )
        self._sessions.add(session)
        return session

    async def aclose(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(session.abort() for session in tuple(self._sessions)))


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float | str) and str(value).isdigit() else None
