"""JSON of speech services: Deepgram, Google, AWS, Azure, Speechmatics, Rev, ElevenLabs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aai_jupyter.interchange.readers.clock import iso_ms, number_ms
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, grouped


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(value: Any) -> Mapping[str, Any]:
    return next(iter(_dicts(value)), {})


def _name(value: Any) -> str | None:
    return None if value is None or isinstance(value, bool | list | dict) or value == "" else str(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _share(value: Any) -> float | None:
    found = number_ms(value, 1.0)
    return found if found is not None and 0 <= found <= 1 else None


def _seconds(value: Any) -> float | None:
    """Seconds as number or text, or as ``{"seconds": "1", "nanos": 400000000}``."""
    if isinstance(value, Mapping):
        whole, rest = number_ms(value.get("seconds", 0)), number_ms(value.get("nanos", 0), 1e-6)
        return None if whole is None or rest is None else whole + rest
    return number_ms(value)


def _punctuated(words: list[ReadWord], mark: str) -> None:
    """Put a mark on the word before it."""
    if mark.strip() and words:
        words[-1] = words[-1]._replace(text=words[-1].text + mark.strip())


# Deepgram --------------------------------------------------------------------------------------------------


def is_deepgram(value: Mapping[str, Any]) -> bool:
    """Whether ``results.channels`` has alternatives."""
    return "alternatives" in _first(_dict(value.get("results")).get("channels"))


def read_deepgram(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read utterances, or the words of each channel."""
    results = _dict(value.get("results"))
    read.duration = _share_free(_dict(value.get("metadata")).get("duration"))
    channels = _dicts(results.get("channels"))
    said = _dicts(results.get("utterances"))
    for number, row in enumerate(said):
        words = _deepgram_words(row.get("words"))
        start, end = number_ms(row.get("start")), number_ms(row.get("end"))
        channel = _name(row.get("channel")) if len(channels) > 1 else None
        if not words and not _text(row.get("transcript")).strip():
            read.note("utterances", "without text; left out", number)
            continue
        read.passages.append(
            TimedPassage(
                _text(row.get("transcript")), start, end, _name(row.get("speaker")), words or None, channel
            )
        )
    for number, channel_row in enumerate(channels):
        read.language = read.language or _name(channel_row.get("detected_language"))
        if len(_dicts(channel_row.get("alternatives"))) > 1:
            read.note("channels", "further alternatives left out", number)
        if not said:
            words = _deepgram_words(_first(channel_row.get("alternatives")).get("words"))
            read.passages += grouped(words, str(number) if len(channels) > 1 else None)
            read.flat = True


def _share_free(value: Any) -> float | None:
    found = number_ms(value, 1.0)
    return found if found is not None and 0 < found < 1e8 else None


def _deepgram_words(rows: Any) -> list[ReadWord]:
    return [
        ReadWord(
            _text(row.get("punctuated_word")) or _text(row.get("word")),
            number_ms(row.get("start")),
            number_ms(row.get("end")),
            _share(row.get("confidence")),
            _name(row.get("speaker")),
        )
        for row in _dicts(rows)
    ]


# Google ----------------------------------------------------------------------------------------------------


def is_google(value: Mapping[str, Any]) -> bool:
    """Whether results have alternatives with a transcript."""
    found = _google_results(value)
    return bool(found) and any("transcript" in _first(row.get("alternatives")) for row in found[:20])


