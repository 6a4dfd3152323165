"""LLM Gateway: chat completions, the catalog of models, Speech Understanding."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

import msgspec

from aai_jupyter.client.gateway.chat_completion import Completion, Delta, Gatherer
from aai_jupyter.client.gateway.chat_request import chat_body
from aai_jupyter.client.gateway.gateway_retry import GatewayRetry, unreadable
from aai_jupyter.client.gateway.model_catalog import Catalog, decode_catalog
from aai_jupyter.client.gateway.rate_limits import Limits
from aai_jupyter.client.gateway.stream_events import begun, deltas, error_in
from aai_jupyter.client.http import MODEL_TIMEOUT, Http
from aai_jupyter.client.responses import Reply, decode_json
from aai_jupyter.client.retry import Call, FailedAttempt
from aai_jupyter.errors import AaiError, ResponseError

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.client.options.option_types import GatewayParameters

CATALOG_SECONDS = 60.0
"""How long the catalog is kept: the service's own changes within minutes."""
UNDERSTANDING = "understanding"


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
        self._patience = GatewayRetry(self.limits, http.policy, clock=clock)
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
        """Get the models that this host offers now; cached for a minute.

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
        """Cached catalog, however old; for completion, which must not wait."""
        return self._catalog

    async def body(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        *,
        extra: Mapping[str, Any] | None = None,
        **parameters: Unpack[GatewayParameters],
    ) -> dict[str, Any]:
        """Build the checked body of a request, unsent. Raises OptionError as :func:`chat_body`."""
        catalog = await self.models()
        if not catalog.has(model):
            catalog = await self.models(refresh=True)  # it may be new
        return chat_body(catalog, model, messages, parameters, extra=extra)

    async def chat(
        self,
        model: str,
        messages: Sequence[Mapping[str, Any]] | str,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        extra: Mapping[str, Any] | None = None,
        **parameters: Unpack[GatewayParameters],
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
            :data:`~aai_jupyter.client.gateway.chat_request.PARAMETERS`.

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
            stream = on_delta is not None and (not catalog.has(model) or catalog[model].supports("stream"))
        if stream:
            gatherer = Gatherer()
            return await self._streamed(model, messages, gatherer, on_delta, extra, parameters)
        body = await self.body(model, messages, extra=extra, **parameters)
        began = self._clock()

        async def attempt() -> tuple[dict[str, Any], Mapping[str, str]]:
            nonlocal began
            began = self._clock()
            reply = await self._http.once(
                "POST", "/v1/chat/completions", json=body, base_url=self.base_url, limits=MODEL_TIMEOUT
            )
            return _read(reply, _has_choices), reply.headers

        data = await self._patience.send(model, attempt)
        if not isinstance(data.get("choices"), list):
            raise error_in(data) or ResponseError("The answer of the gateway has no choices.")
        whole = Gatherer()
        delta = whole.add(data)
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
        **parameters: Unpack[GatewayParameters],
    ) -> AsyncIterator[Delta]:
        """Stream the chunks of an answer as they arrive.

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
        given = cast(dict[str, Any], parameters)
        body = await self.body(model, messages, extra={**usage, **(extra or {})}, stream=True, **given)
        gathered = gatherer or Gatherer()
        error: AaiError | None = None
        try:
            async with contextlib.AsyncExitStack() as stack:

                async def attempt() -> tuple[AsyncIterator[Delta], Mapping[str, str]]:
                    opening = self._http.stream(
                        "/v1/chat/completions", json=body, base_url=self.base_url, limits=MODEL_TIMEOUT
                    )
                    headers: Mapping[str, str] = {}
                    try:
                        async with contextlib.AsyncExitStack() as own:
                            headers, chunks = await own.enter_async_context(opening)
                            answer = await begun(deltas(chunks, gathered))
                            stack.push_async_exit(own.pop_all())
                    except ResponseError as error:
                        raise unreadable(error, headers) from None
                    return answer, headers

                async for delta in await self._patience.send(model, attempt):
                    if delta.text or delta.thinking:
                        yield delta
        except FailedAttempt as fault:  # the connection broke in the middle
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

    async def save_prompt(self, name: str, prompt: Mapping[str, Any], *, replace: bool = False) -> None:
        """Save a prompt at the service; run it with ``chat(..., aai_prompt=name, prompt_replacements=...)``.

        Parameters
        ----------
        name : str
            Of letters that go into a URL; one of its kind in the account.
        prompt : mapping
            Body of a chat completion; ``{{ tags }}`` in it are filled in when it is run.
        replace : bool
            Overwrite the prompt of this name instead of making a new one.
        """
        text = msgspec.json.encode(dict(prompt)).decode()
        if replace:
            path, method, body = f"/v1/prompts/{quote(name, safe='')}", "PUT", {"prompt": text}
        else:
            path, method, body = "/v1/prompts", "POST", {"name": name, "prompt": text}
        call = Call.READ if replace else Call.SUBMIT
        await self._http.request(method, path, json=body, call=call, base_url=self.base_url)

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
            _read(reply, lambda data: True)
            return reply, reply.headers

        return await self._patience.send(UNDERSTANDING, attempt)


def _has_choices(data: Mapping[str, Any]) -> bool:
    """Whether it is an answer, or says what kept the model from giving one."""
    return isinstance(data.get("choices"), list) or error_in(data) is not None


def _read(reply: Reply, fits: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """Decode a reply that says it succeeded; one that is no answer is a failed attempt."""
    try:
        data: dict[str, Any] = decode_json(reply)
    except ResponseError as error:
        raise unreadable(error, reply.headers) from None
    if not fits(data):
        raise unreadable(ResponseError("The answer of the gateway has no choices."), reply.headers)
    return data
