"""The player answers its page, keeps frames and page in step, and never fails in silence."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pandas as pd
import pytest

from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player.player import Player
from tests.widgets.conftest import FrontEnd, words_of


def test_edits_of_the_page_change_frames_and_page(page: FrontEnd, player: Player, t: Transcript) -> None:
    reply, _ = page.ask(player, "edit", op="rename_speaker", args={"label": "B", "name": "Bob"})
    assert reply["ok"]
    assert t.utterances["speaker"].tolist() == ["A", "Bob", "A"]
    assert page.state["speakers"][1]["name"] == "Bob"
    assert player.revision == 0
    page.ask(player, "edit", op="set_turn_text", args={"turn": 2, "text": "Of course not. Thanks."})
    assert player.revision == 1
    assert words_of(player)[-4:] == ["Of", "course", "not.", "Thanks."]
    assert player.history["undo"] == "set turn text: Of course. Thanks. → Of course not. Thanks."
    page.ask(player, "undo")
    page.ask(player, "undo")
    assert t.utterances["speaker"].tolist() == ["A", "B", "A"]
    assert player.history["redo"].startswith("rename speaker")
    page.ask(player, "redo")
    assert page.state["speakers"][1]["name"] == "Bob"
    assert t.edits["operation"].tolist() == ["rename_speaker"]


def test_edits_in_python_show_in_the_page(page: FrontEnd, player: Player, t: Transcript) -> None:
    t.speakers = {"A": "Ann"}
    assert page.state["speakers"][0]["name"] == "Ann"
    t.edit.accept_word(0)
    assert page.state["word_confidence"][0] == 255
    assert "text" not in page.state
    t.audio = None
    assert page.state["meta"]["has_audio"] == "none"
    assert "t.audio = path" in page.state["meta"]["audio_hint"]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "edit", "op": "assign_turn", "args": {"turn": 0, "label": "Z"}}, "No speaker 'Z'"),
        ({"type": "edit", "op": "nonsense", "args": {}}, "No edit 'nonsense'"),
        ({"type": "edit", "op": "accept_word", "args": {"word": 10**6}}, "There is no word"),
        ({"type": "audio", "from_ms": "x", "to_ms": None}, "A number was expected"),
        ({"type": "peaks", "level": 10, "from_ms": 0, "to_ms": 1e15}, "not ready"),
        ({"type": "export", "format": "exe"}, "No export 'exe'"),
        ({"type": "nonsense"}, "There is no request 'nonsense'"),
    ],
)
def test_what_cannot_be_done_is_told_in_the_reply(
    page: FrontEnd, player: Player, message: dict[str, Any], words: str
) -> None:
    reply, _ = page.ask(player, **message)
    assert words in reply["error"]["title"]


def test_a_selection_is_a_frame(page: FrontEnd, player: Player, t: Transcript) -> None:
    assert len(player.selection) == 0
    assert list(player.selection.columns) == list(t.words.columns)
    seen: list[Any] = []
    player.observe(lambda change: seen.append(change["new"]), "selection")
    page.update(player, selection={"kind": "words", "first": 3, "last": 5})
    assert player.selection["word"].tolist() == [3, 4, 5]
    page.update(player, selection={"kind": "time", "start": 30_000, "end": 30_500})
    assert (
        player.selection["utterance"].tolist()
        == t.utterances.query("start < 30.5 and end > 30")["utterance"].tolist()
    )
    player.selection = t.words.iloc[2:4]
    assert player.get_state("selection")["selection"]["kind"] == "time"
    assert t.selection.equals(player.selection)
    player.selection = None
    assert len(player.selection) == len(t.selection) == 0
    assert len(seen) == 4
    with pytest.raises(OptionError):
        player.selection = 5


def test_time_is_told_and_set(page: FrontEnd, player: Player) -> None:
    page.update(player, current_time=7.25, playing=True)
    assert (player.current_time, player.playing) == (7.25, True)
    player.goto(12.5)
    player.play(1, 2)
    player.pause()
    sent = [message for message, _ in page.messages]
    assert sent[-3:] == [
        {"type": "goto", "ms": 12500},
        {"type": "play", "ranges": [[1000, 2000, 0]]},
        {"type": "pause"},
    ]
    with pytest.raises(OptionError, match="Nothing to play"):
        player.play(2, 1)


def test_what_a_page_does_is_not_passed_on_to_others_and_code_reaches_the_page(
    page: FrontEnd, player: Player
) -> None:
    before = len(page.sent)
    page.update(player, current_time=7.25, playing=True, selection={"kind": "words", "first": 0, "last": 1})
    passed_on = [data["state"].keys() for _, data, _ in page.sent[before:] if "state" in data]
    assert not {"current_time", "playing", "selection"} & {name for keys in passed_on for name in keys}
    assert "current_time" not in player.get_state()
    player.rate = 1.5
    assert page.messages[-1][0] == {"type": "set", "name": "rate", "value": 1.5}
    assert player.get_state()["rate"] == 1.5  # for a page that is opened now
    page.update(player, rate=2.0)
    assert "rate" not in player.get_state()


@pytest.mark.parametrize(
    "message",
    [
        {"op": "set_turn_text", "args": {"turn": 0, "text": "mine"}, "seen": {"turn": "not this any more"}},
        {"op": "set_word", "args": {"word": 0, "text": "mine"}, "seen": {"word": "other"}},
        {"op": "accept_word", "args": {"word": 99}, "seen": {"word": "other"}},
        {"op": "rename_speaker", "args": {"label": "A", "name": "Ann"}, "seen": {"name": "Eve"}},
    ],
    ids=lambda message: message["op"],
)
def test_what_its_author_has_not_seen_is_not_overwritten(
    page: FrontEnd, player: Player, t: Transcript, message: dict[str, Any]
) -> None:
    texts = t.utterances["text"].tolist()
    reply, _ = page.ask(player, "edit", **message)
    assert "changed meanwhile" in reply["error"]["title"]
    assert t.utterances["text"].tolist() == texts
    assert not len(t.edits)


def test_a_turn_that_moved_is_found_by_its_text(page: FrontEnd, player: Player, t: Transcript) -> None:
    said = t.utterances["text"].tolist()
    t.edit.split_turn(0, 1)
    seen = {"turn": f" {said[1]} "}
    page.ask(player, "edit", op="set_turn_text", args={"turn": 1, "text": "mine"}, seen=seen)
    assert t.utterances["text"].tolist()[2] == "mine"


def test_exports_of_the_page(page: FrontEnd, player: Player, t: Transcript) -> None:
    assert page.ask(player, "export", format="srt")[0]["text"] == t.to_srt()
    assert page.ask(player, "export", format="csv")[0]["text"].splitlines()[1].count("Good") == 1


def test_a_player_that_nobody_sees_holds_no_threads_and_comes_back(page: FrontEnd, player: Player) -> None:
    page.ask(player, "ready")
    page.ask(player, "ready")  # a second view
    page.ask(player, "audio", from_ms=0, to_ms=100)
    workers = {*player._dispatcher._workers.values()}
    page.ask(player, "gone")
    assert player.on_page
    assert {*player._dispatcher._workers.values()} == workers
    page.ask(player, "gone")
    assert not player.on_page
    assert not player._dispatcher._workers
    message, (samples,) = page.ask(player, "audio", from_ms=0, to_ms=100)
    assert "error" not in message
    assert len(samples) == 2 * 1600


def test_a_closed_player_is_let_go(page: FrontEnd, t: Transcript) -> None:
    player = t.player()
    page.ask(player, "ready")
    gone = weakref.ref(player)
    player.close()
    player.layout.close()
    del player
    page.until(lambda: gc.collect() >= 0 and gone() is None)


def test_outside_of_a_kernel_there_is_no_widget(t: Transcript) -> None:
    data, metadata = t._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html"}
    assert metadata == {"aai_jupyter": {"transcript_id": "t1"}}
    assert len(data["text/html"]) < 1_000_000
    assert isinstance(t.words, pd.DataFrame)
