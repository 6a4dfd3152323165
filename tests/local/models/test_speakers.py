"""Who speaks: clusters of voices, words at the seams, a second look, and real conversations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models import speaker_models
from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.diarization import HeardVoices, hear_voices
from aai_jupyter.local.models.doubtful_units import UnitPlaces, settled
from aai_jupyter.local.models.speaker_assignment import SpeakerTurn, assign
from aai_jupyter.local.models.speaker_check import checked, ghosts
from aai_jupyter.local.models.voice_activity import speech_probabilities
from aai_jupyter.local.models.voice_clusters import cluster_voices, voice_model
from aai_jupyter.local.models.words import RecognisedWord
from benchmarks.bench_engine import rttm
from benchmarks.conversations import PLANS, build, voices
from benchmarks.diarization_error import der
from tests.local.models.models_clips import CLIPS


def said(line: str, speaker: str | None = None) -> list[RecognisedWord]:
    """Words of 200 ms, one after the other; "|" is a pause of a second."""
    words, now = [], 0
    for text in line.split():
        now += 1000 if text == "|" else 0
        if text != "|":
            words.append(RecognisedWord(text, now, now + 190, 0.9, speaker))
            now += 200
    return words


# --- words at the seams -----------------------------------------------------------------------------------


def speakers_of(words: list[RecognisedWord]) -> str:
    return "".join(word.speaker or "?" for word in words)


def test_a_seam_moves_to_the_end_of_the_sentence() -> None:
    words = said("did you see it then? No I did not.")
    assign(words, [SpeakerTurn(0.0, 0.75, 0), SpeakerTurn(0.75, 2.0, 1)])
    assert speakers_of(words) == "AAAAABBBB"


def test_one_word_between_two_of_another_needs_evidence() -> None:
    words = said("we went home yesterday and then we slept")
    noise = [SpeakerTurn(0.0, 0.65, 0), SpeakerTurn(0.65, 0.75, 1), SpeakerTurn(0.75, 2.0, 0)]
    assign(words, noise)
    assert speakers_of(words) == "A" * 8
    words = said("we went home. | Right. | And then we slept.")
    assign(words, [SpeakerTurn(0.0, 1.0, 0), SpeakerTurn(1.5, 1.9, 1), SpeakerTurn(2.7, 4.0, 0)])
    assert speakers_of(words) == "AAABAAAA"


def test_confidence_is_low_where_two_are_as_likely() -> None:
    words = said("one two three. four five six")
    assign(words, [SpeakerTurn(0.0, 0.6, 0), SpeakerTurn(0.0, 0.6, 1), SpeakerTurn(0.6, 1.3, 1)])
    sure = [word.speaker_confidence or 0 for word in words]
    assert max(sure[:3]) < 0.9 < min(sure[3:])


turns = st.lists(
    st.tuples(st.floats(0, 8), st.floats(0.05, 3), st.integers(0, 4), st.floats(0.3, 1)), max_size=12
).map(lambda rows: sorted((SpeakerTurn(a, a + b, k, c) for a, b, k, c in rows), key=lambda turn: turn.start))
times = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 900)), min_size=1, max_size=25)


@given(turns, times)
def test_every_word_has_a_speaker_and_a_probability(found: list[SpeakerTurn], gaps: Any) -> None:
    words, now = [], 0
    for gap, length in gaps:
        words.append(RecognisedWord("so", now + gap, now + gap + length, 0.9))
        now += gap + length
    assign(words, found)
    assert words[0].speaker == "A"
    assert all(word.speaker and 0 < (word.speaker_confidence or 0) <= 1 + 1e-9 for word in words)
    names = list(dict.fromkeys(word.speaker for word in words))
    assert names == sorted(names)


# --- clusters ---------------------------------------------------------------------------------------------


def drawn(counts: list[int], seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of voices as the model takes them to be, in random order, and whose each is."""
    rng, model = np.random.default_rng(seed), voice_model()
    back = np.linalg.pinv(model.transform)
    truth = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centres = rng.standard_normal((len(counts), len(model.between))) * np.sqrt(model.between)
    space = centres[truth] + rng.standard_normal((len(truth), len(model.between)))
    return (space @ back + model.mean).astype(np.float32), truth


