"""Joins of 50,000 calls with a million events: as of, and by overlap; each also by a column of both."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter.analysis.event_joins import join_events

CALLS, EVENTS, AGENTS, GOAL_SECONDS = 50_000, 1_000_000, 200, 10.0
YEAR = 365 * 86_400
BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


def _moments(rng: np.random.Generator, count: int) -> pd.Series:
    return pd.Series(BEGIN + pd.to_timedelta(rng.uniform(0, YEAR, count), unit="s").round("us"))


def year(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A call centre's year: its calls, and events that last up to ten minutes."""
    rng = np.random.default_rng(seed)
    calls = pd.DataFrame({"at": _moments(rng, CALLS), "duration": rng.uniform(60, 900, CALLS)})
    calls["agent"] = rng.integers(0, AGENTS, CALLS).astype(str)
    events = pd.DataFrame({"at": _moments(rng, EVENTS), "agent": rng.integers(0, AGENTS, EVENTS).astype(str)})
    events["until"] = events["at"] + pd.to_timedelta(rng.uniform(0, 600, EVENTS), unit="s").round("us")
    return calls, events


def main() -> list[dict[str, Any]]:
    """Time each join once; the first one of pandas comes first."""
    calls, events = year()
    pd.merge_asof(calls.sort_values("at")[:10], events.sort_values("at")[:10], on="at")
    began = time.perf_counter()
    pd.merge_asof(
        calls.sort_values("at"), events.sort_values("at").drop(columns="until"), on="at", by="agent"
    )
    pandas = time.perf_counter() - began
    rows = []
    ways: dict[str, dict[str, Any]] = {
        "as of": {},
        "as of, by agent": {"by": "agent"},
        "by overlap": {"until": "until"},
        "by overlap, by agent": {"until": "until", "by": "agent"},
    }
    for name, how in ways.items():
        began = time.perf_counter()
        found = join_events(calls, events, **how)
        seconds = time.perf_counter() - began
        against = f"pandas.merge_asof {pandas:.2f} s" if name == "as of, by agent" else ""
        rows.append(
            {
                "what": f"{CALLS:,} calls x {EVENTS:,} events, {name}: {len(found):,} rows",
                "ours": f"{seconds:.2f} s",
                "against": against,
                "goal": f"under {GOAL_SECONDS:.0f} s",
                "met": seconds < GOAL_SECONDS,
            }
        )
    return rows
