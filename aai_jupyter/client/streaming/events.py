"""Events of the real-time socket: each message a struct, unknown ones kept.

Times are whole milliseconds from the start of the audio that was given to the session, also after a
reconnection. ``raw`` is the message as it came, with the service's own times.
"""

from typing import Any

import msgspec

from aai_jupyter.client.decoding import Problems, as_text, loads, struct_rows
from aai_jupyter.text.ready_types import ready


@ready
class StreamWord(msgspec.Struct, gc=False):
    """One word of a turn."""

    __module__ = "aai_jupyter"

    text: str = ""
    start: int = 0
    end: int = 0
    confidence: float | None = None
    word_is_final: bool = False
    speaker: str | None = None
    speaker_confidence: float | None = None


@ready
class Event(msgspec.Struct, kw_only=True):
    """Any message."""

    __module__ = "aai_jupyter"

    raw: dict[str, Any] = {}

    @property
    def type(self) -> str:
        """The message's ``type``."""
        return str(self.raw.get("type", type(self).__name__))


@ready
class Begin(Event, kw_only=True):
    """Begin of a session (also after a reconnection). ``expires_at`` is Unix time."""

    __module__ = "aai_jupyter"

    id: str | None = None
    expires_at: float | None = None
    configuration: dict[str, Any] = {}


@ready
class SpeechStarted(Event, kw_only=True):
    """Start of speech."""

    __module__ = "aai_jupyter"

    timestamp: int = 0
    confidence: float | None = None


@ready
class Turn(Event, kw_only=True):
    """Turn as far as it is known; replaces all earlier ones of its ``turn_order``.

    ``raw`` of a finished turn is without its text and words, which stand in the fields.
    """

    __module__ = "aai_jupyter"

    turn_order: int = 0
    turn_is_formatted: bool = False
    end_of_turn: bool = False
    transcript: str = ""
    end_of_turn_confidence: float | None = None
    words: list[StreamWord] = []
    utterance: str | None = None
    language_code: str | None = None
    language_confidence: float | None = None
    speaker_label: str | None = None
    speaker_confidence: float | None = None
    channel: str | None = None


@ready
class Revision(msgspec.Struct, kw_only=True):
    """Corrected speakers of one turn."""

    __module__ = "aai_jupyter"

    turn_order: int = 0
    speaker_label: str | None = None
    words: list[StreamWord] = []


@ready
class SpeakerRevision(Event, kw_only=True):
    """Corrected speakers of earlier turns."""

    __module__ = "aai_jupyter"

    revisions: list[Revision] = []


@ready
class LLMGatewayResponse(Event, kw_only=True):
    """A language model's answer about a turn; ``data`` is a chat completion."""

    __module__ = "aai_jupyter"

    turn_order: int = 0
    transcript: str = ""
    data: Any = None
    channel: str | None = None

    @property
    def answer(self) -> str:
        """The text of the answer; empty where there is none.

        Examples
        --------
        >>> LLMGatewayResponse(data={"choices": [{"message": {"content": "Yes."}}]}).answer
        'Yes.'
        """
        from aai_jupyter.client.gateway.chat_completion import Gatherer

        found = Gatherer()
        if isinstance(self.data, dict) and isinstance(self.data.get("choices"), list):
            found.add(self.data)
        return found.text.strip()


@ready
class Heartbeat(Event, kw_only=True):
    """Amount of audio that the service has received."""

    __module__ = "aai_jupyter"

    total_audio_received_ms: int = 0
    total_duration_ms: int = 0
    realtime_factor: float | None = None
    max_speech_probability: float | None = None


@ready
class Silence(Event, kw_only=True):
    """A stretch without speech."""

    __module__ = "aai_jupyter"

    start_ms: int = 0
    end_ms: int = 0


@ready
class Warning(Event, kw_only=True):
    """Warning: something is not as asked for; the session goes on."""

    __module__ = "aai_jupyter"

    warning_code: int | None = None
    warning: str = ""


