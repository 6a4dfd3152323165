"""``%aai_jobs``: the journal of jobs that this machine submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec

if TYPE_CHECKING:
    import pandas as pd

SPEC = MagicSpec(
    "aai_jobs",
    "List the jobs sent from this machine, newest first, as a DataFrame: what was sent, how far it came, and"
    " the id to get it by. Works without a connection.",
    ("%aai_jobs [--limit N]", "%aai_jobs cancel ID...      stop work that goes on"),
    words="cancel ID",
    words_help="Jobs to cancel. The local engine stops within seconds; at the service they are deleted.",
    words_choices=("cancel",),
    flags=(Flag("limit", "How many at most.", "int", metavar="N", default=1000, minimum=1),),
    assigns=True,
    examples=(
        "%aai_jobs",
        "%aai_jobs cancel b7c1d0f2-0a1b-4c2d-8e3f-5a6b7c8d9e0f",
        "unfinished = %aai_jobs --limit 20",
    ),
)


def _tell_running() -> None:
    """Say what this kernel has in work in the background: most of it is in no journal yet."""
    from aai_jupyter.api.background_run import RunningJobs
    from aai_jupyter.runtime.process import runtime

    for run in runtime().part(RunningJobs).running:
        print(f"In work here: {run.state.progress()}.")


def run(
    shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]
) -> pd.DataFrame | None:
    """Run the magic."""
    from aai_jupyter.api.job_lookup import cancel_job, jobs_frame

    if arguments.words:
        command, *ids = arguments.words
        if command != "cancel" or not ids:
            raise UsageError("%aai_jobs takes: cancel ID", hint="%aai_jobs lists the ids.")
        for ident in ids:
            print(f"{ident}: {'cancelled' if cancel_job(str(ident)) else 'had ended already'}")
        return None
    _tell_running()
    frame = jobs_frame(limit=arguments.limit)
    if arguments.target is not None:
        shell.push({arguments.target: frame})
    return frame
