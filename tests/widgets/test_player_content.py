"""What a player shows and plays: any transcript, rows of any frame, and sound from wherever it is."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.api.sample import sample
from aai_jupyter.errors import EngineError, UsageError
from aai_jupyter.transcripts.recording import Recording
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player import player_payload
from aai_jupyter.widgets.player.audio_reader import RATE, RecordingReader, decoded
from aai_jupyter.widgets.player.player import Player
from tests.edits.test_edits import dialogue
from tests.long_recording import long_mp3
from tests.widgets.conftest import FrontEnd, times_of, turns_of, varints, words_of


def test_columns_are_the_transcript(player: Player, t: Transcript) -> None:
    assert words_of(player) == t.words["text"].tolist()
    assert [start / 1000 for start, _ in times_of(player)] == t.words["start"].tolist()
    assert player.text.split("\n") == [" ".join(text.split()) for text in t.utterances["text"]]
    assert [who for _, who, _, _ in turns_of(player)] == [0, 1, 0]
    assert player.speakers == [{"label": "A", "name": "A"}, {"label": "B", "name": "B"}]
    assert player.meta["has_audio"] == "comm"


@given(st.lists(st.tuples(*[st.integers(0, 2**62)] * 2), max_size=40))
def test_numbers_come_back_from_varints(rows: list[tuple[int, int]]) -> None:
    packed = player_payload.varints(np.array(rows, dtype=np.int64).reshape(-1, 2))
    assert varints(packed) == [number for row in rows for number in row]


MS = st.integers(0, 2**31 - 1)
SPOKEN = st.tuples(st.text("ab \u05d0\U0001f600", min_size=1, max_size=6), MS, st.integers(0, 100_000))
TURN = st.tuples(st.lists(SPOKEN, min_size=1, max_size=4), st.integers(-1, 9), MS, MS)


@given(st.lists(TURN, max_size=5))
def test_columns_come_back_as_they_were(turns: list[Any]) -> None:
    words = [word for turn in turns for word in turn[0]]
    first = np.cumsum([0, *(len(turn[0]) for turn in turns)])[:-1]
    start = np.array([word[1] for word in words], float)
    end = np.minimum(start + np.array([word[2] for word in words], float), 2**31 - 1)
    began, ended = (np.array([turn[k] for turn in turns], float) for k in (2, 3))
    speaker = np.array([turn[1] for turn in turns], np.int64)
    made = player_payload.PlayerColumns(
        [word[0] for word in words],
        np.arange(len(words)),
        start,
        end,
        np.ones(len(words)),
        first,
        np.arange(len(turns)),
        began,
        ended,
        speaker,
    )
    sent = SimpleNamespace(**made.traits())
    assert words_of(sent) == made.text
    assert times_of(sent) == list(zip(start, end, strict=True))
    assert turns_of(sent) == list(zip(first, speaker, began, ended, strict=True))


def test_any_stretch_of_sound_is_the_one_of_the_file(page: FrontEnd, player: Player) -> None:
    whole = np.concatenate(list(decoded(Recording.of(sample()), RATE))).astype(float)
    for first in (0, 2000, 31_000, 64_000):
        message, buffers = page.ask(player, "audio", from_ms=first, to_ms=first + 2000, rate=RATE)
        assert (message["from_ms"], message["rate"]) == (first, RATE)
        got = np.frombuffer(buffers[0], "<i2").astype(float)
        expected = whole[first * 16 : first * 16 + len(got)]
        assert np.corrcoef(got, expected)[0, 1] > 0.99
    assert len(page.ask(player, "audio", from_ms=90_000, to_ms=92_000)[1][0]) == 0


class Counted(io.BytesIO):
    """A file that counts what is read of it."""

    total = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.total += len(found)
        return found


def test_a_long_file_without_an_index_is_read_once_and_then_only_where_it_is_heard() -> None:
    whole = long_mp3(20_000)
    files: list[Counted] = []

    def opener() -> Counted:
        files.append(Counted(whole))
        return files[-1]

    sound = RecordingReader(Recording("long.mp3", opener=opener))
    sound.prepare()
    before = sum(file.total for file in files)
    assert before < 1.1 * len(whole)
    for seconds in (16_500, 1700, 9000, 300, 12_000):
        assert len(sound.segment(seconds * 1000, seconds * 1000 + 2000)) == 2 * RATE
    assert sum(file.total for file in files) - before < 1_500_000
    sound.close()


def test_what_is_missing_to_hear_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(EngineError, match="PyAV") as caught:
        RecordingReader(Recording.of(sample())).segment(0, 1000)
    assert "aai-jupyter[audio]" in str(caught.value.hint)


def test_the_outline_comes_in_the_background_and_is_kept(
    page: FrontEnd, player: Player, t: Transcript
) -> None:
    assert page.ask(player, "peaks", level=10, from_ms=0, to_ms=1000)[0]["level"] == 10
    page.ask(player, "ready")
    page.until(lambda: player._peaks is not None and player._peaks.ready and any(player.peaks))
    assert len(player.peaks) == 2 * 4000
    message, (pairs,) = page.ask(player, "peaks", level=50, from_ms=2000, to_ms=12_000)
    assert (message["level"], len(pairs)) == (40, 2 * 250)
    outline = np.frombuffer(pairs, np.int8).reshape(-1, 2)
    assert (outline[:, 0] <= outline[:, 1]).all()
    assert outline.max() > 5
    (file,) = player._folder.glob("*.npy")
    assert file.stat().st_mode & 0o777 == 0o600


def test_rows_of_a_frame_play_one_after_the_other(page: FrontEnd, t: Transcript) -> None:
    rows = t.utterances.query("speaker == 'A'")
    made = rows.aai.play(t)
    first, second = ((rows["end"] - rows["start"]) * 1000).tolist()
    assert made.meta["duration"] == round(first + second)
    assert not made.meta["editable"]
    assert made.text.split("\n")[1] == "Of course. Thanks."
    assert [start for _, _, start, _ in turns_of(made)] == [0, round(first)]
    page.update(made, selection={"kind": "time", "start": first + 10, "end": first + 20})
    assert made.selection["utterance"].tolist() == [2]
    start = rows["start"].iloc[1] * 1000
    sound = RecordingReader(t.audio).segment(start, start + 500)
    (got,) = page.ask(made, "audio", from_ms=first, to_ms=first + 500)[1]
    assert np.array_equal(np.frombuffer(got, "<i2")[:7000], sound[:7000])
    page.ask(made, "ready")
    page.until(lambda: any(made.peaks))
    assert (
        "cannot be edited" in page.ask(made, "edit", op="accept_word", args={"word": 0})[0]["error"]["title"]
    )
    made.close()


def test_a_clip_in_which_two_people_speak_has_a_turn_of_each(t: Transcript) -> None:
    turns = t.utterances
    made = turns.iloc[:1].aai.play(t, margin=turns["end"].iloc[1] - turns["end"].iloc[0])
    said = turns_of(made)
    assert [first for first, *_ in said][:2] == [0, turns["n_words"].iloc[0]]
    assert [made.speakers[who]["label"] for _, who, *_ in said][:2] == ["A", "B"]
    assert said[0][3] == said[1][2]
    made.close()


def test_what_a_search_found_is_heard_with_what_is_around_it(page: FrontEnd, t: Transcript) -> None:
    found = t.words.aai.search("course")
    start, end = found.loc[0, ["start", "end"]]

    def length(**options: float) -> float:
        made = found.iloc[:1].aai.play(t, **options)
        made.close()
        return float(made.meta["duration"]) / 1000

    whole = max(t.duration, t.words["end"].max())
    assert length() == pytest.approx(min(end + 1, whole) - max(start - 1, 0), abs=0.002)
    assert length(margin=0) == pytest.approx(end - start, abs=0.002)
    assert length(margin=1e6) == pytest.approx(whole, abs=0.002)
    with pytest.raises(UsageError, match="seconds"):
        length(margin=-1)


def test_rows_of_many_recordings_play(page: FrontEnd) -> None:
    from aai_jupyter.transcripts.transcript_set import TranscriptSet

    calls = TranscriptSet(
        Transcript.from_json(dialogue(("A", f"Call {name} here.")) | {"id": name}, source=f"{name}.mp3")
        for name in "xy"
    )
    for call in calls:
        call.audio = sample()
    made = calls.words[calls.words["text"].isin(["Call", "here."])].aai.play(calls)
    assert made.text == "Call\nhere.\nCall\nhere."
    cells = np.frombuffer(made.layer_cells, "<u2").reshape(-1, 4)
    layers = [[made.layer_texts[cell] for cell in row] for row in cells]
    rows = [["recording", name, f"{name} 0:00", ""] for name in ("x.mp3", "x.mp3", "y.mp3", "y.mp3")]
    assert layers == rows
    assert [one["name"] for one in made.speakers] == ["Speaker A · x.mp3", "Speaker A · y.mp3"]
    calls[0].speakers["A"], calls[1].speakers["A"] = "Ann", "Ben"
    found = calls.words.aai.play(calls)
    assert [one["name"] for one in found.speakers] == ["Ann", "Ben"]
    calls[1].speakers["A"] = "Ann"  # perhaps another one
    assert [one["name"] for one in found._content.traits()["speakers"]] == ["Ann · x.mp3", "Ann · y.mp3"]
    found.close()
    with pytest.raises(UsageError, match=r"df.aai.play\(t\)"):
        calls.words.aai.play()
    with pytest.raises(UsageError, match="no rows"):
        calls.words.iloc[:0].aai.play(calls)
    made.close()


def test_a_recording_that_is_gone_is_said(page: FrontEnd, t: Transcript, tmp_path: Path) -> None:
    copy = tmp_path / "talk.flac"
    copy.write_bytes(sample().read_bytes())
    t.audio = copy
    copy.unlink()
    back = Transcript.load(t.save(tmp_path / "t.zip"))
    player = back.player()
    assert player.meta["has_audio"] == "none"
    assert "is not known" in player.meta["audio_hint"]  # a saved file names no folder of this machine
    assert "not known" in page.ask(player, "audio", from_ms=0, to_ms=100)[0]["error"]["title"]
    player.close()


def test_the_server_serves_what_is_in_its_folder(
    page: FrontEnd, t: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "jpserver-77.json").write_text(
        json.dumps({"root_dir": str(tmp_path), "base_url": "/hub/u/"})
    )
    for place, found in (("a b/ü.flac", "/hub/u/files/a%20b/%C3%BC.flac"), (".hidden/x.flac", "")):
        file = tmp_path / place
        file.parent.mkdir()
        file.write_bytes(sample().read_bytes())
        t.audio = file
        player = t.player()
        assert player.meta["audio_url"] == found
        assert player.meta["has_audio"] == ("server" if found else "comm")
        player.close()
    t.audio = "https://example.org/talk.mp3"
    player = t.player()
    assert (player.meta["has_audio"], player.meta["audio_url"]) == ("url", "https://example.org/talk.mp3")
    player.close()


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a\nb",
    "\x1b[31m",
    "\u202eevil",
    "\ud800",
    "𝄞x",
    "w" * 70_000,
    "$\\x$",
]


def test_hostile_words_stay_one_word_each_and_travel(page: FrontEnd) -> None:
    words = [
        {"text": w, "start": 100 * n, "end": 100 * n + 50, "speaker": "<b>"} for n, w in enumerate(HOSTILE)
    ]
    t = Transcript.from_json({"id": "h", "words": words, "utterances": None}, source="<script>.mp3")
    t.edit.rename_speaker("<b>", "\ud800<i>")
    player = t.player()
    json.dumps(player.get_state()["text"]).encode()
    player.text.encode()
    assert sum(len(word) + 1 for word in words_of(player)) - 1 == len(player.text)
    rows = player._content._current().row.tolist()  # type: ignore[attr-defined]
    assert sorted(set(rows)) == list(range(len(HOSTILE)))
    assert len(rows) == len(HOSTILE) + 2
    assert player.speakers[0]["name"].endswith("<i>")
    player.close()


def test_odd_transcripts_have_columns_too(page: FrontEnd) -> None:
    odd: list[dict[str, Any]] = [
        {"id": "x", "status": "completed", "text": "", "words": []},
        {"words": [{"text": "", "start": None}, {"text": "a"}, {"text": "b", "start": 5, "end": 1}]},
        {"utterances": [{"text": "Only text here", "start": 0, "end": 900, "speaker": "A"}]},
    ]
    counts = []
    for raw in odd:
        player = Transcript.from_json(raw).player()
        counts.append(len(words_of(player)))
        player.close()
    assert counts == [0, 2, 3]


def test_a_long_transcript_is_small(page: FrontEnd) -> None:
    rng = np.random.default_rng(1)
    turns = [("AB"[n % 2], " ".join(["speech"] * int(rng.integers(5, 60)))) for n in range(3000)]
    t = Transcript.from_json(dialogue(*turns))
    player = t.player()
    count = len(t.words)
    size = sum(
        len(v.encode() if isinstance(v, str) else v)
        for v in player.get_state().values()
        if isinstance(v, str | bytes)
    )
    size -= len(player._esm.encode()) + len(player._css.encode())
    assert size * 100_000 / count < 2_000_000
    player.close()


def test_another_recording_is_told_from_the_one_before(page: FrontEnd, player: Player, t: Transcript) -> None:
    first = player.meta["recording"]
    t.edit.accept_word(0)
    assert player.meta["recording"] == first
    t.audio = sample()
    second = player.meta["recording"]
    t.audio = None
    assert len({first, second, player.meta["recording"]}) == 3
