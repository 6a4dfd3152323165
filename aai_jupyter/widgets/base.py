"""Base class of all widgets: front end, requests, lock, and the static form in a saved notebook."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import anywidget

from aai_jupyter.widgets.bundle import CSS, ESM
from aai_jupyter.widgets.dispatcher import Handler, RequestDispatcher
from aai_jupyter.widgets.mimebundle import WIDGET, with_static_form


class BaseWidget(anywidget.AnyWidget):
    """A widget of the one front-end bundle, which draws it by the trait ``_view`` of its class.

    Parameters
    ----------
    handlers : mapping of str to callable
        Message type -> what answers it; see :class:`~.dispatcher.RequestDispatcher`.
    queues : mapping of str to int
        Message type -> thread that answers it, where that is not the first.
    **traits
        Their first values.
    """

    _esm = ESM
    _css = CSS
    _made = False  # an object whose arguments were refused is closed too, when it is collected

    def __init__(
        self, handlers: Mapping[str, Handler], queues: Mapping[str, int] | None = None, **traits: Any
    ) -> None:
        self._guard = threading.RLock()
        self._dispatcher = RequestDispatcher(handlers, self._say, queues)
        self._made = True
        super().__init__(**traits)
        self.on_msg(lambda widget, message, buffers: self._receive(message, buffers))

    def view(self) -> dict[str, Any]:
        """Return the part of a mimebundle that shows the widget; empty where there are no widgets."""
        made = super()._repr_mimebundle_()
        data = (made[0] if isinstance(made, tuple) else made) or {}
        return {WIDGET: data[WIDGET]} if WIDGET in data else {}

    def _static_form(self) -> dict[str, str] | None:
        """Return text and HTML that a saved notebook shows; None if another output does."""
        return None

    def _repr_mimebundle_(self, **options: Any) -> Any:
        static = self._static_form()
        if static is None:
            return super()._repr_mimebundle_(**options)
        return with_static_form(static, self.view()), {}

    def close(self) -> None:
        """Remove the widget from the front end."""
        if self._made:
            self._dispatcher.close()
        super().close()

    def _say(self, message: dict[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Send a message to the front end, if there is one."""
        if self.comm is not None:
            self.send(message, list(buffers))

    def _receive(self, message: Any, buffers: list[Any] | None) -> None:
        """Handle a message of the front end; on any thread."""
        self._dispatcher.enqueue(message, buffers)

    def _handle_msg(self, msg: Any) -> None:
        # Messages may come on several threads at once, also while another changes traits.
        with self._guard:
            super()._handle_msg(msg)
