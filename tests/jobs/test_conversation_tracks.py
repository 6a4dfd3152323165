"""Conversations in tracks: who says what, when each track began, what bled over, and one job for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import aai_jupyter as aai
from aai_jupyter.api.transcription_call import CallArguments, TranscriptionCall
from aai_jupyter.audio.track_delays import find_delays
from aai_jupyter.audio.track_sound import track_sound
from aai_jupyter.client.sources.track_list import speaker_of_file
from aai_jupyter.jobs.job_events import Outcome
from aai_jupyter.notebook.views.dry_run import plan
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from aai_jupyter.widgets.player.player_content import TranscriptContent
from benchmarks.conversations import RATE, Plan, Turns, build_tracks, voices, write_wav
from tests.jobs.conftest import Reader
from tests.local.conftest import KEY, run_engine

EN: Any = {"language_code": "en"}
PLAN = Plan("pair", ("367", "2609"), seconds=40, longest=4.0, overlapped=0.4)
NAMES = {"367": "Ann", "2609": "Ben"}
WORD = 0.32


@dataclass
class Pair:
    """A conversation of two, each on a file of their own, with something of the other on it."""

    tracks: dict[str, np.ndarray]
    starts: dict[str, float]
    turns: Turns
    """Seconds on the common clock."""

    def words(self, name: str) -> list[dict[str, Any]]:
        """What a recogniser makes of a track, by its clock: also what bled over while its owner is silent."""
        found = []
        for number, (start, end, who) in enumerate(self.turns):
            edges = np.linspace(start, end, max(2, round((end - start) / WORD)) + 1) - self.starts[name]
            for k, (low, high) in enumerate(pairwise(edges)):
                text = f"{NAMES[who]}{number}w{k}" + ("." if k == len(edges) - 2 else "")
                at = low + self.starts[name], high + self.starts[name]
                busy = any(a < at[1] and b > at[0] and speaker == name for a, b, speaker in self.turns)
                if (who == name or not busy) and high <= len(self.tracks[name]) / RATE:
                    times = {"start": round(1000 * low), "end": round(1000 * high)}
                    found.append({"text": text, **times, "confidence": 0.9, "speaker": None})
        return found


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair(*build_tracks(PLAN, voices()))


class TrackReader(Reader):
    """Knows the words of each track by its samples."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.pair = pair
        self.params: list[dict[str, Any]] = []

    def recognise(self, path: Path, params: dict[str, Any], *, on_progress: Any) -> Any:
        self.params.append(params)
        with path.open("rb") as file:
            sound = track_sound(file)
        length = {len(samples): name for name, samples in self.pair.tracks.items()}
        near = min(length, key=lambda count: abs(count - sound.seconds * RATE))
        words = self.pair.words(length[near])
        sound.close()
        return {
            "text": " ".join(word["text"] for word in words),
            "words": words,
            "utterances": None,
            "confidence": 0.9,
            "audio_duration": 41,
            "language_code": "en",
            "metadata": {"warnings": []},
            "_redacted": [],
        }


@pytest.fixture
def reader(pair: Pair, in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackReader]:
    monkeypatch.setattr("aai_jupyter.client.transcripts.transcripts_api.QUICKEST", 0.05)
    for name, samples in pair.tracks.items():
        write_wav(in_folder / f"{NAMES[name].lower()}.wav", samples)
    found = TrackReader(pair)
    with run_engine(in_folder / "engine", recogniser=found) as engine:
        settings.login(KEY)
        settings.base_url = engine.url
        settings.home = in_folder / "home"
        yield found
        runtime().close()


def overlap(rows: list[tuple[float, float, str]]) -> float:
    """Seconds in which two speak."""
    grid = np.zeros((2, 6000), bool)
    for start, end, who in rows:
        grid["AB".index(who[0]), round(100 * start) : round(100 * end)] = True
    return float(grid.all(0).sum()) / 100


