"""One transcript of tracks that were transcribed one by one: by a common clock, without what bled over."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aai_jupyter.audio.bleed import BleedGate, TrackWord
from aai_jupyter.client.transcript_data import decode_transcript
from aai_jupyter.text.tokenization import join

if TYPE_CHECKING:
    from aai_jupyter.audio.track_delays import TrackDelay
    from aai_jupyter.audio.track_sound import TrackSound
    from aai_jupyter.transcripts.transcript import Transcript

_HELD_MS = 700
"""A pause in which somebody else may speak without ending the turn: an "mhm" cuts no sentence in two."""
_PAUSE_MS = 3000
"""A pause that ends a turn though nobody else speaks."""
_ALIKE_SECONDS = 0.3
"""By so much the times of one word in two tracks may differ."""
_ENDS = (".", "?", "!", "…", "。", "？", "！")
_TIMED = ("entities", "sentiment_analysis_results", "content_safety_labels")
"""Lists of the answer whose rows have times and a speaker of their own."""
_LEFT_OUT = ("summary", "chapters", "auto_highlights_result", "iab_categories_result")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with its row in the merged answer; milliseconds."""

    track: int
    speaker: str
    row: dict[str, Any]

    @property
    def start(self) -> int:
        return int(self.row["start"])

    @property
    def end(self) -> int:
        return int(self.row["end"])

    @property
    def text(self) -> str:
        return str(self.row["text"])


def merged_answer(
    names: Sequence[str],
    transcripts: Sequence[Transcript],
    sounds: Sequence[TrackSound],
    delays: Sequence[TrackDelay],
) -> dict[str, Any]:
    """Return an answer of the service's form, with a channel for each track and a turn for each speaker.

    Parameters
    ----------
    names : sequence of str
        Speakers of the tracks.
    sounds : sequence of TrackSound
        With their delays set.
    """
    words = sorted(
        (word for track in range(len(names)) for word in _words(track, names[track], transcripts, sounds)),
        key=lambda word: (word.start, word.track),
    )
    gate = BleedGate(sounds)
    kept = [word for word, also in zip(words, _also_heard(words), strict=True) if not _bled(gate, word, also)]
    for word in kept:
        start, end = gate.own_time(_placed(word))
        word.row["start"], word.row["end"] = round(1000 * start), round(1000 * end)
    for track in range(len(names)):
        _complete(gate, [word for word in kept if word.track == track])
    kept.sort(key=lambda word: (word.start, word.track))
    counts = Counter(word.track for word in words), Counter(word.track for word in kept)
    answers = [transcript.raw for transcript in transcripts]
    rows = [word.row for word in kept]
    sure = [row["confidence"] for row in rows if isinstance(row.get("confidence"), int | float)]
    turns = _turns(kept)
    first = next((raw for raw, track in zip(answers, range(len(names)), strict=True) if counts[1][track]), {})
    return {
        "status": "completed",
        "text": join([join([word.text for word in turn]) for turn in turns]),
        "words": rows,
        "utterances": [_utterance(turn) for turn in turns],
        "confidence": round(sum(sure) / len(sure), 5) if sure else None,
        "audio_duration": max(1, round(max(sound.end for sound in sounds))),
        "audio_channels": len(names),
        "multichannel": True,
        "language_code": first.get("language_code"),
        "speech_model_used": first.get("speech_model_used"),
        "tracks": [
            {
                "channel": str(track + 1),
                "speaker": names[track],
                "id": transcripts[track].id,
                "source": transcripts[track].source,
                "start": round(1000 * sounds[track].delay),
                "words": counts[1][track],
                "bled_over": counts[0][track] - counts[1][track],
            }
            for track in range(len(names))
        ],
        "metadata": {
            "domain_used": None,
            "warnings": [{"message": text} for text in _notes(names, transcripts, delays, *counts)],
            "problems": [
                {"message": f"{name}: {text}"}
                for name, transcript in zip(names, transcripts, strict=True)
                for text in transcript.problems
            ],
        },
        **_timed_rows(names, answers, sounds),
    }


def merged_transcript(
    names: Sequence[str],
    transcripts: Sequence[Transcript],
    sounds: Sequence[TrackSound],
    delays: Sequence[TrackDelay],
    source: str,
) -> Transcript:
    """Return the transcript of the whole conversation."""
    from aai_jupyter.transcripts.transcript import Transcript

    raw = merged_answer(names, transcripts, sounds, delays)
    return Transcript.from_json(decode_transcript(raw).raw_bytes, source=source)


def _words(
    track: int, name: str, transcripts: Sequence[Transcript], sounds: Sequence[TrackSound]
) -> Iterator[_Word]:
    delay = round(1000 * sounds[track].delay)
    for row in transcripts[track].raw.get("words") or ():
        start, end = row.get("start"), row.get("end")
        if isinstance(start, int | float) and isinstance(end, int | float) and row.get("text"):
            known = {"text": row["text"], "start": round(start) + delay, "end": round(end) + delay}
            more = {"confidence": row.get("confidence"), "speaker": name, "channel": str(track + 1)}
            yield _Word(track, name, known | more)


