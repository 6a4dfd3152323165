"""Separation of a model's thinking from its answer, where a server sends both in one text."""

from __future__ import annotations

import re

# Pairs of marks: of DeepSeek, Qwen and most others; other words for it; Seed; Sky-T1; gpt-oss; Mistral; Kimi.
_PAIRS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<thoughts>": "</thoughts>",
    "<reasoning>": "</reasoning>",
    "<reflection>": "</reflection>",
    "<scratchpad>": "</scratchpad>",
    "<analysis>": "</analysis>",
    "<seed:think>": "</seed:think>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|channel|>commentary<|message|>": "<|end|>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
# What is neither: the frame of an answer that comes after thinking.
_FRAMES = (
    "<|start|>assistant",
    "<|channel|>final<|message|>",
    "<|return|>",
    "<|begin_of_solution|>",
    "<|end_of_solution|>",
)
_CLOSING = frozenset(_PAIRS.values()) - {"<|end|>"}
_MARKS = (*_PAIRS, *_PAIRS.values(), *_FRAMES)
_MARK = re.compile("|".join(re.escape(mark) for mark in sorted(_MARKS, key=len, reverse=True)), re.IGNORECASE)
_LONGEST = max(map(len, _MARKS))
_FIRSTS = frozenset(mark[0] for mark in _MARKS)
_PREFIXES = frozenset(mark[:size] for mark in _MARKS for size in range(1, len(mark)))


class ThinkingSplitter:
    """Parts the pieces of a streamed text; marks may be cut anywhere between two pieces.

    Attributes
    ----------
    answer, thinking : str
        All so far. Thinking may begin without a mark (the server's template has written it): what stands
        before a closing mark moves from the answer to the thinking. Thinking that never ends is no answer.

    Examples
    --------
    >>> splitter = ThinkingSplitter()
    >>> [splitter.feed(piece) for piece in ("<thi", "nk>Let me see.</th", "ink>\\n\\nYes.")]
    [('', ''), ('', 'Let me see.'), ('Yes.', '')]
    """

    def __init__(self) -> None:
        self.answer = ""
        self.thinking = ""
        self._held = ""
        self._closing: str | None = None
        self._after_thinking = False

    def feed(self, piece: str) -> tuple[str, str]:
        """Add a piece; returns what it adds to the answer and to the thinking."""
        return self._taken(self._held + piece, last=False)

    def close(self) -> tuple[str, str]:
        """End the text; returns what was held back as it could have become a mark."""
        return self._taken(self._held, last=True)

    def _taken(self, text: str, *, last: bool) -> tuple[str, str]:
        answer = thinking = ""
        place = 0
        for mark in _MARK.finditer(text):
            word = mark[0].lower()
            before = text[mark.start() - 1 : mark.start()] if mark.start() else self.answer[-1:]
            if self._closing is None and before == "`":
                continue  # an answer that speaks of marks
            if self._closing is not None and word != self._closing:
                continue
            part = text[place : mark.start()]
            place = mark.end()
            if self._closing is not None:
                thinking += part
                self.thinking += part
                self._closing, self._after_thinking = None, True
                continue
            answer += self._answered(part)
            if word in _PAIRS:
                self._closing = _PAIRS[word]
                if self.thinking:
                    self.thinking += "\n\n"
            elif word in _CLOSING:
                self.thinking += self.answer
                self.answer, answer, self._after_thinking = "", "", True
        rest = text[place:]
        keep = 0 if last else _held_back(rest)
        self._held = rest[len(rest) - keep :]
        rest = rest[: len(rest) - keep]
        if self._closing is None:
            answer += self._answered(rest)
        else:
            thinking += rest
            self.thinking += rest
        return answer, thinking

    def _answered(self, part: str) -> str:
        if self._after_thinking and not self.answer:
            part = part.lstrip()
        self.answer += part
        return part


def _held_back(text: str) -> int:
    """Return how many characters of the end may be the beginning of a mark."""
    tail = text[-_LONGEST:].lower()
    for place, character in enumerate(tail):
        if character in _FIRSTS and tail[place:] in _PREFIXES:
            return len(tail) - place
    return 0


def split_thinking(text: str) -> tuple[str, str]:
    """Return the answer and the thinking of a whole text.

    Examples
    --------
    >>> split_thinking("<think>A draft.</think>The answer.")
    ('The answer.', 'A draft.')
    >>> split_thinking("Never closed <think>and on it goes")
    ('Never closed ', 'and on it goes')
    """
    splitter = ThinkingSplitter()
    splitter.feed(text)
    splitter.close()
    return splitter.answer, splitter.thinking.strip()