@pytest.mark.parametrize("counts", [[40], [30, 10], [20, 20, 20], [12] * 12])
def test_the_number_of_voices_is_found(counts: list[int]) -> None:
    vectors, truth = drawn(counts)
    labels, sure = cluster_voices(vectors, np.full(len(vectors), 2.0))
    assert len(set(zip(labels.tolist(), truth.tolist(), strict=True))) == len(counts) == labels.max() + 1
    assert sure.min() > 0.5


@pytest.mark.parametrize("wanted", [1, 2, 5])
def test_the_number_of_voices_can_be_told(wanted: int) -> None:
    vectors, _ = drawn([20, 20, 20])
    labels, _ = cluster_voices(vectors, np.full(60, 2.0), wanted, wanted)
    assert len(set(labels.tolist())) == wanted


def test_few_and_short_units() -> None:
    vectors, _ = drawn([2])
    assert cluster_voices(vectors[:0], np.zeros(0))[0].tolist() == []
    assert cluster_voices(vectors[:1], np.array([0.4]))[0].tolist() == [0]
    assert sorted(cluster_voices(vectors, np.array([0.4, 0.5]), 2, 2)[0].tolist()) == [0, 1]


def test_a_unit_is_not_sure_of_itself() -> None:
    vectors, truth = drawn([6, 6])
    middle = (vectors[truth == 0].mean(0) + vectors[truth == 1].mean(0)) / 2
    both = np.concatenate([vectors, middle[None]])
    seconds = np.full(len(both), 2.0)
    _, sure = cluster_voices(both, seconds, 2, 2)
    assert sure[-1] < 0.9 < np.median(sure)
    for side in (0, 1):
        near = int(np.flatnonzero(truth == side)[0])
        tracks = np.arange(len(both))
        tracks[-1] = tracks[near]
        middles = np.arange(len(both)) * 3.0
        middles[[near, -1]] = middles[[near, -1]].mean() + np.array([-1.0, 1.0])
        order = np.argsort(middles)
        places = UnitPlaces(tracks[order], middles[order])
        found, _ = cluster_voices(both[order], seconds, 2, 2, places=places)
        at = {int(unit): place for place, unit in enumerate(order)}
        assert found[at[len(both) - 1]] == found[at[near]]


def test_nobody_loses_all_of_his_units() -> None:
    likely = np.array([[0.99, 0.01], [0.6, 0.4], [0.95, 0.05]])
    places = UnitPlaces(np.zeros(3, np.intp), np.arange(3.0))
    assert settled(likely, np.array([0, 1, 0]), np.full(3, 2.0), places)[0].tolist() == [0, 1, 0]


def test_a_changed_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from aai_jupyter.errors import EngineError

    with pytest.raises(EngineError, match="sha256"):
        speaker_models._session(speaker_models.SEGMENTATION[0], "0" * 64)


# --- a second look ----------------------------------------------------------------------------------------


