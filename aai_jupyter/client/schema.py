"""Shapes of the service's answers (msgspec), read leniently.

An answer is taken apart into its top-level fields, which stay undecoded until something asks for them
(:class:`msgspec.Raw`). So the words inside utterances, a second copy of every word, cost nothing, and a fault
in one field cannot touch another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from aai_jupyter.client import lenient
from aai_jupyter.client.shapes import ROWS, WRAPPED, TranscriptPage, Utterance, Word
from aai_jupyter.client.shapes import Transcript as Quick
from aai_jupyter.errors import ResponseError
from aai_jupyter.segmentation import join

T = TypeVar("T", bound=msgspec.Struct)


class Answer:
    """A JSON object of the service, its fields decoded when asked for.

    Parameters
    ----------
    raw : bytes, str or mapping
        The answer as received, or as somebody saved or built it.

    Raises
    ------
    ResponseError
        It is not JSON, or not a JSON object.
    """

    def __init__(self, raw: bytes | bytearray | memoryview | str | Mapping[str, Any]) -> None:
        self.raw_bytes: bytes = _as_bytes(raw)
        self._problems = lenient.Problems()
        self._open()

    def _open(self) -> None:
        self._fields  # noqa: B018 (raises when this is no JSON object)

    @cached_property
    def _fields(self) -> dict[str, msgspec.Raw]:
        """Every top-level field, undecoded."""
        try:
            return msgspec.json.decode(self.raw_bytes, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            repaired = self._repaired()
        return {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in repaired.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.raw_bytes,)

    def _repaired(self) -> dict[str, Any]:
        try:
            value = lenient.loads(self.raw_bytes)
        except ValueError as error:
            start = bytes(self.raw_bytes[:60]).decode("utf-8", "replace")
            what = "empty" if not start.strip() else "not JSON"
            raise ResponseError(
                f"This is no transcript: it is {what} ({error}).",
                detail=start.strip() or None,
                hint="Pass the JSON that the service sent. To read a saved file: aai.load(path).",
            ) from error
        if not isinstance(value, dict):
            raise ResponseError(
                f"This is no transcript: a JSON object was expected, got a {type(value).__name__}.",
                hint="Pass the JSON object of one transcript.",
            )
        self._problems.add("answer", "JSON that needed repair (NaN, broken text or a byte order mark)")
        return value

    @cached_property
    def raw(self) -> dict[str, Any]:
        """Everything that the service sent, decoded. It is yours: frames are not made from it."""
        return {name: self.get(name) for name in self._fields}

    @property
    def problems(self) -> list[str]:
        """What was odd in the fields read so far; empty for a regular answer."""
        return self._problems.lines()

    def __contains__(self, name: str) -> bool:
        return self._raw_of(name) is not None

    def _raw_of(self, name: str) -> msgspec.Raw | None:
        return self._fields.get(name)

    def get(self, name: str) -> Any:
        """A top-level field, decoded afresh; None when it is absent."""
        raw = self._raw_of(name)
        if raw is None:
            return None
        try:
            return lenient.loads(bytes(raw))
        except ValueError as error:
            self._problems.add(name, f"cannot be read ({error})")
            return None

    def _value(self, name: str, read: Callable[[Any], Any]) -> Any:
        value = self.get(name)
        try:
            return read(value)
        except ValueError as error:
            self._problems.add(name, f"{error}, got {type(value).__name__}")
            return None

    def text_of(self, name: str) -> str | None:
        """A top-level field that should be text."""
        return self._value(name, lenient.as_text)

    def number_of(self, name: str) -> float | None:
        """A top-level field that should be a number."""
        return self._value(name, lenient.as_float)

    def object_of(self, name: str) -> dict[str, Any]:
        """A top-level field that should be an object; empty when it is not."""
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            self._problems.add(name, f"expected an object, got {type(value).__name__}")
        return value if isinstance(value, dict) else {}

    def dicts(self, name: str) -> list[dict[str, Any]]:
        """The rows of a field as sent, aligned with :meth:`rows`."""
        value = self.object_of(name).get("results") if name in WRAPPED else self.get(name)
        return lenient.dict_rows(value, name, self._problems)

    def rows(self, name: str) -> list[Any]:
        """The rows of a field as structs of type ``ROWS[name]``; decoded afresh, so keep what you need."""
        kind = ROWS[name]
        raw = self._raw_of(name)
        if raw is None:
            return []
        if name not in WRAPPED:
            try:
                return msgspec.json.decode(raw, type=list[kind] | None) or []  # type: ignore[valid-type]
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # something is odd: read it row by row
        return lenient.struct_rows(self.dicts(name), kind, name, self._problems)

    def structs(self, rows: Any, kind: type[T], where: str) -> list[T]:
        """Structs of rows that are nested somewhere in a decoded field."""
        return lenient.struct_rows(
            lenient.dict_rows(rows, where, self._problems), kind, where, self._problems
        )


class TranscriptData(Answer):
    """The answer of ``GET /v2/transcript/{id}``, in any state of the job.

    Examples
    --------
    >>> data = decode_transcript('{"id": "b7c1", "status": "completed", "text": "Hello.", "words": null}')
    >>> data.id, data.text, data.words
    ('b7c1', 'Hello.', [])
    """

    def _open(self) -> None:
        """Decode words and utterances on the way when all is regular: one pass instead of three."""
        self._quick: Any = None
        self._ready: dict[str, list[Any]] = {}
        try:
            self._quick = msgspec.json.decode(self.raw_bytes, type=Quick)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            super()._open()
        else:
            self._ready = {name: getattr(self._quick, name) or [] for name in ("words", "utterances")}
            self._quick.words = self._quick.utterances = None

    def _raw_of(self, name: str) -> msgspec.Raw | None:
        if self._quick is not None and name not in ("words", "utterances") and hasattr(self._quick, name):
            raw = getattr(self._quick, name)
            return raw if len(bytes(raw)) else None
        return super()._raw_of(name)

    def rows(self, name: str) -> list[Any]:
        """As of any answer. Words and utterances are handed out once, then decoded again, to save memory."""
        return self._ready.pop(name) if name in self._ready else super().rows(name)

    @cached_property
    def id(self) -> str | None:
        """The transcript's id."""
        return self.text_of("id")

    @cached_property
    def status(self) -> str | None:
        """``queued``, ``processing``, ``completed`` or ``error``."""
        return self.text_of("status")

    @cached_property
    def error(self) -> str | None:
        """The service's reason when the status is ``error``."""
        return self.text_of("error")

    @cached_property
    def text(self) -> str:
        """The whole text; of the words when the field is missing; empty while there is none."""
        text = self.text_of("text")
        return join([word.text or "" for word in self.words]) if text is None else text

    @cached_property
    def confidence(self) -> float | None:
        """Mean confidence, 0 to 1."""
        return self.number_of("confidence")

    @cached_property
    def audio_duration(self) -> float | None:
        """Length of the recording in seconds; the service rounds it up to a whole second."""
        return self.number_of("audio_duration")

    @cached_property
    def language_code(self) -> str | None:
        """Language of the recording."""
        return self.text_of("language_code")

    @cached_property
    def model(self) -> str | None:
        """The model that did the work, else the one asked for."""
        return self.text_of("speech_model_used") or self.text_of("speech_model")

    @cached_property
    def warnings(self) -> list[str]:
        """What the service warns about, such as another model having been used."""
        metadata = self.object_of("metadata")
        rows = lenient.dict_rows(metadata.get("warnings"), "metadata.warnings", self._problems)
        found = [row.get("message") for row in rows] + [metadata.get("warning")]
        return list(dict.fromkeys(text for text in found if isinstance(text, str) and text))

    @property
    def words(self) -> list[Word]:
        """All words in order; taken from the utterances when the field itself is unusable."""
        return self.rows("words") or self._words_of_utterances("utterances")

    @property
    def utterances(self) -> list[Utterance]:
        """Utterances; empty without ``speaker_labels`` or ``multichannel``."""
        return self.rows("utterances")

    def _words_of_utterances(self, name: str) -> list[Word]:
        found: list[Word] = []
        for row in self.dicts(name):
            found += self.structs(row.get("words"), Word, f"{name}.words")
        if found:
            self._problems.add("words", "missing; taken from the utterances")
        return sorted(found, key=lambda word: word.start if word.start is not None else -1)


