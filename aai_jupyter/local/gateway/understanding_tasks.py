"""Speech Understanding through a model of the user's own server, in the service's shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aai_jupyter.local.exports import sentence_rows
from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.json_writer import Writer
from aai_jupyter.local.gateway.understanding_forms import (
    FORMATS,
    Changes,
    Chapters,
    Items,
    Lines,
    Speakers,
    allowed,
)
from aai_jupyter.local.gateway.upstream_shapes import OVERFLOW
from aai_jupyter.text.tokenization import tokens

SHRINKS = 2
Object = Mapping[str, Any]


async def understand(writer: Writer, wanted: Object, transcript: Object) -> dict[str, Any]:
    """Run a checked request on a completed transcript.

    In smaller parts when the model's context turns out to be smaller than the server said.

    Returns
    -------
    dict
        ``speech_understanding``, and ``translated_texts`` and ``utterances`` where a feature changes them.

    Raises
    ------
    GatewayError
    """
    for left in reversed(range(SHRINKS + 1)):
        try:
            return await _understand(writer, wanted, transcript)
        except GatewayError as error:
            if not left or error.message != OVERFLOW:
                raise
            writer.shrink()
    raise AssertionError("unreachable")


async def _understand(writer: Writer, wanted: Object, transcript: Object) -> dict[str, Any]:
    response: dict[str, Any] = {}
    made: dict[str, Any] = {"speech_understanding": {"request": dict(wanted), "response": response}}
    utterances = [dict(row) for row in transcript.get("utterances") or ()]
    turns = utterances or sentence_rows(transcript.get("words") or [])
    for name, given in wanted.items():
        effort = {"effort": given["effort"]} if "effort" in given else {}
        found: dict[str, Any] = {}
        if name == "translation":
            texts = await _translate(writer, given, turns, transcript)
            made["translated_texts"] = {code: " ".join(lines) for code, lines in texts.items()}
            if given.get("match_original_utterance"):
                for place, row in enumerate(utterances):
                    row["translated_texts"] = {code: lines[place] for code, lines in texts.items()}
                made["utterances"] = utterances
        elif name == "speaker_identification":
            mapping = await _identify(writer, given, turns)
            found = {"mapping": mapping}
            for row in utterances:
                row["speaker"] = mapping.get(str(row.get("speaker")), row.get("speaker"))
            made["utterances"] = utterances
        elif name == "custom_formatting":
            found = await _format(writer, given, turns, transcript)
        elif name == "summarization":
            found = {"summary_type": given["summary_type"], "summary": await _chapters(writer, given, turns)}
        else:
            found = {"items": await _items(writer, given, turns)}
        response[name] = {"status": "success", **effort, **found}
    return made


async def _translate(
    writer: Writer,
    given: Object,
    turns: Sequence[Object],
    transcript: Object,
) -> dict[str, list[str]]:
    texts = [str(turn["text"]) for turn in turns]
    style = " in formal style" if given.get("formal") else ""
    found: dict[str, list[str]] = {}
    spoken = str(transcript.get("language_code") or "").split("_")[0]
    for code in given["target_languages"]:
        if str(code).split("_")[0] == spoken and not given.get("force_translation"):
            found[code] = texts
            continue
        found[code] = []
        for part in writer.parts(texts, writes=True):
            task = (
                f"Translate its {len(part)} lines into the language with the code {code}{style}: the same "
                "number of lines, in order, without their numbers."
            )
            made = await writer.ask(Lines, task, _numbered(texts, part), _as_many(len(part)), writes=True)
            found[code] += [text.strip() for text in made.lines]
    return found


def _as_many(wanted: int) -> Any:
    def check(found: Lines) -> str | None:
        if len(found.lines) != wanted:
            return f"there are {len(found.lines)} lines, not {wanted}"
        return None if all(line.strip() for line in found.lines) else "a line is empty"

    return check


async def _identify(writer: Writer, given: Object, turns: Sequence[Object]) -> dict[str, str]:
    kind = given["speaker_type"]
    labels = list(dict.fromkeys(str(turn["speaker"]) for turn in turns if turn.get("speaker")))
    known = allowed(given)
    lines = [f"{turn.get('speaker') or '?'}: {turn['text']}" for turn in turns]
    said = " ".join(tokens(" ".join(str(turn["text"]) for turn in turns)))
    task = (
        f"Find the {kind} of each speaker: {', '.join(labels)}; null where it cannot be told from the text."
    )
    if known:
        task += f" A {kind} is one of: {'; '.join(known.values())}."

    def check(found: Speakers) -> str | None:
        for person in found.speakers:
            if person.label not in labels:
                return f"there is no speaker {person.label}"
            if person.name is None:
                continue
            if known and person.name not in known:
                return f"{person.name} is none of the values"
            if not known and " ".join(tokens(person.name)) not in said:  # a name that nobody says is made up
                return f"{person.name} is not in the transcript"
        return None

    found: dict[str, str] = {}
    for part in writer.parts(lines):
        made = await writer.ask(Speakers, task, "\n".join(lines[n] for n in part), check)
        for person in made.speakers:
            if person.name:
                found.setdefault(person.label, person.name)
        if len(found) == len(labels):
            break
    return found


async def _format(
    writer: Writer,
    given: Object,
    turns: Sequence[Object],
    transcript: Object,
) -> dict[str, Any]:
    texts = [str(turn["text"]) for turn in turns]
    formats = "; ".join(f"{name.replace('_', ' ')}s as {given[name]}" for name in FORMATS if given.get(name))
    task = (
        f"Find what is to be written in a certain format: {formats}. Copy each as it stands in the "
        "transcript, and write it in its format. Change nothing else; an empty list when there is nothing."
    )
    mapping: dict[str, str] = {}
    for part in writer.parts(texts):
        material = "\n".join(texts[n] for n in part)

        def check(found: Changes, material: str = material) -> str | None:
            wrong = next(
                (c.original for c in found.changes if not c.original or c.original not in material), None
            )
            return None if wrong is None else f"{wrong!r} does not stand in the transcript"

        made = await writer.ask(Changes, task, material, check)
        mapping |= {change.original: change.formatted for change in made.changes}
    found: dict[str, Any] = {"mapping": mapping, "formatted_text": _replaced(transcript.get("text"), mapping)}
    if given.get("format_utterances"):
        rows = transcript.get("utterances") or ()
        found["formatted_utterances"] = [{**row, "text": _replaced(row["text"], mapping)} for row in rows]
    return found


def _replaced(text: Any, mapping: Mapping[str, str]) -> str:
    if not mapping:
        return str(text or "")
    longest_first = "|".join(re.escape(key) for key in sorted(mapping, key=len, reverse=True))
    return re.sub(longest_first, lambda found: mapping[found[0]], str(text or ""))


async def _chapters(writer: Writer, given: Object, turns: Sequence[Object]) -> list[dict[str, Any]]:
    lines = _spoken(turns)
    parts = writer.parts(lines)
    bullets = given["summary_type"] == "bullets"
    wanted = given.get("approximate_chapters")
    about = f" about {max(1, round(wanted / max(1, len(parts))))}" if isinstance(wanted, int) else ""
    task = (
        f"Divide it into{about} sections by what is spoken of, and summarise each: its first and last line "
        f"number, a headline of at most {given.get('headline_length', 10)} words, and "
        + ("the points, a short sentence each." if bullets else "one paragraph as the only point.")
    )
    found: list[dict[str, Any]] = []
    for part in parts:
        low, high = part[0] + 1, part[-1] + 1

        def check(made: Chapters, low: int = low, high: int = high) -> str | None:
            if not made.chapters:
                return "there is no section"
            for chapter in made.chapters:
                if not low <= chapter.first <= chapter.last <= high:
                    return f"lines are from {low} to {high}, not {chapter.first} to {chapter.last}"
                if not chapter.headline.strip() or not any(point.strip() for point in chapter.points):
                    return "a section has no headline or no points"
            return None

        made = await writer.ask(Chapters, task, _numbered(lines, part), check)
        for chapter in made.chapters:
            points = [point.strip() for point in chapter.points if point.strip()]
            text: dict[str, Any] = {"bullets": points} if bullets else {"text": " ".join(points)}
            start, end = turns[chapter.first - 1]["start"], turns[chapter.last - 1]["end"]
            found.append({"start": start, "end": end, "headline": chapter.headline.strip(), **text})
    return found


async def _items(writer: Writer, given: Object, turns: Sequence[Object]) -> list[dict[str, Any]]:
    lines = _spoken(turns)
    also = " and what was decided" if given.get("include_decisions") else ""
    task = (
        f"List what somebody is to do{also}, each with the words that say so, copied exactly from one line. "
        "An empty list when there is nothing."
    )
    found: list[dict[str, Any]] = []
    for part in writer.parts(lines):

        def check(made: Items, part: Sequence[int] = part) -> str | None:
            wrong = next((item.quote for item in made.items if _said(item.quote, turns, part) is None), None)
            return None if wrong is None else f"{wrong!r} was not said in one line"

        made = await writer.ask(Items, task, _numbered(lines, part), check)
        for item in made.items:
            at = _said(item.quote, turns, part)
            found.append({"action_item": item.action_item, "quote": item.quote, "timestamp": at})
    return found


def _said(quote: str, turns: Sequence[Object], part: Sequence[int]) -> int | None:
    """Return the start of the first of some words, else of their turn (milliseconds)."""
    words = tokens(quote)
    for place in part if words else ():
        said = turns[place].get("words") or ()
        spoken = [(token, word["start"]) for word in said for token in tokens(str(word["text"]))]
        for first in range(len(spoken) - len(words) + 1):
            if [token for token, _ in spoken[first : first + len(words)]] == words:
                return int(spoken[first][1])
        if f" {' '.join(words)} " in f" {' '.join(tokens(str(turns[place]['text'])))} ":
            return int(turns[place]["start"])
    return None


def _spoken(turns: Sequence[Object]) -> list[str]:
    return [
        f"{turn['speaker']}: {turn['text']}" if turn.get("speaker") else str(turn["text"]) for turn in turns
    ]


def _numbered(lines: Sequence[str], part: Sequence[int]) -> str:
    return "\n".join(f"[{number + 1}] {' '.join(lines[number].split())}" for number in part)
