"""Widgets whose static form, in an output of its own, follows what they show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import traitlets

from aai_jupyter.runtime.cell import is_attended, two_outputs
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.mimebundle import WidgetOutput

DELAY = 0.3
"""Seconds that further changes are waited for before the output is sent anew."""


class StaticOutput:
    """The output that a saved notebook shows of a widget: sent anew, soon after each change.

    Parameters
    ----------
    form : callable
        Gives the static form as it is now: MIME type -> content.
    output : WidgetOutput
        Of the cell.
    """

    def __init__(self, form: Callable[[], dict[str, Any]], output: WidgetOutput) -> None:
        self._form = form
        self._output = output
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def show(self, view: dict[str, Any], changes: int) -> None:
        """Show it after the view in the calling cell; ``changes`` is how often it changed before."""
        self._output.show(self._form(), view, changes)

    def take_over(self, view: dict[str, Any], changes: int) -> None:
        """Show it where the cell showed another widget; callable from any thread."""
        self._output.replace_view(view)
        self._send(changes)

    def changed(self, changes: int) -> None:
        """Send it anew, soon; callable from any thread."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(DELAY, self._send, (changes,))
            self._timer.daemon = True  # a kernel that ends does not wait for it
            self._timer.start()

    def close(self) -> None:
        """Send nothing any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _send(self, changes: int) -> None:
        self._output.replace(self._form(), {}, changes)


class FollowedWidget(BaseWidget):
    """A widget whose corrections reach the saved notebook, not only its page.

    Where the front end shows view and static form as two outputs, the second one is sent anew after every
    change; see :func:`~aai_jupyter.widgets.mimebundle.with_static_form`.
    """

    changes = traitlets.Int(0).tag(sync=True)
    """How often the static form has changed: the view finds by it an output that is older."""

    _outputs: tuple[StaticOutput, ...] = ()

    def show_beside_view(self, metadata: dict[str, Any] | None = None) -> bool:
        """Show view and static form as two outputs; False, and nothing done, where the front end has one."""
        if not is_attended() or not two_outputs() or not (view := self.view()):
            return False
        output = StaticOutput(self._static_form, WidgetOutput(metadata))
        output.show(view, self.changes)
        self._outputs = (*self._outputs, output)
        return True

    def take_output(self, output: WidgetOutput) -> None:
        """Take the place of another widget in an output that has both; callable from any thread."""
        follower = StaticOutput(self._static_form, output)
        self._outputs = (*self._outputs, follower)
        follower.take_over(self.view(), self.changes)

    def _static_form(self) -> dict[str, str]:
        raise NotImplementedError

    def _static_changed(self) -> None:
        """Bring the static form in the notebook up to date."""
        if self._outputs:
            self.changes += 1
            for output in self._outputs:
                output.changed(self.changes)

    def _ipython_display_(self) -> None:
        if not self.show_beside_view():
            raise NotImplementedError  # IPython then asks for the mimebundle

    def close(self) -> None:
        """Remove the widget from the front end."""
        for output in self._outputs:
            output.close()
        super().close()
