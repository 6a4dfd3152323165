"""A cell magic with nothing below it becomes the line magic; no other cell is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.notebook.line.transformer import bodiless


@pytest.mark.parametrize(
    ("cell", "changed"),
    [
        ("%%transcribe a.wav\n", "%transcribe a.wav\n"),
        ("%%transcribe a.wav", "%transcribe a.wav"),
        ("\n\n%%transcribe a.wav\n\n  \n", "\n\n%transcribe a.wav\n\n  \n"),
        ("%%transcribe\n", "%transcribe\n"),
    ],
)
def test_a_blank_body_makes_it_a_line_magic(cell, changed):
    assert "".join(bodiless(cell.splitlines(keepends=True))) == changed


@pytest.mark.parametrize(
    "cell",
    [
        "%%transcribe calls\na.wav\n",
        "%%transcribe?\n",
        "%%transcribed x\n",
        "%%time\n",
        "# first\n%%transcribe a.wav\n",
        "%transcribe a.wav\n",
        " %%transcribe a.wav\n",
        "",
    ],
)
def test_other_cells_stay_as_they_are(cell):
    lines = cell.splitlines(keepends=True)
    assert bodiless(lines) == lines


@given(st.lists(st.text()))
def test_it_never_fails_and_never_changes_the_number_of_lines(lines):
    assert len(bodiless(lines)) == len(lines)
