"""The answer to a clip, read leniently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.client import decoding
from aai_jupyter.client.responses import Reply, decode_json, not_understood


@dataclass(frozen=True)
class ClipReply:
    """What the service says of a clip.

    Attributes
    ----------
    text : str
    words : list of dict
        ``text``, ``confidence`` (0-1) and, when ``timestamps`` was asked for, ``start`` and ``end`` (ms).
    confidence : float or None
        0 to 1.
    audio_duration_ms : int or None
    session_id : str or None
        What support asks for.
    request_time_ms : float or None
        From the first byte to the answer, on the service's clock.
    raw : dict
        Everything as it was sent.
    """

    text: str
    words: list[dict[str, Any]]
    confidence: float | None = None
    audio_duration_ms: int | None = None
    session_id: str | None = None
    request_time_ms: float | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, reply: Reply) -> ClipReply:
        """Read a reply.

        Raises
        ------
        ResponseError
            It is not the JSON object that is documented: without its ``text`` it is none.
        """
        data = decoding.clean(decode_json(reply))
        if not isinstance(data.get("text"), str):
            raise not_understood(reply)
        words = data.get("words")
        kept = [word for word in words if isinstance(word, dict)] if isinstance(words, list) else []
        session = data.get("session_id")
        return cls(
            data["text"],
            kept,
            _number(data.get("confidence")),
            None if (ms := _number(data.get("audio_duration_ms"))) is None else round(ms),
            session if isinstance(session, str) else None,
            _number(data.get("request_time_ms")),
            data,
        )


def _number(value: Any) -> float | None:
    try:
        return decoding.as_float(value)
    except ValueError:
        return None
