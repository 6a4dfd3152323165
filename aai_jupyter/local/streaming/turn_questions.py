"""``llm_gateway``: questions about each finished turn, answered by the gateway of this engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from aai_jupyter.local.streaming.turn_messages import Say
from aai_jupyter.network.http_client import in_process_client
from aai_jupyter.text.json_faults import NOT_JSON

_PLACE = "{{turn}}"
_LAST_ANSWERS = 20.0
"""Seconds that answers are waited for when the session ends."""
_NO_ANSWER = 9100


class TurnQuestions:
    """Asks about finished turns in sequence, so that answers come in order.

    Parameters
    ----------
    app
        The engine: it is asked by the path of the gateway, as any client asks.
    host, key : str
        By which the engine is reached.
    settings : mapping
        ``model``, ``messages`` with ``{{turn}}`` in them, ``max_tokens``.
    say : coroutine function
        Sends a message.
    """

    def __init__(self, app: Any, host: str, key: str, settings: Mapping[str, Any], say: Say) -> None:
        self._settings, self._say = settings, say
        self._client = in_process_client(app, base_url=f"http://{host}", headers={"authorization": key})
        self._turns: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def ask(self, order: int, transcript: str) -> None:
        """Queue a question about a turn; the answer is sent when it is there."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        self._turns.put_nowait((order, transcript))

    async def finish(self) -> None:
        """Wait for the answers; no further turn comes."""
        if self._task is not None:
            self._turns.put_nowait(None)
            await asyncio.wait({self._task}, timeout=_LAST_ANSWERS)

    async def close(self) -> None:
        """Cancel everything: the client has gone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._client.aclose()

    async def _work(self) -> None:
        while (turn := await self._turns.get()) is not None:
            order, transcript = turn
            # A model of the user's own server may need long.
            reply = await self._client.post(
                "/v1/chat/completions", json=filled(self._settings, transcript), timeout=None
            )
            try:
                data = msgspec.json.decode(reply.content)
            except NOT_JSON:
                data = None
            if not reply.is_success or not isinstance(data, dict):
                why = reply.text[:300]
                await self._say(
                    {
                        "type": "Warning",
                        "warning_code": _NO_ANSWER,
                        "warning": f"llm_gateway: no answer about turn {order} ({reply.status_code}): {why}",
                    }
                )
                continue
            await self._say(
                {"type": "LLMGatewayResponse", "turn_order": order, "transcript": transcript, "data": data}
            )


def filled(settings: Mapping[str, Any], transcript: str) -> dict[str, Any]:
    """Return the request about one turn.

    Examples
    --------
    >>> filled({"model": "m", "messages": [{"role": "user", "content": "Who? {{turn}}"}]}, "Me.")
    {'model': 'm', 'messages': [{'role': 'user', 'content': 'Who? Me.'}]}
    """
    messages = settings.get("messages")
    if isinstance(messages, list):
        messages = [
            {**one, "content": one["content"].replace(_PLACE, transcript)}
            if isinstance(one, dict) and isinstance(one.get("content"), str)
            else one
            for one in messages
        ]
    # Only what the service takes here: a transcript's id would reach into another project.
    told = {"model": settings.get("model"), "messages": messages}
    return told | {name: settings[name] for name in ("max_tokens",) if name in settings}
