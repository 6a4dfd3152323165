"""Rows of any frame as a playlist: one segment after the other, of one recording or of many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.text.plain_text import clock
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.text.short_names import short_names
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player.audio_reader import RATE
from aai_jupyter.widgets.player.player_content import LOW_CONFIDENCE, TranscriptContent
from aai_jupyter.widgets.player.player_payload import HEAD_WORDS, PlayerColumns, spreadsheet
from aai_jupyter.widgets.player.playlist_columns import PlaylistClip, joined
from aai_jupyter.widgets.player.playlist_static import StaticRow, static_rows
from aai_jupyter.widgets.player.timeline_layers import Layer, traits

if TYPE_CHECKING:
    from aai_jupyter.transcripts.edited_answer import Watcher
    from aai_jupyter.transcripts.recording import Recording
    from aai_jupyter.widgets.player.audio_reader import AudioReader

JOIN_MS = 250
"""Words of a playlist that are nearer to each other than this are played in one go."""
SEARCH_MARGIN = 1.0
"""Seconds before and after what a search has found: a phrase alone is too short to be understood."""
MAX_STATIC = 60
"""Rows shown where the player cannot be."""
MAX_ROWS = 5000
"""Most stretches of one playlist."""


class PlaylistReader:
    """Reads the segments of a playlist as one audio stream."""

    def __init__(self, clips: Sequence[PlaylistClip]) -> None:
        self._clips = clips

    @property
    def duration(self) -> float:
        return self._clips[-1].stop / 1000 if self._clips else 0.0

    def segment(self, from_ms: float, to_ms: float) -> np.ndarray:
        """Return samples between two times of the playlist."""
        last = min(to_ms, self.duration * 1000)
        found = np.zeros(max(0, round((last - from_ms) * RATE / 1000)), dtype=np.int16)
        for clip in self._clips:
            first, stop = max(from_ms, clip.offset), min(last, clip.stop)
            recording = clip.content.recording
            if stop <= first or recording is None or recording.kernel_problem:
                continue
            shift = clip.start - clip.offset
            samples = clip.content.sound().segment(first + shift, stop + shift)
            at = round((first - from_ms) * RATE / 1000)
            found[at : at + len(samples)] = samples[: len(found) - at]
        return found

    def prepare(self) -> None:
        """Do nothing: the recordings are opened when they are played."""

    def close(self) -> None:
        for clip in self._clips:
            recording = clip.content.recording
            if recording is not None and not recording.kernel_problem:
                clip.content.sound().close()


class PlaylistContent:
    """Rows of a frame, to be played one after the other.

    Parameters
    ----------
    frame : DataFrame
        With ``start`` and ``end``, and ``transcript_id`` (and ``source``) where there are several.
    transcripts : mapping of str to Transcript
        By id.
    margin : float
        Seconds of the recording before and after each row.
    """

    recording: Recording | None = None
    editing = None

    def __init__(
        self, frame: pd.DataFrame, transcripts: Mapping[Any, Transcript], margin: float = 0.0
    ) -> None:
        self._frame = frame
        contents = {ident: TranscriptContent(t) for ident, t in transcripts.items()}
        self._clips = _clips(frame, contents, 1000 * margin)
        self._many = len({id(clip.content) for clip in self._clips}) > 1
        self._sound = PlaylistReader(self._clips)
        self._made: tuple[list[Any], PlayerColumns, list[dict[str, str]]] | None = None

    def _current(self) -> tuple[PlayerColumns, list[dict[str, str]]]:
        """Return columns and speakers, as the transcripts are now."""
        contents = {id(clip.content): clip.content.transcript for clip in self._clips}.values()
        state = [(t.edited_answer.speech, dict(t.speakers)) for t in contents]
        if self._made is None or any(
            speech is not before or names != were
            for (speech, names), (before, were) in zip(state, self._made[0], strict=True)
        ):
            self._made = (state, *joined(self._clips, self._names() if self._many else {}))
        return self._made[1], self._made[2]

    def watch(self, watcher: Watcher) -> None:
        for clip in self._clips:
            clip.content.watch(watcher)

    @property
    def duration_ms(self) -> int:
        return round(self._sound.duration * 1000)

    def traits(self) -> dict[str, Any]:
        names, many = self._names(), self._many
        layers = [
            Layer("recording", round(clip.offset), round(clip.stop), name, f"{name} {at}" if many else at)
            for clip in self._clips
            for name, at in [(names[id(clip.content)], clock(clip.start))]
        ]
        shown, named = self._current()
        return shown.traits() | {"speakers": named, **traits(layers)}

    def head(self) -> dict[str, Any]:
        """Return what a page gets first of a long playlist."""
        return self._current()[0].head(HEAD_WORDS).traits() | traits(())

    def meta(self) -> dict[str, Any]:
        heard = any(c.content.recording and not c.content.recording.kernel_problem for c in self._clips)
        names = self._names()
        where = next(iter(names.values())) if len(names) == 1 else f"{len(names)} recordings"
        return {
            "id": "",
            "title": encodable(f"{amount(len(self._frame), 'excerpt')} of {where}"),
            "source": "",
            "duration": self.duration_ms,
            "language": "",
            "model": "",
            "has_audio": "comm" if heard else "none",
            "audio_url": "",
            "audio_hint": "" if heard else "The recording is not known. Attach it: t.audio = path",
            "sample_rate": RATE,
            "redacted": any(clip.content.transcript.redacted for clip in self._clips),
            "editable": False,
            "low_confidence": LOW_CONFIDENCE,
        }

    def _names(self) -> dict[int, str]:
        """Return a short name for each recording."""
        contents = {id(clip.content): clip.content.transcript for clip in self._clips}
        names = short_names([t.source or t.id or "recording" for t in contents.values()])
        return dict(zip(contents, map(encodable, names), strict=True))

    def words(self, first: int, last: int) -> pd.DataFrame:
        """Return the rows that hold the selected words."""
        return self._rows({int(row) for row in self._current()[0].row[max(0, first) : last + 1]})

    def turns(self, start_ms: float, end_ms: float) -> pd.DataFrame:
        """Return the rows that overlap a time range."""
        touched = (n for n, c in enumerate(self._clips) if c.offset < end_ms and c.stop > start_ms)
        return self._rows(set(touched))

    def _rows(self, clips: Iterable[int]) -> pd.DataFrame:
        return self._frame.iloc[sorted({row for n in clips for row in self._clips[n].rows})]

    def fetch(self) -> None:
        """Download the recordings from the service where those are the ones to play."""
        for content in {id(clip.content): clip.content for clip in self._clips}.values():
            content.fetch()

    def allow(self) -> None:
        """Nothing: a playlist is heard by way of the kernel, which opens no address out of a file."""

    def sound(self) -> AudioReader:
        return self._sound

    def segment(self, from_ms: int, to_ms: int, muted: Collection[int]) -> np.ndarray:
        """Return samples for the page; a playlist has no tracks."""
        return self._sound.segment(from_ms, to_ms)

    def close_sound(self) -> None:
        """Close the files."""
        self._sound.close()

    def export(self, kind: str) -> str:
        """Return the rows as csv."""
        if kind != "csv":
            raise OptionError(f"No export {kind!r} of a playlist.", hint="There is csv.")
        return spreadsheet(self._frame)

    def static(self) -> dict[str, str]:
        """Return the first rows as text and HTML."""
        names = self._names() if self._many else {}
        rows = [
            StaticRow(clock(clip.start), names.get(id(clip.content), ""), *_said(self._frame, clip.rows))
            for clip in self._clips[:MAX_STATIC]
        ]
        return static_rows(str(self.meta()["title"]), rows, len(self._clips) - len(rows))


def _said(frame: pd.DataFrame, rows: Sequence[int]) -> tuple[str, str]:
    """Return the speaker and the text of some rows; what a search has found stands in its context."""
    part = frame.iloc[list(rows)]
    who = next((str(one) for one in part["speaker"].dropna()), "") if "speaker" in part else ""
    text = next((name for name in ("context", "text", "match", "headline") if name in part), None)
    return who, " ".join(str(one) for one in part[text].dropna()) if text else ""


def playlist(
    frame: pd.DataFrame, of: Transcript | Iterable[Transcript] | None = None, margin: float | None = None
) -> PlaylistContent:
    """Return the rows of a frame as content for a player.

    Raises
    ------
    UsageError
        There are no rows, it is not known of which transcripts they are, or the margin is no length.
    """
    if margin is None:
        margin = SEARCH_MARGIN if {"match", "context"} <= set(frame) or "query" in frame else 0.0
    if not 0 <= margin < float("inf"):
        raise UsageError(f"margin is {margin}; it must be 0 or a number of seconds.")
    if not len(frame):
        raise UsageError("There is nothing to play: the frame has no rows.")
    if len(frame) > MAX_ROWS:
        raise UsageError(f"The frame has {len(frame):,} rows; a playlist has at most {MAX_ROWS:,}.")
    given: list[Transcript] = []
    if of is not None:
        given = [of] if isinstance(of, Transcript) else list(of)
    if len(given) == 1:
        return PlaylistContent(frame, dict.fromkeys(_ids(frame), given[0]), margin)
    known: dict[Any, Transcript] = {t.id: t for t in given}
    transcripts = {ident: known.get(ident) or _stored(ident) for ident in _ids(frame)}
    return PlaylistContent(frame, transcripts, margin)


def transcripts_of(
    frame: pd.DataFrame, of: Transcript | Iterable[Transcript] | None
) -> list[tuple[Transcript, list[int]]]:
    """Return the transcripts that rows are of, each with its rows.

    Raises
    ------
    UsageError
        It is not known of which transcripts they are.
    """
    given = [] if of is None else [of] if isinstance(of, Transcript) else list(of)
    if len(given) == 1:
        return [(given[0], list(range(len(frame))))]
    known: dict[Any, Transcript] = {t.id: t for t in given}
    only = _ids(frame)[0] if "transcript_id" not in frame and len(frame) else None
    ids = frame["transcript_id"].tolist() if "transcript_id" in frame else [only] * len(frame)
    rows: dict[Any, list[int]] = {}
    for row, ident in enumerate(ids):
        rows.setdefault(ident, []).append(row)
    return [(known.get(ident) or _stored(ident), found) for ident, found in rows.items()]


def _ids(frame: pd.DataFrame) -> list[Any]:
    if "transcript_id" in frame and frame["transcript_id"].notna().any():
        return list(frame["transcript_id"].dropna().unique())
    return [frame.attrs.get("transcript_id")]


def kept(transcript_id: Any) -> Transcript | None:
    """Return the stored transcript of an id, with its edits and names; None without one."""
    from aai_jupyter.runtime.process import runtime
    from aai_jupyter.transcripts.restore import alive_or_restored

    return alive_or_restored(transcript_id, runtime().store) if isinstance(transcript_id, str) else None


def _stored(transcript_id: Any) -> Transcript:
    found = kept(transcript_id)
    if found is None:
        raise UsageError(
            f"The transcript of these rows is not kept here ({transcript_id or 'no id'}).",
            hint="Say whose rows they are: df.aai.play(t)",
        )
    return found


def _clips(
    frame: pd.DataFrame, contents: Mapping[Any, TranscriptContent], margin: float
) -> list[PlaylistClip]:
    from aai_jupyter.analysis.spans import seconds, units_of

    units = units_of(frame)
    start, end = (seconds(frame[name], units) * 1000 for name in ("start", "end"))
    only = next(iter(contents))
    ids = frame["transcript_id"].tolist() if "transcript_id" in frame else [only] * len(frame)
    words = "word" in frame
    clips: list[PlaylistClip] = []
    offset = 0.0
    for row, (ident, first, last) in enumerate(zip(ids, start.tolist(), end.tolist(), strict=True)):
        content = contents.get(ident) or contents[only]
        if not last > first:  # also where a time is missing
            continue
        if margin:
            first, last = max(0.0, first - margin), max(last, min(last + margin, content.duration_ms))
        before = clips[-1] if clips else None
        near = words and before and 0 <= first - before.end < JOIN_MS
        over = margin and before and before.start <= first <= before.end  # nothing is heard twice
        if before and before.content is content and (near or over):
            last = max(before.end, last)
            clips[-1] = PlaylistClip(content, before.start, last, before.offset, (*before.rows, row))
        else:
            clips.append(PlaylistClip(content, first, last, offset, (row,)))
        offset = clips[-1].stop
    if not clips:
        raise UsageError("There is nothing to play: no row has a start before its end.")
    return clips