@ready
class ServiceError(Event, kw_only=True):
    """Error that ends the session; a close with the same code follows."""

    __module__ = "aai_jupyter"

    error_code: int | None = None
    error: str = ""


@ready
class Termination(Event, kw_only=True):
    """Clean end. ``session_duration_seconds`` is what is billed."""

    __module__ = "aai_jupyter"

    audio_duration_seconds: float | None = None
    session_duration_seconds: float | None = None


@ready
class Reconnecting(Event, kw_only=True):
    """Broken connection; a new session is being opened. Audio is kept meanwhile."""

    __module__ = "aai_jupyter"

    code: int = 1006
    reason: str = ""
    attempt: int = 1


@ready
class Reconnected(Event, kw_only=True):
    """Reconnection: a new session goes on where the text ended.

    ``position`` is where the connection broke, ``replayed`` how much audio is sent again, ``lost`` how much
    fell out of the buffer (all ms); ``offline`` how long there was no session (s).
    """

    __module__ = "aai_jupyter"

    code: int = 1006
    position: int = 0
    replayed: int = 0
    lost: int = 0
    offline: float = 0.0


@ready
class Unknown(Event, kw_only=True):
    """Message that this version does not know: see ``raw``."""

    __module__ = "aai_jupyter"


_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        Begin,
        SpeechStarted,
        Turn,
        SpeakerRevision,
        LLMGatewayResponse,
        Heartbeat,
        Silence,
        Warning,
        Termination,
    )
} | {"Error": ServiceError}


def decode_event(text: str | bytes) -> Event:
    """Decode one message. Odd fields are left out, an unknown type is kept; only no JSON object is refused.

    Raises
    ------
    ValueError
        It is not a JSON object.

    Examples
    --------
    >>> decode_event('{"type":"Turn","turn_order":0,"transcript":"hi","words":[]}').transcript
    'hi'
    >>> decode_event('{"type":"Applause"}').type
    'Applause'
    """
    raw = loads(text.encode() if isinstance(text, str) else text)
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    kind = _TYPES.get(str(raw.get("type")))
    if kind is None:
        kind = ServiceError if "error" in raw and "type" not in raw else Unknown
    fields = {name: value for name, value in raw.items() if value is not None and name != "raw"}
    try:
        event = msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError:
        event = _field_by_field(fields, kind)
    event.raw = raw
    return event


def _field_by_field(fields: dict[str, Any], kind: type[Event]) -> Event:
    event = kind()
    for info in msgspec.structs.fields(kind):
        if info.name not in fields:
            continue
        value = fields[info.name]
        if info.name == "words":
            event.words = _words(value)  # type: ignore[attr-defined]
            continue
        if info.name == "revisions":
            rows = value if isinstance(value, list) else []
            event.revisions = [_revision(one) for one in rows if isinstance(one, dict)]  # type: ignore[attr-defined]
            continue
        try:
            setattr(event, info.name, msgspec.convert(value, info.type, strict=False))
        except msgspec.ValidationError:
            try:
                setattr(event, info.name, msgspec.convert(as_text(value), info.type, strict=False))
            except (msgspec.ValidationError, ValueError):
                continue  # the field's default says that nothing is known
    return event


def _words(value: Any) -> list[StreamWord]:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    words = struct_rows(
        [{k: v for k, v in row.items() if v is not None} for row in rows], StreamWord, "words", Problems()
    )
    for word in words:  # what could not be read became None
        word.text, word.start, word.end = word.text or "", word.start or 0, word.end or word.start or 0
        word.word_is_final = bool(word.word_is_final)
    return words


def _revision(row: dict[str, Any]) -> Revision:
    try:
        return msgspec.convert({k: v for k, v in row.items() if v is not None}, Revision, strict=False)
    except msgspec.ValidationError:
        order = row.get("turn_order")
        return Revision(
            turn_order=order if isinstance(order, int) else -1,
            speaker_label=row.get("speaker_label") if isinstance(row.get("speaker_label"), str) else None,
            words=_words(row.get("words")),
        )
