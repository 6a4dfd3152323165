"""Interface of the recogniser, for the HTTP half of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from aai_jupyter.local.models.words import RecognisedWord


class Recogniser(Protocol):
    """Speech models behind the engine. Methods are called from worker threads, several at once.

    ``check_params`` runs at submit and raises :class:`~.models.failures.Unsupported` (HTTP 400).
    ``recognise`` and ``redact_audio`` raise :class:`~.models.failures.JobFailed` with the text that
    becomes the transcript's ``error``. They call ``on_progress`` often, and let whatever it raises
    (:class:`~.models.failures.Cancelled`) pass: that is how a deleted job stops. A result may hold
    ``_redacted``, the stretches for ``redact_audio``; names with an underscore are never shown.
    """

    name: str
    """Model as a person knows it, such as "whisper-base int8"."""

    def check_params(self, params: Mapping[str, Any]) -> None: ...

    def recognise(
        self, path: Path, params: Mapping[str, Any], *, on_progress: Callable[[float], None]
    ) -> dict[str, Any]: ...

    def align(
        self,
        path: Path,
        text: Sequence[str],
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None],
    ) -> dict[str, Any]:
        """Return times for the words of a typed text; raises as ``recognise`` does."""

    def speakers(
        self, path: Path, words: Sequence[RecognisedWord], *, on_progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Return who says each word by the voices in the sound; raises as ``recognise`` does."""

    def overlap(self, path: Path, *, on_progress: Callable[[float], None]) -> dict[str, Any]:
        """Return when several people speak at once; raises as ``recognise`` does."""

    def redact_audio(
        self,
        path: Path,
        out: Path,
        result: Mapping[str, Any],
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None],
    ) -> None:
        """Write the audio of ``path`` without what ``result`` has redacted."""
