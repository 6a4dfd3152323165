"""What the service said of a transcript as a whole: its id, state, language, model."""

from __future__ import annotations

from typing import Any

from aai_jupyter.client.schema import TranscriptData


class Facts:
    """The single values of an answer; base of :class:`Transcript`."""

    _data: TranscriptData

    @property
    def raw(self) -> dict[str, Any]:
        """Everything that the service sent. Times are integer milliseconds."""
        return self._data.raw

    @property
    def raw_bytes(self) -> bytes:
        """The answer, byte by byte as it was received."""
        return self._data.raw_bytes

    @property
    def id(self) -> str | None:
        """The transcript's id."""
        return self._data.id

    @property
    def status(self) -> str | None:
        """``queued``, ``processing``, ``completed`` or ``error``."""
        return self._data.status

    @property
    def error(self) -> str | None:
        """The service's reason when the status is ``error``."""
        return self._data.error

    @property
    def confidence(self) -> float | None:
        """Mean confidence, 0 to 1."""
        return self._data.confidence

    @property
    def language(self) -> str | None:
        """Language code."""
        return self._data.language_code

    @property
    def model(self) -> str | None:
        """The model that did the work."""
        return self._data.model

    @property
    def warnings(self) -> list[str]:
        """What the service warns about."""
        return list(self._data.warnings)

    @property
    def redacts_audio(self) -> bool:
        """Whether the service was asked for a recording with personal data beeped out."""
        return self._data.get("redact_pii_audio") is True
