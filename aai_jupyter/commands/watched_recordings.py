"""Recordings of folders and patterns that are looked at again and again: which of them are whole by now."""

from __future__ import annotations

from collections.abc import Sequence

from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.errors import SourceError


class WatchedRecordings:
    """What folders, patterns and paths name, as it comes.

    A file that has changed since the last look is still being written, and waits for the next.

    Parameters
    ----------
    words : sequence of str
        As on the command line.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._seen: dict[str, tuple[int, ...] | str | None] = {}
        self._taken: dict[str, tuple[int, ...] | str | None] = {}

    def look(self) -> list[str]:
        """Return the names of all recordings that are whole; empty when none of them is new."""
        now = self._look()
        whole = {name: facts for name, facts in now.items() if self._seen.get(name, ()) == facts}
        self._seen = now
        if all(self._taken.get(name, ()) == facts for name, facts in whole.items()):
            return []
        self._taken = whole
        return list(whole)

    def look_again(self) -> None:
        """Take nothing for done: the next look gives all of them."""
        self._taken = {}

    def _look(self) -> dict[str, tuple[int, ...] | str | None]:
        try:
            sources = resolve_sources(*self._words, partly=True)
        except SourceError:  # an empty folder, or one that is not there yet
            return {}
        found: dict[str, tuple[int, ...] | str | None] = {}
        for source in sources:
            if source.error is None:
                facts = source.path.stat() if source.path is not None else None
                found[source.label] = source.identity if facts is None else (facts.st_size, facts.st_mtime_ns)
        return found
