"""JSON of speech services: Deepgram, Speechmatics, Rev, ElevenLabs; and which service an object is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aai_jupyter.interchange.readers import cloud_json
from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.json_values import (
    dicts,
    first_of,
    length_of,
    mapping,
    name_of,
    punctuate,
    share,
    text_in,
)
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, grouped
from aai_jupyter.text.tokenization import is_unspaced

# Deepgram --------------------------------------------------------------------------------------------------


def is_deepgram(value: Mapping[str, Any]) -> bool:
    """Whether ``results.channels`` has alternatives."""
    return "alternatives" in first_of(mapping(value.get("results")).get("channels"))


def read_deepgram(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read utterances, or the words of each channel."""
    results = mapping(value.get("results"))
    read.duration = length_of(mapping(value.get("metadata")).get("duration"))
    channels = dicts(results.get("channels"))
    said = dicts(results.get("utterances"))
    for number, row in enumerate(said):
        words = _deepgram_words(row.get("words"))
        start, end = number_ms(row.get("start")), number_ms(row.get("end"))
        channel = name_of(row.get("channel")) if len(channels) > 1 else None
        if not words and not text_in(row.get("transcript")).strip():
            read.note("utterances", "without text; left out", number)
            continue
        read.passages.append(
            TimedPassage(
                text_in(row.get("transcript")),
                start,
                end,
                name_of(row.get("speaker")),
                words or None,
                channel,
            )
        )
    for number, channel_row in enumerate(channels):
        read.language = read.language or name_of(channel_row.get("detected_language"))
        if len(dicts(channel_row.get("alternatives"))) > 1:
            read.note("channels", "further alternatives left out", number)
        if not said:
            best = first_of(channel_row.get("alternatives"))
            channel = str(number) if len(channels) > 1 else None
            words = _deepgram_words(best.get("words"))
            read.passages += grouped(words, channel)
            read.flat = True
            if not words and (text := text_in(best.get("transcript"))).strip():
                read.passages.append(TimedPassage(text, channel=channel))


def _deepgram_words(rows: Any) -> list[ReadWord]:
    return [
        ReadWord(
            text_in(row.get("punctuated_word")) or text_in(row.get("word")),
            number_ms(row.get("start")),
            number_ms(row.get("end")),
            share(row.get("confidence")),
            name_of(row.get("speaker")),
        )
        for row in dicts(rows)
    ]


# Speechmatics ----------------------------------------------------------------------------------------------


def is_speechmatics(value: Mapping[str, Any]) -> bool:
    """Whether results have types, times and alternatives with content."""
    row = first_of(value.get("results"))
    return "start_time" in row and "type" in row and "content" in first_of(row.get("alternatives"))