def check(t: aai.Transcript, pair: Pair) -> None:
    """99 % of the words once, under the right speaker; as much at once as was said at once."""
    said = {word["text"] for name in NAMES for word in pair.words(name)}
    found = list(zip(t.words.text, t.words.speaker, strict=True))
    right = {text for text, speaker in found if text.startswith(str(speaker))}
    assert len(right) >= 0.99 * len(said)
    assert len(found) <= 1.01 * len(said)
    times = list(zip(t.utterances.start, t.utterances.end, t.utterances.speaker, strict=True))
    truth = overlap([(start, end, NAMES[who]) for start, end, who in pair.turns])
    assert truth > 1
    assert overlap(times) == pytest.approx(truth, rel=0.1)


def test_each_track_is_a_speaker_and_their_clocks_agree(reader: TrackReader, pair: Pair) -> None:
    both = aai.tracks(Ann="ann.wav", Ben="ben.wav")
    t = aai.transcribe(both, speaker_labels=True, **EN)
    check(t, pair)
    assert list(t.speakers) == ["Ann", "Ben"]
    first, second = t.raw["tracks"]
    late = second["start"] - first["start"]
    assert late == pytest.approx(1000 * (pair.starts["2609"] - pair.starts["367"]), abs=20)
    assert (first["speaker"], first["source"]) == ("Ann", "ann.wav")
    assert any("words were heard from others" in text for text in t.warnings)
    assert not any("speaker_labels" in params for params in reader.params)
    assert len(reader.params) == 2
    assert t.utterances.channel.cat.categories.tolist() == ["1", "2"]

    again = aai.transcribe(aai.tracks(Ann="ann.wav", Ben="ben.wav"), **EN)
    assert again.text == t.text
    assert len(reader.params) == 2  # nothing was sent, or paid, twice

    assert t.audio is not None
    assert t.audio.file is not None
    with t.audio.file.open("rb") as file:
        mix = track_sound(file)
        assert mix.seconds == pytest.approx(max(s.seconds for s in tracks_of(pair)), abs=5)
        assert np.abs(mix.read(0, 40 * RATE)).max() > 0.05
    mix.close()


