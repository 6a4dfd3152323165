"""Output of ``--dry-run``: the recordings found, their length, the price, and the exact request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.views.small_table import SmallTable
from aai_jupyter.settings.configuration import settings
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import box, disclosure, tag
from aai_jupyter.text.readable_numbers import amount, clock, size_text
from aai_jupyter.text.sanitize import clean, escape, one_line

if TYPE_CHECKING:
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source

MAX_ROWS = 30
AUDIO_URL = "(the uploaded file)"


class DryRun:
    """The request that a call would send, and its estimated price.

    Attributes
    ----------
    sources : list of Source
    request : TranscriptRequest
    seconds : float
        Length of the recordings whose header says it.
    unknown : int
        Number of recordings whose length is not known before they are sent, such as URLs.
    cost : float
        Estimate in USD for ``seconds``; 0 for the local engine.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        request: TranscriptRequest,
        *,
        local: bool,
        notes: Sequence[str] = (),
    ) -> None:
        from aai_jupyter.client.options.prices import hourly

        self.sources = list(sources)
        self.request = request
        self.local = local
        self._notes = tuple(notes)
        self._usable = [source for source in self.sources if source.error is None]
        lengths = [source.seconds for source in self._usable]
        self.seconds = float(sum(length for length in lengths if length is not None))
        self.unknown = lengths.count(None)
        self._price = hourly(request.params)
        self.cost = 0.0 if local else self.seconds / 3600 * self._price.total

    def refused(self, limit: float) -> DryRun:
        """Say that a real call is refused, if nothing of it is in the store."""
        self._notes = (*self._notes, f"More than max_cost, ${limit:.2f}: the call would be refused.")
        return self

    def body(self) -> str:
        """Return the JSON that is posted for the first source; secrets are masked."""
        first = self._usable[0].url or AUDIO_URL
        return json.dumps({"audio_url": first, **self.request.shown()}, indent=2, ensure_ascii=False)

    def lines(self) -> list[str]:
        """Return length, price and warnings in words."""
        parts = [amount(len(self._usable), "recording")]
        if self.seconds:
            short = self.seconds < 60
            parts.append(f"{self.seconds:.0f} seconds" if short else f"{self.seconds / 60:.1f} minutes")
        if self.unknown:
            parts.append(f"{self.unknown} of unknown length")
        if left_out := [source for source in self.sources if source.error is not None]:
            parts.append(f"{len(left_out)} that cannot be used")
        return [
            ", ".join(parts) + ".",
            *(source.error.short for source in left_out[:MAX_ROWS] if source.error is not None),
            self._price_line(),
            *(f"Warning: {text}" for text in self.request.warnings),
            *self._notes,
        ]

    def _price_line(self) -> str:
        from aai_jupyter.client.options.prices import PRICE_LIST_DATE

        if self.local:
            return "Price: none, the local engine is used."
        items = ", ".join(f"{label} ${usd:.3g}" for label, usd in self._price.items)
        cost = f"about ${self.cost:.2f}" if self.cost >= 0.005 else "less than $0.01"
        known = f"{cost}, at " if self.seconds else ""
        line = f"Price: {known}${self._price.total:.3g} per hour ({items})"
        line += f"; price list of {PRICE_LIST_DATE}. What was transcribed before costs nothing."
        if self.request.params.get("multichannel"):
            line += " Each channel is charged."
        if self._price.unknown:
            line += f" Without a public price: {', '.join(self._price.unknown)}."
        return line

    def _table(self) -> SmallTable:
        rows = []
        for source in self.sources[:MAX_ROWS]:
            size = "" if source.size is None else size_text(source.size)
            length = "?" if source.seconds is None else clock(source.seconds)
            length = length if source.error is None else "cannot be used"
            rows.append((source.label, size, length))
        more = len(self.sources) - MAX_ROWS
        return SmallTable(["source", "size", "length"], rows, f"and {more} more" if more > 0 else "")

    def __repr__(self) -> str:
        head = [repr(self._table()), "", *map(clean, self.lines()), "", "POST /v2/transcript"]
        return "\n".join([*head, clean(self.body())])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        table = self._table()._repr_mimebundle_()["text/html"]
        words = "".join(tag("div", escape(one_line(line))) for line in self.lines())
        body = tag("pre", escape(self.body()))
        request = disclosure("POST /v2/transcript", body, open=True)
        return {
            "text/html": box("div", table, words, request),
            "text/plain": bounded(repr(self), "print(plan)"),
        }


def plan(
    sources: Sequence[Any],
    options: Mapping[str, Any],
    *,
    profile: str | None = None,
    extra: Mapping[str, Any] | None = None,
    track: int | None = None,
    manifest: Any = None,
    source: Any = None,
    feed: str | None = None,
    latest: int | None = None,
    max_cost: float | None = None,
    tracks: bool = False,
    **other: Any,
) -> DryRun:
    """Check sources and options as a real call does, and return what it would send. Nothing is sent.

    Raises
    ------
    OptionError, SourceError
        As the real call would.
    """
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.client.sources.reading import resolve_rows, resolve_sources

    named = settings.profile(profile) if profile else {}
    request = build_request({**named, **options}, extra=extra)
    notes: list[str] = []
    if feed is not None:
        from aai_jupyter.api.podcast_feed import read_feed

        _, found = resolve_rows(read_feed(feed, latest).cells, notes=notes)
    elif tracks:
        from aai_jupyter.client.sources.track_list import as_tracks

        found = as_tracks(sources).sources
    elif manifest is None:
        found = resolve_sources(*sources, track=track, notes=notes, partly=True)
    else:
        from aai_jupyter.api.manifest import read_manifest

        _, found = resolve_rows(read_manifest(manifest, source, ()).cells, track=track, notes=notes)
    planned = DryRun(found, request, local=settings.uses_engine, notes=notes)
    limit = settings.max_cost if max_cost is None else max_cost
    return planned if limit is None or planned.cost <= limit else planned.refused(limit)
