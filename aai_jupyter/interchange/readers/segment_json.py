"""JSON with segments: the Whisper family, Parakeet, Podcasting 2.0, and any list of timed rows.

One set of names serves all, as they differ in little: ``start`` or ``startTime``, ``text`` or ``body``. Times
are seconds unless a name says milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from aai_jupyter.interchange.readers.clock import number_ms
from aai_jupyter.interchange.readers.document import Document
from aai_jupyter.interchange.readers.json_values import dicts, length_of, punctuate, share
from aai_jupyter.interchange.readers.passages import ReadFile, ReadWord, TimedPassage, bare, grouped
from aai_jupyter.text.tokenization import is_mark, is_unspaced, is_word

_TEXT = (
    "text", "word", "punctuated_word", "body", "segment", "sentence", "transcript", "content", "value",
    "utf8",
    "Text", "caption", "Content",
)  # fmt: skip
_START = (
    "start",
    "startTime",
    "start_time",
    "begin",
    "from",
    "start_ts",
    "Start",
    "offset_start",
    "ts",
    "startSec",
)
_END = ("end", "endTime", "end_time", "to", "end_ts", "End", "stop", "end_sec", "endSec")
_START_MS = (
    "start_ms",
    "startMs",
    "offsetMilliseconds",
    "start_offset_ms",
    "tStartMs",
    "startTimeMs",
    "begin_ms",
    "BeginOffsetMillis",
)
_END_MS = ("end_ms", "endMs", "end_offset_ms", "endTimeMs", "stop_ms", "EndOffsetMillis")
_LENGTH_MS = ("durationMilliseconds", "dDurationMs", "duration_ms", "durationMs")
_SPEAKER = (
    "speaker",
    "speaker_name",
    "speakerName",
    "speaker_label",
    "speaker_id",
    "speakerId",
    "Speaker",
    "name",
    "ParticipantRole",
    "ParticipantId",
)
_SURE = ("confidence", "probability", "score", "p", "prob")
_WORDS = ("words", "tokens", "timestamps", "word_timestamps", "Words", "Items")
_LISTS = (
    "segments", "segment", "transcription", "utterances", "speakers", "sentences", "monologues", "phrases",
    "cues", "chunks", "captions", "transcript", "results", "result", "data", "output", "timestamp", "events",
    "paragraphs", "words", "word", "tokens", "Transcript",
)  # fmt: skip
_TURNS = ("paragraphs", "diarization", "speaker_segments", "turns", "speakers")
DEEPEST = 4
MOST_MS_A_LETTER = 5_000
"""Of speech in seconds: nobody speaks as slowly as milliseconds look."""


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if (value := row.get(name)) is not None:
            return value
    return None


def text_of(row: Mapping[str, Any]) -> str | None:
    """The text of a row."""
    return next((row[name] for name in _TEXT if isinstance(row.get(name), str)), None)


def times_of(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Start and end of a row in milliseconds."""
    offsets = row.get("offsets")  # whisper.cpp: milliseconds
    if isinstance(offsets, Mapping):
        return number_ms(offsets.get("from"), 1.0), number_ms(offsets.get("to"), 1.0)
    pair = row.get("timestamp")  # transformers: [start, end]
    if isinstance(pair, list) and len(pair) == 2:
        return number_ms(pair[0]), number_ms(pair[1])
    start = number_ms(_first(row, _START_MS), 1.0)
    start = number_ms(_first(row, _START)) if start is None else start
    end = number_ms(_first(row, _END_MS), 1.0)
    end = number_ms(_first(row, _END)) if end is None else end
    if end is None and start is not None:
        length = number_ms(_first(row, _LENGTH_MS), 1.0)
        length = number_ms(row.get("duration", row.get("dur"))) if length is None else length
        end = start + length if length is not None else None
    return start, end


def speaker_of(row: Mapping[str, Any]) -> str | None:
    """Who spoke."""
    value = _first(row, _SPEAKER)
    if isinstance(value, Mapping):
        value = _first(value, ("name", "label", "id"))
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return None
    return str(value)


