"""Sound that is made of recordings, once: a mix of tracks, or parts one after the other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import MissingDependencyError, SourceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aai_jupyter.client.sources.source import Source

_HIGHEST_RATE = 48_000


def written(
    kind: str,
    sources: Sequence[Source],
    facts: Sequence[str],
    rate: int,
    channels: int,
    blocks: Iterable[Any],
    *,
    part: int = 0,
) -> Path:
    """Write blocks of int16 samples, interleaved, to a file of the home folder; return it.

    Parameters
    ----------
    kind : str
        With which its name begins.
    sources : sequence of Source
        The recordings in it; whoever erases one of them erases it.
    facts : sequence of str
        What it is made of, and how: when the same was made before, nothing is read or written.
    part : int
        Of the whole, which is 0: see :func:`~aai_jupyter.transcripts.recording.part_of`.
    """
    from aai_jupyter.client.streaming.codec import AudioWriter
    from aai_jupyter.jobs.made_sound import write_parts
    from aai_jupyter.live.sent_audio import folder_of
    from aai_jupyter.runtime.process import runtime
    from aai_jupyter.transcripts.recording import part_of

    name = f"{kind}-{hashlib.sha256(' '.join(facts).encode()).hexdigest()[:24]}"
    folder = folder_of(Path(runtime().settings.home))
    path = part_of(folder / f"{name}.flac", part)
    write_parts(path, ((source.sha256(), source.path) for source in sources))
    if path.is_file():
        os.utime(path)  # the folder is cleared of what is old
        return path
    unfinished = AudioWriter(folder, f"{path.stem}-{os.urandom(4).hex()}", rate, channels)
    try:
        for block in blocks:
            unfinished.write(block.tobytes())
        unfinished.close()
        unfinished.path.replace(path)
    finally:
        unfinished.close()
        unfinished.path.unlink(missing_ok=True)
    return path


def require_decoder(what: str) -> None:
    """Refuse what needs recordings decoded here.

    Raises
    ------
    MissingDependencyError
    """
    from importlib.util import find_spec

    if find_spec("av") is None:
        raise MissingDependencyError(f"{what} needs PyAV.", hint='pip install "aai-jupyter[audio]"')


def join(parts: Sequence[Any]) -> Source:
    """Put the parts of one recording together: what a recorder has cut into files.

    The whole is transcribed as one, so that its speakers keep their labels and its times go on.

    Parameters
    ----------
    parts : sequence
        Recordings in order, as :func:`aai_jupyter.transcribe` takes them; a folder or a pattern is in the
        order of the numbers in its names.

    Returns
    -------
    Source
        For :func:`aai_jupyter.transcribe`, and as a track of :func:`aai_jupyter.tracks`.

    Raises
    ------
    SourceError
        A part cannot be read, or is a URL.

    Examples
    --------
    >>> import aai_jupyter as aai
    >>> t = aai.transcribe(aai.join(["ZOOM0001.wav", "ZOOM0002.wav"]))  # doctest: +SKIP
    """
    from dataclasses import replace

    from aai_jupyter.client.sources.reading import resolve_sources

    require_decoder("To join recordings")
    found = resolve_sources(list(parts) if isinstance(parts, tuple) else parts)
    if (address := next((source for source in found if source.url is not None), None)) is not None:
        raise SourceError(
            f"{address.label} is a URL: parts are put together on this machine.",
            hint="Download the files and give those.",
        )
    forms = [_form(source) for source in found]
    rate = min(max(rate for rate, _ in forms), _HIGHEST_RATE)
    channels = 2 if all(count == 2 for _, count in forms) else 1
    facts = [*(f"{source.sha256()} {source.track}" for source in found), f"{rate} {channels}"]
    path = written("joined", found, facts, rate, channels, _blocks(found, rate, channels))
    (whole,) = resolve_sources(path)
    return replace(whole, label=" + ".join(source.label for source in found))


def _form(source: Source) -> tuple[int, int]:
    """Return sample rate and channels."""
    with _opened(source) as (_, stream):
        return int(stream.rate), int(stream.layout.nb_channels)


@contextmanager
def _opened(source: Source) -> Iterator[tuple[Any, Any]]:
    """Open the container and the audio stream of a recording."""
    from aai_jupyter.audio.pyav import open_audio
    from aai_jupyter.audio.tracks import track_of

    try:
        with source.open() as file, open_audio(str(source.path) if source.path else file) as container:
            yield container, track_of(container, source.track)
    except (OSError, ValueError) as error:
        raise SourceError(f"{source.label} cannot be decoded: {error}.") from error


def _blocks(sources: Sequence[Source], rate: int, channels: int) -> Iterator[NDArray[np.int16]]:
    from aai_jupyter.audio.presentation import presented_samples, timed_frames

    for source in sources:
        with _opened(source) as (container, stream):
            samples = presented_samples(container, "stereo" if channels == 2 else "mono", rate)
            for block in samples.blocks(timed_frames(container, stream)):
                yield block.T.copy()
