"""Which words of a magic's line name objects, and which are paths."""

import wave
from pathlib import Path

import pandas as pd
import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.lookup import look_up

FRAME = pd.DataFrame({"path": ["a.wav", "b.wav"], "file name": ["c.wav", "d.wav"]})
SPACE = {
    "audio": Path("x.wav"),
    "paths": ["a.wav", "b.wav"],
    "df": FRAME,
    "talk": "not a file",
    "wave": wave,
    "number": 3,
    "by": {"ann": "ann.wav"},
}


@pytest.mark.parametrize(
    ("word", "is_object"),
    [
        ("audio", True),
        ("paths", True),
        ("paths[0]", True),
        ("df.path", True),
        ("df['file name']", True),
        ("by['ann']", True),
        ("df", True),
        ("paths[7]", False),
        ("df.nothing", False),
        ("talk.mp3", False),
        ("unknown", False),
        ("wave", False),
        ("number", False),
        ("data/*.mp3", False),
        ("https://example.org/a.mp3?x=1#t=10", False),
        (r"C:\x\new.wav", False),
        ("~/audio.wav", False),
        ("--", False),
        ("print(1)", False),
        ("a\0b", False),
    ],
)
def test_names_items_and_attributes_of_variables_are_objects(word, is_object, in_folder):
    found = look_up(word, SPACE)
    assert (found is not word) is is_object


def test_a_variable_and_a_file_of_the_same_name_are_not_guessed_between(in_folder):
    (in_folder / "audio").mkdir()
    with pytest.raises(UsageError, match=r"\{audio\}"):
        look_up("audio", SPACE)


def test_a_result_of_the_same_name_as_a_folder_is_no_reason_to_ask(in_folder):
    (in_folder / "calls").mkdir()
    assert look_up("calls", {"calls": object()}) == "calls"


def test_a_variable_that_holds_its_own_name_is_one_thing(in_folder):
    (in_folder / "a").write_bytes(b"x")
    assert look_up("a", {"a": Path("a")}) == Path("a")