def words_of(rows: Any, read: ReadFile) -> list[ReadWord] | None:
    """Words of a segment; parts of words, as tokens are, become whole words."""
    if not isinstance(rows, list) or not rows:
        return None
    words: list[ReadWord] = []
    pieces = any(isinstance(row, Mapping) and (text_of(row) or "").startswith((" ", "▁")) for row in rows)
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping) or (text := text_of(row)) is None:
            if not isinstance(row, int):  # token numbers are no words
                read.note("words", "not a word; left out", number)
            continue
        special = (text.startswith("[_") and text.endswith("]")) or (
            text.startswith("<|") and text.endswith("|>")
        )
        if special or not text.strip(" ▁"):
            continue
        start, end = times_of(row)
        sure = share(_first(row, _SURE))
        if start is None and words and not any(map(str.isalnum, text)):
            punctuate(words, text)
            continue
        begins = text.startswith((" ", "▁")) or not pieces or not words or _alone(text)
        text = text.replace("▁", " ").strip()
        if begins:
            words.append(ReadWord(text, start, end, sure, speaker_of(row)))
        else:
            last = words[-1]
            both = (last.confidence + sure) / 2 if last.confidence is not None and sure is not None else None
            words[-1] = last._replace(
                text=last.text + text, end=last.end if end is None else end, confidence=both
            )
    return words or None


def _alone(text: str) -> bool:
    """Whether it begins with a letter of a script without spaces: then no space tells where a word begins."""
    return is_unspaced(text[0]) and is_word(text[0]) and not is_mark(text[0])


def are_rows(value: Any) -> bool:
    """Whether it is a list of rows with text and times.

    Examples
    --------
    >>> are_rows([{"text": "Hi", "start": 0.0}]), are_rows([{"text": "Hi"}]), are_rows({})
    (True, False, False)
    """
    rows = [row for row in value if isinstance(row, Mapping)][:50] if isinstance(value, list) else []
    timed = sum(text_of(row) is not None and times_of(row) != (None, None) for row in rows)
    return bool(rows) and timed * 2 >= len(rows)


def timed_rows(value: Any, depth: int = 0) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]] | None:
    """Find the list of timed rows in JSON, and the object that has it."""
    if isinstance(value, list):
        if are_rows(value):
            return [row for row in value if isinstance(row, Mapping)], {}
        if len(value) == 1 and depth < DEEPEST:
            return timed_rows(value[0], depth + 1)
        return None
    if not isinstance(value, Mapping) or depth > DEEPEST:
        return None
    for name in _LISTS:
        if name in value and (found := timed_rows(value[name], depth + 1)) is not None:
            return found[0], found[1] or value
    for name, inner in value.items():  # a key that nobody has heard of
        if name not in _LISTS and isinstance(inner, Mapping | list):
            found = timed_rows(inner, depth + 1)
            if found is not None and len(found[0]) > 1:
                return found[0], found[1] or value
    return None


def read_segments(document: Document, value: Any, name: str) -> ReadFile:
    """Read rows with text and times."""
    read = ReadFile(name, problems=document.problems)
    found = timed_rows(value)
    assert found is not None
    rows, around = found
    about = {**around, **value} if isinstance(value, Mapping) else around
    _facts(read, about)
    # OpenAI's words stand beside the segments, and so do those of other services.
    loose = next((about[name] for name in ("words", "word") if isinstance(about.get(name), list)), None)
    alone = isinstance(loose, list) and bool(loose) and loose[0] is rows[0]
    loose = None if alone else loose
    if _are_pieces(rows):
        read.passages, read.flat = grouped(words_of(rows, read) or []), True
        return read
    scale = time_scale(rows)
    if scale < 1:
        read.note("segments", "the times are whole numbers, taken as milliseconds by their size")
    for number, row in enumerate(rows):
        words = words_of(_first(row, _WORDS), read)
        start, end = (None if time is None else time * scale for time in times_of(row))
        text = text_of(row)
        if text is None:
            text = " ".join(word.text for word in words or ())
        if not text.strip():
            if not text:  # white space between words is none of them
                read.note("segments", "without text; left out", number)
            continue
        _add(
            read,
            TimedPassage(text, start, end, speaker_of(row), words, confidence=share(row.get("confidence"))),
        )
    if isinstance(loose, list) and not any(passage.words for passage in read.passages):
        _join_words(read, words_of(loose, read) or [])
    _unflatten(read, alone)
    _name_speakers(read, about)
    return read


