"""LLM Gateway: chat completions, the catalog of models, Speech Understanding."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from aai_jupyter.client.gateway.catalog import Catalog, decode_catalog
from aai_jupyter.client.gateway.limits import Limits
from aai_jupyter.client.gateway.reply import Completion, Delta, Gatherer
from aai_jupyter.client.gateway.request import chat_body
from aai_jupyter.client.gateway.sse import EventParser
from aai_jupyter.client.http import MODEL_TIMEOUT, Http
from aai_jupyter.client.pace import Fault
from aai_jupyter.client.replies import Reply, decode_json, error_text
from aai_jupyter.errors import (
    AaiError,
    BadRequestError,
    NetworkError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
)

T = TypeVar("T")

CATALOG_SECONDS = 60.0
"""How long the catalog is kept: the service's own changes within minutes."""
FAULTS = 4
"""Attempts at most when the service or the network fails."""
PATIENCE = 900.0
"""Seconds of nothing but "too many requests" after which a request gives up."""
UNDERSTANDING = "understanding"
_DONE = "[DONE]"


class Gateway:
    """Language models behind one host. Made by :class:`~aai_jupyter.client.client.Client`.

    Attributes
    ----------
    limits : Limits
        What is known about the service's limits; ``limits.state()`` for display.

    Examples
    --------
    >>> async def main(client):  # doctest: +SKIP
    ...     model = (await client.gateway.models()).default().id
    ...     return (await client.gateway.chat(model, "Say hello.", max_tokens=20)).text
    """

    def __init__(self, http: Http, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self.base_url = http.endpoint.llm_gateway_base_url
        self.limits = Limits(clock=clock)
        self._catalog: Catalog | None = None
        self._catalog_at = 0.0
        self._asking = asyncio.Lock()

    @property
    def region(self) -> str:
        """Whose prices count: ``us`` or ``eu``."""
        return self._http.endpoint.region if self._http.endpoint.region in ("us", "eu") else "us"

    @property
    def local(self) -> bool:
        """Whether this is the engine on this machine."""
        return self._http.endpoint.local

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def models(self, *, refresh: bool = False) -> Catalog:
        """The models that this host offers now; kept for a minute.

        Raises
        ------
        AaiError
        """
        async with self._asking:  # a thousand questions at once need one look
            known = self._catalog
            if known is not None and self._clock() - self._catalog_at > CATALOG_SECONDS:
                known = None
            if refresh or known is None or known.missing:
                reply = await self._http.request("GET", "/v1/models", base_url=self.base_url)
                host = "the local engine" if self.local else urlsplit(self.base_url).hostname or self.base_url
                self._catalog = decode_catalog(decode_json(reply), host=host)
                self._catalog_at = self._clock()
                known = self._catalog
            return known

    @property
    def known_models(self) -> Catalog | None:
        """The catalog as it was last seen, however old; for completion, which must not wait."""
        return self._catalog

    async def body(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        *,
        extra: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """The checked body of a request, which is not sent. Raises OptionError as :func:`chat_body` does."""
        catalog = await self.models()
        if model not in catalog:
            catalog = await self.models(refresh=True)  # it may be new
        return chat_body(catalog, model, messages, parameters, extra=extra)

    async def chat(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        extra: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> Completion:
        """Ask a model and wait for its whole answer.

        Parameters
        ----------
        model : str
            An id of the catalog.
        messages : list of dict, or str
        on_delta : callable, optional
            Gets each piece as it arrives; the answer is streamed then, if the model can.
        extra : mapping, optional
            Fields of the body that this version does not know.
        **parameters
            :data:`~aai_jupyter.client.gateway.request.PARAMETERS`.

        Raises
        ------
        OptionError
            Before anything is sent.
        AaiError
            With the service's words and request id. A stream that breaks has what came so far in the
            attribute ``partial``, a :class:`Completion`.
        """
        catalog = await self.models()
        stream = parameters.pop("stream", None)
        if stream is None:
            stream = on_delta is not None and (model not in catalog or catalog[model].supports("stream"))
        if stream:
            gatherer = Gatherer()
            return await self._streamed(model, messages, gatherer, on_delta, extra, parameters)
        body = await self.body(model, messages, extra=extra, **parameters)
        began = self._clock()

        async def attempt() -> tuple[Reply, Mapping[str, str]]:
            nonlocal began
            began = self._clock()
            reply = await self._http.once(
                "POST", "/v1/chat/completions", json=body, base_url=self.base_url, limits=MODEL_TIMEOUT
            )
            return reply, reply.headers

        data = decode_json(await self._patiently(model, attempt))
        whole = Gatherer()
        delta = whole.add(data)
        if not isinstance(data.get("choices"), list):
            raise _error_in(data) or ResponseError("The answer of the gateway has no choices.")
        if on_delta is not None:
            on_delta(delta)
        return whole.completion(model=model, seconds=self._clock() - began, raw=data)

    async def stream(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        *,
        gatherer: Gatherer | None = None,
        extra: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> AsyncIterator[Delta]:
        """The pieces of an answer as they arrive.

        Parameters
        ----------
        gatherer : Gatherer, optional
            Collects text, tool calls and usage on the way; read its ``completion()`` at the end.

        Raises
        ------
        AaiError
            Before the first piece, or in the middle: refused, broken off, or an error sent as a piece.
        """
        usage = {"stream_options": {"include_usage": True}}
        body = await self.body(model, messages, extra={**usage, **(extra or {})}, stream=True, **parameters)
        gathered = gatherer or Gatherer()
        error: AaiError | None = None
        try:
            async with contextlib.AsyncExitStack() as stack:

                async def attempt() -> tuple[AsyncIterator[bytes], Mapping[str, str]]:
                    opening = self._http.stream(
                        "/v1/chat/completions", json=body, base_url=self.base_url, limits=MODEL_TIMEOUT
                    )
                    headers, chunks = await stack.enter_async_context(opening)
                    return chunks, headers

                async for event in _events(await self._patiently(model, attempt)):
                    delta = _piece(event, gathered)
                    if delta is None:
                        return
                    if delta.text or delta.thinking:
                        yield delta
            if gathered.finish_reason is None:  # some servers end without [DONE]; this one did not end
                error = NetworkError(
                    "The answer broke off.", hint="Ask again; what came so far is in .partial."
                )
        except Fault as fault:  # the connection broke in the middle
            error = fault.error
        if error is not None:
            raise error

    async def _streamed(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        gatherer: Gatherer,
        on_delta: Callable[[Delta], None] | None,
        extra: Mapping[str, Any] | None,
        parameters: Mapping[str, Any],
    ) -> Completion:
        began = self._clock()
        try:
            pieces = self.stream(model, messages, gatherer=gatherer, extra=extra, **parameters)
            async with contextlib.aclosing(pieces):  # type: ignore[type-var]
                async for delta in pieces:
                    if on_delta is not None:
                        on_delta(delta)
        except AaiError as error:
            error.partial = gatherer.completion(  # type: ignore[attr-defined]
                model=model, seconds=self._clock() - began
            )
            raise
        return gatherer.completion(model=model, seconds=self._clock() - began)

    async def understand(self, transcript_id: str, request: Mapping[str, Any]) -> Reply:
        """Run Speech Understanding on a finished transcript. The service does not store what it returns.

        Parameters
        ----------
        request : mapping
            Features by name, as under ``speech_understanding.request``.

        Returns
        -------
        Reply
            The answer as it came, for :meth:`Transcript.attach`.
        """
        body = {"transcript_id": transcript_id, "speech_understanding": {"request": dict(request)}}
        return await self._understanding("/v1/understanding", body)

    async def validate(self, request: Mapping[str, Any], transcript_id: str | None = None) -> None:
        """Have the service check a request for Speech Understanding; needs the same rights as running it.

        Raises
        ------
        BadRequestError
            With every reason.
        """
        body: dict[str, Any] = {"speech_understanding": {"request": dict(request)}}
        if transcript_id is not None:
            body["transcript_id"] = transcript_id
        await self._understanding("/v1/understanding/validate", body)

    async def _understanding(self, path: str, body: Mapping[str, Any]) -> Reply:
        async def attempt() -> tuple[Reply, Mapping[str, str]]:
            reply = await self._http.once(
                "POST", path, json=body, base_url=self.base_url, limits=MODEL_TIMEOUT
            )
            return reply, reply.headers

        return await self._patiently(UNDERSTANDING, attempt)

    async def _patiently(
        self, limit: str, attempt: Callable[[], Awaitable[tuple[T, Mapping[str, str]]]]
    ) -> T:
        """Send when the limit allows; again when refused for now, or when the service failed.

        A request that was refused keeps its claim: no question of many is lost to a crowd of them. One whose
        reply was lost is sent again, because nothing else brings the answer; a timeout is not, because the
        next attempt would take as long and cost as much.
        """
        policy = self._http.policy
        faults, refused_since = 0, None
        while True:
            at = await self.limits.turn(limit)
            noted = False
            try:
                found, headers = await attempt()
                self.limits.answered(limit, at, headers)
                noted = True
                return found
            except Fault as fault:
                noted = True
                error = _explained(fault.error)
                if fault.refused and fault.error.status != 503:
                    self.limits.refused(limit, at, fault.headers, fault.wait)
                    refused_since = self._clock() if refused_since is None else refused_since
                    if self._clock() - refused_since + (fault.wait or 0) < PATIENCE:
                        continue
                    raise error from None
                if "x-ratelimit-limit" in fault.headers:
                    self.limits.answered(limit, at, fault.headers)
                else:
                    self.limits.failed(limit)
                faults += 1
                lost = fault.maybe_done and isinstance(fault.error, RequestTimeoutError)
                if not fault.transient or lost or faults >= FAULTS:
                    raise error from None
                pause = random.uniform(0.5, 1.0) * min(policy.longest, policy.first * 2**faults)
                wait = pause if fault.wait is None else fault.wait + pause
            finally:
                if not noted:  # cancelled, or a fault of ours
                    self.limits.failed(limit)
            await asyncio.sleep(wait)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    parser = EventParser()
    try:
        async for chunk in chunks:
            for event in parser.feed(chunk):
                yield event
    except ValueError as error:
        raise ResponseError("The stream of the gateway cannot be read.", detail=str(error)) from None
    for event in parser.close():
        # Without its empty line an event may be whole (some servers end so) or cut off with the connection.
        if event.strip() == _DONE or _decoded(event) is not None:
            yield event


def _piece(event: str, gatherer: Gatherer) -> Delta | None:
    """One event taken in; None at the end of the stream."""
    if event.strip() == _DONE:
        return None
    data = _decoded(event)
    if data is None:
        raise ResponseError("A piece of the answer is not JSON.", detail=event[:80].strip() or None)
    if (error := _error_in(data)) is not None:
        raise error
    return gatherer.add(data)


def _decoded(event: str) -> dict[str, Any] | None:
    try:
        data = msgspec.json.decode(event)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return data if isinstance(data, dict) else None


def _error_in(data: Mapping[str, Any]) -> AaiError | None:
    """The error that a body with status 200 carries, in either envelope."""
    flat = isinstance(data.get("code"), int) and isinstance(data.get("message"), str)
    if not data.get("error") and not (flat and "choices" not in data):
        return None
    text, request_id = error_text(msgspec.json.encode(data))
    nested = data.get("error")
    code = data.get("code") if flat else nested.get("code") if isinstance(nested, dict) else None
    kind = BadRequestError if isinstance(code, int) and 400 <= code < 500 else ServerError
    status = code if isinstance(code, int) else None
    return _explained(kind("The model's answer failed.", detail=text, status=status, request_id=request_id))


_HINTS = {
    "the server at ": "It is your own server of language models (setting llm_url): see that it runs.",
    "does not have access": "Choose a model that the account may use: %aai_models, or top up the account.",
    "in the form that was asked for": "The model is too small for this: take a larger one on your server.",
    "context limit": "Ask about less, or take a model with more room: %aai_models shows context_length.",
    "is not supported": "%aai_models lists the models that are there now.",
    "does not support": "%aai_models shows what each model takes.",
    "transcript not found": "A transcript is found only by the account and in the region that made it.",
}


def _explained(error: AaiError) -> AaiError:
    """The same error with what to do about it, where the service's words tell."""
    lowered = (error.detail or "").lower()
    hint = next((hint for words, hint in _HINTS.items() if words in lowered), None)
    if hint is not None and isinstance(error, BadRequestError | ServerError):
        error.hint = hint
    return error
