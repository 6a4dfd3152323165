"""``aai.glossary``: words that people have corrected, for other recordings and for the next transcription."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

import pandas as pd

from aai_jupyter.analysis.normalisers import COMMON
from aai_jupyter.errors import UsageError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.tokenization import edges, join, key, positions, split
from aai_jupyter.transcripts.transcript import Transcript

__all__ = ["apply", "from_edits", "options", "profile"]

ALIKE = 0.4
"""Ratio of letters in common from which a correction is one of hearing, not of what was meant."""
MAX_WORDS = 5
MAX_TERMS, MAX_TERM_WORDS = 1000, 6
COLUMNS = ("heard", "meant", "times", "recordings", "use")


def from_edits(calls: Transcript | Iterable[Transcript]) -> pd.DataFrame:
    """Return what was corrected: which words were heard, and which were meant.

    Of each corrected word or turn the words that stand for others are taken, not what was added or left out.

    Parameters
    ----------
    calls : Transcript, TranscriptSet or list

    Returns
    -------
    DataFrame
        ``heard``, ``meant``, ``times``, ``recordings`` (how many), ``use``: False for corrections that are
        right only where they were made, of common words ("there") and of words that do not sound alike.
        Edit it like any frame; `apply` and `options` take the rows with ``use``.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> t = aai.Transcript.from_json({"words": [{"text": "Mooflow", "start": 0, "end": 400}]})
    >>> t.edit.set_word(0, "MoveFlow")
    >>> aai.glossary.from_edits(t)[["heard", "meant", "times", "use"]].values.tolist()
    [['Mooflow', 'MoveFlow', 1, True]]
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    times: dict[tuple[str, str], list[int]] = {}
    for number, transcript in enumerate(_each(calls)):
        for heard, meant in _corrections(transcript):
            pair = (" ".join(map(key, heard.split())), meant)
            found.setdefault(pair, (heard, meant))
            times.setdefault(pair, []).append(number)
    rows = [
        (heard, meant, len(times[pair]), len({*times[pair]}), _is_general(heard, meant))
        for pair, (heard, meant) in found.items()
    ]
    rows.sort(key=lambda row: -row[2])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    text = pd.StringDtype("python")
    kinds: dict[str, Any] = {
        "heard": text,
        "meant": text,
        "times": "int64",
        "recordings": "int64",
        "use": "bool",
    }
    return frame.astype(kinds)


def apply(frame: pd.DataFrame, calls: Transcript | Iterable[Transcript]) -> pd.DataFrame:
    """Correct every place where a term of the glossary was heard, as edits that can be undone.

    Whole words and phrases within one turn, without regard to case and punctuation; punctuation around stays.
    Longer terms come first.

    Parameters
    ----------
    frame : DataFrame
        ``heard``, ``meant`` and perhaps ``use``; of `from_edits`, or your own.
    calls : Transcript, TranscriptSet or list

    Returns
    -------
    DataFrame
        What was changed: ``source``, ``start``, ``end``, ``heard``, ``meant``, ``transcript_id``; it plays.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> import pandas as pd
    >>> words = [{"text": text, "start": 0, "end": 90} for text in "The move flu, again.".split()]
    >>> t = aai.Transcript.from_json({"words": words})
    >>> done = aai.glossary.apply(pd.DataFrame({"heard": ["move flu"], "meant": ["MoveFlow"]}), t)
    >>> t.text, len(done)
    ('The MoveFlow, again.', 1)
    """
    terms = sorted(_used(frame), key=lambda term: -len(term[0].split()))
    rows: list[dict[str, Any]] = []
    for transcript in _each(calls):
        words = transcript.frame("words", units="s")
        texts, turns = words["text"].tolist(), words["utterance"].tolist()
        taken: set[int] = set()
        changes: list[tuple[int, int, str]] = []
        for (_, meant), places in zip(terms, positions(texts, [heard for heard, _ in terms]), strict=True):
            for first, last in places:
                if taken & {*range(first, last)} or turns[first] != turns[last - 1]:
                    continue
                said = join(texts[first:last])
                new = _written(said, meant)
                if new != said:
                    taken |= {*range(first, last)}
                    changes.append((first, last, new))
        for first, last, new in sorted(changes, reverse=True):  # the last first: earlier numbers stay
            for word in range(last - 1, first, -1):
                transcript.edit.set_word(word, "")
            transcript.edit.set_word(first, new)
        for first, last, new in sorted(changes):
            rows.append(
                {
                    "source": transcript.source,
                    "start": words["start"].iloc[first],
                    "end": words["end"].iloc[last - 1],
                    "heard": join(texts[first:last]),
                    "meant": new,
                    "transcript_id": transcript.id,
                }
            )
    return pd.DataFrame(rows, columns=["source", "start", "end", "heard", "meant", "transcript_id"])


