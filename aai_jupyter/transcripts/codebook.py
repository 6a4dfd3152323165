"""A codebook: the codes of a study with definitions, colours and their hierarchy."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from aai_jupyter.errors import OptionError
from aai_jupyter.tables.any_frame import as_pandas
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.colours import speaker_colour
from aai_jupyter.text.html_tags import BREAK, CELL, ROW, TABLE, box, note, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape, one_line

_OURS = uuid.UUID("3c0b8d2a-51b4-5c53-9a5e-6a6d0f7f1c44")
_OTHER_NAMES = {
    "name": ("name", "code", "code name", "tag", "label"),
    "definition": ("definition", "description", "memo", "comment", "code memo"),
    "colour": ("colour", "color"),
    "parent": ("parent", "parent code", "category", "group"),
    "guid": ("guid", "id"),
}


@public
@dataclass(frozen=True)
class Code:
    """A code.

    Attributes
    ----------
    name : str
    definition : str
        When it is given: coders and language models read it.
    colour : str
        ``#rrggbb``.
    parent : str or None
        Name of the code that it belongs under.
    guid : str
        The same for the same code in every file.
    """

    name: str
    definition: str = ""
    colour: str = ""
    parent: str | None = None
    guid: str = ""


@public
@dataclass(frozen=True)
class Codebook:
    """Codes in order, parents before their children.

    Attributes
    ----------
    codes : tuple of Code
    name : str

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> book = aai.codebook({"trust": "Says whom they trust.", "mistrust": {"parent": "trust"}})
    >>> book["mistrust"].parent, [code.name for code in book], book.path("mistrust")
    ('trust', ['trust', 'mistrust'], 'trust / mistrust')
    """

    codes: tuple[Code, ...]
    name: str = "Codebook"

    def __repr__(self) -> str:
        return bounded(f"<Codebook: {', '.join(map(one_line, self.names)) or 'no codes'}>", "book.frame")

    def _repr_html_(self) -> str:
        rows = [
            tag(
                "tr",
                tag("td", tag("b", escape(self.path(code.name))), style=f"{CELL};{BREAK};width:30%"),
                tag("td", escape(code.definition), style=f"{CELL};{BREAK}"),
                style=ROW,
            )
            for code in self.codes
        ]
        return box("div", tag("table", *rows, style=TABLE)) if rows else note("A codebook without codes.")

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __contains__(self, name: object) -> bool:
        return any(code.name == name for code in self.codes)

    def __getitem__(self, name: str) -> Code:
        """Return a code by its name; KeyError without one."""
        for code in self.codes:
            if code.name == name:
                return code
        raise KeyError(name)

    @property
    def names(self) -> list[str]:
        """Names of the codes."""
        return [code.name for code in self.codes]

    def path(self, name: str) -> str:
        """Return a code's name below those of its parents."""
        code = self[name]
        return code.name if code.parent is None else f"{self.path(code.parent)} / {code.name}"

    def children(self, name: str | None = None) -> list[Code]:
        """Return the codes right below one; those without a parent for None."""
        return [code for code in self.codes if code.parent == name]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a code: ``name``, ``definition``, ``colour``, ``parent``, ``guid``; `codebook` reads it."""
        text = pd.StringDtype("python")
        names = ("name", "definition", "colour", "parent", "guid")
        return pd.DataFrame(
            {name: pd.Series([getattr(code, name) for code in self.codes], dtype=text) for name in names}
        )

    @classmethod
    def of(cls, what: Any, name: str = "Codebook") -> Codebook:
        """Return a codebook of a mapping, a list of names or codes, or a frame.

        Raises
        ------
        OptionError
            A name is missing or stands twice, or a parent is no code or its own.
        """
        if isinstance(what, Codebook):
            return what
        what = as_pandas(what)
        if isinstance(what, pd.DataFrame):
            rows = [{str(key): value for key, value in row.items()} for row in what.to_dict("records")]
            return cls.of_rows(rows, name)
        if isinstance(what, Mapping):
            return cls.of_rows([_row(key, value) for key, value in what.items()], name)
        if isinstance(what, Sequence) and not isinstance(what, str):
            return cls.of_rows([vars(one) if isinstance(one, Code) else _row(one, "") for one in what], name)
        raise OptionError(
            f"A codebook cannot be made of {type(what).__name__}.",
            hint='aai.codebook({"trust": "Says whom they trust."}), or a .csv or .qdc file.',
        )

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, Any]], name: str = "Codebook") -> Codebook:
        """Return a codebook of rows; columns go by several usual names, in any case."""
        codes = []
        for number, row in enumerate(rows):
            given = {str(key).strip().lower(): value for key, value in row.items() if _said(value)}
            found = {
                field: next((str(given[one]).strip() for one in names if one in given), "")
                for field, names in _OTHER_NAMES.items()
            }
            if not found["name"]:
                raise OptionError(
                    f"Row {number + 1} of the codebook has no name.", hint="Columns: name, definition."
                )
            codes.append(
                Code(
                    found["name"],
                    found["definition"],
                    found["colour"].lower() or speaker_colour(number),
                    found["parent"] or None,
                    _guid(found["guid"], found["name"]),
                )
            )
        return cls(_ordered(codes), name)


def _row(name: Any, value: Any) -> dict[str, Any]:
    return {**value, "name": name} if isinstance(value, Mapping) else {"name": name, "definition": value}


def _said(value: Any) -> bool:
    return value is not None and value is not pd.NA and value == value and str(value).strip() != ""


def _guid(given: str, name: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid5(_OURS, name))


def _ordered(codes: Sequence[Code]) -> tuple[Code, ...]:
    """Return the codes with parents before children, else in their order."""
    by_name: dict[str, Code] = {}
    for code in codes:
        if code.name in by_name:
            raise OptionError(f"The code {code.name!r} stands in the codebook twice.")
        by_name[code.name] = code
    found: dict[str, Code] = {}

    def add(code: Code, below: tuple[str, ...]) -> None:
        if code.name in below:
            raise OptionError(f"The code {code.name!r} is its own parent.")
        if code.parent is not None and code.parent not in found:
            if code.parent not in by_name:
                raise OptionError(f"The parent {code.parent!r} of {code.name!r} is no code.")
            add(by_name[code.parent], (*below, code.name))
        found.setdefault(code.name, code)

    for code in codes:
        add(code, ())
    return tuple(found.values())


def with_codes(book: Codebook | None, names: Sequence[str]) -> Codebook:
    """Return a codebook that has all these codes, also those that it does not know yet.

    Examples
    --------
    >>> with_codes(None, ["b", "a", "b"]).names
    ['b', 'a']
    """
    codes = list(book.codes) if book is not None else []
    known = {code.name for code in codes}
    for name in dict.fromkeys(names):
        if name not in known:
            codes.append(Code(name, colour=speaker_colour(len(codes)), guid=_guid("", name)))
    return replace(book, codes=tuple(codes)) if book is not None else Codebook(tuple(codes))