def _google_results(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for _ in range(3):
        if isinstance(value.get("results"), list):
            return _dicts(value["results"])
        value = _dict(value.get("response") or value.get("transcript"))
    return []


def read_google(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read results of v1 and v2; with speakers, v1 says every word once more in its last result."""
    rows = _google_results(value)
    every = [_google_words(row) for row in rows]
    if len(rows) > 1 and any(word.speaker for word in every[-1]):
        before = sum(map(len, every[:-1]))
        if len(every[-1]) >= before > 0 and not any(word.speaker for words in every[:-1] for word in words):
            read.note("results", "the last result has all words once more, with speakers; it alone was taken")
            rows, every = rows[-1:], every[-1:]
    clock = 0.0
    for number, (row, words) in enumerate(zip(rows, every, strict=True)):
        best = _first(row.get("alternatives"))
        read.language = read.language or _name(row.get("languageCode") or row.get("language_code"))
        if len(_dicts(row.get("alternatives"))) > 1:
            read.note("results", "further alternatives left out", number)
        end = _seconds(row.get("resultEndTime", row.get("result_end_time", row.get("resultEndOffset"))))
        channel = _name(row.get("channelTag") or row.get("channel_tag"))
        if len({word.speaker for word in words}) > 1:
            read.passages += grouped(words, channel)
        elif words or _text(best.get("transcript")).strip():
            text = "" if words else _text(best.get("transcript"))
            start = words[0].start if words else clock
            who = words[0].speaker if words else None
            read.passages.append(TimedPassage(text, start, end, who, words or None, channel))
        else:
            read.note("results", "without text; left out", number)
        clock = end if end is not None else clock
    read.language = read.language.lower() if read.language else None


def _google_words(row: Mapping[str, Any]) -> list[ReadWord]:
    words = []
    for one in _dicts(_first(row.get("alternatives")).get("words")):
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
        who = _name(tag) if tag else None
        sure = _share(one.get("confidence"))
        words.append(ReadWord(_text(one.get("word")), _seconds(start), _seconds(end), sure or None, who))
    return words


# AWS -------------------------------------------------------------------------------------------------------


def is_aws(value: Mapping[str, Any]) -> bool:
    """Whether ``results.items`` are pronunciations and punctuation."""
    return "type" in _first(_dict(value.get("results")).get("items")) and "transcripts" in _dict(
        value["results"]
    )


def read_aws(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read items, with speakers or channels."""
    results = _dict(value.get("results"))
    read.language = (_name(results.get("language_code")) or "").lower() or None
    speakers: dict[str, str] = {}
    for segment in _dicts(_dict(results.get("speaker_labels")).get("segments")):
        for item in _dicts(segment.get("items")):
            if name := _name(item.get("speaker_label") or segment.get("speaker_label")):
                speakers[str(item.get("start_time"))] = name
    channels = _dicts(_dict(results.get("channel_labels")).get("channels"))
    if channels:
        for channel in channels:
            read.passages += grouped(
                _aws_words(channel.get("items"), {}), _name(channel.get("channel_label"))
            )
    else:
        read.passages = grouped(_aws_words(results.get("items"), speakers))
    read.flat = True


def _aws_words(items: Any, speakers: Mapping[str, str]) -> list[ReadWord]:
    words: list[ReadWord] = []
    for item in _dicts(items):
        best = _first(item.get("alternatives"))
        if item.get("type") == "punctuation":
            _punctuated(words, _text(best.get("content")))
            continue
        who = _name(item.get("speaker_label")) or speakers.get(str(item.get("start_time")))
        start, end = number_ms(item.get("start_time")), number_ms(item.get("end_time"))
        words.append(ReadWord(_text(best.get("content")), start, end, _share(best.get("confidence")), who))
    return words


# Azure -----------------------------------------------------------------------------------------------------


def is_azure(value: Mapping[str, Any]) -> bool:
    """Whether it has recognised phrases (batch), phrases with offsets (fast), or one result (SDK)."""
    return (
        "recognizedPhrases" in value
        or "offsetMilliseconds" in _first(value.get("phrases"))
        or ("NBest" in value and "Offset" in value)
    )


def read_azure(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read phrases."""
    rows = _dicts(value.get("recognizedPhrases")) or _dicts(value.get("phrases")) or [value]
    read.media += [str(value["source"])] if isinstance(value.get("source"), str) else []
    several = len({row.get("channel") for row in rows}) > 1
    for number, row in enumerate(rows):
        every = _dicts(row.get("nBest")) or _dicts(row.get("NBest"))
        best = every[0] if every else row
        if len(every) > 1:
            read.note("phrases", "further alternatives left out", number)
        read.language = read.language or (_name(row.get("locale")) or "").lower() or None
        start, end = _azure_times(row)
        text = _text(best.get("display") or best.get("Display") or best.get("text") or row.get("DisplayText"))
        shown = _dicts(best.get("displayWords"))
        spoken = _dicts(best.get("words")) or _dicts(best.get("Words"))
        words = [_azure_word(one) for one in shown or spoken]
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
        channel = _name(row.get("channel")) if several else None
        read.passages.append(
            TimedPassage(text, start, end, _name(row.get("speaker")), words or None, channel)
        )


def _azure_word(row: Mapping[str, Any]) -> ReadWord:
    start, end = _azure_times(row)
    text = _text(row.get("displayText") or row.get("word") or row.get("Word") or row.get("text"))
    return ReadWord(text, start, end, _share(row.get("confidence", row.get("Confidence"))))


def _azure_times(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    def time(name: str) -> float | None:
        if (value := row.get(f"{name}Milliseconds")) is not None:
            return number_ms(value, 1.0)
        if (value := row.get(f"{name}InTicks")) is not None:
            return number_ms(value, 1e-4)
        value = row.get(name, row.get(name[0].upper() + name[1:]))
        return iso_ms(value) if isinstance(value, str) else number_ms(value, 1e-4)

    start, length = time("offset"), time("duration")
    return start, start + length if start is not None and length is not None else None


# Speechmatics ----------------------------------------------------------------------------------------------


def is_speechmatics(value: Mapping[str, Any]) -> bool:
    """Whether results have types, times and alternatives with content."""
    row = _first(value.get("results"))
    return "start_time" in row and "type" in row and "content" in _first(row.get("alternatives"))


def read_speechmatics(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; marks go on the word that they are attached to."""
    words: dict[str | None, list[ReadWord]] = {}
    config = _dict(_dict(value.get("metadata")).get("transcription_config"))
    read.language = _name(config.get("language"))
    read.duration = _share_free(_dict(value.get("job")).get("duration"))
    if name := _name(_dict(value.get("job")).get("data_name")):
        read.media.append(name)
    for number, row in enumerate(_dicts(value.get("results"))):
        best = _first(row.get("alternatives"))
        text = _text(best.get("content"))
        own = words.setdefault(_name(row.get("channel")), [])
        if row.get("type") == "punctuation":
            _punctuated(own, text)
        elif row.get("type") in ("word", "entity"):
            who = _name(best.get("speaker"))
            own.append(
                ReadWord(
                    text,
                    number_ms(row.get("start_time")),
                    number_ms(row.get("end_time")),
                    _share(best.get("confidence")),
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
    return "elements" in _first(value.get("monologues"))


def read_rev(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read monologues."""
    names = {str(row.get("id")): _name(row.get("name")) for row in _dicts(value.get("speakers"))}
    for number, row in enumerate(_dicts(value.get("monologues"))):
        words: list[ReadWord] = []
        glued = False
        for one in _dicts(row.get("elements")):
            text = _text(one.get("value"))
            if one.get("type") == "text":
                if glued and words:
                    words[-1] = words[-1]._replace(
                        text=words[-1].text + text, end=number_ms(one.get("end_ts"))
                    )
                else:
                    times = number_ms(one.get("ts")), number_ms(one.get("end_ts"))
                    words.append(ReadWord(text, *times, _share(one.get("confidence"))))
                glued = True
            elif text and text.isspace():
                glued = False
            else:
                _punctuated(words, text)
                glued = not text.endswith(" ") and one.get("type") == "punct" and text not in ".,?!;:"
        who = _name(row.get("speaker"))
        if words:
            read.passages.append(TimedPassage("", None, None, names.get(str(who)) or who, words))
        else:
            read.note("monologues", "without text; left out", number)


# ElevenLabs ------------------------------------------------------------------------------------------------


def is_elevenlabs(value: Mapping[str, Any]) -> bool:
    """Whether words have types."""
    first = _first(value.get("transcripts"))
    return _first((first or value).get("words")).get("type") in ("word", "spacing", "audio_event")


def read_elevenlabs(value: Mapping[str, Any], read: ReadFile) -> None:
    """Read words; what is no speech is named in the problems."""
    read.language = _name(value.get("language_code"))
    many = _dicts(value.get("transcripts"))
    for one in many or [value]:
        words: list[ReadWord] = []
        glued = False
        for number, row in enumerate(_dicts(one.get("words"))):
            text = _text(row.get("text"))
            if row.get("type") == "audio_event":
                read.note("words", "sounds that are no speech left out", number)
            if row.get("type") != "word":
                glued = False
                continue
            start, end = number_ms(row.get("start")), number_ms(row.get("end"))
            who = _name(row.get("speaker_id"))
            if glued and words and words[-1].speaker == who and not _spaceless(text):
                words[-1] = words[-1]._replace(text=words[-1].text + text, end=end)
            else:
                words.append(ReadWord(text, start, end, None, who))
            glued = True
        read.passages += grouped(words, _name(one.get("channel_index")) if len(many) > 1 else None)
    read.flat = True


def _spaceless(text: str) -> bool:
    return any(ord(letter) >= 0x0E00 for letter in text)


SERVICES: Iterable[
    tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any], ReadFile], None]]
] = (
    ("Deepgram JSON", is_deepgram, read_deepgram),
    ("AWS Transcribe JSON", is_aws, read_aws),
    ("Azure JSON", is_azure, read_azure),
    ("Speechmatics JSON", is_speechmatics, read_speechmatics),
    ("Google JSON", is_google, read_google),
    ("Rev JSON", is_rev, read_rev),
    ("ElevenLabs JSON", is_elevenlabs, read_elevenlabs),
)
"""Name, whether an object is that service's, and its reader."""
