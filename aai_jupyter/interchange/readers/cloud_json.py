"""JSON of the large clouds: Google, AWS, Azure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.interchange.readers.clock import iso_ms, number_ms
from aai_jupyter.interchange.readers.json_values import (
    dicts,
    first_of,
    mapping,
    name_of,
    punctuate,
    seconds_ms,
    share,
    text_in,
)
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, grouped

# Google ----------------------------------------------------------------------------------------------------


def is_google(value: Mapping[str, Any]) -> bool:
    """Whether results have alternatives with a transcript."""
    found = _google_results(value)
    return bool(found) and any("transcript" in first_of(row.get("alternatives")) for row in found[:20])


def _google_results(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for _ in range(5):
        results = value.get("results")
        if isinstance(results, list):
            return dicts(results)
        inner = value.get("response") or value.get("transcript") or value.get("inlineResult")
        if inner is None and isinstance(results, Mapping):  # a batch: by the file's address
            inner = next(iter(results.values()), None)
        value = mapping(inner)
    return []


def read_google(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read results of v1 and v2; with speakers, v1 says every word once more in its last result."""
    batch = mapping(value.get("results"))
    read.media += [str(address) for address in list(batch)[:1]]
    if len(batch) > 1:
        read.note("results", f"only the first of {len(batch)} files was read")
    rows = _google_results(value)
    every = [_google_words(row) for row in rows]
    if len(rows) > 1 and any(word.speaker for word in every[-1]):
        before = sum(map(len, every[:-1]))
        if len(every[-1]) >= before > 0 and not any(word.speaker for words in every[:-1] for word in words):
            read.note("results", "the last result has all words once more, with speakers; it alone was taken")
            rows, every = rows[-1:], every[-1:]
    clock = 0.0
    for number, (row, words) in enumerate(zip(rows, every, strict=True)):
        best = first_of(row.get("alternatives"))
        read.language = read.language or name_of(row.get("languageCode") or row.get("language_code"))
        if len(dicts(row.get("alternatives"))) > 1:
            read.note("results", "further alternatives left out", number)
        end = seconds_ms(row.get("resultEndTime", row.get("result_end_time", row.get("resultEndOffset"))))
        channel = name_of(row.get("channelTag") or row.get("channel_tag"))
        if len({word.speaker for word in words}) > 1:
            read.passages += grouped(words, channel)
        elif words or text_in(best.get("transcript")).strip():
            text = "" if words else text_in(best.get("transcript"))
            start = words[0].start if words else clock
            who = words[0].speaker if words else None
            read.passages.append(TimedPassage(text, start, end, who, words or None, channel))
        else:
            read.note("results", "without text; left out", number)
        clock = end if end is not None else clock
    read.language = read.language.lower() if read.language else None


def _google_words(row: Mapping[str, Any]) -> list[ReadWord]:
    words = []
    for one in dicts(first_of(row.get("alternatives")).get("words")):
        start = next(
            (one[k] for k in ("startTime", "start_time", "startOffset", "start_offset") if k in one), 0
        )
        end = next((one[k] for k in ("endTime", "end_time", "endOffset", "end_offset") if k in one), None)
        tag = (
            one.get("speakerLabel")
            or one.get("speaker_label")
            or one.get("speakerTag")
            or one.get("speaker_tag")
        )
        who = name_of(tag) if tag else None
        sure = share(one.get("confidence"))
        words.append(
            ReadWord(text_in(one.get("word")), seconds_ms(start), seconds_ms(end), sure or None, who)
        )
    return words


# AWS -------------------------------------------------------------------------------------------------------


def is_aws(value: Mapping[str, Any]) -> bool:
    """Whether ``results.items`` are pronunciations and punctuation."""
    results = mapping(value.get("results"))
    channels = first_of(mapping(results.get("channel_labels")).get("channels"))
    items = dicts(results.get("items")) or dicts(channels.get("items"))
    return "type" in first_of(items) and "transcripts" in results


