"""`aai.stream` and `LiveStream`: sessions beside the cell, against the scripted service."""

from __future__ import annotations

import gc
import re
import shutil
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.api.stream import LiveStream
from aai_jupyter.client.streaming.connecting import StreamingPolicy
from aai_jupyter.client.streaming.events import (
    LLMGatewayResponse,
    Revision,
    SpeakerRevision,
    StreamWord,
    Turn,
)
from aai_jupyter.errors import OptionError, SourceError, StreamingInputError, StreamInterrupted, UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.tables import COLUMNS
from aai_jupyter.tables.live import LiveTables
from aai_jupyter.transcripts.live_transcript import LiveTranscript
from aai_jupyter.widgets.captions.live_static import static_bundle
from tests.streaming_server import KEY, RATE, Script, scripted_beside, speech, words_of

QUICK = StreamingPolicy(begin=30.0, end=30.0, hasty_end=10.0, first=0.01, longest=0.02, catch_up=1e6)
"""Quick where it tries again; its limits are those of a machine that does much else."""


@pytest.fixture
def service() -> Iterator[Script]:
    script = Script()
    with scripted_beside(script):
        aai.settings.api_key = KEY
        aai.settings.base_url = script.endpoint.base_url
        aai.settings.streaming_base_url = script.url
        yield script
    runtime().close()


@pytest.fixture
def recording(tmp_path: Path) -> Callable[..., Path]:
    def make(seconds: float, channels: int = 1) -> Path:
        path = tmp_path / f"talk-{channels}.wav"
        sound = np.frombuffer(speech(seconds), "<i2")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.repeat(sound, channels).tobytes())
        return path

    return make


