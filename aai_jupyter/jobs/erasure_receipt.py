"""Receipt of an erasure: what was deleted where, and what could not be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aai_jupyter.text.html_tags import BREAK, CELL, ROW, TABLE, box, note, tag, warned
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import escape, one_line

EVERYWHERE = (
    "Saved notebooks, exports and what was copied or sent elsewhere are not looked for outside this folder, "
    "and variables of running kernels keep what they hold until these end."
)


@dataclass(frozen=True)
class ErasedCopy:
    """One kind of copy: where it was, what, and how many."""

    place: str
    what: str
    count: int = 1


@public
@dataclass
class ErasureReceipt:
    """What :func:`aai_jupyter.erase` deleted, and what it could not reach. It shows itself.

    Attributes
    ----------
    erased : list of ErasedCopy
        Copies that were deleted; with ``dry_run`` those that would be.
    unreached : list of str
        Copies that are still there, each with what to do about it. Empty when all are gone.
    exports : list of str
        Files below the working folder, such as saved notebooks, in which it was found.
    kept : list of str
        What was left on purpose: the user's own recording.
    dry_run : bool
        Nothing was deleted.

    Examples
    --------
    >>> print(ErasureReceipt([ErasedCopy("store", "transcript", 2)]).lines()[0])
    Erased: 2 transcripts (store).
    """

    erased: list[ErasedCopy] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def complete(self) -> bool:
        """Whether every copy that is known of is gone."""
        return not (self.dry_run or self.unreached or self.exports)

    def add(self, place: str, what: str, count: int = 1) -> None:
        """Note copies; those of one kind are counted together."""
        for n, one in enumerate(self.erased):
            if (one.place, one.what) == (place, what):
                self.erased[n] = ErasedCopy(place, what, one.count + count)
                return
        if count:
            self.erased.append(ErasedCopy(place, what, count))

    def count(self, place: str) -> int:
        """How many copies were in one place."""
        return sum(one.count for one in self.erased if one.place == place)

    def lines(self) -> list[str]:
        """The receipt as lines of text."""
        verb = "Would be erased" if self.dry_run else "Erased"
        counted = ", ".join(f"{_many(one)} ({one.place})" for one in self.erased)
        return [one_line(line) for line in (f"{verb}: {counted or 'nothing'}.", *self._rest())]

    def _rest(self) -> Iterable[str]:
        yield from (f"Not reached: {text}" for text in self.unreached)
        if self.exports:
            yield f"Still in files of yours: {', '.join(self.exports)}."
        yield from (f"Kept: {text}" for text in self.kept)
        yield EVERYWHERE

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        rows = "".join(
            tag("tr", *(tag("td", escape(text), style=CELL) for text in (one.place, _many(one))), style=ROW)
            for one in self.erased
        )
        missing = [f"Not reached: {text}" for text in self.unreached]
        missing += [f"Still in a file of yours: {path}" for path in self.exports]
        head = "Would be erased" if self.dry_run else "Erased"
        return box(
            "div",
            tag("div", tag("b", escape(head if self.erased else f"{head}: nothing"))),
            tag("table", rows, style=f"{TABLE};{BREAK}") if rows else "",
            warned(missing),
            note("<br>".join(escape(text) for text in (*(f"Kept: {one}" for one in self.kept), EVERYWHERE))),
        )


def _many(one: ErasedCopy) -> str:
    return f"{one.count} {one.what if one.count == 1 else _plural(one.what)}"


def _plural(what: str) -> str:
    head, of, tail = what.partition(" of ")
    return f"{head[:-1] + 'ies' if head.endswith('y') else head + 's'}{of}{tail}"
