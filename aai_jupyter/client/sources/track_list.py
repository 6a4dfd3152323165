"""A conversation whose speakers were recorded apart: one track for each, by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from aai_jupyter.client.sources.reading import Source, resolve_sources
from aai_jupyter.errors import SourceError
from aai_jupyter.text.public_class import public
from aai_jupyter.text.short_names import short_name

_ZOOM_FOLDERS = ("Audio Record", "AudioRecord", "Audio Records")
"""Where Zoom puts a file for each participant, beside the recording of all."""
_ZOOM_FILE = re.compile(r"audio[ _-]{0,9}(?:only[ _-]{0,9})?(?P<name>\D.*)", re.IGNORECASE)
_LONGEST_DELAY = 86_400
"""Seconds: no conversation goes on for longer."""
_JOINED = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


@public
class Tracks:
    """Recordings of one conversation, each with one speaker; see :func:`aai_jupyter.tracks`.

    Attributes
    ----------
    names : list of str
        The speaker of each track; one may have several, who left and came back.
    sources : list of Source
    delays : dict
        Seconds at which a speaker's track begins, where the user told it.
    """

    def __init__(
        self,
        named: Sequence[tuple[str, Source]],
        delays: Mapping[str, float] | None = None,
    ) -> None:
        if len(named) < 2:
            raise SourceError(
                "A conversation in tracks has two at least.",
                hint='aai.tracks(Ann="ann.wav", Ben="ben.wav"); one recording of all: speaker_labels=True',
            )
        self.names = [name for name, _ in named]
        self.sources = [source for _, source in named]
        if not all(map(str.strip, self.names)):
            raise SourceError("A track has no name.", hint='aai.tracks(Ann="ann.wav", Ben="ben.wav")')
        self.delays = _checked_delays(delays)
        unknown = sorted(set(self.delays) - set(self.names))
        if unknown:
            raise SourceError(f"There is no track of {unknown[0]}.", hint=f"Tracks: {', '.join(self.names)}")
        broken = [source.error for source in self.sources if source.error is not None]
        if broken:
            raise broken[0]
        addresses = [source.label for source in self.sources if source.url is not None]
        if addresses:
            raise SourceError(
                f"{addresses[0]} is a URL: tracks are laid together on this machine.",
                hint="Download the files and give those.",
            )
        self._refuse_twins()

    def _refuse_twins(self) -> None:
        """Refuse one recording for two speakers: each word would be said, and paid for, twice."""
        seen: dict[tuple[Any, ...], str] = {}
        for name, source in zip(self.names, self.sources, strict=True):
            if source.path is None:
                continue
            place = (os.path.realpath(source.path), source.track)
            if place in seen:
                raise SourceError(f"{short_name(source.label)} is the track of {seen[place]} and of {name}.")
            seen[place] = name

    def __iter__(self) -> Iterator[Source]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        pairs = zip(self.names, self.sources, strict=True)
        rows = ", ".join(f"{name}={short_name(source.label)!r}" for name, source in pairs)
        return f"Tracks({rows})"

    @property
    def label(self) -> str:
        """What to call the conversation: the folder or file that all are in, else its tracks."""
        labels = list(dict.fromkeys(source.label for source in self.sources))
        if len(labels) == 1:
            return labels[0]
        folders = {os.path.dirname(label) for label in labels}
        shown = " + ".join(map(short_name, labels[:3])) + (" + …" if len(labels) > 3 else "")
        return shown if len(folders) > 1 else os.path.join(folders.pop(), shown)


def _checked_delays(delays: Any) -> dict[str, float]:
    """Return delays that can be meant; they are used when all has been paid."""
    if delays is None:
        return {}
    if not isinstance(delays, Mapping):
        raise SourceError("delays are seconds by speaker.", hint='delays={"Ben": 1.5}')
    for name, value in delays.items():
        good = isinstance(value, Real) and not isinstance(value, bool)
        if not good or not abs(float(value)) <= _LONGEST_DELAY:
            raise SourceError(f"The delay of {name} is a number of seconds within a day, not {value!r}.")
    return {str(name): float(value) for name, value in delays.items()}


def as_tracks(sources: Sequence[Any], delays: Mapping[str, float] | None = None) -> Tracks:
    """Return the tracks of recordings that name no speaker themselves.

    Parameters
    ----------
    sources : sequence
        One :class:`Tracks`; one file with several audio streams; a folder with a file for each person, such
        as Zoom's; or several files.
    delays : mapping, optional

    Raises
    ------
    SourceError
        They are no tracks.
    """
    if len(sources) == 1 and isinstance(sources[0], Tracks):
        return sources[0]
    if any(isinstance(source, Tracks) for source in sources):
        raise SourceError("Tracks are one conversation: give each by itself.")
    given = [_zoom_folder(source) for source in sources]
    found = resolve_sources(*given)
    if len(found) == 1 and (streams := _streams(found[0])):
        return Tracks(streams, delays)
    return Tracks([(_name_of(source), source) for source in found], delays)


def named_tracks(named: Mapping[str, Any], delays: Mapping[str, float] | None = None) -> Tracks:
    """Return tracks by the names of their speakers.

    Raises
    ------
    SourceError
        A recording cannot be used, or is not one.
    """
    rows = []
    for name, what in named.items():
        found = resolve_sources(what)
        if len(found) != 1:
            raise SourceError(f"The track of {name} is one recording, {what!r} names {len(found)}.")
        rows.append((str(name), found[0]))
    return Tracks(rows, delays)


def speaker_of_file(stem: str) -> str:
    """Return the speaker that a file's name tells.

    Zoom writes ``audio``, the name without spaces, and numbers.

    >>> [speaker_of_file(stem) for stem in ("audioAnnSmith21571803951", "ben", "audio_only_Zoë K._2")]
    ['Ann Smith', 'ben', 'Zoë K.']
    """
    match = _ZOOM_FILE.fullmatch(stem)
    name = match["name"].rstrip("0123456789").rstrip(" _-") if match is not None else ""
    if not name:
        return stem
    return name if " " in name else _JOINED.sub(" ", name)


def _name_of(source: Source) -> str:
    path = source.path or Path(source.label)
    return speaker_of_file(path.stem) or source.label


def _zoom_folder(source: Any) -> Any:
    """Return the folder of the participants' files for that of a meeting."""
    if not isinstance(source, str | os.PathLike):
        return source
    folder = Path(os.path.expanduser(os.fspath(source)))
    inner = (folder / name for name in _ZOOM_FOLDERS)
    return next((one for one in inner if one.is_dir()), source)


def _streams(source: Source) -> list[tuple[str, Source]]:
    """Return a source for each audio stream of a file with several, by its title."""
    sound = source.sound
    if sound is None or sound.tracks < 2:
        return []
    numbers = range(1, sound.tracks + 1)
    return list(zip(_unique(_titles(source, numbers)), map(source.of_track, numbers), strict=True))


def _titles(source: Source, numbers: Iterable[int]) -> Iterator[str]:
    from aai_jupyter.audio.pyav import open_audio
    from aai_jupyter.audio.tracks import track_of

    with source.open() as file, open_audio(str(source.path) if source.path else file) as container:
        for number in numbers:
            tags = {key.lower(): value for key, value in track_of(container, number).metadata.items()}
            yield str(tags.get("title") or tags.get("handler_name") or "").strip()


def _unique(titles: Iterable[str]) -> list[str]:
    """Number what has no title, or that of another: a program's own, such as SoundHandler."""
    found = list(titles)
    return [
        title if title and found.count(title) == 1 else f"Track {number}"
        for number, title in enumerate(found, start=1)
    ]