def options(frame: pd.DataFrame, *, most: int = MAX_TERMS) -> dict[str, Any]:
    """Return the glossary as options of a transcription, within the service's limits.

    Parameters
    ----------
    frame : DataFrame
        As in `apply`; the most frequent come first.
    most : int, default 1000
        Key terms at most; the model universal-2 takes 200.

    Returns
    -------
    dict
        ``keyterms_prompt`` (terms of at most six words) and ``custom_spelling`` (of at most five words, into
        one word): ``aai.transcribe(path, **aai.glossary.options(frame))``.

    Examples
    --------
    >>> import pandas as pd
    >>> options(pd.DataFrame({"heard": ["move flu", "mooflow"], "meant": "MoveFlow"}))["custom_spelling"]
    [{'from': ['move flu', 'mooflow'], 'to': 'MoveFlow'}]
    """
    terms = _used(frame)
    meant = [term for term in dict.fromkeys(term for _, term in terms) if len(term.split()) <= MAX_TERM_WORDS]
    spelled: dict[str, list[str]] = {}
    for heard, term in terms:
        if len(term.split()) == 1 and len(heard.split()) <= MAX_WORDS and heard != term:
            spelled.setdefault(term, []).append(heard)
    found: dict[str, Any] = {"keyterms_prompt": meant[: min(most, MAX_TERMS)]}
    if spelled:
        found["custom_spelling"] = [
            {"from": [*dict.fromkeys(heard)], "to": term} for term, heard in spelled.items()
        ]
    return found


def profile(frame: pd.DataFrame, name: str, *, most: int = MAX_TERMS) -> str:
    """Return the glossary as a profile for pyproject.toml: ``%transcribe -p study talk.mp3`` sends it.

    Examples
    --------
    >>> import pandas as pd
    >>> print(profile(pd.DataFrame({"heard": ["mooflow"], "meant": ["MoveFlow"]}), "study"))
    [tool.aai_jupyter.profiles.study]
    keyterms_prompt = ["MoveFlow"]
    custom_spelling = [{ from = ["mooflow"], to = "MoveFlow" }]
    """
    found = options(frame, most=most)
    lines = [f"[tool.aai_jupyter.profiles.{name}]", f"keyterms_prompt = {_toml(found['keyterms_prompt'])}"]
    if spelled := found.get("custom_spelling"):
        entries = [f"{{ from = {_toml(one['from'])}, to = {_toml(one['to'])} }}" for one in spelled]
        lines.append(f"custom_spelling = [{', '.join(entries)}]")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    # Strings and lists of strings of JSON are those of TOML, but for what JSON escapes as \/ and DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _each(calls: Any) -> Sequence[Transcript]:
    return [calls] if isinstance(calls, Transcript) else [*calls]


def _corrections(transcript: Transcript) -> Iterable[tuple[str, str]]:
    """Yield the words that were replaced in each edit, and by which."""
    for edit in transcript.edit.edits:
        if edit.operation not in ("set_word", "set_turn_text"):
            continue
        for change in edit.changes:
            before, after = split(change.before or ""), split(change.after or "")
            matcher = SequenceMatcher(None, [*map(key, before)], [*map(key, after)], autojunk=False)
            for kind, i, j, a, b in matcher.get_opcodes():
                if kind == "replace" and 0 < j - i <= MAX_WORDS and b - a <= MAX_TERM_WORDS:
                    yield _bare(before[i:j]), _bare(after[a:b])
                elif kind == "equal":
                    for one, two in zip(before[i:j], after[a:b], strict=True):
                        if _bare([one])[1:] != _bare([two])[1:]:  # MoveFlow for moveflow; not The for the
                            yield _bare([one]), _bare([two])


def _bare(words: Sequence[str]) -> str:
    return edges(join(words))[1]


def _is_general(heard: str, meant: str) -> bool:
    """Tell whether a correction holds wherever this is heard."""
    one, two = ("".join(map(key, text.split())) for text in (heard, meant))
    if not one or not two or all(key(word) in COMMON for word in heard.split()):
        return False
    return SequenceMatcher(None, one, two, autojunk=False).ratio() >= ALIKE


def _used(frame: pd.DataFrame) -> list[tuple[str, str]]:
    frame = as_pandas(frame)
    if missing := [name for name in ("heard", "meant") if name not in frame]:
        raise UsageError(f"The glossary has no column {missing[0]}.", hint="It needs heard and meant.")
    rows = frame[frame["use"].astype(bool)] if "use" in frame else frame
    pairs = zip(rows["heard"].astype(str), rows["meant"].astype(str), strict=True)
    return [(heard.strip(), meant.strip()) for heard, meant in pairs if key(heard) and meant.strip()]


def _written(said: str, meant: str) -> str:
    """Return what was meant with the punctuation of what was said, and its capital at a sentence's start."""
    before, heard, after = edges(said)
    if heard[:1].isupper() and heard[1:].islower() and meant.islower():
        meant = meant[:1].upper() + meant[1:]
    return before + meant + after
