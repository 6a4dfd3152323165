"""Label Studio's tasks: regions of sound with a label, who speaks, and a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.json_values import dicts, first_of, mapping, text_in
from aai_jupyter.interchange.readers.passages import ReadFile, TimedPassage


def is_tasks(value: Any) -> bool:
    """Whether it is a list of tasks with regions."""
    task = first_of(value) if isinstance(value, list) else mapping(value)
    return "data" in task and bool(_regions(task))


def _regions(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What people annotated; without that, what was predicted."""
    for name in ("annotations", "completions", "predictions"):
        if found := dicts(first_of(task.get(name)).get("result")):
            return found
    return []


def read_tasks(document: Document, value: Any) -> ReadFile:
    """Read the first task."""
    read = ReadFile("Label Studio JSON", problems=document.problems)
    tasks = dicts(value) or [mapping(value)]
    if len(tasks) > 1:
        read.note("tasks", f"only the first of {len(tasks)} was read")
    data = mapping(tasks[0].get("data"))
    read.media = [text for text in data.values() if isinstance(text, str) and text][:1]
    made: dict[str, TimedPassage] = {}
    for number, region in enumerate(_regions(tasks[0])):
        inner = mapping(region.get("value"))
        start, end = number_ms(inner.get("start")), number_ms(inner.get("end"))
        if start is None:
            read.note("regions", "without a time; left out", number)
            continue
        here = made.setdefault(str(region.get("id", number)), TimedPassage("", start, end))
        text = inner.get("text")
        here.text += " ".join(map(text_in, text)) if isinstance(text, list) else text_in(text)
        labels = inner.get("labels")
        if isinstance(labels, list) and labels and isinstance(labels[0], str):
            here.speaker = labels[0]
    for number, passage in enumerate(made.values()):
        if passage.text.strip():
            read.passages.append(passage)
        else:
            read.note("regions", "without text; left out", number)
    return read
