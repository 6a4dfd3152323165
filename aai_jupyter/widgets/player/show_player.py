"""Display of players: of a transcript where there is a kernel, and of the rows of a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.home_folders import WAVEFORMS
from aai_jupyter.runtime.cell import cell_id, is_attended, run_id, two_outputs
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.widgets.mimebundle import with_static_form

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.widgets.player.player import Player
    from aai_jupyter.widgets.player.player_content import Content


def player(transcript: Transcript) -> Player:
    """Return a player of a transcript.

    Raises
    ------
    EngineError
        anywidget is missing.
    """
    from aai_jupyter.widgets.player.player_content import TranscriptContent

    return _player(TranscriptContent(transcript))


def play(
    frame: pd.DataFrame, of: Transcript | Iterable[Transcript] | None = None, margin: float | None = None
) -> Player:
    """Return a player of the rows of a frame; see ``df.aai.play``."""
    from aai_jupyter.widgets.player.playlist import playlist

    return _player(playlist(frame, of, margin))


def _player(content: Content) -> Player:
    try:
        from aai_jupyter.widgets.player.player import Player
    except ImportError as error:
        raise EngineError(f"The player needs anywidget ({error}).", hint="pip install anywidget") from None
    return Player(content, folder=peaks_folder())


def peaks_folder() -> Path:
    """Return the folder where waveforms are cached."""
    return Path(settings.home) / WAVEFORMS


def selection(transcript: Transcript) -> pd.DataFrame:
    """Return the rows that were selected last in one of the transcript's players."""
    from aai_jupyter.widgets.player.player_content import TranscriptContent
    from aai_jupyter.widgets.player.player_selection import rows_of

    return rows_of(TranscriptContent(transcript), transcript.edited_answer.selection)


def mimebundle(transcript: Transcript, static: dict[str, Any]) -> dict[str, Any]:
    """Return the mimebundle of a transcript: its player where there is a kernel, and its static form."""
    return with_static_form(static, widget_view(transcript))


def display_transcript(transcript: Transcript, metadata: dict[str, Any]) -> bool:
    """Show a transcript's player and, in an output that follows its corrections, its static form.

    False, and nothing done, where the front end has one output for both; see :func:`mimebundle`.
    """
    shown = _shown(transcript) if two_outputs() else None
    return shown is not None and shown.show_beside_view(metadata)


def widget_view(transcript: Transcript) -> dict[str, Any]:
    """Return the part of a mimebundle that shows the player; empty without a user or a text."""
    shown = _shown(transcript)
    return {} if shown is None else shown.view()


def _shown(transcript: Transcript) -> Player | None:
    """Return the player for the calling cell; None without a user, a text or anywidget."""
    if not is_attended() or transcript.status not in ("completed", None):
        return None
    try:
        shown = player(transcript)
    except EngineError:
        return None
    runtime().part(DisplayedPlayers).add(shown)
    return shown


class DisplayedPlayers:
    """Players of displayed transcripts, by cell: running a cell again closes those of its last run.

    Its output is gone then, and nobody else has those players. Where the front end does not name the cell,
    players stay until the kernel ends.
    """

    def __init__(self) -> None:
        self._of_cell: dict[str, tuple[str, list[Player]]] = {}

    def add(self, shown: Player, cell: str | None = None, run: str | None = None) -> None:
        """Register a player of the calling cell, or of another; close those of an earlier run of the cell."""
        cell, run = cell_id() if cell is None else cell, run_id() if run is None else run
        if not cell:
            return
        before, players = self._of_cell.get(cell, (run, []))
        if before != run:
            for old in players:
                old.layout.close()
                old.close()
            players = []
        self._of_cell[cell] = (run, [*players, shown])
