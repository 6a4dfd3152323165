"""``aai.spend``: what was spent, by the journal of jobs and the price list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aai_jupyter.errors import OptionError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    import pandas as pd

By = Literal["day", "month", "tag", "model"]


def spend(by: By | None = None) -> pd.DataFrame:
    """Return what transcription has cost, by the price list: an estimate, since only the invoice knows.

    Each job counts that was submitted from this machine and not refused: by the length, the channels and the
    model that the service told of it; by the length of its file as long as it is on its way. Failed jobs cost
    nothing, nor does the local engine.

    Parameters
    ----------
    by : {"day", "month", "tag", "model"}, optional
        One row for each day or month (UTC) of submission, each ``tag`` of :func:`aai_jupyter.transcribe`, or
        each model that ran; without it one row for each job.

    Returns
    -------
    DataFrame
        jobs, hours, usd; of that, estimated (USD of jobs that are not finished); unpriced (jobs of which a
        part has no public price, and is missing in ``usd``). ``attrs["price_list"]`` is its date.

    Raises
    ------
    OptionError
        ``by`` is none of those.

    Examples
    --------
    >>> aai.spend(by="day").tail()  # doctest: +SKIP
    >>> aai.spend("tag").loc["pilot", "usd"]  # doctest: +SKIP
    """
    import pandas as pd

    from aai_jupyter.client.options.prices import PRICE_LIST_DATE
    from aai_jupyter.jobs.charges import ESTIMATED, all_charges

    if by not in (None, "day", "month", "tag", "model"):
        raise OptionError(f"by must be day, month, tag or model, not {by!r}.")
    names = ["account", "at", "state", "model", "tag", "seconds", "usd", "unpriced"]
    rows = pd.DataFrame(runtime().store.database.read(all_charges), columns=names)
    usd = rows["usd"].astype("float64")
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(rows["at"].astype("float64"), unit="s", utc=True).astype(
                "datetime64[us, UTC]"
            ),
            "model": rows["model"].astype("string"),
            "tag": rows["tag"].astype("string"),
            "jobs": pd.Series(1, index=rows.index, dtype="int64"),
            "hours": rows["seconds"].astype("float64").fillna(0.0) / 3600,
            "usd": usd,
            "estimated": usd.where(rows["state"] == ESTIMATED, 0.0),
            "unpriced": rows["unpriced"].astype("int64"),
        }
    )
    if by is not None:
        days = frame.pop("at").dt.tz_localize(None).dt.normalize()
        keys = {"day": days, "month": days.dt.to_period("M").dt.to_timestamp()}
        key = keys[by].rename(by) if by in keys else frame[by]
        frame = frame.drop(columns=["model", "tag"]).groupby(key, sort=True).sum()
    frame.attrs = {"price_list": PRICE_LIST_DATE}
    return frame
