"""Selection of a player: a small description for the front end, rows of a frame for Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from aai_jupyter.errors import OptionError
from aai_jupyter.widgets.dispatcher import whole
from aai_jupyter.widgets.player.player_content import Content

if TYPE_CHECKING:
    import pandas as pd


class SelectionTrait(traitlets.Any):
    """Trait synced as a small description, and read in Python as the rows that it selects.

    Parameters
    ----------
    content_of : callable
        Gives the content that the widget shows.
    """

    def __init__(self, content_of: Callable[[Any], Content]) -> None:
        super().__init__(None, allow_none=True)
        self._content_of = content_of
        self.tag(sync=True, echo_update=False, to_json=self._described)

    def _described(self, _: Any, widget: Any) -> Any:
        return widget._trait_values.get(self.name)

    def __get__(self, obj: Any, cls: Any = None) -> Any:
        return self if obj is None else rows_of(self._content_of(obj), obj._trait_values.get(self.name))

    def set(self, obj: Any, value: Any) -> None:
        value = description_of(value)
        old = obj._trait_values.get(self.name)
        obj._trait_values[self.name] = value
        if old != value:
            obj._notify_trait(self.name, old, value)

    def _cross_validate(self, obj: Any, value: Any) -> Any:
        return obj._trait_values.get(self.name)  # what was read is a frame, and no value to set


def rows_of(content: Content, chosen: Any) -> pd.DataFrame:
    """Return the rows that a description selects; none without a selection."""
    if isinstance(chosen, Mapping) and chosen.get("kind") == "words":
        return content.words(whole(chosen.get("first")), whole(chosen.get("last")))
    if isinstance(chosen, Mapping) and chosen.get("kind") == "time":
        return content.turns(whole(chosen.get("start")), whole(chosen.get("end")))
    return content.words(0, -1)


def description_of(value: Any) -> dict[str, Any] | None:
    """Return the description of a selection that the front end or Python code made.

    Raises
    ------
    OptionError
        It is no description, no frame with times, and not None.
    """
    if value is None or (isinstance(value, Mapping) and value.get("kind") in ("words", "time")):
        return None if value is None else dict(value)
    if hasattr(value, "columns"):
        return _of_frame(value)
    raise OptionError("Select with a DataFrame that has start and end, or None.")


def _of_frame(frame: pd.DataFrame) -> dict[str, Any] | None:
    from aai_jupyter.analysis.spans import seconds, units_of

    if not {"start", "end"} <= {*frame.columns}:
        raise OptionError("A frame that selects needs the columns start and end.")
    if not len(frame):
        return None
    start, end = (seconds(frame[name], units_of(frame)) for name in ("start", "end"))
    return {"kind": "time", "start": round(float(start.min()) * 1000), "end": round(float(end.max()) * 1000)}
