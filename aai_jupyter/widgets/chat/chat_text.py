"""Texts of a chat: entries for the front end, and its static form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.conversation import Conversation
from aai_jupyter.runtime.process import runtime
from aai_jupyter.text.html_tags import BREAK, box, note, tag
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape
from aai_jupyter.text.short_names import short_name

if TYPE_CHECKING:
    from aai_jupyter.client.gateway.model_catalog import Catalog, Model


def entry_of(answer: Answer) -> dict[str, Any]:
    """Return the entry of a finished answer."""
    body, under = answer.html_parts()
    return {"question": clean(answer.question), "html": body, "under": under, "state": "done", "error": ""}


def choice_of(model: Model, catalog: Catalog) -> dict[str, str]:
    """Return the choice of a model, with its price."""
    price = model.price("us")
    facts = [] if price is None else [f"${price.prompt:g} / ${price.completions:g} per M"]
    if price is not None and not price.prompt and not price.completions:
        facts = ["free"]
    return {"id": model.id, "name": clean(model.description or model.name), "facts": ", ".join(facts)}


def title_of(about: list[Any]) -> str:
    """Return the title of a chat: its recording, or how many there are."""
    if len(about) == 1:
        return clean(short_name(about[0].source or about[0].id or "the recording"))
    return amount(len(about), "recording") if about else "rows of a frame"


def facts_of(conversation: Conversation, redact: bool) -> str:
    """Return the size of a conversation in words."""
    return amount(len(conversation.turns), "turn") + (", redacted" if redact else "")


def hint() -> str:
    """Return the hint above the first question: what can be asked, and where the text goes."""
    local = runtime().settings.uses_engine
    where = (
        "stays on this machine" if local else "goes to the LLM Gateway with each question; audio never does"
    )
    return f"Ask what was said, when and by whom. Answers cite the second, and play it. The text {where}."


def plain_of(conversation: Conversation) -> str:
    """Return a conversation as plain text."""
    lines = [f"> {clean(answer.question)}\n{answer}" for answer in conversation.answers]
    return "\n\n".join(lines) or "A chat that has not begun."


def static_of(title: str, conversation: Conversation) -> str:
    """Return a conversation as static HTML."""
    blocks = [note(escape(f"Chat about {title}; asking needs a running kernel."))]
    for answer in conversation.answers:
        body, under = answer.html_parts()
        question = tag("p", tag("b", escape(answer.question)), dir="auto", style=BREAK)
        blocks.append(question + tag("div", body, dir="auto", style=BREAK) + under)
    return box("div", *blocks)
