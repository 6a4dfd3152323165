"""Quotes of the extractive model, and the fields of a schema filled with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.models.retrieval import Hit, Index, terms
from aai_jupyter.text.tokenization import split

MAX_WORDS = 60
"""Words of a turn up to which it is quoted whole."""

_PLAIN_FIELDS = frozenset(
    ("answer", "quote", "text", "evidence", "reason", "value", "result", "finding", "statement", "response")
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the transcript, and the mark that cites it (empty when it cannot be cited)."""

    text: str
    mark: str


def quote(text: str, hit: Hit) -> str:
    """Return a short turn whole, else its best sentence."""
    plain = text if len(split(text)) <= MAX_WORDS else hit.sentence
    return " ".join(plain.split()).replace("“", "‘").replace("”", "’")


def fill(schema: dict[str, Any], asked: str, passages: list[Passage], index: Index) -> dict[str, Any]:
    """Fill the fields of a schema, with quotes only.

    Raises
    ------
    GatewayError
        A field that a quote cannot fill.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise GatewayError(400, "response_format is invalid: the schema has no properties")
    needed = schema.get("required") or []
    filled: dict[str, Any] = {}
    for name, field_ in properties.items():
        kind, nullable, many = _kind(field_ if isinstance(field_, dict) else {})
        about = str(field_.get("description") or "") if isinstance(field_, dict) else ""
        topic = about or name.replace("_", " ")
        # A name such as "answer" or "quote" asks for nothing of its own: the question does.
        told = [term for term in terms(topic) if term not in _PLAIN_FIELDS]
        if kind is None:
            if name not in needed or nullable:
                filled |= {name: None} if nullable else {}
                continue
            raise GatewayError(
                400,
                f"response_format is invalid: extractive fills string and boolean fields only, not {name}",
            )
        if kind == "boolean":  # that nothing was found says neither yes nor no
            filled[name] = True if index.mentions(topic if told else asked) else None
            continue
        query, must = (f"{topic} {asked}", topic) if told else (asked, None)
        hits = index.search(query, most=3 if many else 1, must=must)
        quotes = [quote(passages[hit.index].text, hit) for hit in hits]
        if many:
            filled[name] = quotes
        elif quotes:
            filled[name] = quotes[0]
        elif nullable or name not in needed:
            filled |= {name: None} if nullable else {}
        else:
            filled[name] = ""
    return filled


def _kind(field_: dict[str, Any]) -> tuple[str | None, bool, bool]:
    """Return what fills a field (``string``, ``boolean`` or None), whether it is nullable, whether a list."""
    options = field_.get("anyOf") or field_.get("oneOf") or [field_]
    options = [option for option in options if isinstance(option, dict)]
    types = [t for o in options for t in (o["type"] if isinstance(o.get("type"), list) else [o.get("type")])]
    nullable = "null" in types
    real = [t for t in types if t != "null"]
    chosen: dict[str, Any] = next((o for o in options if o.get("type") != "null"), {})
    free = not any(name in chosen for name in ("enum", "const", "format", "pattern", "maxLength"))
    if real == ["boolean"] and "const" not in chosen:
        return "boolean", nullable, False
    if real == ["string"] and free:
        return "string", nullable, False
    items = chosen.get("items")
    if (
        real == ["array"]
        and isinstance(items, dict)
        and _kind(items)[:1] == ("string",)
        and not chosen.get("minItems")
    ):
        return "string", nullable, True
    return None, nullable, False
