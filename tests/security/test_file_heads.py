"""The first bytes of a file decide what it is; they never decide how long that takes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.client.sources.formats import HEAD_BYTES, not_audio

HEADS = {
    "comments": "b'<!---->' * {n} + b'<x'",
    "comments apart": "b'<!-- --> ' * {n} + b'<x'",
    "begun comments": "b'<!--' * {n}",
    "dashes": "b'<!--' + b'-' * {n}",
    "blanks": "b' ' * {n} + b'<x'",
    "blanks after a comment": "b'<!---->' + b' ' * {n} + b'<!'",
    "doctypes": "b'<!doctype' + b' ' * {n} + b'x'",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("n", [60, 512, 262_144])
def test_no_head_holds_the_kernel_up(head, n):
    """In a process that is ended: a regex holds the lock of the interpreter, no interrupt gets through."""
    code = f"from aai_jupyter.client.sources.formats import not_audio; not_audio({head.format(n=n)})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"<!-- a --> <!-- b -->\n<!DOCTYPE  html>", "an HTML page"),
        (b"<!-- a -- > - -->\n<HTML>", "an HTML page"),
        (b"<!-- unfinished <html>", "XML text"),
        (b"<htmlx>", "XML text"),
        (b"\n <body>", "an HTML page"),
    ],
)
def test_heads_are_known_as_before(head, kind):
    assert not_audio(head) == kind


@given(st.binary(max_size=HEAD_BYTES) | st.text("<!->dochtyple \n", max_size=300).map(str.encode))
def test_every_head_gets_an_answer(head):
    assert not_audio(head) is None or isinstance(not_audio(head), str)
