"""``aai.studio``: from a dropped file or the microphone to a transcript, without writing a cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.home_folders import PAGE_RECORDINGS
from aai_jupyter.settings.configuration import settings

if TYPE_CHECKING:
    from aai_jupyter.widgets.studio.studio_widget import Studio


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
    try:
        from aai_jupyter.widgets.studio.studio_widget import Studio
    except ImportError as error:
        raise EngineError(f"The studio needs anywidget ({error}).", hint="pip install anywidget") from None
    return Studio(Path(settings.home) / PAGE_RECORDINGS)