def decode_transcript(raw: bytes | bytearray | memoryview | str | Mapping[str, Any]) -> TranscriptData:
    """Read one transcript, whatever is missing, null, odd or new in it.

    Parameters
    ----------
    raw : bytes, str or mapping
        JSON of the transcript.

    Raises
    ------
    ResponseError
        ``raw`` is not JSON, or not a JSON object.

    Examples
    --------
    >>> decode_transcript(b'{"status": "completed", "words": [{"text": "Hi", "start": "12"}]}').words[0].start
    12
    """
    return TranscriptData(raw)


def decode_page(raw: bytes | str | Mapping[str, Any]) -> TranscriptPage:
    """Read one page of ``GET /v2/transcript``.

    Examples
    --------
    >>> decode_page('{"page_details": {"prev_url": null}, "transcripts": [{"id": "b7c1"}]}').transcripts[0].id
    'b7c1'
    """
    answer = Answer(raw)
    details = answer.object_of("page_details")

    def read(name: str, reader: Callable[[Any], Any]) -> Any:
        try:
            return reader(details.get(name))
        except ValueError:
            return None

    return TranscriptPage(
        answer.rows("transcripts"),
        limit=read("limit", lenient.as_int),
        result_count=read("result_count", lenient.as_int),
        current_url=read("current_url", lenient.as_text),
        prev_url=read("prev_url", lenient.as_text),
        next_url=read("next_url", lenient.as_text),
    )


def _as_bytes(raw: Any) -> bytes:
    if isinstance(raw, bytes):
        return raw
    if isinstance(raw, str):
        return lenient.clean(raw).encode()
    if isinstance(raw, (bytearray, memoryview)):
        return bytes(raw)
    if isinstance(raw, Mapping):
        try:
            return msgspec.json.encode(raw)
        except (TypeError, ValueError):  # UnicodeEncodeError is a ValueError
            return msgspec.json.encode(lenient.clean(raw))
    raise ResponseError(
        f"This is no transcript: JSON as bytes, str or dict was expected, got {type(raw).__name__}.",
        hint="To read a saved file: aai.load(path).",
    )
