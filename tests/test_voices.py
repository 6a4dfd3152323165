"""A second look at speakers, and voices that are remembered: what becomes of the engine's answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aai_jupyter as aai
from aai_jupyter.api import recheck_speakers as recheck
from aai_jupyter.api import voices as voices_module
from aai_jupyter.client.speaker_api import HeardSpeakers, HeardVoice, HeardWord
from aai_jupyter.errors import StoreError, UsageError
from aai_jupyter.jobs.voice_profiles import VoiceEntry, VoiceProfiles
from aai_jupyter.transcripts.transcript import Transcript
from tests.edits.test_edits import dialogue

MODEL = "model-1"


def voice(direction: int, seconds: float = 20.0, mixed: float = 0.0) -> HeardVoice:
    vector = np.zeros(4)
    vector[direction] = 1.0
    vector[(direction + 1) % 4] = mixed
    return HeardVoice((vector / np.linalg.norm(vector)).tolist(), seconds)


@pytest.fixture
def t() -> Transcript:
    return Transcript.from_json(
        dialogue(("A", "Did you see it? No I"), ("B", "did not."), ("A", "Well."), ("C", "Yes."))
    )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine answers for every transcript."""
    answer: dict[str, Any] = {"speakers": "AAAABBBBAC", "ghosts": ["C"], "model": MODEL}
    answer["voices"] = {"A": voice(0), "B": voice(1), "C": voice(2, 0.5)}

    def answered(transcript: Transcript, on_progress: Any = None) -> HeardSpeakers:
        words = [HeardWord(one, 0.9) for one in answer["speakers"][: len(transcript.words)]]
        return HeardSpeakers(words, answer["ghosts"], answer["voices"], answer["model"])

    monkeypatch.setattr(recheck, "heard_speakers", answered)
    monkeypatch.setattr(voices_module, "heard_speakers", answered)
    return answer


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    aai.settings.home = tmp_path
    yield tmp_path
    aai.settings.home = None


# --- a second look ----------------------------------------------------------------------------------------


def test_words_with_another_voice_become_edits_that_can_be_undone(t: Transcript, heard: Any) -> None:
    before = t.utterances
    found = t.recheck_speakers()
    assert found[["word", "last_word", "text", "speaker", "proposed"]].values.tolist() == [
        [4, 5, "No I", "A", "B"]
    ]
    assert t.utterances["text"].tolist()[:2] == ["Did you see it?", "No I did not."]
    assert t.problems == ["speakers: C says so little that it may be a piece of another speaker"]
    t.edit.undo()
    assert t.utterances["text"].tolist() == before["text"].tolist()


def test_proposals_can_be_looked_at_first(t: Transcript, heard: Any) -> None:
    heard["speakers"] = "BAAAAABBAC"
    found = t.recheck_speakers(apply=False)
    assert found["text"].tolist() == ["Did"]
    assert found["confidence"].tolist() == [0.9]
    assert len(t.edits) == 0
    heard["speakers"] = "AAAAAABBAC"
    assert t.recheck_speakers().empty


def test_without_sound_or_speakers_it_says_what_is_missing(t: Transcript) -> None:
    with pytest.raises(UsageError, match="recording"):
        t.recheck_speakers()
    bare = Transcript.from_json(dialogue((None, "Hello there.")))
    bare.audio = Path(__file__).parent / "data" / "goforward.flac"
    with pytest.raises(UsageError, match="no words with speakers"):
        bare.recheck_speakers()


# --- voices -----------------------------------------------------------------------------------------------


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def other(identity: str = "t2") -> Transcript:
    return Transcript.from_json(dialogue(("A", "Hello."), ("B", "Good day.")) | {"id": identity})


def test_only_named_speakers_are_remembered(t: Transcript, heard: Any, home: Path) -> None:
    assert aai.voices.remember(t).empty
    t.speakers = {"A": "Ann", "C": "Cid"}  # Cid says too little
    frame = aai.voices.remember(t)
    assert frame.values.tolist() == [["Ann", 1, 20.0, MODEL]]
    assert "Ann" in repr(aai.voices)
    found = other().recognise()
    assert found[["speaker", "name"]].astype(object).fillna("-").values.tolist() == [
        ["A", "Ann"],
        ["B", "-"],
        ["C", "-"],
    ]
    assert found["why"].tolist()[1:] == ["nobody is near; the nearest is Ann", "only 0.5 s of speech"]
    assert dict(other().speakers) == {"A": "A", "B": "B"}  # nothing is named by it
    assert t.recognise()["name"].isna().all()  # not by its own voices
    assert (home / "voices" / "voices.json").stat().st_mode & 0o077 == 0


def test_a_forgotten_voice_leaves_nothing(t: Transcript, heard: Any, home: Path) -> None:
    t.speakers = {"A": "Ann", "B": "Bob"}
    aai.voices.remember([t])
    vector = b"0.7071"
    heard["voices"] = {"A": voice(0, mixed=1.0)}
    two = other()
    two.speakers = {"A": "Ann"}
    aai.voices.remember(two)
    assert vector in everything_below(home)
    assert aai.voices.frame["recordings"].tolist() == [2, 1]
    assert aai.voices.forget("Ann") == 2
    left = everything_below(home / "voices")
    assert vector not in left
    assert b"Ann" not in left
    with pytest.raises(UsageError, match="There are: Bob"):
        aai.voices.forget("Ann")


def test_a_wrong_name_is_taken_back_by_remembering_again(t: Transcript, heard: Any, home: Path) -> None:
    t.speakers = {"A": "Bob"}
    aai.voices.remember(t)
    t.speakers = {"A": "Ann"}
    aai.voices.remember(t)
    assert aai.voices.frame["name"].tolist() == ["Ann"]
    t.speakers = {}
    assert aai.voices.remember(t).empty
    assert not (home / "voices" / "voices.json").exists()


def test_vectors_of_another_model_are_not_compared(t: Transcript, heard: Any, home: Path) -> None:
    t.speakers = {"A": "Ann"}
    aai.voices.remember(t)
    heard["model"] = "model-2"
    assert other().recognise()["why"].tolist()[0] == "no voice is remembered"


def test_no_name_is_given_twice_and_none_between_two() -> None:
    known = {"Ann": np.array([1.0, 0, 0, 0]), "Bob": np.array([0, 1.0, 0, 0])}
    rows = voices_module.matches({"A": voice(0), "B": voice(0, mixed=0.3), "C": voice(0, mixed=0.99)}, known)
    assert [row["name"] for row in rows] == ["Ann", None, None]
    assert [row["why"] for row in rows[1:]] == [
        "another speaker is nearer to Ann",
        "Ann and Bob are equally near",
    ]


def test_erased_transcripts_take_their_voices_along(home: Path) -> None:
    profiles = VoiceProfiles(home)
    for identity in ("t1", "t2"):
        profiles.replace(identity, [VoiceEntry("Ann", identity, "A", [1.0], 9.0, MODEL)])
    assert profiles.forget_transcripts(["t1", "t9"]) == 1
    assert [one.transcript for one in profiles.entries()] == ["t2"]
    (home / "voices" / "voices.json").write_bytes(b"{")
    with pytest.raises(StoreError, match="cannot be read"):
        profiles.entries()
    assert profiles.erase() == 0
    assert profiles.entries() == []
