"""Charges: what each job will cost, then has cost, by the price list; kept with the journal.

A charge is written in the transaction that journals a submission, as an estimate by the length that the
file's header tells, and is put right in the one that journals the result: so a kill leaves no job
without its charge, and no charge without its job. Failed jobs are not billed, and their charge goes. Charges
stay when the cache is emptied, and when old jobs leave the journal: they name no recording.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.options.prices import hourly, priced_model
from aai_jupyter.errors import CostLimitError
from aai_jupyter.settings.endpoint import LOCAL_ACCOUNT

if TYPE_CHECKING:
    from aai_jupyter.client.transcript_data import TranscriptData

ESTIMATED, BILLED = "estimated", "billed"

CHARGES = """
CREATE TABLE IF NOT EXISTS charges (
    job TEXT PRIMARY KEY, account TEXT NOT NULL, at REAL NOT NULL, state TEXT NOT NULL,
    model TEXT NOT NULL, tag TEXT NOT NULL, seconds REAL, usd REAL NOT NULL,
    unpriced INTEGER NOT NULL) WITHOUT ROWID;
"""
_PUT = "INSERT OR REPLACE INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Charge:
    """What one job costs.

    Attributes
    ----------
    model : str
        The model that ran, or will.
    seconds : float or None
        Length of the recording; None where it is not known before it is sent.
    usd : float
        By the price list; 0 for a length that is not known.
    unpriced : bool
        Something of it has no public price, and is not in `usd`.
    """

    model: str
    seconds: float | None
    usd: float
    unpriced: bool = False


NOTHING = Charge("", None, 0.0)


@dataclass(frozen=True)
class SpendingRules:
    """What a call may cost, and what its charges are called.

    Attributes
    ----------
    max_cost : float or None
        USD that the whole call may cost.
    monthly_budget : float or None
        USD that all jobs of the account may cost in a calendar month (UTC).
    tag : str
        Name that :func:`aai_jupyter.spend` can group by.
    """

    max_cost: float | None = None
    monthly_budget: float | None = None
    tag: str = ""

    @property
    def limits(self) -> bool:
        return self.max_cost is not None or self.monthly_budget is not None


NO_LIMITS = SpendingRules()


def charge_of(
    params: Mapping[str, Any], seconds: float | None, *, channels: int = 1, model: str | None = None
) -> Charge:
    """Return the charge of a recording with these request parameters.

    Parameters
    ----------
    params : mapping
        A request body.
    seconds : float or None
        Length of the recording.
    channels : int
        They count with ``multichannel`` only.
    model : str, optional
        The model that ran, where that is known.

    Examples
    --------
    >>> charge_of({"speech_models": ["universal-2"]}, 7200).usd
    0.3
    """
    asked = {**params, "speech_models": [model]} if model else params
    price = hourly(asked, channels=channels)
    usd = round((seconds or 0.0) / 3600 * price.total, 9)
    return Charge(model or priced_model(asked), seconds, usd, bool(price.unknown))


def billed_charge(request: str, data: TranscriptData) -> Charge:
    """Return the charge of a finished job: by the length, channels and model that the service tells."""
    try:
        params = dict(json.loads(request))
    except (ValueError, TypeError):  # a damaged row
        params = {}
    channels = int(data.number_of("audio_channels") or 1)
    return charge_of(params, data.audio_duration, channels=channels, model=data.model)


# -- within a transaction ----------------------------------------------------------------------------------


def put_estimate(
    db: sqlite3.Connection, job: str, account: str, charge: Charge, tag: str, now: float
) -> None:
    """Note what a job will cost that is about to be submitted."""
    if account == LOCAL_ACCOUNT:
        return
    row = (charge.model, tag, charge.seconds, charge.usd, int(charge.unpriced))
    db.execute(_PUT, (job, account, now, ESTIMATED, *row))


def settle(db: sqlite3.Connection, job: str, account: str, charge: Charge) -> None:
    """Put in what a job has cost; its time and tag stay."""
    if account == LOCAL_ACCOUNT:
        return
    found = db.execute("SELECT at, tag FROM charges WHERE job = ?", (job,)).fetchone()
    if found is None:  # submitted by a version without charges
        found = db.execute("SELECT created, '' FROM jobs WHERE job = ?", (job,)).fetchone()
    if found is not None:
        at, tag = found
        row = (charge.model, tag, charge.seconds, charge.usd, int(charge.unpriced))
        db.execute(_PUT, (job, account, at, BILLED, *row))


def drop(db: sqlite3.Connection, job: str) -> None:
    """Take the charge of a job away that is not billed: it was refused, or failed."""
    db.execute("DELETE FROM charges WHERE job = ? AND state = ?", (job, ESTIMATED))


def spent_in_month(db: sqlite3.Connection, account: str, now: float, but: str = "") -> float:
    """Return USD of all jobs of an account since the month began (UTC), estimates included."""
    today = datetime.fromtimestamp(now, UTC)
    begin = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    sql = "SELECT coalesce(sum(usd), 0) FROM charges WHERE account = ? AND at >= ? AND job != ?"
    (total,) = db.execute(sql, (account, begin, but)).fetchone()
    return float(total)


def check_budget(
    db: sqlite3.Connection, account: str, usd: float, budget: float | None, now: float, but: str = ""
) -> None:
    """Refuse what would pass the month's budget.

    Raises
    ------
    CostLimitError
    """
    if budget is None or account == LOCAL_ACCOUNT:
        return
    spent = spent_in_month(db, account, now, but)
    if spent + usd > budget + 1e-9:
        raise CostLimitError(
            f"Not sent: about ${usd:.2f} more would pass the budget of ${budget:.2f} a month "
            f"(${spent:.2f} spent or on its way).",
            hint="Raise aai.settings.monthly_budget, or wait for the next month; aai.spend() tells of all.",
        )


def all_charges(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return every charge: account, at, state, model, tag, seconds, usd, unpriced."""
    sql = "SELECT account, at, state, model, tag, seconds, usd, unpriced FROM charges ORDER BY at, job"
    return db.execute(sql).fetchall()