def test_speakers_who_say_nearly_nothing_are_ghosts() -> None:
    long = [RecognisedWord("so", 1000 * n, 1000 * n + 990, 0.9, "AB"[n // 50]) for n in range(100)]
    assert ghosts(long) == []
    assert ghosts([*long, RecognisedWord("yes", 100_000, 100_400, 0.9, "C")]) == ["C"]
    assert ghosts([]) == []


# --- real speech ------------------------------------------------------------------------------------------


def heard(path: Any) -> tuple[HeardVoices, float]:
    with decode(path) as audio:
        return hear_voices(audio, speech_probabilities(audio)), audio.seconds


def rows(found: list[SpeakerTurn]) -> list[tuple[float, float, str]]:
    return [(turn.start, turn.end, str(turn.speaker)) for turn in found]


@pytest.mark.models
@pytest.mark.parametrize(
    ("clip", "strict", "lenient"), [("pyannote_sample", 0.09, 0.02), ("ami_tst00", 0.54, 0.30)]
)
def test_error_rate_of_real_recordings(clip: str, strict: float, lenient: float) -> None:
    found, _seconds = heard(CLIPS / f"{clip}.flac")
    turns = rows(found.turns(*found.clustered()))
    reference = rttm(CLIPS / f"{clip}.rttm")
    assert der(reference, turns).rate <= strict
    assert der(reference, turns, lenient=True).rate <= lenient


def changed(samples: np.ndarray, *, noise: int = 0, late_ms: int = 0, gain: float = 1.0) -> np.ndarray:
    """The same sound: with the lowest bit at random, later, louder or softer."""
    bits = np.random.default_rng(late_ms).integers(-noise, noise + 1, len(samples))
    loud = np.clip(np.rint(samples * 32768 * gain + bits), -32768, 32767).astype(np.int16)
    return np.concatenate([np.zeros(16 * late_ms, np.int16), loud]).astype(np.float32) / 32768


@pytest.mark.models
@pytest.mark.parametrize(
    "change",
    [
        {"noise": 1},
        {"late_ms": 7, "gain": 0.71},
        *(pytest.param({"late_ms": ms}, marks=pytest.mark.nightly) for ms in (1, 3, 5, 10, 15, 20)),
        pytest.param({"gain": 1.41}, marks=pytest.mark.nightly),
        pytest.param({"noise": 1, "late_ms": 12}, marks=pytest.mark.nightly),
    ],
    ids=str,
)
def test_the_same_sound_has_the_same_speakers(change: dict[str, Any]) -> None:
    with decode(CLIPS / "pyannote_sample.flac") as audio:
        samples = audio.read(0, audio.n_samples)
    sound = Samples(changed(samples, **change))
    found = hear_voices(sound, speech_probabilities(sound))
    late = change.get("late_ms", 0) / 1000
    turns = [(max(a - late, 0.0), b - late, who) for a, b, who in rows(found.turns(*found.clustered()))]
    reference = rttm(CLIPS / "pyannote_sample.rttm")
    assert der(reference, turns).rate <= 0.10
    assert der(reference, turns, lenient=True).rate <= 0.02


@pytest.fixture(scope="module")
def conversation() -> tuple[HeardVoices, float, Any]:
    """Four people who talk over each other: what was heard, its length, and who speaks when."""
    plan = next(plan for plan in PLANS if plan.name == "four_over_each_other")
    samples, turns = build(plan, voices())
    audio = Samples(samples)
    return hear_voices(audio, speech_probabilities(audio)), audio.seconds, turns


class Samples:
    """Audio in memory, as the models want it."""

    n_channels, offset = 1, 0.0

    def __init__(self, samples: np.ndarray) -> None:
        self._samples, self.n_samples = samples, len(samples)
        self.seconds = len(samples) / RATE

    def read(self, start: int, stop: int, channel: int = 0) -> np.ndarray:
        return self._samples[max(start, 0) : stop]


@pytest.mark.models
def test_a_conversation_of_four_who_interrupt_each_other(conversation: Any) -> None:
    found, _seconds, reference = conversation
    turns = rows(found.turns(*found.clustered()))
    assert len({who for *_, who in turns}) == 4
    assert der(reference, turns).rate <= 0.16
    for count in (2, 6):
        told = rows(found.turns(*found.clustered(count, count)))
        assert len({who for *_, who in told}) == count


@pytest.mark.models
def test_a_second_look_puts_moved_seams_back(conversation: Any) -> None:
    found, _, reference = conversation
    words = []
    for start, end, who in reference:
        count = max(2, round((end - start) / 0.35))
        edges = np.linspace(1000 * start, 1000 * end, count + 1).round().astype(int).tolist()
        texts = ["so"] * (count - 1) + ["there."]
        words += [RecognisedWord(*one, 0.9, who) for one in zip(texts, edges, edges[1:], strict=False)]
    words.sort(key=lambda word: word.start)
    truth = [word.speaker for word in words]
    for first in range(0, len(words) - 3, 3):  # every third seam is two words late
        if truth[first] != truth[first + 1]:
            words[first + 1].speaker = words[first + 2].speaker = truth[first]
    wrong = sum(word.speaker != right for word, right in zip(words, truth, strict=True))
    again = checked(found, words).speakers
    left = sum(new != right for new, right in zip(again, truth, strict=True))
    assert wrong >= 10
    assert left <= 0.7 * wrong
