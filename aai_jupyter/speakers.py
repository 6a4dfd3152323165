"""Names of speakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence

from aai_jupyter.errors import OptionError


class SpeakerNames(MutableMapping[str, str]):
    """Speaker label -> name, in order of first speech; assigning a name renames the speaker everywhere.

    Parameters
    ----------
    labels : sequence of str
        Labels of the transcript.
    found : mapping
        Names that the service identified.
    given : dict
        Names that the user gave; changed in place.

    Raises
    ------
    OptionError
        A name is assigned to a label that the transcript does not have, or is not text.

    Examples
    --------
    >>> names = SpeakerNames(["A", "B"], {}, {})
    >>> names["A"] = "Ann"
    >>> names
    {'A': 'Ann', 'B': 'B'}
    """

    def __init__(self, labels: Sequence[str], found: Mapping[str, str], given: dict[str, str]) -> None:
        self._labels, self._found, self._given = labels, found, given

    def __getitem__(self, label: str) -> str:
        if label not in self._labels:
            raise KeyError(label)
        return self._given.get(label) or self._found.get(label) or label

    def __setitem__(self, label: str, name: str) -> None:
        self.check({label: name})
        self._given[label] = name

    def __delitem__(self, label: str) -> None:
        """Take back the name that the user gave."""
        del self._given[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __repr__(self) -> str:
        return repr(dict(self))

    def check(self, names: Mapping[str, str]) -> None:
        """Refuse unknown labels and names that are no text."""
        if not isinstance(names, Mapping):
            raise OptionError(
                f"Speakers are named by a mapping of labels to names, got {type(names).__name__}.",
                hint='For example: t.speakers = {"A": "Ann"}',
            )
        for label, name in names.items():
            if label not in self._labels:
                known = ", ".join(self._labels) or "none (ask for speaker_labels)"
                raise OptionError(f"No speaker {label!r} in this transcript.", hint=f"Its speakers: {known}.")
            if not isinstance(name, str) or not name.strip():
                raise OptionError(f"The name of speaker {label!r} must be text, got {name!r}.")

    def other_than_labels(self) -> dict[str, str]:
        """Only the labels that are shown under another name."""
        return {label: name for label, name in self.items() if name != label}
