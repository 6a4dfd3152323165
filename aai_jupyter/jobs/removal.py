"""Cascading deletes in the store, each in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence


def remove_transcript(db: sqlite3.Connection, transcript_id: str) -> None:
    """Delete a transcript and every row that refers to it."""
    db.execute("DELETE FROM cache WHERE id = ?", (transcript_id,))
    db.execute("DELETE FROM layers WHERE id = ?", (transcript_id,))
    db.execute("DELETE FROM transcripts WHERE id = ?", (transcript_id,))
    jobs = "SELECT job FROM jobs WHERE transcript_id = ?"
    urls = "SELECT upload_url FROM jobs WHERE transcript_id = ?"
    db.execute(f"DELETE FROM uploads WHERE url IN ({urls})", (transcript_id,))
    db.execute(f"DELETE FROM journal WHERE job IN ({jobs})", (transcript_id,))
    db.execute("DELETE FROM jobs WHERE transcript_id = ?", (transcript_id,))


def remove_account(db: sqlite3.Connection, account: str) -> int:
    """Delete everything of an account; return the number of transcripts."""
    count = db.execute("DELETE FROM transcripts WHERE account = ?", (account,)).rowcount
    for table in ("cache", "uploads", "jobs", "charges"):
        db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))
    _remove_journal(db)
    return int(count)


def remove_all(db: sqlite3.Connection, kept_states: Sequence[str]) -> None:
    """Delete everything, but for jobs in these states."""
    for table in ("transcripts", "cache", "layers", "uploads", "claims"):
        db.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" * len(kept_states))
    db.execute(f"DELETE FROM jobs WHERE state NOT IN ({marks})", tuple(kept_states))
    _remove_journal(db)


def remove_expired(db: sqlite3.Connection, *, jobs_before: float, uploads_before: float) -> None:
    """Delete older jobs and uploads (seconds since 1970). Transcripts never expire.

    Nor do jobs that may be running: a clock that is wrong for once must not make us forget what is paid for.
    """
    db.execute("DELETE FROM jobs WHERE updated < ? AND state IN ('completed', 'failed')", (jobs_before,))
    _remove_journal(db)
    db.execute("DELETE FROM uploads WHERE at < ?", (uploads_before,))


def _remove_journal(db: sqlite3.Connection) -> None:
    """Delete journal entries of jobs that no longer exist."""
    db.execute("DELETE FROM journal WHERE job NOT IN (SELECT job FROM jobs)")
