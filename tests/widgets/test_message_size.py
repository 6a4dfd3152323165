"""No message to a page is larger than a host takes, however long the recording is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets import message_size
from aai_jupyter.widgets.dispatcher import RequestDispatcher
from aai_jupyter.widgets.player.player import HEAD_FROM, LARGE
from tests.edits.test_edits import dialogue
from tests.widgets.conftest import FrontEnd, words_of

LIMIT = 1_000_000


def measured(message: dict[str, Any], buffers: list[Any]) -> int:
    """Bytes of a message as the kernel sends it."""
    return len(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")) + sum(map(len, buffers))


def long_transcript(words: int, word: str = "word") -> Transcript:
    spoken = " ".join(f"{word}{number % 97}" for number in range(50))
    return Transcript.from_json(dialogue(*(("AB"[turn % 2], spoken) for turn in range(words // 50))))


class Page:
    """The model of a page: what it has once all messages have come."""

    def __init__(self, front: FrontEnd) -> None:
        self.state: dict[str, Any] = {}
        for kind, data, buffers in front.sent:
            if kind == "comm_open" or data.get("method") == "update":
                state = dict(data["state"])
                for path, buffer in zip(data["buffer_paths"], buffers, strict=True):
                    state[path[0]] = bytes(buffer)
                self.state |= state

    def joined(self, name: str) -> Any:
        count = self.state["cut"].get(name, 1)
        parts = [self.state[f"{name}:{k}" if k else name] for k in range(count)]
        if count == 1:
            return parts[0]
        return sum(parts[1:], parts[0]) if isinstance(parts[0], list) else type(parts[0])().join(parts)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Messages that hold less, so that a short transcript is a long one."""
    monkeypatch.setattr(message_size, "LARGEST", 20_000)
    return message_size.LARGEST


def test_a_short_transcript_is_one_message(page: FrontEnd, t: Transcript) -> None:
    t.player().close()
    opened = [
        data for kind, data, _ in page.sent if kind == "comm_open" and data["state"].get("_view") == "player"
    ]
    assert len(opened) == 1
    assert opened[0]["state"]["whole"] is True
    assert not [1 for kind, data, _ in page.sent if kind == "comm_msg" and "text" in data.get("state", {})]


def test_a_long_one_begins_with_what_is_seen_and_every_message_is_small(page: FrontEnd) -> None:
    player = long_transcript(100_000).player()
    (opened,) = (
        one for one in page.sent if one[0] == "comm_open" and one[1]["state"].get("_view") == "player"
    )
    assert opened[1]["state"]["whole"] is False
    assert opened[1]["state"]["text"].startswith("word0 word1")
    assert measured(opened[1], opened[2]) < HEAD_FROM + 250_000  # the script, the style, the beginning
    assert max(measured(data, buffers) for _, data, buffers in page.sent) < LIMIT
    seen = Page(page)
    assert seen.state["whole"] is True
    assert {name: seen.joined(name) for name in LARGE} == {name: getattr(player, name) for name in LARGE}
    player.close()


@pytest.mark.parametrize("word", ["word", "слово", "单词"], ids=["latin", "cyrillic", "chinese"])
def test_what_no_message_holds_comes_in_pieces(page: FrontEnd, small: int, word: str) -> None:
    t = long_transcript(40_000, word)
    player = t.player()
    assert player.cut.keys() >= {"text", "word_times"}
    page.sent[:] = [one for one in page.sent if one[0] == "comm_msg" or "_view" in one[1]["state"]]
    opened = page.sent[0][1]["state"]
    assert not opened["cut"]
    large = max(measured(data, buffers) for kind, data, buffers in page.sent if kind == "comm_msg")
    assert large < small + 2000
    assert Page(page).joined("text") == player.text
    t.edit.set_turn_text(3, "Quite another text.")
    seen = Page(page)
    assert {name: seen.joined(name) for name in LARGE} == {name: getattr(player, name) for name in LARGE}
    assert "Quite another text." in " ".join(words_of(player))
    player.close()


def test_a_page_that_comes_later_gets_the_rest_when_it_asks(page: FrontEnd) -> None:
    player = long_transcript(60_000).player()
    assert player.get_state()["whole"] is False
    page.sent.clear()
    page.ask(player, "ready", whole=True)
    assert "text" not in page.state
    page.ask(player, "ready", whole=False)
    assert page.state["text"] == player.text
    assert page.state["whole"] is True
    player.close()


def test_a_long_text_is_a_reply_in_parts() -> None:
    sent: list[dict[str, Any]] = []
    text = "a" * 2_500_000
    answers = {"export": lambda message, buffers: ({"text": text}, [])}
    RequestDispatcher(answers, lambda message, buffers: sent.append(message)).answer(
        {"type": "export", "uuid": "u"}, []
    )
    assert max(measured(one, []) for one in sent) < LIMIT
    assert {one["uuid"] for one in sent} == {"u"}
    assert "".join(one["part"] for one in sent[:-1]) + sent[-1]["text"] == text


@given(
    st.one_of(st.text(max_size=300), st.binary(max_size=300), st.lists(st.text(max_size=20))),
    st.integers(8, 60),
)
def test_pieces_are_small_and_make_the_whole(value: Any, largest: int) -> None:
    parts = message_size.pieces(value, largest)
    assert (sum(parts[1:], parts[0]) if isinstance(value, list) else type(value)().join(parts)) == value
    for part in parts:
        alone = isinstance(part, list) and len(part) == 1
        assert alone or message_size.size_of(part) <= largest


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 50)), st.integers(1, 60))
def test_batches_keep_order_and_leave_nothing_out(sizes: dict[str, int], largest: int) -> None:
    found = [*message_size.batches(sizes, largest)]
    assert [name for batch in found for name in batch] == [*sizes]
    for batch in found:
        assert len(batch) == 1 or sum(sizes[name] for name in batch) <= largest
