"""Output of a widget: the view while its kernel lives, and static HTML in a saved notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.runtime.cell import kernel, two_outputs

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

WIDGET = "application/vnd.jupyter.widget-view+json"
_ONE_OF_TWO = """<style>
.jp-OutputArea-child:has(.aai) ~ .jp-OutputArea-child:has(.aai-static),
.jp-OutputArea-child:not(:has(.aai)):has(> .lm-Panel.jp-OutputArea-output):has(~ * .aai-static),
.output_area:has(.aai) ~ .output_area:has(.aai-static),
.output_area:not(:has(.aai)):has(> .jupyter-widgets-view):has(~ .output_area .aai-static) {
  display: none;
}
</style>"""
"""Of a view and the static HTML after it: the view while it lives, else the HTML. Lines may stand between."""


def with_static_form(static: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Return the bundle to display of a widget that has a static form for the saved notebook.

    Notes
    -----
    A front end chooses one form of an output. JupyterLab and Jupyter Notebook, the classic one too, choose
    the widget in every notebook that the reader trusts, also when its kernel is gone: then there is an error
    instead of the HTML.
    So there they are two outputs, and a style decides: the view is published here, the HTML is the bundle.
    """
    if not view or not two_outputs():
        return static | view
    kernel().shell.display_pub.publish(view)
    return _beside_view(static, changes=0)


class WidgetOutput:
    """What one cell shows of a widget: its view, and a static form that can be replaced.

    Parameters
    ----------
    metadata : dict, optional
        Of the output with the static form.
    opened : DisplayHandle, optional
        Output of the calling cell whose place this one takes.

    Notes
    -----
    Replacing the form where it has an output of its own leaves the view alone; else the view is drawn anew.
    """

    def __init__(self, metadata: dict[str, Any] | None = None, opened: DisplayHandle | None = None) -> None:
        from IPython.display import DisplayHandle

        self._handle, self._view = DisplayHandle(), DisplayHandle()
        self._metadata = metadata or {}
        self._opened = opened
        self.beside = False
        """Whether the view has an output of its own."""

    def show(self, static: dict[str, Any], view: dict[str, Any], changes: int = 0) -> None:
        """Show both in the calling cell; `view` is empty where there are no widgets."""
        self.beside = bool(view) and two_outputs()
        opened, self._opened = self._opened, None
        if self.beside:
            if opened is None:
                self._view.display(view, raw=True)
            else:
                self._view = opened
                opened.update(view, raw=True)
            self._handle.display(_beside_view(static, changes), raw=True, metadata=self._metadata)
        elif opened is None:
            self._handle.display(static | view, raw=True, metadata=self._metadata)
        else:
            self._handle = opened
            opened.update(static | view, raw=True, metadata=self._metadata)

    def replace_view(self, view: dict[str, Any]) -> None:
        """Put another view in the place of the one before; none, where `view` is empty."""
        if self.beside:
            # First something else: JupyterLab would use the same panel again, and hide it with the old view.
            self._view.update({"text/html": "", "text/plain": ""}, raw=True)
            if view:
                self._view.update(view, raw=True)

    def replace(self, static: dict[str, Any], view: dict[str, Any], changes: int = 0) -> None:
        """Put another static form in the place of the one before; callable from any thread."""
        bundle = _beside_view(static, changes) if self.beside else static | view
        self._handle.update(bundle, raw=True, metadata=self._metadata)


def _beside_view(static: dict[str, Any], changes: int) -> dict[str, Any]:
    """Return a bundle whose HTML shows only where the view in an output before it does not.

    ``changes`` counts those of the form: the view compares it with its own, to find a form that is older.
    """
    html = f'<div class="aai-static" data-changes="{changes}">{_ONE_OF_TWO}{static["text/html"]}</div>'
    return static | {"text/html": html}
