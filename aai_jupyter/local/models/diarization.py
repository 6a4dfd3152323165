"""Speaker diarization: embeddings of speech, clustered; then a speaker for each word.

Experimental, and labelled so: it separates clean turns of a few people, hears no two at once, and
finds too few in far-field meetings. `benchmarks/bench_engine.py` measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.clustering import by_first_appearance, cluster
from aai_jupyter.local.models.ge2e import HOP, WINDOW_FRAMES, speaker_encoder
from aai_jupyter.local.models.voice_activity import Span, spans
from aai_jupyter.local.models.words import RecognisedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP = 0.4
"""Seconds between two embeddings."""
THRESHOLD = 0.28
"""Average cosine distance up to which two voices are one; chosen on the clips of the benchmark."""
LEAST_SHARE, LEAST_SECONDS, ENOUGH_SECONDS = 0.12, 2.0, 6.0
"""A cluster is a speaker from this share of all speech on, but not below or above these seconds."""
ONE_VOICE = 0.9
"""Cosine of two clusters' means from which on they are one voice: the means of many windows are steady."""
_LEVEL = 10 ** (-30 / 20)  # root mean square that the encoder was trained on
_BATCH = 128
_LONGEST = 30.0
_SENTENCE_END = (".", "?", "!", "…", "。", "？", "！")


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """One interval of one speaker: seconds from the first sample, and the speaker's number."""

    start: float
    end: float
    speaker: int


def speaker_bounds(params: Mapping[str, Any], seconds: float) -> tuple[int, int | None]:
    """Return the fewest and most speakers of a request; the default maximum is the service's, by length.

    >>> speaker_bounds({"speakers_expected": 2}, 60)
    (2, 2)
    >>> speaker_bounds({}, 300)
    (1, 10)
    """
    if expected := params.get("speakers_expected"):
        return expected, expected
    options = params.get("speaker_options") or {}
    fewest = options.get("min_speakers_expected") or 1
    default = None if seconds <= 120 else 10 if seconds <= 600 else 30
    most = options.get("max_speakers_expected") or (max(default, fewest) if default else None)
    return fewest, most


def find_turns(
    audio: Audio,
    probabilities: NDArray[np.float32],
    *,
    channel: int = 0,
    fewest: int = 1,
    most: int | None = None,
    check: Callable[[], None] = lambda: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> list[SpeakerTurn]:
    """Return turns of the speakers of one channel, in order of time.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (frames,)
        From `speech_probabilities`.
    fewest, most : int
        Bounds of the number of speakers.

    Examples
    --------
    >>> find_turns(audio, speech_probabilities(audio), most=4)[0]  # doctest: +SKIP
    Turn(start=0.21, end=7.62, speaker=0)
    """
    import numpy as np

    speech = spans(
        probabilities, audio.n_samples, threshold=0.35, min_silence=0.2, pad=0.06, longest=_LONGEST
    )
    centres = [_centres(start / RATE, stop / RATE) for start, stop in speech]
    if not speech:
        return []
    vectors = _embeddings(audio, speech, centres, channel, check, on_share)
    check()
    labels = _label(vectors, fewest, most)
    turns: list[SpeakerTurn] = []
    first = 0
    for (start, stop), middles in zip(speech, centres, strict=True):
        own = labels[first : first + len(middles)]
        first += len(middles)
        cuts = [start / RATE, *((middles[1:] + middles[:-1]) / 2).tolist(), stop / RATE]
        changes = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist(), len(own)]
        turns += [SpeakerTurn(cuts[a], cuts[b], int(own[a])) for a, b in pairwise(changes)]
    return turns


def _centres(start: float, end: float) -> NDArray[np.float64]:
    """Return where to embed: windows of 1.6 s inside an interval of speech, or one at its middle."""
    import numpy as np

    half = WINDOW_FRAMES * HOP / RATE / 2
    if end - start <= 2 * half:
        return np.array([(start + end) / 2])
    return np.linspace(start + half, end - half, 1 + max(1, round((end - start - 2 * half) / STEP)))


def _embeddings(
    audio: Audio,
    speech: Sequence[Span],
    centres: Sequence[NDArray[np.float64]],
    channel: int,
    check: Callable[[], None],
    on_share: Callable[[float], None],
) -> NDArray[np.float32]:
    import numpy as np

    encoder = speaker_encoder()
    gain = _gain(audio, channel)
    found, batch = [], []
    total = sum(len(middles) for middles in centres)
    for window in _mel_windows(audio, speech, centres, channel, gain):
        batch.append(window)
        if len(batch) == _BATCH:
            check()
            found.append(encoder.embed(np.stack(batch)))
            batch = []
            on_share(len(found) * _BATCH / total)
    if batch:
        found.append(encoder.embed(np.stack(batch)))
    return np.concatenate(found)


def _gain(audio: Audio, channel: int) -> float:
    """Raise quiet audio to the level the encoder was trained on; loud audio stays."""
    energy = sum(float((block.astype("f8") ** 2).sum()) for _, block in audio.blocks(RATE * 300, channel))
    found: float = max(1.0, _LEVEL / max((energy / audio.n_samples) ** 0.5, 1e-6))
    return found


