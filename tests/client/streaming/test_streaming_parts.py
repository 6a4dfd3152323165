"""Frames, clocks, turns, events: the parts that have laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.streaming.audio_buffer import AudioBuffer, Clock
from aai_jupyter.client.streaming.events import Revision as Revised
from aai_jupyter.client.streaming.events import (
    SpeakerRevision,
    StreamWord,
    Turn,
    Unknown,
    decode_event,
)
from aai_jupyter.client.streaming.turn_log import TurnLog, new_words
from tests.examples import examples

RATES = st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000])


def test_a_rate_that_milliseconds_do_not_divide_gives_legal_frames_and_a_true_clock():
    buffer = AudioBuffer(11025, 60, frame_ms=50)
    buffer.push(bytes(2 * 11025))
    frames = list(iter(buffer.take, None))
    assert {len(pcm) / 2 * 1000 / 11025 >= 50 for _, pcm in frames} == {True}
    assert [start for start, _ in frames] == [552 * i for i in range(len(frames))]


def test_a_revision_that_is_no_list_is_none():
    assert decode_event('{"type": "SpeakerRevision", "revisions": false}').revisions == []  # type: ignore[attr-defined]


@given(st.data(), RATES, st.integers(50, 1000), st.lists(st.integers(0, 9000), max_size=30))
def test_frames_are_legal_and_hold_the_sound_once_in_order(data, rate, frame_ms, sizes):
    buffer = AudioBuffer(rate, 1e6, frame_ms=frame_ms)
    whole = (
        bytes(data.draw(st.binary(min_size=sum(sizes), max_size=sum(sizes)))) if sum(sizes) < 5000 else None
    )
    whole = whole if whole is not None else (b"ab" * (sum(sizes) // 2 + 1))[: sum(sizes)]
    place, frames = 0, []
    for size in sizes:
        buffer.push(whole[place : place + size])
        place += size
        while (frame := buffer.take()) is not None and data.draw(st.booleans()):
            frames.append(frame)
        if frame is not None:
            frames.append(frame)
    buffer.close()
    while (frame := buffer.take()) is not None:
        frames.append(frame)
    for start, pcm in frames:
        ms = len(pcm) / 2 * 1000 / rate
        assert 49.99 <= ms <= 1000.01
        assert len(pcm) % 2 == 0
        assert start * 2 == sum(len(p) for s, p in frames if s < start)
    heard = b"".join(pcm for _, pcm in frames)
    even = whole[: len(whole) // 2 * 2]
    assert heard[: len(even)] == even
    assert not heard[len(even) :].strip(b"\0")


@given(st.lists(st.sampled_from(["push", "take", "rewind", "forget"]), max_size=80), st.integers(0, 40))
def test_memory_is_bounded_and_what_is_given_up_is_counted(steps, back):
    buffer = AudioBuffer(1000, 2.0, frame_ms=100)
    taken: set[int] = set()
    for step in steps:
        if step == "push":
            buffer.push(bytes(2 * 350))
        elif step == "take" and (frame := buffer.take()):
            taken.add(frame[0])
        elif step == "rewind":
            buffer.rewind(max(0, buffer.position - back * 100))
        elif step == "forget":
            buffer.forget(buffer.position - back * 100)
        assert buffer.unsent <= 2000
        assert sum(len(block) for _, block in buffer._blocks) <= 2 * 2000
    while frame := buffer.take():
        taken.add(frame[0])
    whole = range(0, buffer.position // 100 * 100, 100)
    assert len([start for start in whole if start not in taken]) * 100 <= buffer.dropped


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10)), min_size=1, max_size=20))
def test_the_clock_finds_the_place_of_each_frame_across_gaps(parts):
    clock, place, local = Clock(8000), 0, 0
    for gap, frames in parts:
        place += gap * 800
        for _ in range(frames):
            clock.sending(place, 800)
            assert clock.ms(local + 1) == place * 1000 // 8000 + 1
            place, local = place + 800, local + 100


def _turn(order: int, text: str, *, end: bool, formatted: bool = False) -> Turn:
    words = [StreamWord(w, 100 * i, 100 * i + 90) for i, w in enumerate(text.split())]
    return Turn(turn_order=order, transcript=text, end_of_turn=end, turn_is_formatted=formatted, words=words)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "a b", "c"]), st.booleans(), st.booleans()),
        max_size=40,
    )
)
def test_a_turn_is_its_best_last_message(messages):
    log, model = TurnLog(), {}
    for order, text, end, formatted in messages:
        log.apply(_turn(order, text, end=end, formatted=formatted))
        known = model.get(order)
        if known and known[1]:  # final
            if end and text and (formatted or not known[2]):
                model[order] = (text, end, formatted)
        elif end and not text:
            model.pop(order, None)
        else:
            model[order] = (text, end, formatted)
    assert [(t.turn_order, t.transcript, t.end_of_turn) for t in log.ordered()] == [
        (order, text, end) for order, (text, end, _) in sorted(model.items())
    ]
    finals = [order for order, (_, end, _) in model.items() if end]
    assert log.next_order == max(finals, default=-1) + 1
    assert [t.turn_order for t in log.final()] == sorted(finals)


def test_the_formatted_second_message_counts_and_a_late_one_does_not():
    log = TurnLog()
    log.apply(_turn(0, "hello there", end=True))
    assert log.apply(_turn(0, "Hello there.", end=True, formatted=True))
    assert not log.apply(_turn(0, "hello there", end=True))
    assert [turn.transcript for turn in log.final()] == ["Hello there."]


def test_an_empty_final_is_dropped_and_takes_a_false_start_with_it():
    log = TurnLog()
    assert not log.apply(_turn(3, "", end=True))
    log.apply(_turn(3, "uh", end=False))
    assert log.apply(_turn(3, "", end=True))
    assert len(log) == 0


@pytest.mark.parametrize("label", ["PENDING", "UNKNOWN", "?", "", "a1"])
def test_labels_that_are_no_letters_are_no_speaker(label):
    log = TurnLog()
    turn = _turn(0, "hi", end=True)
    turn.speaker_label = turn.words[0].speaker = label
    log.apply(turn)
    assert log.turns[0].speaker_label is None
    assert log.turns[0].words[0].speaker in (None, "")


def test_revisions_change_speakers_only():
    log = TurnLog()
    log.apply(_turn(0, "one two", end=True))
    words = [StreamWord("one", 5, 6, speaker="B"), StreamWord("two", 7, 8, speaker="PENDING")]
    revised = SpeakerRevision(
        revisions=[
            Revised(turn_order=0, speaker_label="B", words=words),
            Revised(turn_order=9, speaker_label="C"),
        ]
    )
    assert log.revise(revised) == [0]
    turn = log.turns[0]
    assert (turn.speaker_label, [w.speaker for w in turn.words]) == ("B", ["B", None])
    assert [w.start for w in turn.words] == [0, 100]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 400)), max_size=12), st.integers(1, 3000))
def test_words_heard_again_are_those_before_the_boundary(spans, boundary):
    words = [StreamWord(f"w{i}", start, start + length) for i, (start, length) in enumerate(sorted(spans))]
    kept = new_words(words, boundary, StreamWord("other", 0, boundary))
    assert kept == [w for w in words if (w.start + w.end) / 2 > boundary]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.dictionaries(
    st.sampled_from(
        ["turn_order", "end_of_turn", "transcript", "words", "revisions", "id", "timestamp", "error",
         "warning", "configuration", "raw", "speaker_label", "session_duration_seconds"]
    ),
    _JSON,
)  # fmt: skip


@examples(24)
@given(
    st.sampled_from(["Begin", "Turn", "SpeakerRevision", "Termination", "Error", "Warning", "Applause"]),
    _FIELDS,
)
def test_no_message_is_too_odd_to_be_read(kind, fields):
    import json

    event = decode_event(json.dumps({**fields, "type": kind}))
    assert event.type == kind
    assert event.raw["type"] == kind
    if isinstance(event, Turn):
        TurnLog().apply(event)


def test_unknown_messages_are_kept():
    event = decode_event('{"type":"Applause","loudness":3}')
    assert isinstance(event, Unknown)
    assert event.raw == {"type": "Applause", "loudness": 3}


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "3", "null"])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        decode_event(text)
