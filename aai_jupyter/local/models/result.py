"""Result fields of the service's transcript object, from the words of the channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aai_jupyter.local.models import text_shaping
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.highlights import highlights
from aai_jupyter.local.models.language import whisper_code
from aai_jupyter.local.models.pii import find_entities, find_pii, needs_english
from aai_jupyter.local.models.redact import redact_words, redacted_stretches
from aai_jupyter.local.models.sentiment import sentiments
from aai_jupyter.local.models.text_offsets import FoundText
from aai_jupyter.local.models.words import RecognisedWord, mean_confidence, text_of
from aai_jupyter.local.unsupported import ENGLISH_ONLY
from aai_jupyter.text.segmentation import sentences
from aai_jupyter.text.tokenization import join

_PAUSE_MS = 1000
"""A pause on one channel at which the other channels get a word in."""


def spoken_turns(channels: Sequence[Sequence[RecognisedWord]]) -> list[list[RecognisedWord]]:
    """Group words into turns: neighbours of one speaker, in order of time.

    Words of several channels are cut at the ends of sentences and at pauses, laid side by side by
    their starts, and joined again where nobody else spoke in between.

    Examples
    --------
    >>> one = [RecognisedWord("Hello.", 0, 400, 0.9, "1", "1")]
    >>> one.append(RecognisedWord("Bye.", 2000, 2400, 0.9, "1", "1"))
    >>> two = [RecognisedWord("Hi.", 900, 1200, 0.9, "2", "2")]
    >>> [text_of(turn) for turn in spoken_turns([one, two])]
    ['Hello.', 'Hi.', 'Bye.']
    """
    parts = [list(words) for words in channels if words]
    if len(parts) > 1:
        parts = sorted((part for words in parts for part in _parts(words)), key=lambda part: part[0].start)
    turns: list[list[RecognisedWord]] = []
    for part in parts:
        for word in part:
            if turns and (turns[-1][-1].speaker, turns[-1][-1].channel) == (word.speaker, word.channel):
                turns[-1].append(word)
            else:
                turns.append([word])
    return turns


def _parts(words: Sequence[RecognisedWord]) -> Iterator[list[RecognisedWord]]:
    for first, last in sentence_spans(words):
        part = [words[first]]
        for word in words[first + 1 : last]:
            if word.start - part[-1].end > _PAUSE_MS:
                yield part
                part = []
            part.append(word)
        yield part


def sentence_spans(words: Sequence[RecognisedWord]) -> list[tuple[int, int]]:
    """Return sentences as index pairs, ``last`` exclusive."""
    return sentences(
        [word.text for word in words],
        [word.start for word in words],
        [word.end for word in words],
        [word.speaker for word in words],
    )


def shown_turns(turns: Sequence[Sequence[RecognisedWord]]) -> list[dict[str, Any]]:
    """Return turns as the service's utterances."""
    found = []
    for words in turns:
        turn: dict[str, Any] = {
            "speaker": words[0].speaker,
            "text": text_of(words),
            "start": words[0].start,
            "end": words[-1].end,
            "confidence": mean_confidence(words),
            "words": [word.to_dict() for word in words],
        }
        if words[0].channel is not None:
            turn["channel"] = words[0].channel
        sure = [word.speaker_confidence for word in words if word.speaker_confidence is not None]
        if sure:
            turn["speaker_confidence"] = round(sum(sure) / len(sure), 5)
        found.append(turn)
    return found


def analyse(
    channels: Sequence[Sequence[RecognisedWord]],
    params: Mapping[str, Any],
    warnings: list[str],
    language: str,
    many: bool,
    check: Callable[[], None],
) -> dict[str, Any]:
    """Return everything that is made of the words: analyses, redaction, texts and turns."""
    words = sorted((word for channel in channels for word in channel), key=lambda word: word.start)
    turns = spoken_turns(channels)
    english = whisper_code(language) == "en"
    with_turns = many or bool(params.get("speaker_labels"))
    # Before punctuation and case are taken away: sentences and names need them.
    fields = _analyses(words, channels, params, warnings, english, check)
    found = _personal(channels, params, warnings, english, check)
    text_shaping.plain(
        words,
        punctuate=params.get("punctuate") is not False,
        format_text=params.get("format_text") is not False,
    )
    if params.get("redact_pii"):
        if params.get("redact_pii_return_unredacted"):
            plain = texts(words, turns, with_turns)
            fields |= {f"unredacted_{name}": plain[name] for name in ("text", "words", "utterances")}
        sub = params.get("redact_pii_sub") or "hash"
        fields["_redacted"] = []
        for channel, places in zip(channels, found, strict=True):
            redact_words(channel, places, sub)
            fields["_redacted"] += redacted_stretches(channel, places)
    if params.get("auto_highlights"):
        fields["auto_highlights_result"] = (
            highlights(words) if english else {"status": "unavailable", "results": []}
        )
    return fields | texts(words, turns, with_turns)


def _analyses(
    words: Sequence[RecognisedWord],
    channels: Sequence[Sequence[RecognisedWord]],
    params: Mapping[str, Any],
    warnings: list[str],
    english: bool,
    check: Callable[[], None],
) -> dict[str, Any]:
    wanted = [name for name in ENGLISH_ONLY if params.get(name)]
    if not english:
        warnings += (f"{name}: the local engine does this in English only." for name in wanted)
        return {}
    fields: dict[str, Any] = {}
    if "sentiment_analysis" in wanted:
        rows = [row for one in channels for row in sentiments(one, sentence_spans(one))]
        fields["sentiment_analysis_results"] = sorted(rows, key=lambda row: row["start"])
    if "entity_detection" in wanted:
        fields["entities"] = [
            {
                "entity_type": one.kind,
                "text": text_of(words[one.first : one.last]).strip(".,;:!?\"'"),
                "start": words[one.first].start,
                "end": words[one.last - 1].end,
                "speaker": words[one.first].speaker,
            }
            for one in find_entities(words, check)
        ]
    return fields


def _personal(
    channels: Sequence[Sequence[RecognisedWord]],
    params: Mapping[str, Any],
    warnings: list[str],
    english: bool,
    check: Callable[[], None],
) -> list[list[FoundText]]:
    """Find personal information in each channel; across speakers, as one asks for what the other tells."""
    if not params.get("redact_pii"):
        return []
    policies = params.get("redact_pii_policies") or ()
    missed = [policy for policy in policies if needs_english(policy)]
    if missed and not english:
        # Found out only now. A transcript that looks redacted and is not must not come into being.
        raise JobFailed(
            f"redact_pii_policies: the local engine finds {', '.join(missed)} in English only, "
            "and the audio is in another language."
        )
    warnings.append("redact_pii of the local engine works by patterns and may miss things: check the text.")
    return [find_pii(words, policies, params.get("redact_static_entities"), check) for words in channels]


def texts(
    words: Sequence[RecognisedWord], turns: Sequence[Sequence[RecognisedWord]], with_turns: bool
) -> dict[str, Any]:
    """Return the text, words and utterances as they are now."""
    return {
        "text": join([text_of(turn) for turn in turns]),
        "words": [word.to_dict() for word in words],
        "utterances": shown_turns(turns) if with_turns else None,
        "confidence": mean_confidence(words),
    }
