"""Edit operations on sealed passages: what a person takes out of every pseudonymised view."""

from __future__ import annotations

from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.edits.code_operations import time_of
from aai_jupyter.transcripts.edits.state import State, StateChange


def seal(state: State, start: Any, end: Any) -> tuple[State, list[StateChange]]:
    """Seal a passage, in milliseconds; sealed passages that touch become one."""
    begin, stop = time_of(start, "start"), time_of(end, "end")
    if stop <= begin:
        raise OptionError(f"A sealed passage ends at {stop:g} ms, before it begins at {begin:g} ms.")
    kept = []
    for one in state.sealed:
        if one[1] < begin or one[0] > stop:
            kept.append(one)
        else:
            begin, stop = min(begin, one[0]), max(stop, one[1])
    sealed = tuple(sorted([*kept, (begin, stop)]))
    if sealed == state.sealed:
        return state, []
    return state.but(sealed=sealed), [StateChange(None, None, None, _told(begin, stop))]


def unseal(state: State, start: Any, end: Any) -> tuple[State, list[StateChange]]:
    """Open the sealed passages that a stretch touches."""
    begin, stop = time_of(start, "start"), time_of(end, "end")
    open_now = [one for one in state.sealed if one[0] < stop and one[1] > begin]
    if not open_now:
        return state, []
    sealed = tuple(one for one in state.sealed if one not in open_now)
    return state.but(sealed=sealed), [StateChange(None, None, _told(*one), None) for one in open_now]


def _told(start: float, end: float) -> str:
    return f"{start / 1000:g} to {end / 1000:g} s"
