"""A transcript with pseudonyms: an answer of its own, so that whatever is made of it has no names.

Frames, text, captions, player, prompts and exports all read the answer. So it is written anew here, once: from
the words as they are after all edits; everything else that the answer says goes through the same names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import TIMINGS
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts.edits.alignment import spread
from aai_jupyter.transcripts.pseudonyms.covered_sound import covered_recording
from aai_jupyter.transcripts.pseudonyms.study_key import KeptWords, KeyedRecording

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
)
_LEFT_OUT += ("custom_spelling", "redact_static_entities", "unredacted_text", "unredacted_words")
_LEFT_OUT += ("unredacted_utterances", "speech_understanding_request")
"""Addresses and texts of people that no frame shows; and what redaction has taken out."""
_REPEATING = ("sentences", "paragraphs")
"""Answers that repeat the words: they are made from the new ones."""


@dataclass
class _Row:
    """A word of the view, and the original's words that it stands for (none when it is as it was)."""

    text: str
    start: float
    end: float
    confidence: float
    first: int
    timing: int


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


def pseudonymised(transcript: Transcript, names: Names, called: str) -> tuple[Transcript, KeyedRecording]:
    """Return a transcript with pseudonyms, and what is needed to restore it.

    Parameters
    ----------
    transcript : Transcript
    names : Names
    called : str
        Name of the recording in the view.

    Notes
    -----
    Edits are part of the view's answer; their history, which names what was there before, is not. Codes and
    names of speakers are edits of the view.
    """
    speech = transcript.edited_answer.speech
    spoken = _spoken(speech, names)
    data = transcript.edited_answer.data
    raw = {
        name: names.value(value)
        for name, value in data.raw.items()
        if name not in _WRITTEN_ANEW and name not in _LEFT_OUT
    }
    imported = raw.get("imported") if isinstance(raw.get("imported"), dict) else {}
    raw |= {
        "id": called,  # by the original's, the service and the store would give the original
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
        if kind not in _REPEATING:
            view.attach(kind, json.dumps(names.value(JsonObject(answer.raw_bytes).raw)))
    speakers = _name_speakers(transcript, view, names)
    _copy_codes(transcript, view, names)
    view.edited_answer.audio = covered_recording(transcript.audio, spoken.covered, called)
    if transcript.audio is not None and view.edited_answer.audio is None:
        view.edited_answer.remark([f"{called}: the sound cannot be opened here, so the view has none."])
    keyed = KeyedRecording(
        source=transcript.source,
        transcript_id=transcript.id,
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


def _spoken(speech: Speech, names: Names) -> _Spoken:
    order = speech.by_utterance
    words, owner = speech.words.take(order), speech.utterance[order]
    timing = speech.timing.codes[order]
    said, found = speech.utterances, _Spoken()
    speakers = [None if one is None else names.text(one) for one in words.speaker.values()]
    channels = words.channel.values()
    who = [None if one is None else names.text(one) for one in said.speaker.values()]
    bounds = np.searchsorted(owner, np.arange(len(said) + 1))
    for turn in range(len(said)):
        first, last = int(bounds[turn]), int(bounds[turn + 1])
        texts = [str(text or "") for text in words.text[first:last].tolist()]
        rows = _rows(texts, words, timing, first, names, found)
        for row in rows:
            sent = {"text": row.text, "start": _time(row.start), "end": _time(row.end)}
            sent |= {"confidence": _number(row.confidence), "speaker": speakers[row.first]}
            if channels[row.first] is not None:
                sent["channel"] = channels[row.first]
            found.words.append(sent)
            found.utterance.append(turn)
            found.timing.append(row.timing)
            found.origin.append(int(order[row.first]))
        text = str(said.text[turn] or "")
        told = join(row.text for row in rows)
        if not rows or text != join(texts):
            new = names.text(text)
            if new != text:
                found.turns[str(turn)] = text
            if not rows and new != text and said.start[turn] == said.start[turn]:
                found.covered.append((float(said.start[turn]), float(said.end[turn])))
            told = new
        one = {
            "text": told,
            "start": _time(said.start[turn]),
            "end": _time(said.end[turn]),
            "speaker": who[turn],
        }
        one["confidence"] = _number(said.confidence[turn])
        if (channel := said.channel.take(np.array([turn])).values()[0]) is not None:
            one["channel"] = channel
        found.utterances.append(one)
    _in_order(found)
    return found


def _rows(
    texts: list[str], words: Words, timing: np.ndarray, first: int, names: Names, found: _Spoken
) -> list[_Row]:
    """Return the words of a turn with pseudonyms; what they replace is noted."""
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    line = " ".join(texts)
    ends = [start + len(text) for start, text in zip(starts, texts, strict=True)]
    groups: list[tuple[int, int, str]] = []
    for start, end, pseudonym in names.spans(line):
        one = int(np.searchsorted(starts, start, side="right")) - 1
        two = int(np.searchsorted(starts, end - 1, side="right"))
        before, after = line[starts[one] : start], line[end : ends[two - 1]]
        if groups and groups[-1][1] > one:  # two names in one word
            old_one, _, old = groups.pop()
            gone = len(line[starts[one] : ends[two - 1]]) - (start - starts[one])
            groups.append((old_one, two, old[: len(old) - gone] + pseudonym + after if gone else old))
        else:
            groups.append((one, two, before + pseudonym + after))
    rows: list[_Row] = []
    done = 0
    for one, two, text in groups:
        rows += [_same(texts, words, timing, first, place) for place in range(done, one)]
        new = _replaced(text, words, timing, first + one, first + two)
        kept = [
            {
                "text": texts[place],
                "start": _time(words.start[first + place]),
                "end": _time(words.end[first + place]),
                "confidence": _number(words.confidence[first + place]),
            }
            for place in range(one, two)
        ]
        found.kept.append(KeptWords(len(found.words) + len(rows), len(new), kept))
        start, end = (
            np.nanmin(words.start[first + one : first + two]),
            np.nanmax(words.end[first + one : first + two]),
        )
        if start == start and end == end:
            found.covered.append((float(start), float(end)))
        rows += new
        done = two
    return rows + [_same(texts, words, timing, first, place) for place in range(done, len(texts))]


def _same(texts: list[str], words: Words, timing: np.ndarray, first: int, place: int) -> _Row:
    row = first + place
    return _Row(
        texts[place],
        float(words.start[row]),
        float(words.end[row]),
        float(words.confidence[row]),
        row,
        int(timing[row]),
    )


def _replaced(text: str, words: Words, timing: np.ndarray, first: int, last: int) -> list[_Row]:
    """Return the words of a pseudonym in the time of those that it stands for."""
    starts, ends = words.start[first:last], words.end[first:last]
    known = ~np.isnan(starts) & ~np.isnan(ends)
    begin = float(starts[known].min()) if known.any() else float("nan")
    end = float(ends[known].max()) if known.any() else float("nan")
    parts = text.split()
    sure = (
        float(np.nanmean(words.confidence[first:last]))
        if not np.isnan(words.confidence[first:last]).all()
        else float("nan")
    )
    code = int(timing[first]) if len(parts) == 1 else TIMINGS.index("interpolated")
    return [_Row(one.text, one.start, one.end, sure, first, code) for one in spread(parts, begin, end)]


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
    if editor is not None and editor.state.codes:
        view.edited_answer.edit().add_codes([names.value(one._asdict()) for one in editor.state.codes])


def _time(value: float) -> int | None:
    return None if value != value else round(value)


def _number(value: float) -> float | None:
    return None if value != value else float(value)
