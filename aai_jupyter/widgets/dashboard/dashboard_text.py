"""What a dashboard says in words, and its static form."""

from __future__ import annotations

from aai_jupyter.jobs.batch_state import BatchProgress, BatchState, RecordingState
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import BREAK, CELL, FAINT, NAME, ROW, TABLE, box, tag
from aai_jupyter.text.readable_numbers import about, amount, clock, size_text
from aai_jupyter.text.sanitize import clean, escape, one_line
from aai_jupyter.text.short_names import short_names

MOST_FAILURES = 20


def detail_of(row: RecordingState) -> tuple[str, float | None]:
    """Return what is said of a recording in work, and how much of its present step is done."""
    if row.stage == "uploading" and row.size:
        return f"{size_text(row.sent)} of {size_text(row.size)}", min(1.0, row.sent / row.size)
    if row.stage == "processing" and row.share is not None:
        return f"{row.share:.0%}", row.share
    return clean(one_line(row.message))[:120], None


def facts(progress: BatchProgress) -> list[str]:
    """Return minutes, pace, time left and costs, as far as they are known."""
    found = []
    if progress.seconds:
        found.append(f"{clock(progress.seconds_done)} of {clock(progress.seconds)} of sound")
    if progress.rate and progress.rate >= 0.1:
        found.append(f"{progress.rate:.3g} × real time")
    if progress.running and progress.seconds_left is not None:
        found.append(f"{about(progress.seconds_left)} left")
    if progress.usd_spent or progress.usd_expected:
        spent = f"${progress.usd_spent:.2f} spent"
        whole = progress.usd_spent + progress.usd_expected
        found.append(spent + (f" of about ${whole:.2f}" if progress.usd_expected else ""))
    return found


def headline(progress: BatchProgress) -> str:
    """Return how many are done, came from the store, and failed."""
    ended = progress.done + progress.failed
    line = f"{ended:,} of {amount(progress.total, 'recording')} done"
    if progress.cached:
        line += f", {progress.cached:,} from cache"
    return line + (f", {progress.failed:,} failed" if progress.failed else "")


def static_bundle(state: BatchState) -> dict[str, str]:
    """Return text and HTML: the summary, and what failed."""
    progress = state.progress()
    rows = state.snapshot()[1]
    names = short_names([row.label for row in rows])
    failed = [
        (name, clean(one_line(row.message)), clean(one_line(row.remedy)))
        for name, row in zip(names, rows, strict=True)
        if row.stage == "error"
    ]
    lines = [headline(progress), ", ".join(facts(progress))]
    more = len(failed) - MOST_FAILURES
    rest = [f"and {more:,} more: see .failed"] if more > 0 else []
    told = [f"{name}: {why} {remedy}".strip() for name, why, remedy in failed[:MOST_FAILURES]]
    share = (progress.done + progress.failed) / progress.total if progress.total else 1.0
    fill = tag("div", style=f"width:{share:.1%};height:100%;background:#0072b2;border-radius:3px")
    bar = tag("div", fill, style="height:6px;border-radius:3px;background:rgba(127,127,127,.25);margin:4px 0")
    body = [
        tag("div", escape(lines[0]), style="font-weight:600"),
        bar,
        tag("div", escape(lines[1]), style=FAINT),
    ]
    if failed:
        body.append(_failures(failed[:MOST_FAILURES]))
        body += [tag("div", escape(line), style=FAINT) for line in rest]
    return {
        "text/plain": bounded("\n".join(line for line in (*lines, *told, *rest) if line), "see .failed"),
        "text/html": box("div", *body, role="group", aria_label="Progress of the transcription"),
    }


def _failures(failed: list[tuple[str, str, str]]) -> str:
    rows = [
        tag(
            "tr",
            tag("td", escape(name), style=f"{NAME};width:32%;padding:2px 10px 2px 0"),
            tag("td", escape(f"{why} {remedy}".strip()), style=f"{CELL};{BREAK};padding:2px 0"),
            style=ROW,
        )
        for name, why, remedy in failed
    ]
    return tag("table", *rows, style=TABLE)