def _name_speakers(read: ReadFile, about: Mapping[str, Any]) -> None:
    """Give words the speakers of stretches of time that stand beside them, as ``paragraphs``."""
    words = [word for passage in read.passages for word in passage.words or ()]
    own: list[ReadWord] = []
    if not words or any(passage.speaker for passage in read.passages):
        return
    for name in _TURNS:
        rows = [row for row in dicts(about.get(name)) if speaker_of(row) and text_of(row) is None]
        turns = [(start, end, speaker_of(row)) for row in rows for start, end in [times_of(row)]]
        known = sorted(
            (start, end, who) for start, end, who in turns if start is not None and end is not None
        )
        if not known:
            continue
        starts = [start for start, _, _ in known]
        read.passages, last = [], -1
        for word in words:
            middle = ((word.start or 0.0) + (word.end if word.end is not None else word.start or 0.0)) / 2
            place = max(0, bisect_right(starts, middle) - 1)
            who = known[place][2] if known[place][0] <= middle <= known[place][1] else None
            if place != last or who != read.passages[-1].speaker:
                own = []
                read.passages.append(TimedPassage("", word.start, None, who, own))
            last = place
            own.append(word._replace(speaker=who))
        return


def _are_pieces(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether rows are parts of words, of which those that begin one have a space before them."""
    texts = [text_of(row) or "" for row in rows[1:100]]
    spaced = sum(text.startswith((" ", "▁")) for text in texts)
    return 0 < spaced < len(texts) and all(len(text.split()) == 1 for text in texts)


def time_scale(rows: Sequence[Mapping[str, Any]]) -> float:
    """A thousandth where times that no name says the unit of can only be milliseconds."""
    length = letters = 0.0
    for row in rows[:200]:
        values = [_first(row, _START), _first(row, _END)]
        if any(value is not None and type(value) is not int for value in values):
            return 1.0
        start, end = times_of(row)
        if values[0] is None or start is None or end is None or _first(row, _START_MS) is not None:
            return 1.0
        length += end - start
        letters += len(text_of(row) or "")
    return 0.001 if length > MOST_MS_A_LETTER * letters > 0 else 1.0


def _facts(read: ReadFile, about: Mapping[str, Any]) -> None:
    language = about.get("language") or about.get("language_code")
    if isinstance(about.get("result"), Mapping):
        language = language or about["result"].get("language")
    if isinstance(language, str) and len(language) < 40:
        read.language = _CODES.get(language.lower(), language.lower())
    read.duration = length_of(about.get("duration") or about.get("audio_duration"))
    for name in (
        "audio",
        "audio_path",
        "audio_filepath",
        "media",
        "file",
        "filename",
        "audio_file",
        "source",
    ):
        if isinstance(about.get(name), str) and about[name]:
            read.media.append(about[name])


_CODES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "japanese": "ja", "chinese": "zh", "russian": "ru", "korean": "ko", "polish": "pl",
}  # fmt: skip


def _add(read: ReadFile, passage: TimedPassage) -> None:
    """Add a passage, cut where its words are another speaker's."""
    words = passage.words or []
    speakers = {word.speaker for word in words if word.speaker is not None}
    if len(speakers) <= 1:
        if passage.speaker is None and speakers:
            passage.speaker = next(iter(speakers))
        read.passages.append(passage)
        return
    filled, who = [], next(word.speaker for word in words if word.speaker is not None)
    for word in words:
        who = word.speaker or who
        filled.append(word._replace(speaker=who))
    read.passages += grouped(filled)


def _join_words(read: ReadFile, words: list[ReadWord]) -> None:
    """Give the words beside the segments to the segments, where they are the same ones."""
    own = [(passage, word) for passage in read.passages for word in passage.text.split()]

    kept = [word for word in words if bare(word.text)]
    spoken = [(passage, text) for passage, text in own if bare(text)]
    if [bare(word.text) for word in kept] != [bare(text) for _, text in spoken]:
        if words:
            read.note("words", "not those of the segments; left out")
        return
    times = iter(kept)
    made: dict[int, list[ReadWord]] = {}
    for passage, text in own:
        found = made.setdefault(id(passage), [])
        found.append(next(times)._replace(text=text) if bare(text) else ReadWord(text))
    for passage in read.passages:
        passage.words = made.get(id(passage))


def _unflatten(read: ReadFile, words_only: bool = False) -> None:
    """Join rows that are single words to passages."""
    single = sum(len(passage.text.split()) == 1 for passage in read.passages)
    few = len(read.passages) < 4 and not words_only
    if few or single < 0.8 * len(read.passages) or any(p.words for p in read.passages):
        return
    words: list[ReadWord] = []
    for passage in read.passages:
        text = passage.text.strip()
        if words and not any(map(str.isalnum, text)):  # a mark
            words[-1] = words[-1]._replace(text=words[-1].text + text)
        else:
            words.append(ReadWord(text, passage.start, passage.end, passage.confidence, passage.speaker))
    read.passages = grouped(words)
    read.flat = True
