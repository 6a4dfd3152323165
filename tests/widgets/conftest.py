"""A front end that is a list: what a widget sends, and messages to it, without a page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

from aai_jupyter.api.sample import sample
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player.player import Player
from tests.edits.test_edits import dialogue
from tests.jobs.conftest import logged_in, service  # noqa: F401 (fixtures)


class FrontEnd:
    """Keeps what widgets publish."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], list[Any]]] = []

    @property
    def messages(self) -> list[tuple[dict[str, Any], list[Any]]]:
        """Custom messages of all widgets, with their buffers."""
        return [
            (data["content"], buffers)
            for kind, data, buffers in self.sent
            if kind == "comm_msg" and data.get("method") == "custom"
        ]

    @property
    def state(self) -> dict[str, Any]:
        """Latest value of every trait that was updated since the widget was made."""
        state: dict[str, Any] = {}
        for kind, data, buffers in list(self.sent):
            if kind == "comm_msg" and data.get("method") == "update":
                state |= data["state"]
                for path, buffer in zip(data["buffer_paths"], buffers, strict=True):
                    state[path[0]] = bytes(buffer)
        return state

    def ask(
        self, widget: Any, type: str, buffers: Any = (), **payload: Any
    ) -> tuple[dict[str, Any], list[Any]]:
        """Send a request as the page does, and wait for the reply."""
        uuid = f"u{len(self.sent)}-{type}"
        self.post(widget, {"type": type, "uuid": uuid, **payload}, buffers)
        return self.until(lambda: next((m for m in self.messages if m[0].get("uuid") == uuid), None))

    def post(self, widget: Any, message: dict[str, Any], buffers: Any = ()) -> None:
        data = {"method": "custom", "content": message}
        widget._handle_msg({"content": {"data": data}, "buffers": list(buffers)})

    def update(self, widget: Any, **state: Any) -> None:
        """Change traits as the page does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        widget._handle_msg({"content": {"data": data}, "buffers": []})

    def until(self, found: Any) -> Any:
        """Wait until ``found()`` gives something."""
        deadline = time.monotonic() + 60
        while not (value := found()):
            assert time.monotonic() < deadline, self.messages[-3:]
            time.sleep(0.01)
        return value


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> FrontEnd:
    """All widgets of the test talk to this."""
    front = FrontEnd()

    class Comm(BaseComm):
        def publish_msg(
            self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
        ) -> None:
            front.sent.append((msg_type, data or {}, list(buffers or ())))

    monkeypatch.setattr(comm, "create_comm", Comm)
    return front


@pytest.fixture
def t() -> Transcript:
    """A transcript with the sound of the sample."""
    turns = [("A", "Good morning all. " * 12), ("B", "I want a refund. " * 12), ("A", "Of course. Thanks.")]
    made = Transcript.from_json(dialogue(*turns), source="call.flac")
    made.audio = sample()
    return made


@pytest.fixture
def player(page: FrontEnd, t: Transcript) -> Iterator[Player]:
    """Its player."""
    made = t.player()
    yield made
    made.close()


def varints(packed: bytes) -> list[int]:
    """The numbers of a column, read one by one."""
    found, value, shift = [], 0, 0
    for byte in packed:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    assert shift == 0
    return found


def signed(value: int) -> int:
    """The number of a zigzag code."""
    return -(value + 1) // 2 if value % 2 else value // 2


def words_of(player: Any) -> list[str]:
    """The words that the page gets."""
    pieces = re.split("[ \n]", player.text) if player.word_confidence else []
    packed = varints(player.word_spaces)
    places = np.cumsum(packed[::2]).tolist()
    held = dict(zip(places, packed[1::2], strict=True))
    found: list[str] = []
    while pieces:
        count = 1 + held.get(len(found), 0)
        found.append(" ".join(pieces[:count]))
        del pieces[:count]
    return found


def times_of(player: Any) -> list[tuple[int, int]]:
    """Start and end of each word in ms, as the page gets them."""
    packed, found, clock = varints(player.word_times), [], 0
    for gap, duration in zip(packed[::2], packed[1::2], strict=True):
        start = clock + signed(gap)
        clock = start + duration
        found.append((start, clock))
    return found


def turns_of(player: Any) -> list[tuple[int, int, int, int]]:
    """First word, speaker, start and end of each turn, as the page gets them."""
    packed, times, found, first = varints(player.turns), times_of(player), [], 0
    for size, who, start, end in zip(*(packed[k::4] for k in range(4)), strict=True):
        last = first + size - 1
        found.append((first, signed(who), times[first][0] + signed(start), times[last][1] + signed(end)))
        first += size
    return found
