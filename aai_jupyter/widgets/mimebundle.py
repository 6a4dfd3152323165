"""Output of a widget: the view while its kernel lives, and static HTML in a saved notebook."""

from __future__ import annotations

from typing import Any

from aai_jupyter.runtime.cell import kernel, two_outputs

WIDGET = "application/vnd.jupyter.widget-view+json"
_ONE_OF_TWO = """<style>
.jp-OutputArea-child:has(.aai) + .jp-OutputArea-child:has(.aai-static),
.jp-OutputArea-child:not(:has(.aai)):has(> .lm-Panel.jp-OutputArea-output):has(+ * .aai-static) {
  display: none;
}
</style>"""
"""Of a view and the static HTML after it: the view while it lives, else the HTML."""


def with_static_form(static: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Return the bundle to display of a widget that has a static form for the saved notebook.

    Notes
    -----
    A front end chooses one form of an output. JupyterLab and Jupyter Notebook choose the widget in every
    notebook that the reader trusts, also when its kernel is gone: then there is an error instead of the HTML.
    So there they are two outputs, and a style decides: the view is published here, the HTML is the bundle.
    """
    if not view or not two_outputs():
        return static | view
    kernel().shell.display_pub.publish(view)
    return static_beside_view(static)


def static_beside_view(static: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Return a bundle whose HTML shows only where the view in the output before it does not.

    ``number`` counts the changes in it: the view compares it with its own, to find a form that is older.
    """
    html = f'<div class="aai-static" data-changes="{number}">{_ONE_OF_TWO}{static["text/html"]}</div>'
    return static | {"text/html": html}
