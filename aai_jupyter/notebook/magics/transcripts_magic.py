"""``%aai_transcripts``: list, fetch and delete transcripts at the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.transcripts.argument_checks import STATUSES
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.client.transcripts.transcripts_api import Transcripts

TEXTS = ("id", "status", "audio_url", "error")
TIMES = ("created", "completed")
COLUMNS = ("id", "status", "created", "completed", "audio_url", "error")
ACTIONS = ("list", "get", "delete")


SPEC = MagicSpec(
    "aai_transcripts",
    "List your transcripts, newest first, as a DataFrame; get one; delete some.",
    (
        "%aai_transcripts [filters]",
        "%aai_transcripts get ID [--as NAME]",
        "%aai_transcripts delete ID... [--yes]",
    ),
    words="ACTION",
    words_help="list (the default), get ID or delete ID...",
    words_choices=ACTIONS,
    flags=(
        Flag("limit", "List at most so many; 0: all.", "int", metavar="N", default=100, minimum=0),
        Flag("status", "Only those with this status.", "str", choices=STATUSES),
        Flag("created_on", "Only those of this day (UTC).", "str", metavar="YYYY-MM-DD"),
        Flag("before_id", "Only those created before this one.", "str", metavar="ID"),
        Flag("after_id", "Only those created after this one.", "str", metavar="ID"),
        Flag("throttled_only", "Only those that waited for a free slot."),
        Flag("yes", "Delete without asking."),
    ),
    assigns=True,
    examples=("%aai_transcripts --status error", "%aai_transcripts get ID --as call"),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    action, *ids = [str(word) for word in arguments.words] or ["list"]
    if action == "get":
        return _assigned(shell, arguments, _get(ids))
    if action == "delete":
        return _delete(ids, arguments.yes)
    if action != "list" or ids:
        raise UsageError(
            f"%aai_transcripts cannot {action!r}: it can {', '.join(ACTIONS)}.",
            hint="To get a transcript by its id: %aai_transcripts get ID",
        )
    return _assigned(shell, arguments, _list(arguments))


def _assigned(shell: Any, arguments: Arguments, value: Any) -> Any:
    if arguments.target is not None:
        shell.push({arguments.target: value})
    return value


def _list(arguments: Arguments) -> pd.DataFrame:
    from aai_jupyter.runtime.process import runtime

    filters = {name: arguments.flags[name] for name in ("status", "created_on", "before_id", "after_id")}
    filters["throttled_only"] = arguments.throttled_only or None

    async def collect() -> list[Any]:
        client = await runtime().client()
        return await _take(client.transcripts, arguments.limit, filters)

    return frame(runtime().run(collect()))


async def _take(transcripts: Transcripts, limit: int, filters: Mapping[str, Any]) -> list[Any]:
    found = []
    async for item in transcripts.list(**filters):
        found.append(item)
        if limit and len(found) >= limit:
            break
    return found


def frame(items: list[Any]) -> pd.DataFrame:
    """Return list items as a DataFrame, with the same columns and dtypes for an empty list.

    Parameters
    ----------
    items : list of TranscriptItem

    Returns
    -------
    DataFrame
        id, status, audio_url, error (string); created, completed (datetime64[ns, UTC]).

    Examples
    --------
    >>> list(frame([]).columns)
    ['id', 'status', 'created', 'completed', 'audio_url', 'error']
    """
    import pandas as pd

    columns = {name: [getattr(item, name, None) for item in items] for name in COLUMNS}
    made = pd.DataFrame({name: pd.Series(columns[name], dtype=object) for name in COLUMNS})
    for name in TIMES:  # an odd date costs a cell of the table, not the table
        times = pd.to_datetime(made[name], utc=True, format="ISO8601", errors="coerce")
        made[name] = times.astype("datetime64[ns, UTC]")
    return made.astype(dict.fromkeys(TEXTS, "string"))


def _get(ids: list[str]) -> Any:
    from aai_jupyter.api.job_lookup import get

    if len(ids) != 1:
        raise UsageError("%aai_transcripts get takes one id.", hint="%aai_transcripts get ID [--as NAME]")
    return get(ids[0])


def _delete(ids: list[str], sure: bool) -> None:
    from IPython.display import display

    if not ids:
        raise UsageError("%aai_transcripts delete needs an id.", hint="%aai_transcripts lists them.")
    what = ids[0] if len(ids) == 1 else f"{len(ids)} transcripts"
    if not sure and not _confirmed(f"Delete {what} and the uploaded audio at the service for good? [y/N] "):
        print("Nothing was deleted.")
        return

    from aai_jupyter.api.erase import TranscriptId, erase

    receipt = erase(*(TranscriptId(one) for one in ids))
    if not receipt.unreached:
        for transcript_id in ids:
            print(f"Deleted {transcript_id}, here and at the service.")
    display(receipt)


def _confirmed(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except (NotImplementedError, EOFError):  # ipykernel: StdinNotImplementedError
        raise UsageError(
            "This notebook runs where nobody can be asked, so nothing was deleted.",
            hint="Add --yes to delete without a question.",
        ) from None
