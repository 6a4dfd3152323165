"""A finished transcript is read whatever is missing, null, odd or new in it."""

from __future__ import annotations

import json
import pickle
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.json_object import JsonObject
from aai_jupyter.client.transcript_data import decode_page, decode_transcript
from aai_jupyter.errors import AaiError, ResponseError
from tests.transcripts import EMPTY, full

ODD = st.sampled_from([None, "odd", 3.5, -1, 10**400, True, [], {}, [None], {"x": [1]}, "\ud83d"])


def test_a_regular_transcript_has_no_problems() -> None:
    data = decode_transcript(json.dumps(full()))
    assert (data.id, data.status, data.audio_duration) == (full()["id"], "completed", 6)
    assert [word.text for word in data.words] == full()["text"].split()
    assert data.model == "universal-2"
    assert data.warnings == ["handled by universal-2"]
    assert data.raw == full()
    assert data.problems == []


def test_bytes_str_dict_and_buffers_read_the_same() -> None:
    text = json.dumps(full())
    for raw in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode()), full()):
        assert decode_transcript(raw).raw == full()


def test_the_bytes_stay_as_they_came() -> None:
    raw = b'{ "id" : "x",\n "text": "caf\\u00e9" }'
    data = decode_transcript(raw)
    assert data.raw_bytes == raw
    assert data.text == "café"
    assert pickle.loads(pickle.dumps(data)).raw_bytes == raw


def test_words_can_be_read_again_and_again() -> None:
    data = decode_transcript(full())
    assert data.words == data.words == decode_transcript(full()).rows("words")
    assert data.utterances == data.utterances


def test_a_highlight_without_rank_costs_nothing() -> None:  # assemblyai-python-sdk issue 148
    first, second = decode_transcript(full()).rows("auto_highlights_result")
    assert (first.rank, second.rank, second.text) == (0.08, None, "good morning")


def test_a_chapter_without_gist_costs_nothing() -> None:  # assemblyai-python-sdk issue 103
    [chapter] = decode_transcript(full()).rows("chapters")
    assert (chapter.gist, chapter.headline) == (None, "A refund.")


def test_an_odd_entity_costs_only_its_field() -> None:  # assemblyai-python-sdk issue 67
    raw = full()
    raw["entities"] += [{"entity_type": "brand_new", "text": ["?"], "start": "100", "end": 2.4}, "nonsense"]
    data = decode_transcript(raw)
    assert len(data.words) == 11
    known, odd = data.rows("entities")
    assert known.text == "Ray"
    assert (odd.entity_type, odd.text, odd.start, odd.end) == ("brand_new", None, 100, 2)
    assert data.problems == [
        "entities, row 2: expected an object, got str; row left out",
        "entities.text, row 1: expected text, got list",
    ]


def test_words_come_from_utterances_when_their_own_field_is_gone() -> None:
    raw = full()
    del raw["words"], raw["text"]
    data = decode_transcript(raw)
    assert data.text == full()["text"]
    assert data.problems == ["words: missing; taken from the utterances"]


@pytest.mark.parametrize(
    "raw", ["", "  ", "<html>gone</html>", b"\x00\xff", "[1]", '"text"', "null", "{", 5, None]
)
def test_what_is_no_json_object_is_refused_in_words(raw: Any) -> None:
    with pytest.raises(ResponseError, match="no transcript") as caught:
        decode_transcript(raw)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, AaiError)
    assert len(caught.value.lines()) <= 3


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    with pytest.raises(ResponseError):
        decode_transcript('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'\xef\xbb\xbf{"text": "bom"}', "bom"),
        (b'{"text": "half \\ud83d pair"}', "half � pair"),
        (b'{"text": "bad \xff byte"}', "bad � byte"),
        (b'{"text": "nan", "confidence": NaN}', "nan"),
        ('{"text": "half \ud83d pair"}', "half � pair"),
    ],
)
def test_json_that_strict_readers_refuse_is_repaired(raw: bytes | str, text: str) -> None:
    data = decode_transcript(raw)
    assert data.text == text
    assert data.confidence is None
    assert data.raw["text"] == text


@given(st.data())
def test_any_damage_to_fields_leaves_text_and_words(data: st.DataObject) -> None:
    raw = full()
    names = data.draw(st.lists(st.sampled_from([name for name in raw if name not in ("text", "words")])))
    for name in names:
        if data.draw(st.booleans()):
            raw.pop(name, None)
        else:
            raw[name] = data.draw(ODD)
    read = decode_transcript(raw)
    assert read.text == full()["text"]
    assert [word.text for word in read.words] == full()["text"].split()
    for name in full():
        read.get(name)
    assert isinstance(read.warnings, list)


@given(st.data())
def test_any_damage_to_words_leaves_the_other_words(data: st.DataObject) -> None:
    raw = full()
    hurt = data.draw(
        st.dictionaries(st.integers(0, 10), st.sampled_from(["start", "end", "confidence", "speaker"]))
    )
    for row, name in hurt.items():
        if data.draw(st.booleans()):
            raw["words"][row].pop(name)
        else:
            raw["words"][row][name] = data.draw(ODD)
    words = decode_transcript(raw).words
    assert [word.text for word in words] == full()["text"].split()
    for row, word in enumerate(words):
        for name in ("start", "end", "confidence", "speaker"):
            if hurt.get(row) != name:
                assert getattr(word, name) == full()["words"][row][name]


@given(
    st.recursive(
        ODD, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=20
    )
)
def test_any_json_value_anywhere_is_read(value: Any) -> None:
    data = decode_transcript({**EMPTY, "words": value, "utterances": value, "auto_highlights_result": value})
    data.words, data.utterances, data.rows("auto_highlights_result"), data.problems


def test_a_page_of_the_list() -> None:
    page = decode_page(
        {
            "page_details": {"limit": 10, "result_count": 1, "prev_url": "https://x/older", "next_url": None},
            "transcripts": [{"id": "a", "status": "completed", "error": None, "new": 1}, None, {"id": 7}],
        }
    )
    assert [item.id for item in page.transcripts] == ["a", "7"]
    assert (page.limit, page.prev_url, page.next_url) == (10, "https://x/older", None)
    assert decode_page("{}").transcripts == []


def test_word_search_answer() -> None:
    [match] = JsonObject(
        '{"matches": [{"text": "a", "count": 1, "timestamps": [[1, 2]], "indexes": [0]}]}'
    ).rows("matches")
    assert (match.text, match.timestamps, match.indexes) == ("a", [[1, 2]], [0])


def test_a_packed_answer_is_unpacked_once_for_words_and_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    data = decode_transcript({"id": "t1", "words": [{"text": "Hi.", "start": 0, "end": 5}]})
    data.pack()
    unpacked = []
    unpack = zlib.decompress
    monkeypatch.setattr(zlib, "decompress", lambda packed: (unpacked.append(packed), unpack(packed))[1])
    assert ([word.text for word in data.words], data.imported, data.problems) == (["Hi."], {}, [])
    assert len(unpacked) == 1
