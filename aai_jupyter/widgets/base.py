"""Base class of all widgets: front end, requests, lock, and the static form in a saved notebook."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets
from ipywidgets import Layout

from aai_jupyter.runtime.cell import in_kernel, is_attended, session
from aai_jupyter.runtime.process import runtime
from aai_jupyter.widgets.bundle import CSS, ESM, LOADER
from aai_jupyter.widgets.busy_kernel import BusyKernel
from aai_jupyter.widgets.dispatcher import Handler, RequestDispatcher
from aai_jupyter.widgets.message_size import batches, size_of
from aai_jupyter.widgets.mimebundle import WIDGET, with_static_form
from aai_jupyter.widgets.shared_code import SharedCode, shares_code


def _unseen() -> bool:
    """Return whether the kernel has no page to show a widget in."""
    return in_kernel() and not is_attended()


class _UnopenedLayout(Layout):  # type: ignore[misc]
    """Layout of a widget that is not shown; every widget has to have one."""

    def open(self) -> None:
        """Make no model."""


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

    code = traitlets.Unicode().tag(sync=True)
    """Model of the script and the style, where all widgets of a kernel share them."""
    cell_runs = traitlets.Bool(False).tag(sync=True)
    """The kernel has run a cell for a while: the page does not take it for gone."""

    _made = False  # an object whose arguments were refused is closed too, when it is collected

    def __init__(
        self, handlers: Mapping[str, Handler], queues: Mapping[str, int] | None = None, **traits: Any
    ) -> None:
        self._guard = threading.RLock()
        here: Mapping[str, Handler] = {"here": lambda message, buffers: ({"ok": True}, [])}
        self._dispatcher = RequestDispatcher({**here, **handlers}, self._say, queues)
        self._made = True
        if _unseen():
            traits["layout"] = _UnopenedLayout()
        if shares_code() and not _unseen():
            self._esm, traits["code"] = LOADER, runtime().part(SharedCode).model_id()
        else:
            self._esm, self._css = ESM, CSS
        super().__init__(**traits)
        runtime().part(BusyKernel).add(self)
        self.on_msg(lambda widget, message, buffers: self._receive(message, buffers))

    def open(self) -> None:
        """Make the model in the front end; not where a program would save it, script and all."""
        if not _unseen():
            super().open()

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send traits to the front end, in several messages where they are large."""
        if key is None or isinstance(key, str):
            super().send_state(key)
            return
        names = [*key]
        if len(names) == 1:
            super().send_state(names)
            return
        for batch in batches({name: size_of(self._trait_values.get(name)) for name in names}):
            super().send_state(batch)

    def view(self) -> dict[str, Any]:
        """Return the part of a mimebundle that shows the widget; empty where there are no widgets."""
        if self.comm is None:
            return {}
        made = super()._repr_mimebundle_()
        data = (made[0] if isinstance(made, tuple) else made) or {}
        return {WIDGET: data[WIDGET]} if WIDGET in data else {}

    def _static_form(self) -> dict[str, str] | None:
        """Return text and HTML that a saved notebook shows; None if another output does."""
        return None

    def _repr_mimebundle_(self, **options: Any) -> Any:
        static = self._static_form()
        if static is None and self.comm is None:
            return {"text/plain": repr(self)}, {}
        if static is None:
            return super()._repr_mimebundle_(**options)
        return with_static_form(static, self.view()), {}

    def tell_busy(self, busy: bool) -> None:
        """Tell the front end whether the kernel runs a cell; callable from any thread."""
        with self._guard:
            if self.comm is not None:
                self.cell_runs = busy

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
        """Handle a message of the front end; on any thread. Its page is the one that it came from."""
        if isinstance(message, dict):
            message["page"] = session()
        self._dispatcher.enqueue(message, buffers)

    def _handle_msg(self, msg: Any) -> None:
        # Messages may come on several threads at once, also while another changes traits.
        with self._guard:
            super()._handle_msg(msg)
