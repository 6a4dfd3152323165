"""How a transcript shows itself: the player where there is a kernel for it, and static HTML everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter import running_cell
from aai_jupyter.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from aai_jupyter.transcript import Transcript
    from aai_jupyter.widgets.content import Content
    from aai_jupyter.widgets.player import Player
    from aai_jupyter.widgets.studio import Studio

WIDGET = "application/vnd.jupyter.widget-view+json"
_ONE_OF_TWO = """<style>
.jp-OutputArea-child:has(.aai) + .jp-OutputArea-child:has(.aai-static),
.jp-OutputArea-child:not(:has(.aai)):has(> .lm-Panel.jp-OutputArea-output):has(+ * .aai-static) {
  display: none;
}
</style>"""
"""Of a view and the static HTML after it: the view while it lives, else the HTML."""


def player(transcript: Transcript) -> Player:
    """A player of a transcript.

    Raises
    ------
    EngineError
        anywidget is missing.
    """
    from aai_jupyter.widgets.content import TranscriptContent

    return _player(TranscriptContent(transcript))


def play(frame: pd.DataFrame, of: Transcript | Iterable[Transcript] | None = None) -> Player:
    """A player of the rows of a frame; see ``df.aai.play``."""
    from aai_jupyter.widgets.playlist import playlist

    return _player(playlist(frame, of))


def studio() -> Studio:
    """A studio: drop files or record from the microphone, choose options, transcribe, read and play.

    Raises
    ------
    EngineError
        anywidget is missing.

    Examples
    --------
    >>> studio = aai.studio()  # doctest: +SKIP
    >>> studio.results.utterances  # doctest: +SKIP
    """
    from aai_jupyter.settings import settings

    try:
        from aai_jupyter.widgets.studio import Studio
    except ImportError as error:
        raise EngineError(f"The studio needs anywidget ({error}).", hint="pip install anywidget") from None
    return Studio(Path(settings.home) / "studio")


def _player(content: Content) -> Player:
    try:
        from aai_jupyter.widgets.player import Player
    except ImportError as error:
        raise EngineError(f"The player needs anywidget ({error}).", hint="pip install anywidget") from None
    return Player(content, folder=peaks_folder())


def peaks_folder() -> Path:
    """Where outlines of recordings are kept."""
    from aai_jupyter.settings import settings

    return Path(settings.home) / "peaks"


def widget_view(transcript: Transcript) -> dict[str, Any]:
    """The part of a mimebundle that shows the player; empty where nobody could use it, or without a text."""
    if not attended() or transcript.status not in ("completed", None):
        return {}
    try:
        shown = player(transcript)
    except EngineError:
        return {}
    _replace(shown)
    return shown.view()


def one_of_two(static: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """What to display of something that is a widget while its kernel lives, and static HTML ever after.

    Notes
    -----
    A front end chooses one form of an output. JupyterLab and Jupyter Notebook choose the widget in every
    notebook that the reader trusts, also when its kernel is gone: then there is an error instead of the HTML.
    So there they are two outputs, and a style decides: the view is published here, the HTML is the bundle.
    """
    if not view or not two_outputs():
        return static | view
    running_cell.kernel().shell.display_pub.publish(view)
    return beside_view(static)


def beside_view(static: dict[str, Any]) -> dict[str, Any]:
    """The bundle whose HTML shows only where the view in the output before it does not."""
    return static | {"text/html": f'<div class="aai-static">{_ONE_OF_TWO}{static["text/html"]}</div>'}


def two_outputs() -> bool:
    """Whether the cell's front end is JupyterLab or Jupyter Notebook: they name the cell, as VS Code does."""
    cell = running_cell.cell_id()
    return bool(cell) and not cell.startswith("vscode")


def _replace(shown: Player) -> None:
    """Close what earlier runs of this cell displayed: its output is gone, and nobody else has those players.

    Notes
    -----
    Where the front end does not name the cell, players stay until the kernel ends.
    """
    from aai_jupyter.runtime import runtime

    cell, run = running_cell.cell_id(), running_cell.run_id()
    if not cell:
        return
    before, players = runtime().displayed.get(cell, (run, []))
    if before != run:
        for old in players:
            old.layout.close()
            old.close()
        players = []
    runtime().displayed[cell] = (run, [*players, shown])


def attended() -> bool:
    """Whether a widget can show here: in a kernel, and for a person.

    Notes
    -----
    A program that executes notebooks (nbclient, papermill, ``nbconvert --execute``) forbids questions to the
    user. It would save the widget's whole state into the notebook, and nbconvert would then show that, which
    needs scripts from elsewhere, instead of the static HTML. Voila does the same, but shows widgets.
    """
    if running_cell.kernel() is None:
        return False
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return True
    return running_cell.request().get("content", {}).get("allow_stdin", True) is not False