def read_speechmatics(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; marks go on the word that they are attached to."""
    words: dict[str | None, list[ReadWord]] = {}
    config = mapping(mapping(value.get("metadata")).get("transcription_config"))
    read.language = name_of(config.get("language"))
    read.duration = length_of(mapping(value.get("job")).get("duration"))
    if name := name_of(mapping(value.get("job")).get("data_name")):
        read.media.append(name)
    for number, row in enumerate(dicts(value.get("results"))):
        best = first_of(row.get("alternatives"))
        text = text_in(best.get("content"))
        own = words.setdefault(name_of(row.get("channel")), [])
        if row.get("type") == "punctuation":
            punctuate(own, text)
        elif row.get("type") in ("word", "entity"):
            who = name_of(best.get("speaker"))
            own.append(
                ReadWord(
                    text,
                    number_ms(row.get("start_time")),
                    number_ms(row.get("end_time")),
                    share(best.get("confidence")),
                    None if who in ("UU", None) else who,
                )
            )
        elif row.get("type") != "speaker_change":
            read.note("results", f"{str(row.get('type'))[:30]} left out", number)
    for channel, found in words.items():
        read.passages += grouped(found, channel if len(words) > 1 else None)
    read.flat = True


# Rev -------------------------------------------------------------------------------------------------------


def is_rev(value: Mapping[str, Any]) -> bool:
    """Whether monologues have elements."""
    return "elements" in first_of(value.get("monologues"))


def read_rev(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read monologues."""
    names = {str(row.get("id")): name_of(row.get("name")) for row in dicts(value.get("speakers"))}
    for number, row in enumerate(dicts(value.get("monologues"))):
        words: list[ReadWord] = []
        glued = False
        for one in dicts(row.get("elements")):
            text = text_in(one.get("value"))
            if one.get("type") == "text":
                if glued and words:
                    words[-1] = words[-1]._replace(
                        text=words[-1].text + text, end=number_ms(one.get("end_ts"))
                    )
                else:
                    times = number_ms(one.get("ts")), number_ms(one.get("end_ts"))
                    words.append(ReadWord(text, *times, share(one.get("confidence"))))
                glued = True
            elif text and text.isspace():
                glued = False
            elif one.get("type") == "unknown":
                read.note("elements", f"no word, left out: {text[:30]}", number)
                glued = False
            else:
                punctuate(words, text)
                glued = not text.endswith(" ") and one.get("type") == "punct" and text not in ".,?!;:"
        who = name_of(row.get("speaker"))
        if words:
            start, end = (number_ms(row.get(name)) for name in ("start_time", "end_time"))
            read.passages.append(TimedPassage("", start, end, names.get(str(who)) or who, words))
        else:
            read.note("monologues", "without text; left out", number)


# ElevenLabs ------------------------------------------------------------------------------------------------


def is_elevenlabs(value: Mapping[str, Any]) -> bool:
    """Whether words have types."""
    first = first_of(value.get("transcripts"))
    return first_of((first or value).get("words")).get("type") in ("word", "spacing", "audio_event")


def read_elevenlabs(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; what is no speech is named in the problems."""
    read.language = name_of(value.get("language_code"))
    many = dicts(value.get("transcripts"))
    for one in many or [value]:
        words: list[ReadWord] = []
        glued = False
        for number, row in enumerate(dicts(one.get("words"))):
            text = text_in(row.get("text"))
            if row.get("type") == "audio_event":
                read.note("words", "sounds that are no speech left out", number)
            if row.get("type") != "word":
                glued = False
                continue
            start, end = number_ms(row.get("start")), number_ms(row.get("end"))
            who = name_of(row.get("speaker_id"))
            if glued and words and words[-1].speaker == who and not any(map(is_unspaced, text)):
                words[-1] = words[-1]._replace(text=words[-1].text + text, end=end)
            else:
                words.append(ReadWord(text, start, end, None, who))
            glued = True
        read.passages += grouped(words, name_of(one.get("channel_index")) if len(many) > 1 else None)
    read.flat = True


# IBM Watson ------------------------------------------------------------------------------------------------


def is_ibm(value: Mapping[str, Any]) -> bool:
    """Whether alternatives have times as lists: ``["word", 0.1, 0.4]``."""
    rows = _ibm_results(value)
    return bool(rows) and isinstance(first_of(rows[0].get("alternatives")).get("timestamps"), list)


def _ibm_results(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = dicts(value.get("results"))
    return [row for one in rows for row in dicts(one.get("results"))] or rows


def read_ibm(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; the labels of speakers have the times of their words."""
    parts = [value, *dicts(value.get("results"))]
    who = {
        (number_ms(row.get("from")), number_ms(row.get("to"))): name_of(row.get("speaker"))
        for part in parts
        for row in dicts(part.get("speaker_labels"))
    }
    words = []
    for number, row in enumerate(_ibm_results(value)):
        best = first_of(row.get("alternatives"))
        if len(dicts(row.get("alternatives"))) > 1:
            read.note("results", "further alternatives left out", number)
        sure = [one[1] for one in _lists(best.get("word_confidence")) if len(one) == 2]
        timed = _lists(best.get("timestamps"))
        for place, one in enumerate(timed):
            if len(one) == 3 and isinstance(one[0], str):
                times = number_ms(one[1]), number_ms(one[2])
                confidence = share(sure[place]) if len(sure) == len(timed) else None
                words.append(ReadWord(one[0], *times, confidence, who.get(times)))
            else:
                read.note("results", "not a word with its times; left out", number)
    read.passages = grouped(words)
    read.flat = True


def _lists(value: Any) -> list[list[Any]]:
    return [one for one in value if isinstance(one, list)] if isinstance(value, list) else []


# Speechmatics before 2019 ----------------------------------------------------------------------------------


def is_old_speechmatics(value: Mapping[str, Any]) -> bool:
    """Whether words have names and times."""
    first = first_of(value.get("words"))
    return "name" in first and "time" in first and "duration" in first


def read_old_speechmatics(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; speakers are stretches of time of their own."""
    job = mapping(value.get("job"))
    read.language, read.duration = name_of(job.get("lang")), length_of(job.get("duration"))
    read.media += [str(job["name"])] if isinstance(job.get("name"), str) else []
    turns = [(number_ms(row.get("time")), name_of(row.get("name"))) for row in dicts(value.get("speakers"))]
    starts = sorted((time, who) for time, who in turns if time is not None and who is not None)
    words: list[ReadWord] = []
    place = 0
    for row in dicts(value.get("words")):
        text = text_in(row.get("name"))
        start, length = number_ms(row.get("time")), number_ms(row.get("duration"))
        if not any(map(str.isalnum, text)):
            punctuate(words, text)
            continue
        while start is not None and place < len(starts) and starts[place][0] <= start:
            place += 1
        who = starts[place - 1][1] if place else None
        end = start + length if start is not None and length is not None else None
        words.append(ReadWord(text, start, end, share(row.get("confidence")), who))
    read.passages = grouped(words)
    read.flat = True


SERVICES: Iterable[
    tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any], ReadFile], None]]
] = (
    ("Deepgram JSON", is_deepgram, read_deepgram),
    ("AWS Transcribe JSON", cloud_json.is_aws, cloud_json.read_aws),
    ("Azure JSON", cloud_json.is_azure, cloud_json.read_azure),
    ("Speechmatics JSON", is_speechmatics, read_speechmatics),
    ("Speechmatics JSON", is_old_speechmatics, read_old_speechmatics),
    ("IBM Watson JSON", is_ibm, read_ibm),
    ("Google JSON", cloud_json.is_google, cloud_json.read_google),
    ("Rev JSON", is_rev, read_rev),
    ("ElevenLabs JSON", is_elevenlabs, read_elevenlabs),
)
"""Name, whether an object is that service's, and its reader."""
