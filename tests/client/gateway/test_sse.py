"""The parser of server-sent events gives the same events however the bytes are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.gateway import sse
from aai_jupyter.client.gateway.sse import EventParser

lines = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)
events = st.lists(st.lists(lines, min_size=1, max_size=3), max_size=5)


def parse(chunks: list[bytes]) -> list[str]:
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.close()


@given(events, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 400)), st.booleans())
def test_events_survive_any_cut_and_any_line_end(found, end, cuts, bom):
    text = "".join(
        "".join(f"data: {line}{end}" for line in event) + f": comment{end}{end}" for event in found
    )
    raw = ("\ufeff" if bom else "").encode() + text.encode()
    places = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    chunks = [raw[a:b] for a, b in itertools.pairwise(places)]
    assert parse(chunks) == ["\n".join(event) for event in found]


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_no_bytes_break_it(chunks):
    assert all(isinstance(event, str) for event in parse(chunks))


def test_an_event_without_its_empty_line_is_given_at_the_end():
    assert parse([b"data: 1\n\ndata: 2"]) == ["1", "2"]


def test_other_fields_are_skipped_and_empty_data_is_data():
    assert parse([b"event: x\nid: 3\ndata\n\nretry: 1\n\n"]) == [""]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    with pytest.raises(ValueError, match="without an end"):
        parse([b"data: " + b"x" * 60, b"x" * 60])