def _mel_windows(
    audio: Audio,
    speech: Sequence[Span],
    centres: Sequence[NDArray[np.float64]],
    channel: int,
    gain: float,
) -> Iterator[NDArray[np.float32]]:
    import numpy as np

    encoder, half = speaker_encoder(), WINDOW_FRAMES // 2
    for (start, stop), middles in zip(speech, centres, strict=True):
        first = max(0, start // HOP - half)
        samples = audio.read(first * HOP, stop + (half + 1) * HOP, channel) * np.float32(gain)
        frames = encoder.mel_frames(samples)
        for middle in middles:
            begin = round(middle * RATE / HOP) - half - first
            yield frames[np.clip(np.arange(begin, begin + WINDOW_FRAMES), 0, len(frames) - 1)]


def _label(vectors: NDArray[np.float32], fewest: int, most: int | None) -> NDArray[np.intp]:
    """Cluster; join clusters of one voice; give those too small, or too many, to the nearest voice."""
    import numpy as np

    labels = cluster(vectors, THRESHOLD)
    sizes = np.bincount(labels)
    by_size = [int(k) for k in np.argsort(-sizes, kind="stable")]
    least = min(max(LEAST_SHARE * len(vectors) * STEP, LEAST_SECONDS), ENOUGH_SECONDS)
    voices = [k for k in by_size if sizes[k] * STEP >= least] or by_size[:1]
    if len(voices) < fewest:
        voices = by_size[:fewest]
        if len(voices) < fewest:
            labels = cluster(vectors, THRESHOLD, fewest=fewest, most=fewest)
            voices = list(range(labels.max() + 1))
    means = _means(vectors, labels, voices)
    while len(voices) > fewest:
        alike = np.triu(means @ means.T, 1)
        first, second = np.unravel_index(int(np.argmax(alike)), alike.shape)
        if alike[first, second] < ONE_VOICE:
            break
        labels[labels == voices[second]] = voices[first]
        del voices[second]
        means = _means(vectors, labels, voices)
    voices, means = voices[:most], means[:most]
    place = np.full(labels.max() + 1, -1)
    place[voices] = np.arange(len(voices))
    own = place[labels]
    return by_first_appearance(np.where(own >= 0, own, np.argmax(vectors @ means.T, axis=1)))


def _means(
    vectors: NDArray[np.float32], labels: NDArray[np.intp], voices: Sequence[int]
) -> NDArray[np.float32]:
    """Return the mean direction of each voice, shape (voices, dimensions)."""
    import numpy as np

    means = np.stack([vectors[labels == voice].mean(0) for voice in voices])
    found: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return found


def assign(
    words: Sequence[RecognisedWord], turns: Sequence[SpeakerTurn], offset: float = 0.0, prefix: str = ""
) -> None:
    """Set the speaker of each word ("A", "B", ... in order of first speech).

    A word takes the speaker with most of its time; a phrase (no pause, no end of a sentence inside)
    that is mostly one speaker's is all of that speaker.

    Examples
    --------
    >>> words = [RecognisedWord("Hello.", 0, 500, 0.9), RecognisedWord("Hi!", 900, 1200, 0.9)]
    >>> assign(words, [SpeakerTurn(0.0, 0.6, 0), SpeakerTurn(0.8, 1.3, 1)])
    >>> [word.speaker for word in words]
    ['A', 'B']
    """
    shares = list(_shares(words, turns, offset))
    labels = [max(share, key=lambda k: share[k]) for share in shares]
    for first, last in _phrases(words):
        total: dict[int, float] = {}
        for share in shares[first:last]:
            for speaker, seconds in share.items():
                total[speaker] = total.get(speaker, 0.0) + seconds
        leader = max(total, key=lambda k: total[k])
        if total[leader] >= 0.7 * sum(total.values()):
            labels[first:last] = [leader] * (last - first)
    names: dict[int, str] = {}
    for word, label in zip(words, labels, strict=True):
        word.speaker = prefix + names.setdefault(label, speaker_name(len(names)))


def speaker_name(number: int) -> str:
    """Return the label of a number: "A" ... "Z", "AA", "AB", ...

    >>> [speaker_name(n) for n in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name


def _shares(
    words: Sequence[RecognisedWord], turns: Sequence[SpeakerTurn], offset: float
) -> Iterator[dict[int, float]]:
    """Yield seconds of each speaker in each word; the nearest turn where nobody speaks."""
    first = 0
    for word in words:
        start = word.start / 1000 - offset
        end = max(word.end / 1000 - offset, start + 0.02)
        while first + 1 < len(turns) and turns[first].end <= start:
            first += 1
        share: dict[int, float] = {}
        for turn in turns[first:]:
            if turn.start >= end:
                break
            if turn.end > start:
                seconds = min(end, turn.end) - max(start, turn.start)
                share[turn.speaker] = share.get(turn.speaker, 0.0) + seconds
        if not share:
            near = turns[max(first - 1, 0) : first + 2]
            closest = min(near, key=lambda turn: max(turn.start - end, start - turn.end), default=None)
            share = {closest.speaker if closest else 0: end - start}
        yield share


def _phrases(words: Sequence[RecognisedWord]) -> Iterator[tuple[int, int]]:
    """Yield runs of words [first, last) without a pause of 0.3 s or an end of a sentence."""
    first = 0
    for index in range(1, len(words) + 1):
        if (
            index == len(words)
            or words[index].start - words[index - 1].end > 300
            or words[index - 1].text.endswith(_SENTENCE_END)
        ):
            yield first, index
            first = index
