"""Turns as the text of a prompt, split into parts that fit a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aai_jupyter.asking.prompt_turns import PromptTurn, estimate_tokens, prompt_safe
from aai_jupyter.errors import UsageError
from aai_jupyter.text import tokenization
from aai_jupyter.text.short_names import short_name


def render(turns: Sequence[PromptTurn]) -> str:
    """Return numbered lines; where there are several recordings, each begins with its name.

    Examples
    --------
    >>> one = PromptTurn(1, "Hi.", 0.0, source="a.mp3")
    >>> two = PromptTurn(2, "Yes?", 0.0, speaker="A", source="b.mp3")
    >>> print(render([one, two]))
    # Recording 1: a.mp3
    [1] 0:00: Hi.
    # Recording 2: b.mp3
    [2] 0:00 A: Yes?
    """
    recordings = list(dict.fromkeys((turn.source, turn.transcript_id) for turn in turns))
    lines: list[str] = []
    before: object = None
    for turn in turns:
        key = (turn.source, turn.transcript_id)
        if len(recordings) > 1 and key != before:
            name = f": {_named(turn)}" if turn.source else ""
            lines.append(f"# Recording {recordings.index(key) + 1}{name}")
        before = key
        lines.append(turn.line())
    return "\n".join(lines)


def split(turns: Sequence[PromptTurn], budget: int) -> list[list[PromptTurn]]:
    """Split turns into parts of at most ``budget`` estimated tokens each.

    Parts are cut between turns; a turn larger than the budget is cut between words. Numbers stay those of the
    whole.

    Raises
    ------
    UsageError
        The budget leaves no room for anything.

    Examples
    --------
    >>> turns = [PromptTurn(n, "one two three four five six seven", 0.0, 1.0) for n in (1, 2, 3)]
    >>> [[t.number for t in part] for part in split(turns, 35)]
    [[1, 2], [3]]
    """
    if budget < 30:
        raise UsageError(
            "The model has no room for a transcript beside the question and the answer.",
            hint="Shorten the question, lower max_tokens, or take a model with more context.",
        )
    parts: list[list[PromptTurn]] = []
    size = budget + 1
    for turn in (piece for whole in turns for piece in _pieces(whole, budget)):
        # A heading may come before any turn when there are several recordings.
        cost = estimate_tokens(turn.line()) + 1
        if size + cost > budget:
            parts.append([])
            size = _heading(turn)
        elif (turn.source, turn.transcript_id) != (parts[-1][-1].source, parts[-1][-1].transcript_id):
            size += _heading(turn)
        parts[-1].append(turn)
        size += cost
    return parts


def _heading(turn: PromptTurn) -> int:
    return estimate_tokens(_named(turn)) + 8 if turn.source or turn.transcript_id else 0


def _named(turn: PromptTurn) -> str:
    """Return the file's name alone: folders describe this machine, and a URL's query may hold a signature."""
    return prompt_safe(short_name(turn.source)) if turn.source else ""


def _pieces(turn: PromptTurn, budget: int) -> list[PromptTurn]:
    room = budget - _heading(turn) - 1
    if estimate_tokens(turn.line()) <= room:
        return [turn]
    found: list[PromptTurn] = []
    head = estimate_tokens(turn.line()) - estimate_tokens(turn.text)
    limit = max(8, int((room - head) * 0.9))
    said: list[str] = []
    size = 0
    for word in tokenization.split(turn.text):
        for piece in (word[i : i + limit] for i in range(0, len(word), limit)):
            cost = estimate_tokens(piece + " ")
            if said and size + cost > limit:
                found.append(replace(turn, text=tokenization.join(said)))
                said, size = [], 0
            said.append(piece)
            size += cost
    return [*found, replace(turn, text=tokenization.join(said))]
