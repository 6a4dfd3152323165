"""Markdown tables for the generated parts of the documentation."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Format a table.

    Examples
    --------
    >>> print(table(("Name", "Values"), [("`a`", "x|y")]), end="")
    | Name | Values |
    | --- | --- |
    | `a` | x\\|y |
    """
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def code(text: str, language: str = "text") -> str:
    """Format a fenced code block."""
    return f"```{language}\n{text}\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
