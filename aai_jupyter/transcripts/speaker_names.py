"""Mapping of speaker labels to names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence


class SpeakerNames(MutableMapping[str, str]):
    """Speaker label -> name, in order of first speech; assigning a name renames the speaker everywhere.

    Parameters
    ----------
    labels : sequence of str
        Labels of the transcript.
    found : mapping
        Names that the service identified.
    given : mapping
        Names that the user gave.
    rename : callable
        Gets label and new name, or None to take the name back.

    Raises
    ------
    OptionError
        A name is assigned to a label that the transcript does not have, or is not text.

    Examples
    --------
    >>> given = {}
    >>> names = SpeakerNames(["A", "B"], {}, given, given.__setitem__)
    >>> names["A"] = "Ann"
    >>> names
    {'A': 'Ann', 'B': 'B'}
    """

    __module__ = "aai_jupyter"

    def __init__(
        self,
        labels: Sequence[str],
        found: Mapping[str, str],
        given: Mapping[str, str],
        rename: Callable[[str, str | None], None],
    ) -> None:
        self._labels, self._found, self._given, self._rename = labels, found, given, rename
        self._known = frozenset(labels)  # a transcript may have a label for each word

    def __getitem__(self, label: str) -> str:
        if label not in self._known:
            raise KeyError(label)
        return self._given.get(label) or self._found.get(label) or label

    def __setitem__(self, label: str, name: str) -> None:
        self._rename(label, name)

    def __delitem__(self, label: str) -> None:
        """Remove the name that the user gave."""
        self._rename(label, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __repr__(self) -> str:
        return repr(dict(self))

    def other_than_labels(self) -> dict[str, str]:
        """Return only the labels that have another name."""
        return {label: name for label, name in self.items() if name != label}
