"""Edit operations on codes: passages that a coder has given a code.

A code is anchored in time, not in words: it stays where it was said when words are corrected. Codes are edits
like all others, so they are undone, saved, kept and shared with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.edits.state import CodebookEntry, CodedPassage, State, StateChange

MAX_ROWS = 200_000
"""Codes of one transcript: far beyond a study, and a bound for what is stored."""
MAX_CODES = 2_000
_TEXTS = ("code_id", "code", "coder", "text", "memo", "created", "evidence")


def add_codes(state: State, rows: Iterable[Mapping[str, Any]]) -> tuple[State, list[StateChange]]:
    """Code passages. One that the same coder has coded so already is left out."""
    known = {_same(one) for one in state.codes}
    ids = {one.code_id for one in state.codes}
    new: list[CodedPassage] = []
    for row in rows:
        passage = _passage(row)
        if _same(passage) in known or passage.code_id in ids:
            continue
        known.add(_same(passage))
        ids.add(passage.code_id)
        new.append(passage)
    if len(state.codes) + len(new) > MAX_ROWS:
        raise OptionError(f"A transcript may have {MAX_ROWS:,} codes.")
    if not new:
        return state, []
    changes = [StateChange(None, None, one.text, one.code) for one in new]
    return state.but(codes=(*state.codes, *new)), changes


def change_code(
    state: State, code_id: str, code: str | None = None, memo: str | None = None
) -> tuple[State, list[StateChange]]:
    """Give a coded passage another code, or another memo; None leaves it as it is."""
    place = _place(state, code_id)
    old = state.codes[place]
    new = old._replace(
        code=old.code if code is None else _name(code, "code"), memo=old.memo if memo is None else str(memo)
    )
    if new == old:
        return state, []
    before, after = (old.code, new.code) if new.code != old.code else (old.memo, new.memo)
    codes = (*state.codes[:place], new, *state.codes[place + 1 :])
    return state.but(codes=codes), [StateChange(None, None, before, after)]


def remove_codes(state: State, code_ids: Iterable[str]) -> tuple[State, list[StateChange]]:
    """Take codes away."""
    gone = {code_ids} if isinstance(code_ids, str) else {*code_ids}
    for code_id in gone:
        _place(state, code_id)
    if not gone:
        return state, []
    changes = [StateChange(None, None, one.code, None) for one in state.codes if one.code_id in gone]
    return state.but(codes=tuple(one for one in state.codes if one.code_id not in gone)), changes


def set_codebook(state: State, codes: Iterable[Mapping[str, Any]]) -> tuple[State, list[StateChange]]:
    """Set the codes that can be chosen in the player."""
    new = []
    for row in codes:
        if not isinstance(row, Mapping):
            raise OptionError(f"A code of a codebook is a row with a name, got {type(row).__name__}.")
        name = _name(row.get("name"), "name")
        texts = {part: str(row.get(part) or "") for part in ("definition", "colour", "guid")}
        new.append(CodebookEntry(name=name, parent=str(row.get("parent") or "") or None, **texts))
    if len({one.name for one in new}) < len(new):
        raise OptionError("A code stands in the codebook twice.")
    if len(new) > MAX_CODES:
        raise OptionError(f"A codebook may have {MAX_CODES:,} codes.")
    if tuple(new) == state.codebook:
        return state, []
    change = StateChange(None, None, _names(state.codebook), _names(new))
    return state.but(codebook=tuple(new)), [change]


def _names(codes: Iterable[CodebookEntry]) -> str:
    return ", ".join(one.name for one in codes)


def _same(passage: CodedPassage) -> tuple[float, float, str, str]:
    return passage.start, passage.end, passage.code, passage.coder


def _passage(row: Mapping[str, Any]) -> CodedPassage:
    if not isinstance(row, Mapping):
        raise OptionError(f"A code is a row with start, end, code and coder, got {type(row).__name__}.")
    start, end = (time_of(row.get(name), name) for name in ("start", "end"))
    if end < start:
        raise OptionError(f"A coded passage ends at {end:g} ms, before it begins at {start:g} ms.")
    texts = {name: str(row.get(name) or "") for name in _TEXTS}
    for name in ("code", "coder", "code_id"):
        texts[name] = _name(texts[name], name)
    return CodedPassage(start=start, end=end, **texts)


def time_of(value: Any, name: str) -> float:
    """Return a time in milliseconds.

    Raises
    ------
    OptionError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise OptionError(f"The {name} of a passage is a time, got {value!r}.")
    return float(value)


def _name(value: Any, what: str) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not name:
        raise OptionError(f"The {what} of a coded passage is a text, got {value!r}.")
    return name


def _place(state: State, code_id: str) -> int:
    for place, one in enumerate(state.codes):
        if one.code_id == code_id:
            return place
    raise OptionError(
        f"There is no code {code_id!r} in this transcript.", hint="t.codes has the column code_id."
    )
