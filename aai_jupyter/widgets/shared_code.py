"""Script and style of all widgets as one model: a page gets them once for a kernel, not with every widget."""

from __future__ import annotations

import ipywidgets
import traitlets

from aai_jupyter.runtime.cell import two_outputs, voila
from aai_jupyter.widgets.bundle import CSS, ESM


class CodeModel(ipywidgets.Widget):  # type: ignore[misc]
    """What the loader of each widget imports (``frontend/src/loader.ts``)."""

    script = traitlets.Unicode(ESM).tag(sync=True)
    style = traitlets.Unicode(CSS).tag(sync=True)


class SharedCode:
    """The one code model of a process; made when the first widget is."""

    def __init__(self) -> None:
        self._model: CodeModel | None = None

    def model_id(self) -> str:
        """Return the id of the model, which is in the front end."""
        if self._model is None or self._model.comm is None:  # somebody has closed all widgets
            self._model = CodeModel()
        return str(self._model.model_id)


def shares_code() -> bool:
    """Return whether the page of the calling cell finds the model by its id: those where it was tried."""
    return two_outputs() or voila()
