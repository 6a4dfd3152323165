"""A view with pseudonyms, made the original again by the key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.errors import UsageError
from aai_jupyter.text.tokenization import join
from aai_jupyter.transcripts.pseudonymising import PSEUDONYMISED
from aai_jupyter.transcripts.pseudonyms.name_matching import Name, Names

if TYPE_CHECKING:
    from aai_jupyter.transcripts.pseudonyms.study_key import KeyedRecording, StudyKey
    from aai_jupyter.transcripts.transcript import Transcript


def restored_view(view: Transcript, study: StudyKey) -> Transcript:
    """Return the transcript of a view with its names.

    Raises
    ------
    UsageError
        The key does not know it.
    """
    keyed = study.keyed(view.id)
    if keyed is None:
        raise UsageError(f"The key does not know {view.source or view.id or 'this transcript'}.")
    back = Names([Name(one.pseudonym, one.found, one.kind) for one in study.names.names])
    exact = not view.edited_answer.has_edits
    words, utterance, timing = _words(view, keyed if exact else None, back)
    speech = view.edited_answer.speech
    said = speech.utterances
    utterances: list[dict[str, Any]] = []
    for turn in range(len(said)):
        inside = [word["text"] for word, owner in zip(words, utterance, strict=True) if owner == turn]
        text = keyed.turns.get(str(turn)) if exact else None
        utterances.append(
            {
                "text": text or (join(inside) if inside else back.text(str(said.text[turn] or ""))),
                "start": _time(said.start[turn]),
                "end": _time(said.end[turn]),
                "confidence": _number(said.confidence[turn]),
                "speaker": said.speaker.values()[turn],
                "channel": said.channel.values()[turn],
            }
        )
    raw = {name: back.value(value) for name, value in view.edited_answer.data.raw.items()}
    known = raw.get("imported")
    imported = known if isinstance(known, dict) else {}
    raw.pop(PSEUDONYMISED, None)
    raw |= {
        "id": keyed.transcript_id,
        "words": words,
        "utterances": utterances,
        "text": join(one["text"] for one in utterances),
        "imported": {**imported, "utterance": utterance, "timing": timing},
    }
    found = type(view).from_json(json.dumps(raw), source=keyed.source)
    for kind, answer in view.edited_answer.answers:
        found.attach(kind, json.dumps(back.value(JsonObject(answer.raw_bytes).raw)))
    named = {
        label: name
        for label, name in keyed.speakers.items()
        if label in found.edited_answer.speech.speaker_names
    }
    if named:
        found.edited_answer.edit().rename_speakers(named)
    _restore_codes(view, found, back)
    return found


def _words(
    view: Transcript, keyed: KeyedRecording | None, back: Names
) -> tuple[list[dict[str, Any]], list[int], list[int]]:
    speech = view.edited_answer.speech
    order = speech.by_utterance
    columns, owner, codes = speech.words.take(order), speech.utterance[order], speech.timing.codes[order]
    speakers, channels = columns.speaker.values(), columns.channel.values()
    kept = {one.row: one for one in keyed.words} if keyed is not None else {}
    made: list[tuple[int, dict[str, Any], int, int]] = []
    row = 0
    while row < len(order):
        facts = {"speaker": speakers[row], "channel": channels[row]}
        turn, code = int(owner[row]), int(codes[row])
        one = kept.get(row)
        if one is not None:
            made += [(int(order[row]), {**word, **facts}, turn, code) for word in one.words]
            row += max(one.size, 1)
            continue
        text = str(columns.text[row] or "")
        word = {
            "text": text if keyed is not None else back.text(text),
            "start": _time(columns.start[row]),
            "end": _time(columns.end[row]),
            "confidence": _number(columns.confidence[row]),
            **facts,
        }
        made.append((int(order[row]), word, turn, code))
        row += 1
    made.sort(key=lambda one: one[0])
    return [one[1] for one in made], [one[2] for one in made], [one[3] for one in made]


def _restore_codes(view: Transcript, found: Transcript, back: Names) -> None:
    editor = view.edited_answer.editor
    if editor is None:
        return
    if editor.state.codes:
        found.edited_answer.edit().add_codes([back.value(one._asdict()) for one in editor.state.codes])
    if editor.state.codebook:
        found.edited_answer.edit().set_codebook([back.value(one._asdict()) for one in editor.state.codebook])


def _time(value: float) -> int | None:
    return None if value != value else round(value)


def _number(value: float) -> float | None:
    return None if value != value else float(value)
