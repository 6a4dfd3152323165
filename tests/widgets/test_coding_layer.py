"""Codes in the player's Python half: what a page sees and sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from aai_jupyter.errors import OptionError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.widgets.player.player_content import TranscriptContent
from tests.edits.test_edits import dialogue


@pytest.fixture
def t() -> Transcript:
    return Transcript.from_json(dialogue(("A", "We trusted them at once."), ("B", "So did I.")))


def test_what_a_page_codes_is_of_this_user_with_its_words(
    t: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    t.codebook = {"trust": {"definition": "Says whom they trust.", "colour": "#0072b2"}, "fear": ""}
    content = TranscriptContent(t)
    words = t.frame("words", units="ms").iloc[:2]
    row = {"start": words["start"].iloc[0], "end": words["end"].iloc[1], "code": "trust", "coder": "somebody"}
    content.edit("add_codes", {"rows": [row | {"start": int(row["start"]), "end": int(row["end"])}]})
    (coded,) = t.codes[["text", "code", "coder"]].values.tolist()
    assert coded == [" ".join(words["text"]), "trust", "ann"]
    sent = content.traits()
    assert [one[3:] for one in sent["codes"]] == [["trust", "ann", ""]]
    first = sent["codebook"][0]
    assert (first["name"], first["colour"]) == ("trust", "#0072b2")
    content.edit("change_code", {"code_id": sent["codes"][0][0], "memo": "at once"})
    assert t.codes["memo"].tolist() == ["at once"]
    content.undo()
    content.undo()
    assert t.codes.empty


@pytest.mark.parametrize(
    "rows", [None, {}, [1], [{"start": "0", "end": 1, "code": "x"}], [{"start": 0}], [{"start": 0, "end": 9}]]
)
def test_what_is_no_code_is_refused(t: Transcript, rows: object) -> None:
    with pytest.raises(OptionError):
        TranscriptContent(t).edit("add_codes", {"rows": rows})
    assert t.codes.empty


def test_a_codebook_is_kept_with_the_transcript(t: Transcript, tmp_path: Path) -> None:
    t.codebook = ["trust", "fear"]
    again = Transcript.load(t.save(tmp_path / "t.aai"))
    assert again.codebook.names == ["trust", "fear"]
    again.edit.undo()
    assert again.codebook.names == []
    with pytest.raises(OptionError, match="twice"):
        t.edit.set_codebook([{"name": "a"}, {"name": "a"}])
