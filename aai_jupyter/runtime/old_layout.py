"""Modules under the names that they had before, so that pickles made then can be loaded.

A pickle names the module of each class. What people hold (transcripts, sets, clips, answers, ...) stands
under ``aai_jupyter.X`` now, which stays; before, it was named by modules that have moved. An import of such a
name finds nothing, and only then is the finder below asked: until then it costs nothing, and no module is
loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

MOVED = {
    "analysis.strip": "analysis.timeline_svg",
    "asking.events": "asking.ask_events",
    "asking.plan": "asking.ask_plan",
    "asking.schema": "asking.answer_schema",
    "asking.tools": "asking.tool_calls",
    "asking.turns": "asking.prompt_turns",
    "client.answer": "client.json_object",
    "client.clips.reply": "client.clips.clip_reply",
    "client.clips.request": "client.clips.clip_request",
    "client.gateway.catalog": "client.gateway.model_catalog",
    "client.gateway.reply": "client.gateway.chat_completion",
    "client.options.request": "client.options.transcript_request",
    "client.pace": "client.retry",
    "client.schema": "client.transcript_data",
    "client.shapes": "client.response_rows",
    "client.streaming.request": "client.streaming.streaming_request",
    "clips": "transcripts",
    "clips.clip": "transcripts.clip",
    "edits": "transcripts.edits",
    "edits.editor": "transcripts.edits.editor",
    "edits.operations": "transcripts.edits.operations",
    "edits.state": "transcripts.edits.state",
    "endpoint": "settings.endpoint",
    "handles": "api.job",
    "jobs.events": "jobs.job_events",
    "jobs.runner": "jobs.batch",
    "live_transcript": "transcripts.live_transcript",
    "recording": "transcripts.recording",
    "transcript": "transcripts.transcript",
    "transcript_set": "transcripts.transcript_set",
}
"""Old name -> name, both within the package; of modules whose objects people can have pickled."""
RENAMED = {
    "asking.turns": {"Turn": "PromptTurn"},
    "client.answer": {"Answer": "JsonObject"},
    "client.gateway.catalog": {"Price": "TokenPrice"},
    "client.shapes": {"Chapter": "ChapterRow"},
    "edits.operations": {"Change": "StateChange"},
    "edits.state": {"Turn": "TurnState"},
    "jobs.runner": {"Found": "JobResult"},
}
_PACKAGE = "aai_jupyter."


class OldLayoutFinder:
    """Finds modules by their old names: the last finder of all, asked for what is nowhere else."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The module of an old name; None for all other names."""
        old = name.removeprefix(_PACKAGE)
        if old == name or old not in MOVED:
            return None
        loader: Any = cls()  # its base class would cost an import of importlib.abc
        return ModuleSpec(name, loader, is_package=any(other.startswith(f"{old}.") for other in MOVED))

    def create_module(self, spec: ModuleSpec) -> None:
        """A plain module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Let it take every name from where the module is now."""
        vars(module)["__getattr__"] = _names_of(module.__name__.removeprefix(_PACKAGE))


def _names_of(old: str) -> Callable[[str], Any]:
    def find(name: str) -> Any:
        if name.startswith("__"):  # asked for by tools that go through all modules
            raise AttributeError(name)
        return getattr(import_module(_PACKAGE + MOVED[old]), RENAMED.get(old, {}).get(name, name))

    return find


def register() -> None:
    """Let imports find the old names, from now on."""
    if not any(isinstance(finder, type) and finder.__name__ == "OldLayoutFinder" for finder in sys.meta_path):
        sys.meta_path.append(OldLayoutFinder)
