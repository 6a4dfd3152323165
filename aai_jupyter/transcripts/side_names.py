"""Names of the sides of a real-time session, and the labels of speakers that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aai_jupyter.client.streaming.events import Turn
from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.speaker_names import SpeakerNames

CALL_SIDES = ("You", "Computer")
"""The sides of a call: who speaks into the microphone, and what the computer plays."""


class SideNames:
    """Channels of a session, each with a name that may change while it runs.

    A speaker is called by his side, or by side and label where the service tells several apart there.

    Parameters
    ----------
    sides : sequence of str
        Names of the channels, in order. A digit alone stands in front of a label without a space, as the
        service writes labels of recordings with several channels.

    Examples
    --------
    >>> names = SideNames(["You", "Computer"])
    >>> turn = Turn(channel="2", speaker_label="A")
    >>> names.label(turn)
    >>> turn.speaker_label
    'Computer A'
    >>> names.rename("Computer", "Ann", [turn])
    >>> turn.speaker_label, names.names
    ('Ann A', {'You': 'You', 'Computer': 'Ann'})
    """

    def __init__(self, sides: Sequence[str] = ()) -> None:
        self.sides = tuple(sides)
        self._given: dict[str, str] = {}
        self._before: dict[str, list[str]] = {side: [side] for side in sides}
        self.version = 0
        """Counts the changes of names."""

    @property
    def names(self) -> dict[str, str]:
        """Name of each side now."""
        return {side: self._given.get(side, side) for side in self.sides}

    def speakers(self, rename: object) -> SpeakerNames:
        """Return the names as the mapping that transcripts have."""
        return SpeakerNames(self.sides, {}, self._given, rename)  # type: ignore[arg-type]

    def label(self, turn: Turn) -> None:
        """Label the speakers of a turn by its channel; once or again."""
        if turn.channel is None or not turn.channel.isdigit() or int(turn.channel) > len(self.sides):
            return
        side = self.sides[int(turn.channel) - 1]
        turn.speaker_label = self._labelled(side, turn.speaker_label)
        for word in turn.words:
            if word.speaker is not None:
                word.speaker = self._labelled(side, word.speaker)

    def rename(self, side: str, name: str | None, turns: Iterable[Turn]) -> None:
        """Give a side another name, also in these turns; None takes the name back.

        Raises
        ------
        OptionError
            There is no such side, or the name is no text.
        """
        if side not in self.sides:
            raise OptionError(f"There is no side {side!r}.", hint=f"Sides: {', '.join(self.sides)}.")
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise OptionError(f"A name is text, not {name!r}.")
        chosen = side if name is None else name.strip()
        self._before[side].append(chosen)
        if chosen == side:
            self._given.pop(side, None)
        else:
            self._given[side] = chosen
        self.version += 1
        for turn in turns:
            self.label(turn)

    def of_recording(self, labels: Iterable[str]) -> dict[str, str]:
        """Return names for the labels of the same sound, transcribed as a recording with channels.

        Examples
        --------
        >>> SideNames(["You", "Computer"]).of_recording(["1", "2A", "2B", "X"])
        {'1': 'You', '2A': 'Computer A', '2B': 'Computer B'}
        """
        found: dict[str, str] = {}
        for label in labels:
            for number, name in enumerate(self.names.values(), 1):
                if label.startswith(str(number)):
                    found[label] = _joined(name, label.removeprefix(str(number)))
        return {label: name for label, name in found.items() if name != label}

    def renamed(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return names for speakers that have an earlier name of their side."""
        found: dict[str, str] = {}
        for label, name in given.items():
            for side in self.sides:
                if (rest := self._rest(side, name)) is not None:
                    found[label] = _joined(self.names[side], rest)
        return {label: name for label, name in found.items() if name != given[label]}

    def _labelled(self, side: str, label: str | None) -> str:
        rest = self._rest(side, label or "")
        return _joined(self.names[side], (label or "") if rest is None else rest)

    def _rest(self, side: str, label: str) -> str | None:
        """Return what stands behind the side's name, now or before; None when it does not begin with one."""
        for name in reversed(self._before[side]):
            if label == name:
                return ""
            if name.isdigit() and label.startswith(name):
                return label[len(name) :]
            if label.startswith(f"{name} "):
                return label[len(name) + 1 :]
        return None


def _joined(name: str, rest: str) -> str:
    return f"{name}{rest}" if name.isdigit() or not rest else f"{name} {rest}"
