"""What type checkers know of the public functions. Never run: mypy and basedpyright read it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd

import aai_jupyter as aai


def transcribing(paths: list[str], frame: pd.DataFrame, later: bool) -> None:
    assert_type(aai.transcribe("a.wav"), aai.Transcript)
    assert_type(aai.transcribe(Path("a.wav"), speaker_labels=True), aai.Transcript)
    assert_type(aai.transcribe(b"RIFF", use_cache=False), aai.Transcript)
    assert_type(aai.transcribe(io.BytesIO(b"RIFF")), aai.Transcript)
    assert_type(aai.transcribe((np.zeros(16_000), 16_000)), aai.Transcript)
    assert_type(aai.transcribe({"array": np.zeros(9), "sampling_rate": 16_000}), aai.Transcript)
    assert_type(aai.transcribe("calls/*.mp3"), aai.Transcript)  # a pattern cannot be told by its type
    assert_type(aai.transcribe(["calls/*.mp3"]), aai.TranscriptSet)
    assert_type(aai.transcribe("a.wav", "b.wav", language_code="de"), aai.TranscriptSet)
    assert_type(aai.transcribe(*paths), aai.TranscriptSet)
    assert_type(aai.transcribe(paths, speakers_expected=2), aai.TranscriptSet)
    assert_type(aai.transcribe([Path("a.wav"), b"RIFF"]), aai.TranscriptSet)
    assert_type(aai.transcribe(("a.wav", "b.wav")), aai.TranscriptSet)
    assert_type(aai.transcribe(frame["path"]), aai.TranscriptSet)
    assert_type(aai.transcribe(frame.path), aai.TranscriptSet)
    assert_type(aai.transcribe("a.wav", wait=False), aai.Job)
    assert_type(aai.transcribe("a.wav", "b.wav", wait=False), aai.Job[aai.TranscriptSet])
    assert_type(aai.transcribe(paths, wait=False), aai.Job[aai.TranscriptSet])
    assert_type(
        aai.transcribe("a.wav", wait=later),
        aai.Transcript | aai.TranscriptSet | aai.Job | aai.Job[aai.TranscriptSet],
    )
    assert_type(aai.transcribe(frame, source="path", keep=["agent"]), aai.TranscriptSet)
    assert_type(aai.transcribe(manifest="calls.csv", source="path", max_cost=5), aai.TranscriptSet)
    assert_type(aai.transcribe(paths, wait=False).result(), aai.TranscriptSet)
    aai.transcribe(
        "a.wav",
        speech_models=["universal-2"],
        keyterms_prompt=("Borealis", "Zarr"),
        redact_pii_policies=["person_name"],
        speaker_options={"min_speakers_expected": 2},
        min_speakers_expected=2,
        progress=lambda event: print(event.stage),
        language_code=None,
        extra={"new": 1},
    )


async def transcribing_async(paths: list[Path]) -> None:
    assert_type(await aai.transcribe_async("a.wav", speaker_labels=True), aai.Transcript)
    assert_type(await aai.transcribe_async(paths), aai.TranscriptSet)
    assert_type(await aai.transcribe_async("a.wav", "b.wav"), aai.TranscriptSet)
    assert_type(await aai.transcribe_async("a.wav", wait=False), aai.Job)
    assert_type(await aai.transcribe_async(paths, wait=False), aai.Job[aai.TranscriptSet])


def jobs(job: aai.Job) -> None:
    assert_type(aai.get("b7c1"), aai.Transcript)
    assert_type(job.result(), aai.Transcript)
    assert_type(job.id, str | None)
    assert_type(aai.jobs_frame(), pd.DataFrame)
    assert_type(aai.load("talk.aai"), aai.Transcript)
    assert_type(aai.sample(), Path)
    assert_type(aai.run(aai.get_async("b7c1")), aai.Transcript)


def asking(call: aai.Transcript, calls: aai.TranscriptSet, each: bool) -> None:
    assert_type(aai.ask("Who?", call), aai.Answer)
    assert_type(aai.ask("Who?", call, model="m", temperature=0, max_tokens=200), aai.Answer)
    assert_type(aai.ask("Who?", calls, each=True), aai.Answers)
    assert_type(aai.ask("Who?", calls, each=True, reduce=True), aai.Answers)
    assert_type(aai.ask("Who?", calls, dry_run=True), aai.Plan)
    assert_type(aai.ask("Who?", calls, each=True, dry_run=True), aai.Plan)
    assert_type(aai.ask("Who?", calls, each=each), aai.Answer | aai.Answers | aai.Plan)
    assert_type(aai.ask("Who?", call).checked, list[aai.Citation])
    assert_type(aai.chat(call), aai.Chat)
    assert_type(aai.studio(), aai.Studio)


async def asking_async(call: aai.Transcript, calls: aai.TranscriptSet) -> None:
    assert_type(await aai.ask_async("Who?", call), aai.Answer)
    assert_type(await aai.ask_async("Who?", calls, each=True), aai.Answers)
    assert_type(await aai.ask_async("Who?", calls, dry_run=True), aai.Plan)


def speaking(on_turn: Callable[[aai.Turn], None]) -> None:
    assert_type(aai.dictate(), aai.Dictation)
    assert_type(aai.dictate(as_="note", device="default", prompt="A letter."), aai.Dictation)
    assert_type(aai.dictate("note.wav", keyterms_prompt=["Borealis"]), aai.Clip)
    assert_type(aai.stream("talk.mp3", on_turn=on_turn, speaker_labels=True, speed=4), aai.LiveTranscript)
    assert_type(aai.stream(mic=True, computer="BlackHole"), aai.LiveTranscript)
    assert_type(aai.stream(aai.tracks(You="a.wav", Computer="b.wav")), aai.LiveTranscript)
    live = aai.LiveStream(speech_model="universal-streaming-english", policy=aai.StreamingPolicy(attempts=3))
    assert_type(live.start(), aai.LiveStream)
    live.update(keyterms_prompt=["Zarr"])
    for event in live:
        assert_type(event, aai.Event)
        if isinstance(event, aai.Turn):
            assert_type(event.words, list[aai.StreamWord])


async def speaking_async() -> None:
    assert_type(await aai.dictate_async("note.wav", timestamps=True), aai.Clip)
    assert_type(await aai.stream_async("talk.mp3", on_event=print), aai.LiveTranscript)
    async with aai.Client(region="eu") as client:
        job = await client.transcripts.submit("https://example.org/a.mp3", speaker_labels=True)
        assert_type(job.id, str | None)


def holding(t: aai.Transcript, calls: aai.TranscriptSet) -> None:
    assert_type(t.words, pd.DataFrame)
    assert_type(t.raw, dict[str, Any])
    assert_type(t.edit, aai.Editor)
    assert_type(t.player(), aai.Player)
    assert_type(t.audio, aai.Recording | None)
    assert_type(calls[0], aai.Transcript)
    assert_type(calls[:2], aai.TranscriptSet)
    assert_type(calls.errors, list[tuple[str | None, BaseException]])
    assert_type(aai.settings, aai.Settings)


def failing() -> None:
    try:
        aai.transcribe("a.wav")
    except aai.OptionError as error:
        assert_type(error.hint, str | None)
    except aai.Interrupted as stopped:
        assert_type(stopped.transcript_ids, dict[str, str])
    except aai.AskInterrupted as asked:
        assert_type(asked.answers, aai.Answers)
