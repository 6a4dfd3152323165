"""Conversation metrics on 100,000 words, against the loops that one would write in a notebook."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from aai_jupyter import analysis
from aai_jupyter.analysis import gaps, pace, talk_time

WORDS, TURNS, GOAL_MS = 100_000, 3_300, 50.0


def conversation(seed: int = 0) -> pd.DataFrame:
    """A ten-hour conversation of three people, as a words frame."""
    rng = np.random.default_rng(seed)
    length = rng.integers(80, 450, WORDS)
    silence = rng.choice([0, 0, 20, 40, 300, 900], WORDS)
    start = np.cumsum(length + silence) - length
    turn = np.sort(rng.integers(0, TURNS, WORDS))
    return pd.DataFrame(
        {
            "transcript_id": pd.Categorical(["t1"] * WORDS),
            "utterance": turn,
            "word": np.arange(WORDS),
            "text": pd.Series(["word"] * WORDS, dtype="string"),
            "start": start / 1000,
            "end": (start + length) / 1000,
            "speaker": pd.Categorical.from_codes(turn % 3, categories=pd.Index(["A", "B", "C"])),
        }
    )


MEASURES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "monologues": analysis.monologues,
    "interactivity": analysis.interactivity,
    "patience": analysis.patience,
    "latency": analysis.latency,
    "overlaps": lambda df: analysis.overlaps(df.assign(channel="1")),
    "silence": analysis.silence,
    "turn_entropy": analysis.turn_entropy,
    "fillers": analysis.fillers,
    "questions": analysis.questions,
    "speech_rate": analysis.speech_rate,
    "confidence": analysis.confidence,
    "sentiment": analysis.sentiment,
    "kwic": lambda df: analysis.kwic(df, "price"),
    "ngrams": analysis.ngrams,
    "keyness": lambda df: analysis.keyness(df, "speaker", "A"),
    "cooccurrence": lambda df: analysis.cooccurrence(df, ["price", "time", "um"]),
}


def spoken(df: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The same with words as frequent as in speech, confidences and sentiments."""
    rng = np.random.default_rng(seed)
    vocabulary = np.array(["um", "you", "know", "why?", "price", "time.", *(f"word{n}" for n in range(8000))])
    place = np.minimum(rng.zipf(1.3, len(df)), len(vocabulary)) - 1
    return df.assign(
        text=pd.Series(vocabulary[place], dtype="string"),
        confidence=rng.random(len(df)),
        sentiment=pd.Categorical(rng.choice(["POSITIVE", "NEUTRAL", "NEGATIVE"], len(df))),
    )


def loop_talk_time(df: pd.DataFrame) -> pd.DataFrame:
    """Talk time by `groupby.apply` over utterances."""
    words: Any = df  # the overloads of `apply` take mypy most of a minute
    turns = words.groupby("utterance").apply(
        lambda part: pd.Series(
            {
                "speaker": part["speaker"].iloc[0],
                "time": part["end"].max() - part["start"].min(),
                "words": len(part),
            }
        ),
        include_groups=False,
    )
    table = turns.groupby("speaker").agg(time=("time", "sum"), words=("words", "sum"), turns=("time", "size"))
    table["words_per_minute"] = 60 * table["words"] / table["time"]
    return pd.DataFrame(table)


def loop_gaps(df: pd.DataFrame) -> list[dict[str, Any]]:
    """Pauses, gaps and overlaps row by row."""
    found, floor = [], None
    words: Any = df
    for row in words.sort_values("start").itertuples():
        if floor is not None:
            offset = row.start - floor.end
            if row.speaker != floor.speaker or offset >= 0.25:
                found.append({"start": floor.end, "offset": offset, "from": floor.speaker, "to": row.speaker})
        if floor is None or row.end > floor.end:
            floor = row
    return found


def loop_pace(df: pd.DataFrame, window: float = 60.0, step: float = 15.0) -> list[dict[str, float]]:
    """One selection of rows for each window."""
    found = []
    for start in np.arange(0, df["end"].max() - window + step, step):
        part = df[(df["start"] >= start) & (df["start"] < start + window)]
        talk = (part["end"] - part["start"]).sum()
        found.append({"start": start, "words_per_minute": 60 * len(part) / talk if talk else np.nan})
    return found


def best_ms(function: Callable[[pd.DataFrame], Any], df: pd.DataFrame, runs: int) -> float:
    """Milliseconds of the quickest of a few runs."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        function(df)
        times.append(time.perf_counter() - began)
    return min(times) * 1000


def main() -> list[dict[str, Any]]:
    """Measure and return one row for each metric and one for all three together."""
    df = conversation()
    rows: list[dict[str, Any]] = []
    pairs = (("talk_time", talk_time, loop_talk_time), ("gaps", gaps, loop_gaps), ("pace", pace, loop_pace))
    total = other = 0.0
    for name, function, loop in pairs:
        ours, against = best_ms(function, df, 7), best_ms(loop, df, 1)
        total, other = total + ours, other + against
        rows.append(_row(f"{name}, 100k words", ours, against, None))
    rows.append(_row("talk_time + gaps + pace, 100k words", total, other, GOAL_MS))
    words = spoken(df)
    for name, measure in MEASURES.items():
        ours = best_ms(measure, words, 5)
        rows.append(
            {
                "what": f"{name}, 100k words",
                "ours": f"{ours:.1f} ms",
                "against": "",
                "goal": f"under {GOAL_MS:.0f} ms",
                "met": ours < GOAL_MS,
            }
        )
    return rows


def _row(what: str, ours: float, against: float, goal: float | None) -> dict[str, Any]:
    return {
        "what": what,
        "ours": f"{ours:.1f} ms",
        "against": f"{against:.0f} ms (pandas, row loops and groupby.apply; {against / ours:.0f}x)",
        "goal": f"under {goal:.0f} ms" if goal else "",
        "met": goal is None or ours < goal,
    }


if __name__ == "__main__":
    for line in main():
        print(line)
