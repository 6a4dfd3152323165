"""The traits of each widget class are those that its front end is typed by: names, and kinds of values."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import traitlets

FOLDER = Path(__file__).parents[2] / "aai_jupyter" / "widgets" / "frontend" / "src" / "traits"
WIDGETS = {
    "player": ("aai_jupyter.widgets.player.player", "Player"),
    "captions": ("aai_jupyter.widgets.captions.captions_widget", "Captions"),
    "studio": ("aai_jupyter.widgets.studio.studio_widget", "Studio"),
    "answer": ("aai_jupyter.widgets.chat.answer_view", "AnswerView"),
    "chat": ("aai_jupyter.widgets.chat.chat_widget", "Chat"),
    "recorder": ("aai_jupyter.widgets.recorder.recorder", "Recorder"),
    "dashboard": ("aai_jupyter.widgets.dashboard.dashboard_widget", "Dashboard"),
}
"""View, which is also the name of its TypeScript file -> module and class."""

KINDS: dict[type[traitlets.TraitType], str] = {
    traitlets.Bool: "boolean",
    traitlets.Int: "number",
    traitlets.Float: "number",
    traitlets.Unicode: "string",
    traitlets.Enum: "string",
    traitlets.Bytes: "Bytes",
    traitlets.List: "list",
    traitlets.Dict: "object",
    traitlets.Any: "any",
}
"""The most general class comes last: a trait is of the first kind that it is an instance of."""


def source_of(view: str) -> str:
    """The TypeScript file of a view, without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", (FOLDER / f"{view}.ts").read_text("utf-8"), flags=re.DOTALL)


def typescript_traits(view: str) -> dict[str, str]:
    """Trait -> kind, as the interface that ends in ``Traits`` has them."""
    source = source_of(view)
    (body,) = re.findall(r"export interface \w+Traits \{(.*?)\n\}", source, re.DOTALL)
    return {name: kind_of(written, source) for name, written in re.findall(r"(\w+): ([^;]+);", body)}


def kind_of(written: str, source: str) -> str:
    """The kind of a TypeScript type; names are looked up in its file."""
    if written in ("boolean", "number", "string", "Bytes"):
        return written
    if written.startswith('"'):
        return "string"
    if written.endswith(" | null"):
        return f"{kind_of(written.removesuffix(' | null'), source)} or null"
    if written.endswith("[]"):
        return "list"
    if partial := re.fullmatch(r"Partial<(\w+)>", written):
        return kind_of(partial[1], source)
    if re.search(rf"export interface {written} \{{", source):
        return "object"
    (first,) = re.findall(rf"export type {written} =\s*\|?\s*(.)", source)
    return "string" if first == '"' else "any"


def python_traits(view: str) -> dict[str, str]:
    """Synced trait -> kind, as the Python class has them."""
    module, name = WIDGETS[view]
    widget = getattr(importlib.import_module(module), name)
    own = {
        name: trait
        for name, trait in widget.class_traits(sync=True).items()
        if trait.this_class.__module__.startswith("aai_jupyter")
    }
    found = {}
    for name, trait in own.items():
        kind = next(kind for cls, kind in KINDS.items() if isinstance(trait, cls))
        found[name] = f"{kind} or null" if trait.allow_none and kind != "any" else kind
    return found


@pytest.mark.parametrize("view", WIDGETS)
def test_the_front_end_is_typed_by_the_traits_of_the_widget(view):
    assert typescript_traits(view) == python_traits(view)


@pytest.mark.parametrize("view", WIDGETS)
def test_the_view_is_named_as_its_file(view):
    module, name = WIDGETS[view]
    widget = getattr(importlib.import_module(module), name)
    assert widget.class_traits()["_view"].default_value == view
    assert f'_view: "{view}";' in source_of(view)
