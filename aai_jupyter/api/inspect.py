"""``aai.inspect``: a look at recordings before they are paid for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import AaiError, MissingDependencyError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from aai_jupyter.audio.sound_measures import SoundMeasure
    from aai_jupyter.client.options.transcript_request import TranscriptRequest
    from aai_jupyter.client.sources.reading import Source

NARROW_HZ = 4_900.0
"""Bandwidth of the telephone, with what a change of the rate leaves above: consonants are guessed."""
DEAD_DB, DEAD_BELOW_DB = -60.0, 40.0
"""A channel is dead below the first, or so far below the loudest."""
SILENT_DB = -68.0
QUIET_DB = -42.0
NOISY_DB = 15.0
"""Speech above noise from which on words get lost."""
CLIPPED = 3e-4
SAME = 0.02
"""Share of energy that two channels of one sound differ by, codecs included."""
LITTLE_SPEECH = 0.12
MUSIC = 0.25
AT_ONCE = 4

ADVICE = {
    "unreadable": "It is not sent like this: export it anew.",
    "silent": "There is nothing to transcribe: leave it out.",
    "little speech": "Most of it is not speech: cut it, or leave it out.",
    "music": "Long music is charged as speech is: cut what is held on hold.",
    "clipped": "Record at a lower level; what is cut off does not come back.",
    "quiet": "Record closer; raising the level raises the noise with it.",
    "noisy": "Words will be missed: use a closer microphone, or check them by hand.",
    "narrow band": "Telephone quality: names and endings are guessed; give keyterms_prompt.",
    "dead channel": "One channel has no sound: leave out multichannel, which charges for each.",
    "double channel": "All channels are the same: leave out multichannel, which charges for each.",
    "opposite polarity": "Its channels cancel each other out when mixed: turn one round, or keep one.",
    "duplicate": "It is the same sound as another: send one of them.",
}
"""Fault -> what to do about it."""


@dataclass
class _Look:
    source: Source
    measure: SoundMeasure | None = None
    words: np.ndarray | None = None
    error: str | None = None
    language: str | None = None
    confidence: float | None = None
    faults: list[str] = field(default_factory=list)


def inspect(
    *sources: Any, language: bool = False, extra: Mapping[str, Any] | None = None, **options: Any
) -> pd.DataFrame:
    """Measure recordings, and say what will spoil their transcripts or cost for nothing. Nothing is sent.

    Parameters
    ----------
    *sources
        Files, folders, patterns and whatever else :func:`aai_jupyter.transcribe` takes, but for URLs.
    language : bool, default False
        Let the local engine tell the language from half a minute of each, which takes it a second or so.
    extra : mapping, optional
    **options
        Options of the transcription, for the price: ``multichannel=True`` charges for each channel.

    Returns
    -------
    DataFrame
        One row for each recording: source, seconds, rate, channels; bandwidth (highest frequency with sound,
        Hz), level and noise (dBFS), snr (dB), peak, clipped (share of samples), speech and music (shares of
        the time); duplicate_of (the earlier one of the same sound); language and language_confidence (empty
        unless asked for, and the language also when it is a guess); price (USD by the price list); faults (a
        text, empty for none) and advice; error.

    Raises
    ------
    OptionError, SourceError
    MissingDependencyError
        PyAV is not installed.
    EngineError
        The local engine, which `language` needs, is not installed.

    Examples
    --------
    >>> found = aai.inspect("calls", multichannel=True)  # doctest: +SKIP
    >>> found.query("faults != ''")[["source", "faults", "advice"]]  # doctest: +SKIP
    """
    from aai_jupyter.audio.fingerprints import near_duplicates
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.client.sources.reading import resolve_sources

    _check_pyav()
    request = build_request(options, extra=extra)
    notes: list[str] = []
    found = resolve_sources(*sources, notes=notes, partly=True)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aai-inspect") as pool:
        looks = list(pool.map(_look, found))
    import numpy as np

    empty = np.empty(0, np.uint32)
    same = near_duplicates([empty if look.words is None else look.words for look in looks])
    for look, other in zip(looks, same, strict=True):
        look.faults = faults_of(look.measure)
        if other is not None and "silent" not in look.faults:
            look.faults.append("duplicate")
    if language:
        _tell_languages(looks)
    return _frame(looks, same, request)


def _check_pyav() -> None:
    from importlib.util import find_spec

    if find_spec("av") is None:
        raise MissingDependencyError("aai.inspect needs PyAV.", hint='pip install "aai-jupyter[audio]"')


def faults_of(measure: SoundMeasure | None) -> list[str]:
    """Return the names of what is wrong with a recording, in the order of :data:`ADVICE`."""
    if measure is None:
        return ["unreadable"]
    if measure.level < SILENT_DB or measure.seconds == 0:
        return ["silent"]
    two = measure.channels > 1
    loudest = max(measure.levels)
    dead = two and min(measure.levels) < max(DEAD_DB, loudest - DEAD_BELOW_DB)
    alike = two and not dead and measure.difference is not None and measure.difference < SAME
    opposite = alike and measure.correlation is not None and measure.correlation < 0
    held = {
        "music": measure.music > MUSIC,
        "little speech": measure.active < LITTLE_SPEECH and measure.music <= MUSIC,
        "clipped": measure.clipped > CLIPPED and measure.music <= MUSIC,
        "quiet": measure.level < QUIET_DB,
        "noisy": measure.snr < NOISY_DB and measure.music <= MUSIC,
        "narrow band": 0 < measure.bandwidth < NARROW_HZ and measure.music <= MUSIC,
        "dead channel": dead,
        "double channel": alike and not opposite,
        "opposite polarity": opposite,
    }
    return [name for name in ADVICE if held.get(name)]


def _look(source: Source) -> _Look:
    look = _Look(source)
    if source.error is not None:
        look.error = source.error.short
    elif source.url is not None:
        look.error = "It is a URL: the service reads it, nothing is read here."
    else:
        try:
            look.measure, look.words = _measured(source)
        except AaiError as error:
            look.error = error.short
        except (OSError, ValueError) as error:  # PyAV's own are ValueErrors or OSErrors
            look.error = str(error) or type(error).__name__
    return look


def _measured(source: Source) -> tuple[SoundMeasure, np.ndarray]:
    """Decode a recording once, block by block."""
    import av
    import numpy as np

    from aai_jupyter.audio.fingerprints import MOST_SECONDS, RATE, fingerprint
    from aai_jupyter.audio.presentation import sound_frames
    from aai_jupyter.audio.pyav import Resampler, open_audio
    from aai_jupyter.audio.sound_measures import SoundMeter
    from aai_jupyter.audio.tracks import track_of

    meter: SoundMeter | None = None
    low: list[np.ndarray] = []
    taken = 0
    with source.open() as file, open_audio(str(source.path) if source.path else file) as container:
        facts = source.sound
        stream = track_of(container, facts.track if facts is not None else 1)
        whole: Resampler | None = None
        mono = Resampler("mono", RATE)
        shape: tuple[int, int] | None = None
        for frame in sound_frames(container, stream):
            if meter is None or whole is None or shape is None:
                shape = frame.sample_rate, frame.layout.nb_channels
                meter, whole = SoundMeter(*shape), Resampler(None, shape[0])
            if (frame.sample_rate, frame.layout.nb_channels) != shape:
                continue  # a stream that changes its form on the way: what it began with is measured
            if taken < MOST_SECONDS * RATE:
                for samples in mono.resample(frame):
                    low.append(samples[0])
                    taken += samples.shape[1]
            for samples in whole.resample(frame):
                meter.add(samples.astype(np.float32) / 32768)
    if meter is None or whole is None:
        raise av.error.InvalidDataError(0, "It has no sound that can be decoded.")
    for samples in whole.resample(None):
        meter.add(samples.astype(np.float32) / 32768)
    sound = np.concatenate(low).astype(np.float32) / 32768 if low else np.empty(0, np.float32)
    return meter.finish(), fingerprint(sound)


def _tell_languages(looks: Sequence[_Look]) -> None:
    from aai_jupyter.api.inspected_languages import languages_of

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aai-inspect") as pool:
        sounds = list(pool.map(_excerpt, looks))
    for look, told in zip(looks, languages_of(sounds), strict=True):
        look.language, look.confidence = told


def _excerpt(look: _Look) -> bytes | None:
    """Return half a minute of a recording; None when nobody speaks in it."""
    from aai_jupyter.audio.excerpts import excerpt
    from aai_jupyter.audio.pyav import open_audio
    from aai_jupyter.audio.tracks import track_of

    if look.measure is None or "silent" in look.faults:
        return None
    source = look.source
    with source.open() as file, open_audio(str(source.path) if source.path else file) as container:
        facts = source.sound
        return excerpt(container, track_of(container, facts.track if facts is not None else 1))


def _frame(looks: Sequence[_Look], same: Sequence[int | None], request: TranscriptRequest) -> pd.DataFrame:
    import pandas as pd

    from aai_jupyter.client.options.prices import PRICE_LIST_DATE, estimate
    from aai_jupyter.runtime.process import runtime

    free = runtime().settings.uses_engine
    labels = [look.source.label for look in looks]

    def numbers(name: str) -> pd.Series:
        values = [getattr(look.measure, name, None) for look in looks]
        return pd.Series(values, dtype="float64")

    def whole(name: str) -> pd.Series:
        return pd.Series([getattr(look.measure, name, None) for look in looks], dtype="Int64")

    prices = [
        0.0
        if free or (measure := look.measure) is None
        else estimate(request.params, measure.seconds, channels=measure.channels)
        for look in looks
    ]
    frame = pd.DataFrame(
        {
            "source": pd.Series(labels, dtype="string"),
            "seconds": numbers("seconds"),
            "rate": whole("rate"),
            "channels": whole("channels"),
            "bandwidth": numbers("bandwidth"),
            "level": numbers("level"),
            "noise": numbers("noise"),
            "snr": numbers("snr"),
            "peak": numbers("peak"),
            "clipped": numbers("clipped"),
            "speech": numbers("active"),
            "music": numbers("music"),
            "duplicate_of": pd.Series([None if one is None else labels[one] for one in same], dtype="string"),
            "language": pd.Series([look.language for look in looks], dtype="string"),
            "language_confidence": pd.Series([look.confidence for look in looks], dtype="float64"),
            "price": pd.Series(prices, dtype="float64"),
            "faults": pd.Series([", ".join(look.faults) for look in looks], dtype="string"),
            "advice": pd.Series(
                [" ".join(ADVICE[name] for name in look.faults) for look in looks], dtype="string"
            ),
            "error": pd.Series([look.error for look in looks], dtype="string"),
        }
    )
    frame.attrs = {"price_list": PRICE_LIST_DATE}
    return frame