def until(ready: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


FAST = {"policy": QUICK, "speed": 1e4, "sample_rate": RATE}


def test_a_file_in_one_call(service, recording):
    turns: list[str] = []
    live = aai.stream(recording(12), on_turn=lambda turn: turns.append(turn.transcript), **FAST)
    expected = words_of(12)
    assert live.words.text.tolist() == [text for text, _, _ in expected]
    assert live.words.start.tolist() == [start / 1000 for _, start, _ in expected]
    assert list(live.words.columns) == [column.name for column in COLUMNS["words"]]
    assert list(live.turns.columns) == [column.name for column in COLUMNS["turns"]]
    assert " ".join(turns) == live.text == " ".join(text for text, _, _ in expected)
    assert live.turns.end_of_turn.all()
    assert live.duration == 12
    assert live.id == "session-0"
    assert live.ended
    assert service.messages == [{"type": "Terminate"}]
    assert threading.get_ident() == threading.main_thread().ident


async def test_a_file_awaited(service, recording):
    live = await aai.stream_async(recording(6), **FAST)
    assert len(live.words) == len(words_of(6))


def test_its_frames_are_those_of_a_recording(service, recording):
    live = aai.stream(recording(12), **FAST)
    recorded = live.to_transcript()
    pd.testing.assert_frame_equal(live.words, recorded.words, check_categorical=False)
    for name in ("utterances", "sentences", "paragraphs"):
        assert len(live.frame(name)) == len(recorded.frame(name)) > 0
    assert recorded.id == live.id
    assert live.words.dtypes.astype(str).equals(LiveTranscript().words.dtypes.astype(str))
    assert live.turns.dtypes.astype(str).equals(LiveTranscript().turns.dtypes.astype(str))


def test_the_sound_is_kept_as_it_was(service, recording):
    av = pytest.importorskip("av")
    path = recording(6)
    live = aai.stream(path, **FAST)
    assert live.audio.suffix == ".flac"
    assert live.audio.stat().st_mode & 0o077 == 0
    kept = b"".join(f.to_ndarray().tobytes() for f in av.open(str(live.audio)).decode(audio=0))
    assert kept == speech(6)
    assert aai.stream(path, keep_audio=False, **FAST).audio is None


def test_a_stream_beside_the_cell_grows(service):
    events: list[Any] = []
    slow: list[Any] = []
    live = LiveStream(policy=QUICK, sample_rate=RATE)
    live.listen(events.append)
    live.listen(slow.append, thread=True)
    live.listen(lambda event: 1 / 0)
    live.push(speech(1))  # before it has even been started
    live.start()
    sound = speech(9)
    live.push(sound[RATE * 2 :][: RATE * 2 * 4])
    seen: list[pd.DataFrame] = []

    def speaking() -> bool:
        """One turn has ended, and the next goes on."""
        seen.append(live.transcript.turns)
        return len(seen[-1]) > 1 and not seen[-1].end_of_turn.iloc[-1]

    until(speaking)
    running = seen[-1]
    assert running.end_of_turn.iloc[0]
    status = live.status()
    assert status["state"] == "open"
    assert status["billed"] > 0
    assert status["per_hour"] == 0.45
    live.update(keyterms_prompt=["Zarr"])
    live.push(sound[RATE * 2 * 5 :])
    transcript = live.stop()
    assert transcript.words.text.tolist() == [text for text, _, _ in words_of(9)]
    assert transcript is live.result()
    assert {"type": "UpdateConfiguration", "keyterms_prompt": ["Zarr"]} in service.messages
    until(lambda: slow and slow[-1] is None)
    assert [e.type for e in slow[:-1]] == [e.type for e in events[:-1]]
    assert "ZeroDivisionError" in " ".join(transcript.warnings)
    assert live.status()["state"] == live.state == "ended"


def test_audio_that_comes_on_the_loop_is_taken_at_once(service):
    live = LiveStream(policy=QUICK, sample_rate=RATE).start()
    until(lambda: live.state == "open")

    async def push() -> float:
        live.push(bytes(RATE // 10 * 2))
        return live.seconds_given

    assert runtime().bridge.run(push()) == pytest.approx(0.1)
    live.stop(hasty=True)


def test_answers_of_a_language_model_keep_to_their_turns_over_a_reconnection(service, recording):
    """Each connection counts its turns from 0; the session goes on counting."""
    service.extra = [
        {"type": "LLMGatewayResponse", "turn_order": 0, "data": {"choices": [{"message": {"content": "A."}}]}}
    ]
    service.faults = lambda leg, frame: 1006 if (leg, frame) == (0, 50) else None
    heard: list[tuple[int, str]] = []
    live = aai.stream(
        recording(12),
        on_event=lambda event: (
            heard.append((event.turn_order, event.answer)) if isinstance(event, LLMGatewayResponse) else None
        ),
        llm_gateway={"model": "m", "messages": [{"role": "user", "content": "{{turn}}"}]},
        **FAST,
    )
    (first, _), (second, _) = heard
    assert first == 0 < second
    assert [one["turn_order"] for one in live.llm_responses] == [first, second]
    answers = {turn.turn_order: live.answer_to(turn) for turn in live.final_turns}
    assert {order for order, answer in answers.items() if answer == "A."} == {first, second}


def test_a_stream_nothing_refers_to_is_ended(service):
    live = LiveStream(policy=QUICK, sample_rate=RATE).start()
    live.push(speech(5))
    transcript = live.transcript
    until(lambda: len(transcript.words))
    del live
    gc.collect()
    until(lambda: transcript.ended and not service.open)
    assert service.messages[-1] == {"type": "Terminate"}
    assert any("nothing referred to it" in text for text in transcript.warnings)
    assert len(transcript.final_turns) > 0  # a clean end: the last words are there


def test_a_stream_that_somebody_hears_runs_on(service):
    heard: list[Any] = []
    forget = LiveStream(policy=QUICK, sample_rate=RATE).start().listen(heard.append)
    until(lambda: service.open)
    gc.collect()
    assert service.messages == []
    forget()
    gc.collect()
    until(lambda: not service.open)
    assert service.messages == [{"type": "Terminate"}]


def test_two_channels_are_two_sessions_merged_by_time(service, recording):
    live = aai.stream(recording(9, channels=2), multichannel=True, **FAST)
    assert service.legs == 2
    turns = live.turns
    assert sorted(turns.channel.unique()) == ["1", "2"]
    assert turns.speaker.tolist() == turns.channel.tolist()
    assert turns.start.is_monotonic_increasing
    for channel in "12":
        words = live.words[live.words.channel == channel]
        assert words.text.tolist() == [text for text, _, _ in words_of(9)]


def test_tracks_of_a_conversation_are_two_named_sides(service, recording, tmp_path):
    other = shutil.copy(recording(9), tmp_path / "other.wav")
    live = aai.LiveStream(aai.tracks(You=recording(9), Computer=other), **FAST).start()
    live.speakers["Computer"] = "Ann"  # also before anything was said
    live.wait(60)
    assert service.legs == 2
    words = live.words
    assert set(zip(words.channel, words.speaker, strict=True)) == {("1", "You"), ("2", "Ann")}
    for who in ("You", "Ann"):
        assert words[words.speaker == who].text.tolist() == [text for text, _, _ in words_of(9)]
    assert live.turns.start.is_monotonic_increasing
    kept = live.transcript.recorded
    live.speakers = {"You": "Ben", "Computer": "Cem"}
    assert list(live.words.speaker.unique()) == list(live.turns.speaker.unique()) == ["Ben", "Cem"]
    assert sorted(kept.speakers.values()) == ["Ben", "Cem"]
    live.speakers = {}
    assert dict(live.speakers) == {"You": "You", "Computer": "Computer"}
    with pytest.raises(OptionError, match="no side 'Telephone'"):
        live.speakers["Telephone"] = "Dora"
    with av.open(str(live.audio)) as sound:
        assert sound.streams.audio[0].layout.name == "stereo"


def test_sides_are_two_names():
    with pytest.raises(UsageError, match="two sides"):
        LiveStream(sides=["You"])
    with pytest.raises(UsageError, match="two sides"):
        LiveStream(sides=["You", "You"])
    with pytest.raises(SourceError, match="3 tracks"):
        LiveStream(aai.tracks(A=b"RIFF....WAVE", B=b"RIFF...WAVE", C=b"RIFF..WAVE"), sides=["A", "B"])


def test_an_interrupt_ends_the_session_and_keeps_what_was_heard(service, recording):
    def interrupt(turn: Turn) -> None:
        raise KeyboardInterrupt

    with pytest.raises(StreamInterrupted) as raised:
        aai.stream(recording(60), on_turn=interrupt, policy=QUICK, speed=10, sample_rate=RATE)
    assert len(raised.value.transcript.words) >= 7
    until(lambda: not service.open)
    assert service.messages[-1] == {"type": "Terminate"}


def test_an_error_of_a_callback_ends_the_session(service, recording):
    with pytest.raises(ZeroDivisionError):
        aai.stream(recording(60), on_turn=lambda turn: 1 / 0, policy=QUICK, speed=10, sample_rate=RATE)
    until(lambda: not service.open)
    assert service.messages[-1] == {"type": "Terminate"}


def test_an_error_of_the_service_is_raised_and_what_was_heard_stays(service):
    service.faults = lambda leg, frame: 3007 if frame == 60 else None
    live = LiveStream(policy=QUICK, sample_rate=RATE).start()
    live.push(speech(12))
    with pytest.raises(StreamingInputError):
        live.result()
    assert len(live.transcript.final_turns) == 2
    assert "3007" in live.status()["error"]


def test_a_finished_session_is_played_with_its_kept_sound(service, recording):
    live = aai.LiveStream(recording(6), **FAST)
    with pytest.raises(UsageError, match="still runs"):
        live.play()
    live.start().wait(60)
    player = live.play()
    assert player.text.split() == [text for text, _, _ in words_of(6)]
    assert live.play() is not player
    kept = live.transcript.recorded
    assert kept is live.transcript.recorded  # a correction in one player is there in the next
    assert kept.audio is not None
    assert len(player._content.sound().segment(1000, 2000)) == 16_000
    assert live.words["file"].iloc[0] == kept.words["file"].iloc[0] == player.meta["title"]
    assert re.fullmatch(r"Live, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d", player.meta["title"])


def test_captions_that_fall_behind_say_so_and_all_words_come(service):
    service.stall = lambda leg, frame: 1.5 if frame == 3 else 0.0
    live = aai.LiveStream(sample_rate=RATE, policy=QUICK).start()
    sound = speech(20)
    for at in range(0, len(sound), RATE // 5):
        live.push(sound[at : at + RATE // 5])
    until(lambda: live.status()["behind"] > 3)
    assert "behind" in static_bundle(live)["text/plain"]
    assert list(live.stop().words["text"]) == [text for text, _, _ in words_of(20)]
    assert live.status()["behind"] == 0


def test_stopping_twice_and_before_the_start(service):
    live = LiveStream(sample_rate=RATE)
    assert live.state == "idle"
    live.stop()
    live = LiveStream(sample_rate=RATE, policy=QUICK).start()
    live.stop(hasty=True)
    live.stop()
    assert live.state == "ended"
    live.push(b"\0\0")  # nothing happens


def test_what_is_wrong_is_told_in_the_cell(service, recording):
    with pytest.raises(OptionError):
        LiveStream(speech_modle="x")  # type: ignore[call-arg]
    with pytest.raises(SourceError):
        LiveStream("/no/such/file.wav")
    live = LiveStream(recording(1), **FAST)
    with pytest.raises(UsageError):
        live.push(b"")
    with pytest.raises(OptionError, match="cannot be changed"):
        LiveStream().update(speaker_labels=True)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="not kept"):
        LiveTranscript().exact()
    assert service.legs == 0


def test_what_a_session_cannot_do_is_said_and_by_what_it_can_be_done():
    live = LiveStream(sample_rate=RATE)
    for one in (live, live.transcript):
        with pytest.raises(UsageError, match="labels only"):
            one.speakers = {"A": "Ann"}
        assert not hasattr(one, "speakers")
    with pytest.raises(AttributeError, match=r"to_transcript\(\) makes a Transcript, which has to_srt"):
        live.to_srt()
    with pytest.raises(AttributeError, match=r"'nonsense'$"):
        live.nonsense  # noqa: B018


def test_the_loop_going_down_ends_the_session(service):
    live = LiveStream(sample_rate=RATE, policy=QUICK).start()
    until(lambda: live.state == "open")
    runtime().bridge.stop()
    until(lambda: not service.open)
    assert {"type": "Terminate"} in service.messages


def _turns(count: int, *, last_open: bool = True) -> list[Turn]:
    return [
        Turn(
            turn_order=k,
            transcript=f"a{k} b{k}",
            end_of_turn=not (last_open and k == count - 1),
            words=[
                StreamWord(f"a{k}", 1000 * k, 1000 * k + 200, 0.9),
                StreamWord(f"b{k}", 1000 * k + 300, 1000 * k + 500, 0.7),
            ],
            speaker_label="AB"[k % 2],
        )
        for k in range(count)
    ]


def test_growing_tables_are_those_built_at_once():
    grown = LiveTables()
    turns = _turns(60)
    for count in range(61):
        seen = [*turns[: max(0, count - 1)], *turns[count - 1 : count]] if count else []
        for turn in seen:
            turn.end_of_turn = turn is not seen[-1]
        tables = grown.tables(seen, "s")
        fresh = LiveTables().tables(seen, "s")
        for name in ("words", "turns"):
            pd.testing.assert_frame_equal(tables[name].frame(), fresh[name].frame())


def test_a_frame_keeps_its_values_when_the_session_goes_on():
    live = LiveTranscript()
    turns = _turns(200)
    live.update(turns[:3])
    words, made = live.words, live.turns
    text, speakers = words.text.tolist(), made.speaker.tolist()
    for count in range(4, 200):
        turns[count - 2].end_of_turn = True
        live.update(turns[:count])
        assert len(live.words) == 2 * count
    assert (words.text.tolist(), made.speaker.tolist()) == (text, speakers)
    assert (words.start.tolist(), made.utterance.tolist()) == ([0, 0.3, 1, 1.3, 2, 2.3], [0, 1, 2])


def test_a_revision_reaches_the_frames():
    live = LiveTranscript()
    turns = _turns(3, last_open=False)
    live.update(turns)
    assert live.words.speaker.tolist() == ["A", "A", "B", "B", "A", "A"]
    from aai_jupyter.client.streaming.turn_log import TurnLog

    log = TurnLog()
    for turn in turns:
        log.apply(turn)
    log.revise(SpeakerRevision(revisions=[Revision(turn_order=1, speaker_label="A")]))
    live.update(log.ordered(), revised=True)
    assert set(live.words.speaker) == {"A"}
    assert live.turns.speaker.tolist() == ["A", "A", "A"]


def test_text_is_escaped():
    live = LiveTranscript()
    live.update([Turn(transcript="<script>alert(1)</script>", end_of_turn=True)])
    assert "<script>" not in live._repr_html_()


def test_old_sound_is_deleted(tmp_path):
    import os

    from aai_jupyter.live.sent_audio import folder_of

    folder = folder_of(tmp_path)
    old, new, other = folder / "old.flac", folder / "new.flac", folder / "notes.txt"
    for path in (old, new, other):
        path.touch()
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    folder_of(tmp_path)
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)
