"""Exports of a completed transcript: sentences, paragraphs, captions, word search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aai_jupyter.local.errors import ApiError
from aai_jupyter.text import segmentation
from aai_jupyter.text import subtitles as caption_files
from aai_jupyter.text.tokenization import join, positions

MAX_PHRASE_WORDS = 5

Word = dict[str, Any]
Transcript = Mapping[str, Any]


def sentence_rows(words: Sequence[Word]) -> list[dict[str, Any]]:
    """Return the sentences alone."""
    return _rows(words, segmentation.sentences, with_speaker=True)


def sentences(transcript: Transcript) -> dict[str, Any]:
    """Return the body of ``/sentences``."""
    return _segments(transcript, "sentences", segmentation.sentences, with_speaker=True)


def paragraphs(transcript: Transcript) -> dict[str, Any]:
    """Return the body of ``/paragraphs``; like the service's, its items name no speaker."""
    return _segments(transcript, "paragraphs", segmentation.paragraphs, with_speaker=False)


def subtitles(transcript: Transcript, kind: str, chars_per_caption: int | None) -> str:
    """Return the body of ``/srt`` and ``/vtt``. Captions carry no speaker names."""
    words = transcript["words"] or []
    write = caption_files.srt if kind == "srt" else caption_files.vtt
    return write(
        [word["text"] for word in words],
        [word["start"] for word in words],
        [word["end"] for word in words],
        chars_per_caption=chars_per_caption,
        groups=[word.get("speaker") or word.get("channel") for word in words],
    )


def word_search(transcript: Transcript, query: str) -> dict[str, Any]:
    """Return the body of ``/word-search``: the matches of each word or phrase of a comma list.

    Case and punctuation around a word do not matter. ``indexes`` count in ``words``: of a phrase, the
    first word. Times are [start of first word, end of last word] in milliseconds.

    Raises
    ------
    ApiError
        400 for an empty query or a phrase of more than :data:`MAX_PHRASE_WORDS` words.

    Examples
    --------
    >>> hello = {"text": "Hello,", "start": 0, "end": 400}
    >>> world = {"text": "world.", "start": 500, "end": 900}
    >>> word_search({"id": "1", "words": [hello, world]}, "hello world,moon")["matches"]
    [{'text': 'hello world', 'count': 1, 'timestamps': [[0, 900]], 'indexes': [0]}]
    """
    terms = list(dict.fromkeys(term.strip() for term in query.split(",") if term.strip()))
    if not terms:
        raise ApiError(400, "words is required: a comma-separated list of words or phrases")
    if any(len(term.split()) > MAX_PHRASE_WORDS for term in terms):
        raise ApiError(400, f"words: a phrase can have at most {MAX_PHRASE_WORDS} words")
    words = transcript["words"] or []
    matches = []
    for term, found in zip(terms, positions([word["text"] for word in words], terms), strict=True):
        if found:
            times = [[words[first]["start"], words[last - 1]["end"]] for first, last in found]
            indexes = [first for first, _ in found]
            matches.append({"text": term, "count": len(found), "timestamps": times, "indexes": indexes})
    return {
        "id": transcript["id"],
        "total_count": sum(match["count"] for match in matches),
        "matches": matches,
    }


def _segments(
    transcript: Transcript, name: str, split: Callable[..., Sequence[tuple[int, int]]], *, with_speaker: bool
) -> dict[str, Any]:
    return {
        name: _rows(transcript["words"] or [], split, with_speaker=with_speaker),
        "id": transcript["id"],
        "confidence": transcript["confidence"],
        "audio_duration": transcript["audio_duration"],
        "speech_model_used": transcript["speech_model_used"],
    }


def _rows(
    words: Sequence[Word], split: Callable[..., Sequence[tuple[int, int]]], *, with_speaker: bool
) -> list[dict[str, Any]]:
    spans = split(
        [word["text"] for word in words],
        [word["start"] for word in words],
        [word["end"] for word in words],
        [word.get("speaker") or word.get("channel") for word in words],
    )
    return [_segment(words[first:stop], with_speaker) for first, stop in spans]


def _segment(words: Sequence[Word], with_speaker: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "text": join([word["text"] for word in words]),
        "start": words[0]["start"],
        "end": max(word["end"] for word in words),
        "confidence": sum(word["confidence"] for word in words) / len(words),
        "words": list(words),
    }
    if with_speaker:
        found["speaker"] = words[0].get("speaker")
    if "channel" in words[0]:
        found["channel"] = words[0]["channel"]
    return found
