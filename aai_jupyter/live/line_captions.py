"""Captions as plain lines: where a front end does not update what it has shown, and in terminals."""

from __future__ import annotations

import contextvars
from typing import Any

from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.client.streaming.subscribers import Listener
from aai_jupyter.text.sanitize import one_line


def line_printer() -> Listener:
    """Return a listener that prints each finished turn.

    What it prints belongs to the calling cell, on kernels that tell by the context.

    Examples
    --------
    >>> live.listen(line_printer())  # doctest: +SKIP
    """
    context = contextvars.copy_context()

    def show(event: Any) -> None:
        if isinstance(event, Turn) and event.end_of_turn and event.transcript.strip():
            who = event.speaker_label or event.channel
            line = f"{f'{one_line(who)}: ' if who else ''}{one_line(event.transcript)}"
            context.run(print, line, flush=True)

    return show