def read_aws(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read items, with speakers or channels."""
    results = mapping(value.get("results"))
    read.language = (name_of(results.get("language_code")) or "").lower() or None
    speakers: dict[str, str] = {}
    for segment in dicts(mapping(results.get("speaker_labels")).get("segments")):
        for item in dicts(segment.get("items")):
            if name := name_of(item.get("speaker_label") or segment.get("speaker_label")):
                speakers[str(item.get("start_time"))] = name
    channels = dicts(mapping(results.get("channel_labels")).get("channels"))
    if channels:
        for channel in channels:
            read.passages += grouped(
                _aws_words(channel.get("items"), {}), name_of(channel.get("channel_label"))
            )
    else:
        read.passages = grouped(_aws_words(results.get("items"), speakers))
    read.flat = True


def _aws_words(items: Any, speakers: Mapping[str, str]) -> list[ReadWord]:
    words: list[ReadWord] = []
    for item in dicts(items):
        best = first_of(item.get("alternatives"))
        if item.get("type") == "punctuation":
            punctuate(words, text_in(best.get("content")))
            continue
        who = name_of(item.get("speaker_label")) or speakers.get(str(item.get("start_time")))
        start, end = number_ms(item.get("start_time")), number_ms(item.get("end_time"))
        words.append(ReadWord(text_in(best.get("content")), start, end, share(best.get("confidence")), who))
    return words


LEVELS = 12
"""Of objects within each other in an answer of Azure."""

# Azure -----------------------------------------------------------------------------------------------------


def is_azure(value: Mapping[str, Any]) -> bool:
    """Whether it has recognised phrases (batch), phrases with offsets (fast), or one result (SDK)."""
    return (
        bool(value.keys() & {"recognizedPhrases", "RecognizedPhrases", "AudioFileResults"})
        or "offsetMilliseconds" in first_of(value.get("phrases"))
        or ("combinedPhrases" in value and "offset" in first_of(value.get("phrases")))
        or is_azure_rows(value.get("phrases"))
        or ("NBest" in value and "Offset" in value)
    )


def is_azure_rows(value: Any) -> bool:
    """Whether it is a list of results of the SDK, as programs collect them."""
    row = first_of(value)
    return "Offset" in row and "Duration" in row and ("DisplayText" in row or "NBest" in row)


def read_azure(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read phrases."""
    if "AudioFileResults" in value:  # batches before v3
        files = dicts(value["AudioFileResults"])
        if len(files) > 1:
            read.note("results", f"only the first of {len(files)} files was read")
        value = first_of(files)
        read.media += [str(value["AudioFileName"])] if isinstance(value.get("AudioFileName"), str) else []
    value = _small_initials(value)
    lists = (dicts(value.get(name)) for name in ("segmentResults", "recognizedPhrases", "phrases"))
    rows = next(filter(None, lists), [value])
    read.media += [str(value["source"])] if isinstance(value.get("source"), str) else []
    several = len({row.get("channel") for row in rows}) > 1
    # Ticks of 100 ns; the first version of fast transcription had milliseconds.
    unit = 1.0 if "combinedPhrases" in value else 1e-4
    for number, row in enumerate(rows):
        every = dicts(row.get("nBest"))
        best = every[0] if every else row
        if len(every) > 1:
            read.note("phrases", "further alternatives left out", number)
        read.language = read.language or (name_of(row.get("locale")) or "").lower() or None
        start, end = _azure_times(row, unit)
        text = text_in(best.get("display") or best.get("text") or row.get("displayText"))
        shown = dicts(best.get("displayWords"))
        spoken = dicts(best.get("words"))
        words = [_azure_word(one, unit) for one in shown or spoken]
        own = text.split()
        if words and not shown and len(words) == len(own):
            words = [word._replace(text=display) for word, display in zip(words, own, strict=True)]
        elif words and not shown and text:
            read.note(
                "phrases", "the words' times are those of another form of the text; interpolated", number
            )
            words = []
        if not text.strip() and not words:
            read.note("phrases", "without text; left out", number)
            continue
        channel = name_of(row.get("channel")) if several else None
        read.passages.append(
            TimedPassage(
                text, start, end, name_of(row.get("speaker", row.get("speakerId"))), words or None, channel
            )
        )


def _small_initials(value: Any, depth: int = 0) -> Any:
    """The keys of older versions and of Video Indexer as they are now: ``RecognizedPhrases``, ``NBest``."""
    if depth > LEVELS:
        return value
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _small_initials(one, depth + 1) for name, one in value.items()}
    return [_small_initials(one, depth + 1) for one in value] if isinstance(value, list) else value


def _azure_word(row: Mapping[str, Any], unit: float) -> ReadWord:
    start, end = _azure_times(row, unit)
    text = text_in(row.get("displayText") or row.get("word") or row.get("text"))
    return ReadWord(text, start, end, share(row.get("confidence")))


def _azure_times(row: Mapping[str, Any], unit: float) -> tuple[float | None, float | None]:
    def time(name: str) -> float | None:
        if (value := row.get(f"{name}Milliseconds")) is not None:
            return number_ms(value, 1.0)
        if (value := row.get(f"{name}InTicks")) is not None:
            return number_ms(value, 1e-4)
        if (value := row.get(f"{name}InSeconds")) is not None:
            return number_ms(value)
        value = row.get(name)
        return iso_ms(value) if isinstance(value, str) else number_ms(value, unit)

    start, length = time("offset"), time("duration")
    return start, start + length if start is not None and length is not None else None
