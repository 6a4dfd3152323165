"""``aai.tracks``: a conversation whose speakers were recorded apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from aai_jupyter.api.written_sound import written
from aai_jupyter.client.sources.track_list import Tracks, as_tracks, named_tracks
from aai_jupyter.errors import SourceError

if TYPE_CHECKING:
    from aai_jupyter.audio.track_sound import TrackSound
    from aai_jupyter.client.sources.source import Source
    from aai_jupyter.transcripts.transcript import Transcript


def tracks(*sources: Any, delays: Mapping[str, float] | None = None, **named: Any) -> Tracks:
    """Name recordings of a conversation that have one speaker each, for :func:`aai_jupyter.transcribe`.

    Each track is transcribed by itself, and the price is that of their sum. The transcript of all then has
    the right speaker at every word, and what was said at once stays said at once. When each track began is
    heard from what the microphones have of each other; words that one microphone has from another speaker
    are left out. The player plays a mix, in which each track can be muted.

    Parameters
    ----------
    *sources
        Instead of names: one file with several audio streams, a folder with a file for each person, such as
        Zoom's ("Record a separate audio file for each participant"), or several files. Names are those of
        streams and files; or one dict of recordings by name.
    delays : mapping, optional
        Seconds at which a speaker's track begins, where that cannot be heard.
    **named
        The recording of each speaker, as :func:`aai_jupyter.transcribe` takes it.

    Returns
    -------
    Tracks

    Raises
    ------
    SourceError
        A recording cannot be used, or there is only one.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF....WAVE").names
    ['Ann', 'Ben']
    >>> t = aai.transcribe(aai.tracks(Ann="ann.wav", Ben="ben.wav"))  # doctest: +SKIP
    >>> t = aai.transcribe(aai.tracks("2026-11-30 10.00 Weekly"))  # doctest: +SKIP
    """
    if sources and named:
        raise SourceError("Tracks have names, or none of them has: give all by name.")
    if len(sources) == 1 and isinstance(sources[0], Mapping):
        return named_tracks(sources[0], delays)
    return as_tracks(sources, delays) if sources else named_tracks(named, delays)


def conversation(given: Tracks, transcripts: Sequence[Transcript]) -> Transcript:
    """Return one transcript of tracks that have been transcribed.

    Raises
    ------
    SourceError
        A recording can no longer be read.
    """
    from aai_jupyter.audio.track_delays import find_delays
    from aai_jupyter.transcripts.track_merging import merged_transcript, told_delays

    with ExitStack() as stack:
        sounds = [_decoded(source, stack) for source in given.sources]
        delays = told_delays(find_delays(sounds), given.names, given.delays)
        for sound, delay in zip(sounds, delays, strict=True):
            sound.delay = delay.seconds
        found = merged_transcript(given.names, transcripts, sounds, delays, given.label)
        found.edited_answer.audio = _mixdown(given, sounds)
    return found


def _decoded(source: Source, stack: ExitStack) -> TrackSound:
    from aai_jupyter.audio.track_sound import track_sound

    try:
        opened = str(source.path) if source.path else stack.enter_context(source.open())
        sound = track_sound(opened, source.track)
    except (OSError, ValueError) as error:
        raise SourceError(f"{source.label} cannot be decoded: {error}.") from error
    stack.callback(sound.close)
    return sound


def _mixdown(given: Tracks, sounds: Sequence[TrackSound]) -> Any:
    """Write the sum of the tracks, once, and each track beside it; return the sum as a recording."""
    from aai_jupyter.audio.track_sound import RATE, Mixdown
    from aai_jupyter.transcripts.recording import Recording

    pairs = zip(given.sources, sounds, strict=True)
    facts = [f"{source.sha256()} {source.track} {sound.delay:.3f}" for source, sound in pairs]
    mix = Mixdown(sounds)
    for number, source in enumerate(given.sources):
        written("tracks", [source], facts, RATE, 1, mix.alone(number), part=number + 1)
    path = written("tracks", given.sources, facts, RATE, 1, mix.whole())
    return Recording(given.label, str(path), size=path.stat().st_size)
