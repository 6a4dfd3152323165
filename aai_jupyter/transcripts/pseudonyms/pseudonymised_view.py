"""A transcript with pseudonyms: an answer of its own, so that whatever is made of it has no names.

Frames, text, captions, player, prompts and exports all read the answer. So it is written anew here, once:
from the words as they are after all edits; everything else that the answer says goes through the same names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts.coded import passage_text
from aai_jupyter.transcripts.pseudonymising import PSEUDONYMISED
from aai_jupyter.transcripts.pseudonyms.covered_sound import covered_recording
from aai_jupyter.transcripts.pseudonyms.replaced_words import SEALED, Place, TurnWords
from aai_jupyter.transcripts.pseudonyms.study_key import KeptWords, KeyedRecording, answer_digest

if TYPE_CHECKING:
    from aai_jupyter.tables.speech import Speech, Words
    from aai_jupyter.transcripts.pseudonyms.name_matching import Names
    from aai_jupyter.transcripts.transcript import Transcript

_WRITTEN_ANEW = ("words", "utterances", "text")
_LEFT_OUT = (
    "audio_url",
    "webhook_url",
    "webhook_auth_header_name",
    "prompt",
    "keyterms_prompt",
    "word_boost",
    "custom_spelling",
    "redact_static_entities",
    "unredacted_text",
    "unredacted_words",
    "unredacted_utterances",
    "speech_understanding_request",
    "tracks",
)
"""Addresses and texts of people that no frame shows; what redaction took out; files and ids of tracks."""
_NO_TEXTS = ("status", "language_code", "speech_model", "speech_model_used", "acoustic_model")
"""Words of the service: a person may be called Vi, as a language is."""
_FINDINGS = (
    "summary",
    "chapters",
    "entities",
    "sentiment_analysis_results",
    "auto_highlights_result",
    "iab_categories_result",
    "content_safety_labels",
    "speech_understanding",
    "translated_texts",
)
"""What the service says about the words: where a passage is sealed, it may tell what was said there."""
_REPEATING = ("sentences", "paragraphs")
"""Answers that repeat the words: they are made from the new ones."""


@dataclass
class _Spoken:
    """What is collected over the turns of a transcript."""

    words: list[dict[str, Any]] = field(default_factory=list)
    utterance: list[int] = field(default_factory=list)
    timing: list[int] = field(default_factory=list)
    utterances: list[dict[str, Any]] = field(default_factory=list)
    kept: list[KeptWords] = field(default_factory=list)
    turns: dict[str, str] = field(default_factory=dict)
    covered: list[tuple[float, float]] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def cover(self, start: float, end: float) -> None:
        """Cover a stretch of the sound, where its times are known."""
        if start == start and end == end:
            self.covered.append((start, end))


def pseudonymised(
    transcript: Transcript, names: Names, called: str, ident: str
) -> tuple[Transcript, KeyedRecording]:
    """Return a transcript with pseudonyms, and what is needed to restore it.

    Parameters
    ----------
    transcript : Transcript
    names : Names
    called : str
        Name of the recording in the view.
    ident : str
        Id of the view: of this study alone.

    Notes
    -----
    Edits are part of the view's answer; their history, which names what was there before, is not. Codes and
    names of speakers are edits of the view.
    """
    speech = transcript.edited_answer.speech
    editor = transcript.edited_answer.editor
    sealed = editor.state.sealed if editor is not None else ()
    spoken = _spoken(speech, names, sealed)
    data = transcript.edited_answer.data
    left_out = {*_WRITTEN_ANEW, *_LEFT_OUT, *(_FINDINGS if sealed else ())}
    raw = {
        name: value if name in _NO_TEXTS else names.value(value)
        for name, value in data.raw.items()
        if name not in left_out
    }
    known = raw.get("imported")
    imported = known if isinstance(known, dict) else {}
    raw |= {
        PSEUDONYMISED: True,
        "id": ident,  # by the original's, the service and the store would give the original
        "words": spoken.words,
        "utterances": spoken.utterances,
        "text": join(one["text"] for one in spoken.utterances),
        "imported": {
            "format": "",
            **imported,
            "media": [],
            "utterance": spoken.utterance,
            "timing": spoken.timing,
        },
    }
    source = _source(transcript, called)
    view = type(transcript).from_json(json.dumps(raw), source=source)
    for kind, answer in transcript.edited_answer.answers:
        if kind not in _REPEATING and not sealed:
            view.attach(kind, json.dumps(names.value(JsonObject(answer.raw_bytes).raw)))
    speakers = _name_speakers(transcript, view, names)
    _copy_codes(transcript, view, names)
    view.edited_answer.audio = covered_recording(transcript.audio, spoken.covered, called)
    if transcript.audio is not None and view.edited_answer.audio is None:
        view.edited_answer.remark([f"{called}: the sound cannot be opened here, so the view has none."])
    keyed = KeyedRecording(
        source=transcript.source,
        transcript_id=transcript.id,
        answer=answer_digest(transcript),
        words=spoken.kept,
        turns=spoken.turns,
        speakers=speakers,
    )
    return view, keyed


def _source(transcript: Transcript, called: str) -> str | None:
    if transcript.source is None:
        return None
    tail = transcript.source.split("?")[0].rpartition(".")[2]
    return f"{called}.{tail}" if tail.isalnum() and len(tail) <= 5 else called


def _spoken(speech: Speech, names: Names, sealed: Sequence[tuple[float, float]]) -> _Spoken:
    order = speech.by_utterance
    words, owner = speech.words.take(order), speech.utterance[order]
    of_turn = TurnWords(words, speech.timing.codes[order], names, sealed)
    said, found = speech.utterances, _Spoken()
    speakers = [None if one is None else names.text(one) for one in words.speaker.values()]
    channels = words.channel.values()
    who = [None if one is None else names.text(one) for one in said.speaker.values()]
    where = said.channel.values()
    bounds = np.searchsorted(owner, np.arange(len(said) + 1))
    for turn in range(len(said)):
        first, last = int(bounds[turn]), int(bounds[turn + 1])
        rows, places = of_turn.of(first, last)
        for place in places:
            found.kept.append(KeptWords(len(found.words) + place.row, place.size, _sent_words(words, place)))
            found.cover(*of_turn.span(place.first, place.last))
        for row in rows:
            sent = _sent(row.text, row.start, row.end, row.confidence)
            found.words.append(sent | _who(speakers[row.origin], channels[row.origin]))
            found.utterance.append(turn)
            found.timing.append(row.timing)
            found.origin.append(int(order[row.origin]))
        start, end = float(said.start[turn]), float(said.end[turn])
        text, told = str(said.text[turn] or ""), join(row.text for row in rows)
        if text != join(str(one or "") for one in words.text[first:last].tolist()):
            # The service's text of a turn is not that of its words: both have the names.
            told = told if any(place_is_sealed(row.text) for row in rows) else names.text(text)
            if told != text:
                found.turns[str(turn)] = text
                if not rows:
                    found.cover(start, end)
        one = _sent(told, start, end, float(said.confidence[turn]))
        found.utterances.append(one | _who(who[turn], where[turn]))
    for start, end in sealed:
        found.cover(start, end)
    _in_order(found)
    return found


def place_is_sealed(text: str) -> bool:
    """Whether a word stands for a sealed passage."""
    return text == SEALED


def _sent(text: str, start: float, end: float, confidence: float) -> dict[str, Any]:
    return {"text": text, "start": _time(start), "end": _time(end), "confidence": _number(confidence)}


def _who(speaker: str | None, channel: str | None) -> dict[str, Any]:
    return {"speaker": speaker} | ({} if channel is None else {"channel": channel})


def _sent_words(words: Words, place: Place) -> list[dict[str, Any]]:
    return [
        _sent(
            str(words.text[row] or ""),
            float(words.start[row]),
            float(words.end[row]),
            float(words.confidence[row]),
        )
        for row in range(place.first, place.last)
    ]


def _in_order(found: _Spoken) -> None:
    """Put the words in the order of the original's; that of each turn is the same before and after."""
    order = sorted(range(len(found.words)), key=lambda place: found.origin[place])
    found.words = [found.words[place] for place in order]
    found.utterance = [found.utterance[place] for place in order]
    found.timing = [found.timing[place] for place in order]


def _name_speakers(transcript: Transcript, view: Transcript, names: Names) -> dict[str, str]:
    given, shown = {}, {}
    for label, name in transcript.speakers.items():
        now = names.text(label)
        shown[now] = str(name)
        if name != label and now in view.edited_answer.speech.speaker_names:
            given[now] = names.text(str(name))
    if given:
        view.edited_answer.edit().rename_speakers(given)
    return shown


def _copy_codes(transcript: Transcript, view: Transcript, names: Names) -> None:
    editor = transcript.edited_answer.editor
    if editor is None:
        return
    state, rows = editor.state, []
    for one in state.codes:
        row = names.value(one._asdict())
        if any(one.start < end and one.end > start for start, end in state.sealed):
            row |= {"text": passage_text(view, one.start, one.end), "evidence": ""}
        rows.append(row)
    if rows:
        view.edited_answer.edit().add_codes(rows)
    if state.codebook:
        view.edited_answer.edit().set_codebook([names.value(one._asdict()) for one in state.codebook])


def _time(value: float) -> int | None:
    return None if value != value else round(value)


def _number(value: float) -> float | None:
    return None if value != value else float(value)