def _also_heard(words: Sequence[_Word]) -> list[list[int]]:
    """Return for each word the other tracks that have the same word at the same time."""
    found: list[list[int]] = [[] for _ in words]
    keys = [word.text.strip(".,;:!?…\"'").casefold() for word in words]
    near = 1000 * _ALIKE_SECONDS
    for one, word in enumerate(words):
        for two in range(one + 1, len(words)):
            if words[two].start - word.start > near:
                break
            if words[two].track != word.track and keys[one] == keys[two]:
                found[one].append(words[two].track)
                found[two].append(word.track)
    return found


def _bled(gate: BleedGate, word: _Word, also: Sequence[int]) -> bool:
    return gate.is_bleed(_placed(word), also)


def _placed(word: _Word) -> TrackWord:
    return TrackWord(word.track, word.text, word.start / 1000, max(word.end, word.start + 20) / 1000)


def _complete(gate: BleedGate, words: list[_Word]) -> None:
    """Let the words of a track last as long as its owner speaks: what is said at once is measured by them."""
    words.sort(key=lambda word: word.start)
    ends = [-math.inf, *(word.end / 1000 for word in words)]
    starts = [*(word.start / 1000 for word in words[1:]), math.inf]
    for word, before, after in zip(words, ends, starts, strict=False):
        start, end = gate.whole_time(_placed(word), before, after)
        word.row["start"], word.row["end"] = round(1000 * start), round(1000 * end)


def _turns(words: Sequence[_Word]) -> list[list[_Word]]:
    """Group words into turns, in order of their starts; turns of two speakers may overlap.

    A turn goes on while its speaker does: over a short pause also when somebody else says something, unless
    a sentence has ended.
    """
    turns: list[list[_Word]] = []
    last: dict[int, int] = {}
    spoken: list[_Word] = []
    for word in words:
        number = last.get(word.track)
        if number is not None:
            before = turns[number][-1]
            gap = word.start - before.end
            others = any(one.track != word.track and one.start >= before.start for one in spoken[-200:])
            held = gap <= _HELD_MS and not before.text.endswith(_ENDS)
            if gap <= _PAUSE_MS and (held or not others):
                turns[number].append(word)
                spoken.append(word)
                continue
        last[word.track] = len(turns)
        turns.append([word])
        spoken.append(word)
    return turns


def _utterance(turn: Sequence[_Word]) -> dict[str, Any]:
    sure = [word.row["confidence"] for word in turn if isinstance(word.row["confidence"], int | float)]
    return {
        "speaker": turn[0].speaker,
        "channel": turn[0].row["channel"],
        "text": join([word.text for word in turn]),
        "start": turn[0].start,
        "end": max(word.end for word in turn),
        "confidence": round(sum(sure) / len(sure), 5) if sure else None,
        "words": [word.row for word in turn],
    }


def _timed_rows(
    names: Sequence[str], answers: Sequence[Mapping[str, Any]], sounds: Sequence[TrackSound]
) -> dict[str, Any]:
    """Return the findings of all tracks that have times, by the common clock."""
    found: dict[str, Any] = {}
    for field in _TIMED:
        rows = []
        for name, answer, sound in zip(names, answers, sounds, strict=True):
            delay = round(1000 * sound.delay)
            listed = answer.get(field)
            for row in listed if isinstance(listed, list) else ():
                if isinstance(row, Mapping) and isinstance(row.get("start"), int):
                    times = {"start": row["start"] + delay, "end": row["end"] + delay}
                    rows.append({**row, **times, "speaker": name})
        if rows:
            found[field] = sorted(rows, key=lambda row: row["start"])
    return found


def _notes(
    names: Sequence[str],
    transcripts: Sequence[Transcript],
    delays: Sequence[TrackDelay],
    before: Mapping[int, int],
    after: Mapping[int, int],
) -> Iterator[str]:
    for track, name in enumerate(names):
        yield from (f"{name}: {text}" for text in transcripts[track].warnings)
        if bled := before[track] - after[track]:
            yield f"{name}: {bled} of {before[track]} words were heard from others, and are left out."
    unheard = [name for name, delay in zip(names, delays, strict=True) if not delay.heard]
    if unheard:
        yield (
            f"In the tracks of {', '.join(unheard)} the others are not heard: they are taken to begin "
            'together. If they did not: aai.tracks(..., delays={"' + unheard[-1] + '": 1.5}).'
        )
    left = [field for field in _LEFT_OUT if any(transcript.raw.get(field) for transcript in transcripts)]
    if left:
        yield f"{', '.join(left)} of single tracks are left out: they are not of the conversation."


def told_delays(
    heard: Sequence[TrackDelay], names: Sequence[str], told: Mapping[str, float]
) -> list[TrackDelay]:
    """Return delays with those that the user told; the earliest track begins at 0."""
    found = [
        replace(delay, seconds=float(told[name]), heard=True) if name in told else delay
        for name, delay in zip(names, heard, strict=True)
    ]
    earliest = min(delay.seconds for delay in found)
    return [replace(delay, seconds=delay.seconds - earliest) for delay in found]
