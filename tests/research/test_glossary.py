"""A glossary of corrections: found, applied elsewhere, sent along, within the limits."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.errors import UsageError
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript


def call(text: str, ident: str) -> Transcript:
    return transcript([("A", 0.0, 10.0, text)], id=ident, source=f"{ident}.mp3")


def test_two_corrections_spare_the_third_recording():
    calls = TranscriptSet(
        [
            call("The mooflow team met. They like move flu.", "one"),
            call("Mooflow, again! And more of move flu, they said.", "two"),
        ]
    )
    calls[0].edit.set_word(1, "MoveFlow")
    calls[0].edit.set_turn_text(0, "The MoveFlow team met. We like MoveFlow.")
    terms = aai.glossary.from_edits(calls)
    assert terms[["heard", "meant", "use"]].values.tolist() == [
        ["mooflow", "MoveFlow", True],
        ["They", "We", False],
        ["move flu", "MoveFlow", True],
    ]
    done = aai.glossary.apply(terms, calls[1:])
    assert calls[1].text == "MoveFlow, again! And more of MoveFlow, they said."
    assert done[["heard", "meant"]].values.tolist() == [["Mooflow,", "MoveFlow,"], ["move flu,", "MoveFlow,"]]
    assert hasattr(done, "aai")
    while calls[1].edit.undo():
        pass
    assert calls[1].text == calls[1].original.text
    assert aai.glossary.apply(terms, calls[0]).empty


def test_other_words_are_left_alone():
    words = [f"word{n}" for n in range(10_000)]
    t = call(" ".join(words), "long")
    terms = pd.DataFrame({"heard": ["mooflow", "move flu", "word"], "meant": ["MoveFlow"] * 3})
    assert aai.glossary.apply(terms, t).empty
    assert t.text == " ".join(words)


def test_options_keep_the_limits_and_are_a_profile():
    terms = pd.DataFrame(
        {"heard": [f"heard {n}" for n in range(1200)], "meant": [f"Term{n}" for n in range(1200)]}
    )
    terms.loc[0, "meant"] = "one two three four five six seven"
    found = aai.glossary.options(terms)
    assert len(found["keyterms_prompt"]) == 1000
    build_request(found)
    text = aai.glossary.profile(terms.head(3), "study")
    profile = tomllib.loads(text)["tool"]["aai_jupyter"]["profiles"]["study"]
    assert profile == aai.glossary.options(terms.head(3))
    with pytest.raises(UsageError, match="no column meant"):
        aai.glossary.options(pd.DataFrame({"heard": ["x"]}))


def test_capitals_inside_a_word_are_a_correction():
    t = call("we use moveflow and the rest", "caps")
    t.edit.set_turn_text(0, "We use MoveFlow and the rest")
    assert aai.glossary.from_edits(t)[["heard", "meant", "use"]].values.tolist() == [
        ["moveflow", "MoveFlow", True]
    ]
