"""``%aai_jobs``: the journal of jobs that this machine submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec

if TYPE_CHECKING:
    import pandas as pd

SPEC = MagicSpec(
    "aai_jobs",
    "List the jobs sent from this machine, newest first, as a DataFrame: what was sent, how far it came, and"
    " the id to get it by. Works without a connection.",
    ("%aai_jobs [--limit N]",),
    max_words=0,
    flags=(Flag("limit", "How many at most.", "int", metavar="N", default=1000, minimum=1),),
    assigns=True,
    examples=("%aai_jobs", "unfinished = %aai_jobs --limit 20"),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> pd.DataFrame:
    """Run the magic."""
    from aai_jupyter.api.job import jobs_frame

    frame = jobs_frame(limit=arguments.limit)
    if arguments.target is not None:
        shell.push({arguments.target: frame})
    return frame
