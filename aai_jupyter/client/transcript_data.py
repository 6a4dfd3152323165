"""What the service answers about transcripts, whatever is missing, null, odd or new in it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from aai_jupyter.client import decoding
from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.response_rows import Transcript as Quick
from aai_jupyter.client.response_rows import TranscriptPage, Utterance, Word
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.tokenization import join

TIMINGS = ("measured", "interpolated", "aligned")
"""Where a word's times come from: recognition, its passage's times, or alignment of a typed text."""


FOREIGN = ("segments", "results", "monologues", "transcription", "recognizedPhrases", "phrases")
"""Fields of other programs' answers, which the service's has not."""
READ_OTHERWISE = "answer: it is another program's, whose words are not read here; aai.load reads it"
_NOTHING = (b"null", b"[]", b"{}", b'""')


class TranscriptData(JsonObject):
    """The answer of ``GET /v2/transcript/{id}``, in any state of the job.

    Examples
    --------
    >>> data = decode_transcript('{"id": "b7c1", "status": "completed", "text": "Hello.", "words": null}')
    >>> data.id, data.text, data.words
    ('b7c1', 'Hello.', [])
    """

    _plain: bytes
    _packed: bytes | None

    @classmethod
    def known(cls, raw: bytes, id: str) -> TranscriptData:
        """Return an answer that was read before: it is decoded when something of it is asked for."""
        found = cls.__new__(cls)
        found.raw_bytes, found._problems = raw, decoding.Problems()
        found.__dict__["id"] = id
        return found

    @property
    def raw_bytes(self) -> bytes:
        """The answer as it came."""
        return zlib.decompress(self._packed) if self._packed is not None else self._plain

    @raw_bytes.setter
    def raw_bytes(self, raw: bytes) -> None:
        self._plain, self._packed = raw, None

    def pack(self) -> None:
        """Hold the answer compressed from now on: one of thousands takes a sixth of the memory.

        Examples
        --------
        >>> data = decode_transcript(b'{"id": "b7c1", "text": "Hello."}')
        >>> data.pack()
        >>> data.text, data.raw_bytes
        ('Hello.', b'{"id": "b7c1", "text": "Hello."}')
        """
        if self._packed is None:
            self._plain, self._packed = b"", zlib.compress(self._plain, 1)
        for name in ("_decoded", "_fields"):  # what was decoded refers to the answer
            self.__dict__.pop(name, None)

    def _open(self) -> None:
        self._decoded  # noqa: B018 (raises when this is no JSON object)

    @cached_property
    def _decoded(self) -> tuple[Any, dict[str, list[Any]]]:
        """Words and utterances, decoded on the way when all is regular: one pass instead of three."""
        raw = self.raw_bytes  # unpacked once for all that is asked of it here
        self.__dict__.setdefault("_mentioned", _mentioned_in(raw))
        try:
            quick: Any = msgspec.json.decode(raw, type=Quick)
        except NOT_JSON:
            self._spoken = "words" in self._fields or "utterances" in self._fields
            return None, {}
        ready = {name: getattr(quick, name) or [] for name in ("words", "utterances")}
        quick.words = quick.utterances = None
        self._spoken = any(ready.values())
        if self._packed is not None:
            _cut_loose(quick)
        return quick, ready

    def _raw_of(self, name: str) -> msgspec.Raw | None:
        quick, _ = self._decoded
        if quick is not None and name not in ("words", "utterances") and hasattr(quick, name):
            raw = getattr(quick, name)
            return raw if len(bytes(raw)) else None
        return super()._raw_of(name)

    def has(self, name: str) -> bool:
        """Whether a field is there, and neither null nor empty."""
        raw = self._raw_of(name)
        return raw is not None and bytes(raw) not in _NOTHING

    def rows(self, name: str) -> list[Any]:
        """As of any answer. Words and utterances are handed out once, then decoded again, to save memory."""
        _, ready = self._decoded
        if name in ready:
            return ready.pop(name)
        found = super().rows(name)
        if self._packed is not None:
            self.__dict__.pop("_fields", None)  # refers to the whole answer
        return found

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
        rows = decoding.dict_rows(metadata.get("warnings"), "metadata.warnings", self._problems)
        found = [row.get("message") for row in rows] + [metadata.get("warning")]
        return list(dict.fromkeys(text for text in found if isinstance(text, str) and text))

    @cached_property
    def imported(self) -> dict[str, Any]:
        """What only a file of another program has: its format, its problems, where times come from."""
        # A look at the bytes costs nothing; taking a long answer apart once more does.
        there = "imported" in self._mentioned and "imported" in self
        return self.object_of("imported") if there else {}

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        """Names that stand anywhere in the answer, of those that are rare."""
        return _mentioned_in(self.raw_bytes)

    def _not_heard(self) -> list[str]:
        """Return what the local engine did not hear of the recording; the service does not tell."""
        if "problems" not in self._mentioned or "metadata" not in self:
            return []
        rows = self.object_of("metadata").get("problems")
        texts = (
            [row.get("message") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        )
        return [text for text in texts if isinstance(text, str)]

    @property
    def problems(self) -> list[str]:
        """What was odd in the fields read so far, and what reading another program's file left out."""
        found = self.imported.get("problems")
        told = [line for line in found if isinstance(line, str)] if isinstance(found, list) else []
        other = not self._spoken and any(name in self for name in FOREIGN)
        return told + self._not_heard() + ([READ_OTHERWISE] if other else []) + super().problems

    def imported_column(self, name: str, rows: int, low: int, high: int) -> list[int] | None:
        """A whole number for each word, of an imported file; None without, or when they do not fit."""
        values = self.imported.get(name)
        if not isinstance(values, list) or len(values) != rows:
            return None
        fits = all(type(value) is int and low <= value < high for value in values)
        return values if fits else None

    @property
    def words(self) -> list[Word]:
        """All words in order; taken from the utterances when the field itself is unusable."""
        return self.rows("words") or self._words_of_utterances("utterances")

    @property
    def utterances(self) -> list[Utterance]:
        """Utterances; empty without ``speaker_labels`` or ``multichannel``."""
        return self.rows("utterances")

    @property
    def word_count(self) -> int:
        """How many words there are; of an answer that was just decoded they stay for the next who asks."""
        _, ready = self._decoded
        return len(ready["words"]) if ready.get("words") else len(self.words)

    def _words_of_utterances(self, name: str) -> list[Word]:
        found: list[Word] = []
        for row in self.dicts(name):
            found += self.structs(row.get("words"), Word, f"{name}.words")
        if found:
            self._problems.add("words", "missing; taken from the utterances")
        return sorted(found, key=lambda word: word.start if word.start is not None else -1)


def _mentioned_in(raw: bytes) -> frozenset[str]:
    return frozenset(name for name in ("imported", "problems") if f'"{name}"'.encode() in raw)


def _cut_loose(quick: Any) -> None:
    """Copy the undecoded fields: each refers to the whole answer, which would stay in memory."""
    for name in quick.__struct_fields__:
        if isinstance(raw := getattr(quick, name), msgspec.Raw):
            setattr(quick, name, raw.copy())


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
    answer = JsonObject(raw)
    details = answer.object_of("page_details")

    def read(name: str, reader: Callable[[Any], Any]) -> Any:
        try:
            return reader(details.get(name))
        except ValueError:
            return None

    return TranscriptPage(
        answer.rows("transcripts"),
        limit=read("limit", decoding.as_int),
        result_count=read("result_count", decoding.as_int),
        current_url=read("current_url", decoding.as_text),
        prev_url=read("prev_url", decoding.as_text),
        next_url=read("next_url", decoding.as_text),
    )
