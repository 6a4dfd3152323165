"""What a set keeps of the call that made it: which place each recording had, columns, how to try again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aai_jupyter.text.sanitize import encodable
from aai_jupyter.transcripts.set_columns import SetColumns

if TYPE_CHECKING:
    from aai_jupyter.jobs.job_events import Outcome
    from aai_jupyter.transcripts.transcript import Transcript

Retry = Callable[[Sequence[int], Mapping[str, Any]], "Sequence[Outcome]"]
"""Transcribes the recordings of some places once more, with some other options; their outcomes in order."""


@dataclass
class SetCall:
    """Places of the recordings of a set in the call that made it.

    Attributes
    ----------
    places, failed_places : list of int
        Of the transcripts, and of what failed.
    columns : SetColumns
        By place.
    retry : callable, optional
        None in another process.
    """

    places: list[int]
    failed_places: list[int] = field(default_factory=list)
    columns: SetColumns = field(default_factory=SetColumns)
    retry: Retry | None = None

    @property
    def transcribed(self) -> SetColumns:
        """Columns of the transcripts, in their order."""
        return self.columns.take(self.places)

    @property
    def missing(self) -> SetColumns:
        """Columns of what failed."""
        return self.columns.take(self.failed_places)

    def part(self, numbers: Sequence[int]) -> SetCall:
        """Return that of some of the transcripts."""
        return replace(self, places=[self.places[number] for number in numbers], failed_places=[])

    def saved(self) -> SetCall:
        """Return what can be pickled."""
        return replace(self, retry=None)

    def merge(
        self,
        made: Sequence[Outcome],
        transcripts: list[Transcript],
        failed: list[tuple[str | None, BaseException]],
    ) -> None:
        """Put the outcomes of a further try in the place of the failures, in order of the call."""
        found = list(zip(self.places, transcripts, strict=True))
        left: list[tuple[int, tuple[str | None, BaseException]]] = []
        for place, outcome in zip(self.failed_places, made, strict=True):
            if outcome.error is None:
                found.append((place, outcome.transcript))
            else:
                left.append((place, (encodable(outcome.source.label), outcome.error)))
        found.sort(key=lambda one: one[0])
        self.places, transcripts[:] = [place for place, _ in found], [one for _, one in found]
        self.failed_places, failed[:] = [place for place, _ in left], [one for _, one in left]
