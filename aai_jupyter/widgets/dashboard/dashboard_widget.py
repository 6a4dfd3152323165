"""Widget of a batch: how far all of it is, and each recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import traitlets

from aai_jupyter.errors import OptionError
from aai_jupyter.jobs.batch_state import STAGES, BatchState, RecordingState
from aai_jupyter.text.sanitize import encodable, one_line
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.dashboard.dashboard_text import detail_of, static_bundle
from aai_jupyter.widgets.dispatcher import Reply, whole

LETTERS = dict(zip(STAGES, "wcusqpkde", strict=True))
"""Stage -> its letter in the trait ``stages``: the state of thousands of recordings is a short text."""
_LABEL, _REASON = 300, 240
MOST_ACTIVE = 200


class Controls(Protocol):
    """What the buttons do."""

    def cancel(self, places: Sequence[int]) -> None: ...

    def again(self, places: Sequence[int]) -> None: ...


class Dashboard(BaseWidget):
    """The dashboard of one batch.

    Traits that are long change seldom (names, lengths), those that change often are short.

    Parameters
    ----------
    state : BatchState
    controls : Controls, optional
        Without it nothing can be cancelled or tried again: a cell that waits hears no button.
    on_again : callable, optional
        Called when work begins again.
    """

    _view = traitlets.Unicode("dashboard").tag(sync=True)
    labels: Any = traitlets.List().tag(sync=True)
    lengths: Any = traitlets.List().tag(sync=True)
    stages = traitlets.Unicode("").tag(sync=True)
    active: Any = traitlets.List().tag(sync=True)
    reasons: Any = traitlets.List().tag(sync=True)
    failures: Any = traitlets.List().tag(sync=True)
    totals = traitlets.Dict().tag(sync=True)
    actions = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        state: BatchState,
        controls: Controls | None = None,
        on_again: Callable[[], None] | None = None,
    ) -> None:
        self._state, self._controls, self._on_again = state, controls, on_again
        self._seen = -1
        handlers = {"cancel": self._cancel, "retry": self._retry}
        super().__init__(handlers, {"cancel": 1}, actions=controls is not None)
        self.refresh()

    def refresh(self) -> bool:
        """Bring the traits up to date; return whether anything had changed."""
        version, rows = self._state.snapshot()
        progress = self._state.progress()
        changed, self._seen = version != self._seen, version
        with self._guard, self.hold_sync():
            self.totals = {name: getattr(progress, name) for name in _TOTALS}
            if not changed:
                return False
            self.stages = "".join(LETTERS[row.stage] for row in rows)
            labels = [encodable(one_line(row.label))[:_LABEL] for row in rows]
            if labels != self.labels:
                self.labels = labels
            lengths = [None if row.seconds is None else round(row.seconds) for row in rows]
            if lengths != self.lengths:
                self.lengths = lengths
            self.active = _active(rows)
            self._tell_failures(rows)
        return True

    def _tell_failures(self, rows: Sequence[RecordingState]) -> None:
        """The reasons, each once, and which failed by which."""
        reasons: dict[str, int] = {}
        failures = []
        for place, row in enumerate(rows):
            if row.stage == "error":
                reason = encodable(one_line(f"{row.message} {row.remedy}".strip()))[:_REASON]
                failures.append([place, reasons.setdefault(reason, len(reasons))])
        if failures != self.failures or list(reasons) != self.reasons:
            self.reasons, self.failures = list(reasons), failures

    def _cancel(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        places = self._places(message)
        if self._controls is not None:
            self._controls.cancel(places)
        return {"ok": True}, []

    def _retry(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        rows = self._state.snapshot()[1]
        places = [place for place in self._places(message) if rows[place].stage == "error"]
        if self._controls is not None and places:
            self._controls.again(places)
            if self._on_again is not None:
                self._on_again()
        return {"ok": True}, []

    def _places(self, message: Mapping[str, Any]) -> list[int]:
        """The recordings of a message; all of them when it names none."""
        given = message.get("rows")
        if given is None:
            return list(range(len(self._state.rows)))
        if not isinstance(given, list):
            raise OptionError("The page named no recordings.")
        places = [whole(place) for place in given]
        if not all(0 <= place < len(self._state.rows) for place in places):
            raise OptionError("There is no such recording.")
        return places

    def _static_form(self) -> dict[str, str]:
        return static_bundle(self._state)


_TOTALS = (
    "total", "done", "cached", "failed", "seconds", "seconds_done", "rate", "seconds_left", "usd_spent",
    "usd_expected", "running",
)  # fmt: skip


def _active(rows: Sequence[RecordingState]) -> list[list[Any]]:
    """Place, what is said of it, and how much of it is done (or None), of those in work."""
    found: list[list[Any]] = []
    for place, row in enumerate(rows):
        if row.stage in ("uploading", "processing", "checking") and len(found) < MOST_ACTIVE:
            text, share = detail_of(row)
            found.append([place, text, share])
    return found
