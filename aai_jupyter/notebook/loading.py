"""``%load_ext aai_jupyter`` and ``%unload_ext aai_jupyter``."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from contextlib import ExitStack, suppress
from importlib import import_module
from typing import Any

from aai_jupyter.notebook.line import completion
from aai_jupyter.notebook.line.transformer import AskAssigned, AskLine, bodiless
from aai_jupyter.notebook.magics.registry import BOTH_FORMS, MODULES, SPECS, function_of
from aai_jupyter.notebook.views import frame_display

_loaded: weakref.WeakKeyDictionary[Any, ExitStack] = weakref.WeakKeyDictionary()
"""What to undo for each shell. Belongs to the shell: it goes when the shell goes."""


def load_ipython_extension(shell: Any) -> None:
    """Register the magics, their Tab completion and the input transformer; prints nothing."""
    unload_ipython_extension(shell)
    undo = _loaded[shell] = ExitStack()
    for name in MODULES:
        undo.callback(_register(shell, name))
    undo.callback(_append(shell.input_transformers_cleanup, bodiless))
    for transformer in (AskLine, AskAssigned):
        undo.callback(_append(shell.input_transformer_manager.token_transformers, transformer))
    undo.callback(_connect(shell))
    undo.callback(_register_accessor(shell))
    undo.callback(frame_display.register(shell))
    if getattr(shell, "Completer", None) is not None:
        completion.register(shell, SPECS)
        undo.callback(completion.unregister, shell)


def unload_ipython_extension(shell: Any) -> None:
    """Remove magics, completion and transformer; stop the background loop and the local engine."""
    undo = _loaded.pop(shell, None)
    if undo is None:
        return
    undo.close()


def _register_accessor(shell: Any) -> Callable[[], None]:
    """Register ``df.aai`` as soon as there are frames: at once, or before a cell once pandas is loaded."""

    def before_cell(*_: Any) -> None:
        if "pandas" in sys.modules:
            import_module("aai_jupyter.transcripts.accessor")
            done()

    def done() -> None:
        with suppress(ValueError):  # not registered (any more)
            shell.events.unregister("pre_run_cell", before_cell)

    shell.events.register("pre_run_cell", before_cell)
    before_cell()
    return done


def _register(shell: Any, name: str) -> Callable[[], None]:
    kinds = ["line", "cell"] if name in BOTH_FORMS else ["line"]
    registry = shell.magics_manager.magics
    before = {kind: registry[kind].get(name) for kind in kinds}
    shell.register_magic_function(function_of(name, shell), "_".join(kinds), name)

    def undo() -> None:
        for kind, previous in before.items():
            if previous is None:
                registry[kind].pop(name, None)
            else:
                registry[kind][name] = previous

    return undo


def _connect(shell: Any) -> Callable[[], None]:
    """Show progress and notices of the Python functions in this shell, too."""
    from aai_jupyter.runtime.process import runtime
    from aai_jupyter.settings.notices import notices

    def progress(recordings: int) -> Any:
        # With the first transcription, not at load.
        from aai_jupyter.notebook.views.dashboard_progress import MANY, DashboardProgress
        from aai_jupyter.notebook.views.progress import Progress
        from aai_jupyter.runtime.cell import is_attended

        return DashboardProgress(recordings) if recordings >= MANY and is_attended() else Progress(shell)

    def captions(live: Any) -> Any:
        from aai_jupyter.notebook.views.stream_progress import StreamProgress

        return StreamProgress(shell, live)

    rt = runtime()
    before = rt.announce, rt.progress, rt.captions, notices.announce
    rt.announce, rt.progress, rt.captions, notices.announce = print, progress, captions, print

    def undo() -> None:
        rt.announce, rt.progress, rt.captions, notices.announce = before
        rt.close()

    return undo


def _append(items: list[Any], item: Any) -> Callable[[], None]:
    items.append(item)

    def undo() -> None:
        if item in items:
            items.remove(item)

    return undo
