"""The result of one short clip: text, frames and cost."""

from __future__ import annotations

import textwrap
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.tables.table import Units
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.transcripts.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.client.clips.clip_reply import ClipReply
    from aai_jupyter.transcripts.transcript import Transcript


class Clip(Frames):
    """The text of a short clip. ``str(clip)`` is the text alone.

    All frames of a transcript are there; ``words`` has times only with ``timestamps=True`` (else NaN).

    Attributes
    ----------
    text : str
    confidence : float or None
        0 to 1.
    duration : float
        Seconds of sound, and seconds billed.
    estimate : float or None
        USD by the public price list; 0 with the local engine, None without a public price.
    model : str
    id : str or None
        The service's ``session_id``: what support asks for. There is no transcript to fetch by it.
    source : str
    recorded : datetime
        When it was sent (UTC).
    audio : bytes or None
        The sound as WAV, when it was to be kept. It is in memory only.
    warnings : list of str
    raw : dict
        The answer as it was sent; times in ms.

    Examples
    --------
    >>> clip = aai.dictate("note.wav")  # doctest: +SKIP
    >>> str(clip), clip.duration, clip.words  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    def __init__(
        self,
        reply: ClipReply,
        *,
        source: str,
        seconds: float,
        model: str,
        recorded: datetime,
        estimate: float | None = None,
        audio: bytes | None = None,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.text = reply.text
        self.confidence = reply.confidence
        told = reply.audio_duration_ms
        self.duration = seconds if told is None else told / 1000
        self.id = reply.session_id
        self.raw = reply.raw
        self.source, self.model, self.recorded = source, model, recorded
        self.estimate = estimate
        self.audio = audio
        self.warnings = list(warnings)
        self._words = reply.words

    session_id = property(lambda self: self.id, doc="The service's name of the request; the same as `id`.")
    seconds_billed = property(lambda self: self.duration, doc="Seconds that are billed: those of the sound.")

    @cached_property
    def _transcript(self) -> Transcript:
        from aai_jupyter.transcripts.transcript import Transcript

        return Transcript.from_json(
            {
                "id": self.id,
                "status": "completed",
                "text": self.text,
                "words": self._words,
                "confidence": self.confidence,
                "audio_duration": self.duration,
                "speech_model_used": self.model,
            },
            source=self.source,
        )

    def to_transcript(self) -> Transcript:
        """The clip as a :class:`Transcript`: exports, questions, analysis."""
        return self._transcript

    def frame(self, name: str, units: Units | None = None, extra: bool = False) -> pd.DataFrame:
        """A frame by name; see :class:`Transcript`."""
        return self._transcript.frame(name, units, extra)

    def figures(self) -> str:
        """Length, bill and confidence in a line.

        >>> from datetime import datetime, timezone
        >>> from aai_jupyter.client.clips.clip_reply import ClipReply
        >>> Clip(ClipReply("Hello.", [], 0.97), source="a.wav", seconds=1.5, model="m", estimate=0.0,
        ...      recorded=datetime.now(timezone.utc)).figures()
        '1.5 s, free, confidence 97 %'
        """
        cost = self.estimate
        shown = "price unknown" if cost is None else f"about ${cost:.4f}" if cost else "free"
        parts = [f"{self.duration:.1f} s", shown]
        if self.confidence is not None and self.text:
            parts.append(f"confidence {100 * self.confidence:.0f} %")
        return ", ".join(parts)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Clip, {self.figures()}: {textwrap.shorten(self.text, 60, placeholder='…')!r}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from aai_jupyter.text.html_tags import FAINT, tag
        from aai_jupyter.text.sanitize import clean, escape, one_line

        text = clean(self.text) or "Nothing was said."
        notes = [one_line(one) for one in self.warnings]
        blocks = [
            tag("div", escape(text), dir="auto", style="max-width:900px;white-space:pre-wrap"),
            *(tag("div", f"⚠ {escape(one)}", style=FAINT) for one in notes),
            tag("div", escape(self.figures()), style=f"font-size:85%;{FAINT}"),
        ]
        bundle = {"text/plain": bounded("\n".join([text, *notes]), "clip.text"), "text/html": "".join(blocks)}
        return saved_form(bundle, self.figures())