def test_the_player_mutes_tracks(reader: TrackReader, pair: Pair) -> None:
    t = aai.transcribe(aai.tracks(Ann="ann.wav", Ben="ben.wav"), **EN)
    content = TranscriptContent(t)
    assert content.meta()["tracks"] == ["Ann", "Ben"]
    span = 5_000, 12_000
    whole = content.segment(*span, set()).astype(int)
    ann, ben = (content.segment(*span, {number}).astype(int) for number in (1, 0))
    assert np.abs(ann + ben - whole).max() <= 2  # rounded
    assert not content.segment(*span, {0, 1}).any()
    own = pair.tracks["367"][5 * RATE - t.raw["tracks"][0]["start"] * RATE // 1000 :][: 7 * RATE]
    assert np.corrcoef(own, ann)[0, 1] > 0.99
    content.close_sound()
    assert content.segment(*span, {1}).any()

    assert t.audio is not None
    assert t.audio.file is not None
    folder = t.audio.file.parent
    assert len(list(folder.glob("tracks-*.flac"))) == 3
    aai.erase(t, at_service=False)
    assert not list(folder.glob("tracks-*"))
    assert TranscriptContent(t).meta()["tracks"] == []


def tracks_of(pair: Pair) -> Iterator[Any]:
    for samples in pair.tracks.values():
        yield type("Length", (), {"seconds": len(samples) / RATE})


def test_in_the_background_and_by_names_of_files(reader: TrackReader, pair: Pair) -> None:
    job = aai.transcribe("ann.wav", "ben.wav", tracks=True, wait=False, **EN)
    assert len(job) == 2
    t = job.result()
    assert list(t.speakers) == ["ann", "ben"]
    assert job.result() is t


def test_streams_of_one_file(reader: TrackReader, pair: Pair, in_folder: Path) -> None:
    with av.open(str(in_folder / "talk.mkv"), "w") as out:
        streams = []
        for name in pair.tracks:
            stream = out.add_stream("flac", rate=RATE, layout="mono")
            stream.metadata["title"] = NAMES[name]
            streams.append(stream)
        for stream, samples in zip(streams, pair.tracks.values(), strict=True):
            packed = (samples * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    given = aai.tracks("talk.mkv")
    assert given.names == ["Ann", "Ben"]
    assert [source.track for source in given.sources] == [1, 2]
    check(aai.transcribe("talk.mkv", tracks=True, **EN), pair)


def test_a_dry_run_has_the_price_of_all_tracks(reader: TrackReader, pair: Pair) -> None:
    settings.local = False
    whole = plan([aai.tracks(Ann="ann.wav", Ben="ben.wav")], {})
    flagged = plan(["ann.wav", "ben.wav"], {}, tracks=True)
    lengths = [len(samples) / RATE for samples in pair.tracks.values()]
    assert whole.seconds == flagged.seconds == pytest.approx(sum(lengths), abs=0.1)


def test_parts_of_one_recording(in_folder: Path, pair: Pair) -> None:
    samples = pair.tracks["367"]
    for number, part in enumerate(np.array_split(samples[: 30 * RATE], 3), start=1):
        write_wav(in_folder / f"part{number}.wav", part)
    settings.home = in_folder / "home"
    whole = aai.join(["part1.wav", "part2.wav", "part3.wav"])
    assert whole.label == "part1.wav + part2.wav + part3.wav"
    assert whole.sha256() == aai.join(["part1.wav", "part2.wav", "part3.wav"]).sha256()
    with whole.open() as file:
        sound = track_sound(file)
    assert sound.seconds == pytest.approx(30)
    assert np.abs(sound.read(0, 30 * RATE) - samples[: 30 * RATE]).max() < 1e-4
    sound.close()
    both = aai.tracks(Ann=aai.join(["part1.wav", "part2.wav"]), Ben="part3.wav")
    assert both.names == ["Ann", "Ben"]
    with pytest.raises(aai.SourceError, match="is a URL"):
        aai.join(["part1.wav", "https://example.org/part2.wav"])


def test_a_recording_is_erased_with_the_sound_that_was_made_of_it(in_folder: Path) -> None:
    for number in (1, 2, 3):
        write_wav(in_folder / f"part{number}.wav", np.full(RATE // 4, 0.1 * number))
    settings.home = in_folder / "home"
    streams = in_folder / "home" / "streams"
    first = aai.join(["part1.wav", "part2.wav"])
    aai.join([first, "part3.wav"])  # a join of a join
    other = aai.join(["part2.wav", "part3.wav"])
    assert aai.erase("part1.wav", dry_run=True).erased
    receipt = aai.erase("part1.wav")
    assert receipt.unreached == []
    assert other.path is not None
    assert {path.stem for path in streams.iterdir()} == {other.path.stem}
    assert (in_folder / "part1.wav").is_file()
    aai.erase("part3.wav")
    assert not list(streams.iterdir())


# --- delays -----------------------------------------------------------------------------------------------


def test_where_nobody_else_is_heard_tracks_begin_together(pair: Pair, in_folder: Path) -> None:
    tracks, starts, _ = build_tracks(replace(PLAN, seconds=20), voices(), bleed=None)
    assert set(starts.values()) == {0.0}
    sounds = [track_sound(str(write_wav(in_folder / f"{k}.wav", s))) for k, s in tracks.items()]
    assert [(delay.seconds, delay.heard) for delay in find_delays(sounds)] == [(0.0, False)] * 2
    for sound in sounds:
        sound.close()


# --- what is refused, and names ---------------------------------------------------------------------------


def call(*sources: Any, **keywords: Any) -> TranscriptionCall:
    given, options = CallArguments.split(keywords)
    return TranscriptionCall(sources, given, options)


@pytest.mark.parametrize(
    ("keywords", "reason"),
    [
        ({"multichannel": True}, "multichannel does not go with tracks"),
        ({"audio_track": 2}, "audio_track"),
        ({"recorded_at": "tags"}, "recorded_at does not go with tracks"),
    ],
)
def test_what_does_not_go_with_tracks(keywords: dict[str, Any], reason: str) -> None:
    with pytest.raises(aai.OptionError, match=reason):
        call(aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF...WAVE2"), **keywords)


def test_what_are_no_tracks() -> None:
    one = aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF...WAVE2")
    with pytest.raises(aai.OptionError, match="each by itself"):
        call([one, one])
    with pytest.raises(aai.SourceError, match="each by itself"):
        call(one, b"RIFF....WAVE")
    with pytest.raises(aai.SourceError, match="two at least"):
        aai.tracks(Ann=b"RIFF....WAVE")
    with pytest.raises(aai.SourceError, match="is a URL"):
        aai.tracks(Ann=b"RIFF....WAVE", Ben="https://example.org/ben.wav")
    with pytest.raises(aai.SourceError, match="no track of Bob"):
        aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF...WAVE2", delays={"Bob": 1})
    with pytest.raises(aai.SourceError, match="does not exist"):
        aai.tracks(Ann=b"RIFF....WAVE", Ben="gone.wav")
    with pytest.raises(aai.SourceError, match="no name"):
        aai.tracks({"Ann": b"RIFF....WAVE", " ": b"RIFF...WAVE2"})


@pytest.mark.parametrize("delay", ["x", None, True, float("nan"), float("inf"), 1e9])
def test_delays_are_checked_before_anything_is_sent(delay: Any) -> None:
    with pytest.raises(aai.SourceError, match="number of seconds"):
        aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF...WAVE2", delays={"Ben": delay})
    with pytest.raises(aai.SourceError, match="by speaker"):
        aai.tracks(Ann=b"RIFF....WAVE", Ben=b"RIFF...WAVE2", delays=[delay])


def test_one_recording_is_no_track_of_two(in_folder: Path) -> None:
    (in_folder / "a.wav").write_bytes(b"RIFF....WAVE")
    for sources in ({"Ann": "a.wav", "Ben": in_folder / "a.wav"}, {"Ann": "a.wav", "Ben": "./a.wav"}):
        with pytest.raises(aai.SourceError, match=r"a\.wav is the track of Ann and of Ben"):
            aai.tracks(sources)


def test_the_folder_of_a_zoom_meeting(in_folder: Path) -> None:
    meeting = in_folder / "2026-11-30 10.00.00 Weekly"
    (meeting / "Audio Record").mkdir(parents=True)
    (meeting / "audio1571803951.m4a").write_bytes(b"RIFF....WAVE all")
    for name in ("audioAnnSmith21571803951.m4a", "audioBenOkonkwo11571803951.m4a"):
        (meeting / "Audio Record" / name).write_bytes(b"RIFF....WAVE" + name.encode())
    given = aai.tracks(meeting)
    assert given.names == ["Ann Smith", "Ben Okonkwo"]
    assert aai.tracks(meeting / "Audio Record").names == given.names


def test_the_setting_privacy_holds_for_a_conversation(
    pair: Pair, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aai_jupyter.api import pseudonyms, track_conversation

    settings.privacy = str(in_folder / "study.key")
    monkeypatch.setattr(pseudonyms, "_ask_engine", lambda spoken: None)
    words = [{"text": "Hello.", "start": 0, "end": 400, "speaker": "Ann Lee"}]
    whole = aai.Transcript.from_json({"status": "completed", "words": words}, source="ann.wav + ben.wav")
    monkeypatch.setattr(track_conversation, "conversation", lambda *given: whole)
    made = call(aai.tracks(**{"Ann Lee": b"RIFF....WAVE", "Ben": b"RIFF....WAVE"}))
    with pytest.warns(UserWarning, match="without your pass"):
        t = made.result([Outcome(source) for source in made.sources])
    assert t.speakers == {"P01": "P01"}
    assert made.result([Outcome(source) for source in made.sources]) is t


@pytest.mark.parametrize(
    ("stem", "speaker"),
    [
        ("audioZoëMüller31571803951", "Zoë Müller"),
        ("audio_only_Ann Smith", "Ann Smith"),
        ("Ann", "Ann"),
        ("audio2", "audio2"),
        ("track-1", "track-1"),
    ],
)
def test_speakers_of_file_names(stem: str, speaker: str) -> None:
    assert speaker_of_file(stem) == speaker
