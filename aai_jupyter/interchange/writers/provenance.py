"""Origin of an exported transcript: what made it, with which options, from which sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aai_jupyter._version import __version__
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.text.sanitize import one_line

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.transcripts.transcript import Transcript

# Texts of people, addresses and secrets are no description of a method.
_LEFT_OUT = ("prompt", "webhook", "audio_url", "keyterms", "word_boost", "custom_spelling")


@dataclass(frozen=True)
class Provenance:
    """Where a transcript comes from.

    Attributes
    ----------
    options : mapping
        The request's parameters that were set, of those that are numbers, switches or short names.
    edits : int
        Corrections that people made.
    notes : tuple of str
        What the exported file cannot show as the transcript has it.

    Examples
    --------
    >>> Provenance(transcript_id="b7c1", model="universal-2", edits=2).line()  # doctest: +ELLIPSIS
    'aai_jupyter ...; transcript b7c1; model universal-2; 2 edits'
    """

    transcript_id: str | None = None
    model: str | None = None
    language: str | None = None
    source: str | None = None
    sha256: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    edits: int = 0
    redacted: bool = False
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return what is known, by name; the same content gives the same facts."""
        found: dict[str, Any] = {
            "software": f"aai_jupyter {__version__}",
            "transcript": self.transcript_id,
            "model": self.model,
            "language": self.language,
            "source": self.source,
            "source_sha256": self.sha256,
            "options": dict(self.options) or None,
            "edits": self.edits,
            "redacted": self.redacted or None,
            "notes": list(self.notes) or None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def texts(self) -> dict[str, str]:
        """Return the facts as texts of one line."""
        return {name: _text(value) for name, value in self.facts().items()}

    def line(self) -> str:
        """Return the facts in one line."""
        facts = self.texts()
        parts = [facts.pop("software")]
        edits, notes = int(facts.pop("edits")), facts.pop("notes", "")
        redacted = facts.pop("redacted", "")
        parts += [f"{name.replace('_', ' ')} {value}" for name, value in facts.items()]
        parts += [f"{edits} edit{'s' * (edits != 1)}"] if edits else []
        parts += ["redacted"] if redacted else []
        return "; ".join(parts + ([notes] if notes else []))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return one_line(str(value).lower() if isinstance(value, bool) else value)


def provenance_of(transcript: Transcript) -> Provenance:
    """Return the origin of a transcript."""
    answer = transcript.edited_answer
    recording = transcript.audio
    editor = answer.editor
    return Provenance(
        transcript_id=transcript.id,
        model=transcript.model,
        language=transcript.language,
        source=_source(transcript, recording),
        sha256=recording.sha256 if recording else None,
        options=_options(answer.data.raw),
        edits=len(editor.edits) if editor is not None else 0,
        redacted=transcript.redacted,
    )


def _source(transcript: Transcript, recording: Recording | None) -> str | None:
    if transcript.source:
        return one_line(transcript.source)
    return recording.label if recording is not None else None


def _options(raw: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in OPTIONS:
        value: Any = raw
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        plain = isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) < 100)
        listed = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        if value and (plain or listed) and not any(part in name for part in _LEFT_OUT):
            found[name] = value
    return found
