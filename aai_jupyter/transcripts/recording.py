"""Location of a transcript's audio, so that it can be played later, also by another kernel."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from aai_jupyter.errors import SourceError
from aai_jupyter.settings.working_folder import absolute, working_folder
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import one_line
from aai_jupyter.text.short_names import short_name
from aai_jupyter.text.urls import host_of, is_web_url

if TYPE_CHECKING:
    from aai_jupyter.client.sources.source import Source

_DIGEST = re.compile("[0-9a-f]{64}")


@public
@dataclass(frozen=True)
class Recording:
    """A recording as a file, a URL, or (in this kernel only) an object in memory.

    Attributes
    ----------
    label : str
        What the user called it.
    path : str, optional
        Absolute path of the file.
    url : str, optional
        Address, when it is no local file.
    size : int, optional
        Bytes of the file when it was transcribed.
    sha256 : str, optional
        Hex digest of those bytes.
    track : int, optional
        Number of the audio track, from 1 on; None means the first.
    tracks : int, optional
        How many there are, when there are several and nobody has chosen.
    trust : {"user", "page", "none"}
        Who may open the address: everybody, when the user named it. An address that came out of a file is
        opened by nobody, and by the page alone once the user has clicked on it.

    Examples
    --------
    >>> Recording("talk.mp3", path="/data/talk.mp3", size=9).problem
    'talk.mp3 is no longer at /data/talk.mp3.'
    """

    label: str
    path: str | None = None
    url: str | None = None
    size: int | None = None
    sha256: str | None = None
    track: int | None = None
    tracks: int | None = None
    opener: Callable[[], BinaryIO] | None = field(default=None, repr=False, compare=False)
    trust: Literal["user", "page", "none"] = field(default="user", repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<Recording {one_line(short_name(self.label))}>"  # folders stay out of notebooks

    @classmethod
    def of(cls, source: Any) -> Recording:
        """Return the recording of a path, URL, bytes, binary file, ``(samples, rate)`` or the like.

        Raises
        ------
        SourceError
            It is none, or not exactly one.
        """
        from aai_jupyter.client.sources.reading import resolve_sources

        found = resolve_sources(source)
        if len(found) != 1:
            raise SourceError(f"One recording is needed, {source!r} names {len(found)}.")
        return cls.of_source(found[0])

    @classmethod
    def of_source(cls, source: Source) -> Recording:
        """Return the recording of a source that was transcribed."""
        if source.url is not None:
            return cls(source.label, url=source.url)
        facts: dict[str, Any] = {"size": source.size, "sha256": source.digest}
        with contextlib.suppress(SourceError):  # gone by now: what there is of it is still worth keeping
            if (sound := source.sound) is not None and sound.tracks > 1:
                facts |= {"track": sound.track, "tracks": sound.tracks if source.track is None else None}
        if source.path is not None:
            return cls(source.label, str(absolute(source.path)), **facts)
        return cls(source.label, **facts, opener=source.open)

    def facts(self) -> dict[str, Any]:
        """Return what can be saved to find it again: empty for a recording in memory."""
        names = ("label", "path", "url", "size", "sha256", "track", "tracks")
        facts = {name: value for name in names if (value := getattr(self, name)) is not None}
        return facts if self.path or self.url else {}

    @classmethod
    def from_facts(cls, facts: Any, *, ours: bool = True) -> Recording | None:
        """Return the recording of :meth:`facts`; None when they are empty.

        Parameters
        ----------
        ours : bool
            Whether this machine's store kept them. Those of any other file are what a stranger wrote.
        """
        if not isinstance(facts, Mapping):
            return None
        texts = {k: v for k in ("label", "path", "url", "sha256") if isinstance(v := facts.get(k), str)}
        path, url, size = texts.get("path"), texts.get("url"), facts.get("size")
        if not is_web_url(url):
            url = None
        # To look at a network path is to log in at its host.
        if path and ("\0" in path or (not ours and path.replace("\\", "/").startswith("//"))):
            path = None
        if not path and not url:
            return None
        return cls(
            one_line(texts.get("label", "recording")),
            path,
            url,
            size if isinstance(size, int) else None,
            texts["sha256"] if _DIGEST.fullmatch(texts.get("sha256", "")) else None,
            track=_positive(facts.get("track")),
            tracks=_positive(facts.get("tracks")),
            trust="user" if ours else "none",
        )

    @property
    def track_note(self) -> str | None:
        """What to tell of a file with several audio tracks of which nobody has chosen one."""
        if not self.tracks or self.tracks < 2:
            return None
        heard = self.track or 1
        why = "the first with sound on it" if heard > 1 else "the first"
        others = [number for number in range(1, self.tracks + 1) if number != heard]
        return (
            f"{short_name(self.label)} has {self.tracks} audio tracks; only number {heard} was transcribed, "
            f"{why}. Another one: audio_track={others[0]} (--audio-track {others[0]})."
        )

    @property
    def asks_for(self) -> str | None:
        """The host that nobody may be asked for the sound before the user agrees; None when there is none."""
        return host_of(self.url) if self.url and self.trust == "none" and not self.file else None

    def allowed(self) -> Recording:
        """The same, after the user agreed that the page opens the address."""
        return replace(self, trust="page") if self.trust == "none" else self

    @cached_property
    def file(self) -> Path | None:
        """The file, at its old path or (with the same name and size) in the current folder."""
        if self.path is None:
            return None
        here = working_folder()
        places = [Path(self.path), *([here / Path(self.path).name] if here else [])]
        return next((place for place in places if self._fits(place)), None)

    @cached_property
    def plays_alike(self) -> bool:
        """Whether an audio element of a page keeps the clock of the file; else this process has to decode it.

        It keeps a start time, but not the track that was chosen, nor a zero that is not 0. In MP3 of variable
        bit rate it guesses places from the length of the file.
        """
        if (self.track or 1) != 1:
            return False
        if self.file is None or find_spec("av") is None:
            return True
        from aai_jupyter.audio.presentation import element_keeps_clock

        return element_keeps_clock(self.file)

    def _fits(self, place: Path) -> bool:
        try:
            return place.is_file() and self.size in (None, place.stat().st_size)
        except (OSError, ValueError):  # names that no file can have
            return False

    @property
    def problem(self) -> str | None:
        """Why the recording cannot be opened, in one sentence; None if it can."""
        if self.url or self.opener or self.file:
            return None
        if self.path and Path(self.path).is_file():
            return f"{self.label} has changed since it was transcribed."
        return f"{self.label} is no longer at {self.path}."

    @property
    def kernel_problem(self) -> str | None:
        """Why this kernel does not open it, though the page may; None when all is well."""
        if self.url and self.trust != "user" and not self.file:
            return f"The address of {self.label} came out of a file; the kernel does not open it."
        return self.problem

    def open(self) -> str | BinaryIO:
        """Return an argument for :func:`av.open`: a path, a URL, or a file object.

        Raises
        ------
        SourceError
            It is gone, or a file named its address: the user's own machine may reach more than its author.
        """
        if self.file is not None:
            return str(self.file)
        if self.url is not None and self.trust != "user":
            raise SourceError(self.kernel_problem or "", hint="If you know it: t.audio = t.audio.url")
        if self.url is not None:
            return self.url
        if self.opener is not None:
            return self.opener()
        raise SourceError(self.problem or "There is no recording.", hint="Attach it: t.audio = path")


def part_of(path: Path, number: int) -> Path:
    """Return where a track of a mix lies, by its number from 1 on: beside it. 0 is the mix itself.

    >>> part_of(Path("tracks-5f.flac"), 2).name
    'tracks-5f.2.flac'
    """
    return path.with_name(f"{path.stem}.{number}{path.suffix}") if number else path


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
