"""Published excerpts, typed in as words with times, come out as they were printed.

Brackets that the print draws once over two lines stand in each of them, and close where the overlap ends.

Sources

* Atkinson & Heritage: J. M. Atkinson and J. Heritage, "Jefferson's transcript notation", in: Structures of
  Social Action, Cambridge University Press 1984, pp. ix-xvi; the examples "I used to smoke".
* Potter & Wetherell: J. Potter and M. Wetherell, Discourse and Social Psychology, Sage 1987, appendix.
* GAT 2: M. Selting and others, Gesprächsforschung 10 (2009), pp. 391-393, the lengths of pauses.
* Ehlich: K. Ehlich, "HIAT und HIAT-DOS", ehlich-berlin.de/HIAT, the example of A and B (without intonation,
  gestures and comments, which the words do not carry).
* EXMARaLDA: T. Schmidt, Partitur-Editor manual, the example of Tom and Max.

Their line numbers are ours: the excerpts have none.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter import OptionError
from aai_jupyter.interchange.writers.content import content_of
from aai_jupyter.interchange.writers.conventions import STYLES, convention_lines
from tests.interchange.writers.spoken import Said, transcript

Timed = list[tuple[str, int, int]]


def timed(text: str, start: int, length: int = 200) -> Timed:
    """Words of one length, one after the other; ``|600`` between two words is a pause."""
    found: Timed = []
    for part in text.split():
        if part.startswith("|"):
            start += int(part[1:])
            continue
        found.append((part, start, start + length))
        start += length
    return found


def lines(said: Said, style: str) -> list[str]:
    """Lines without their numbers."""
    return [line[4:] for line in convention_lines(content_of(transcript(said)).turns, style)]


def test_overlap_within_a_turn_atkinson_heritage():
    said: Said = [
        ("Tom", timed("I used to smoke a lot more than this", 0)),
        ("Bob", timed("I see", 800, 190)),
    ]
    assert lines(said, "jefferson") == [
        "Tom:  I used to smoke [a lot] more than this",
        "Bob:                  [I see]",
    ]


def test_overlap_to_the_end_atkinson_heritage():
    said: Said = [
        ("Tom", timed("I used to smoke a lot", 0)),
        ("Bob", [*timed("He thinks", 810, 190), *timed("he’s real tough", 1200, 200)]),
    ]
    assert lines(said, "jefferson") == [
        "Tom:  I used to smoke [a lot]",
        "Bob:                  [He thinks] he’s real tough",
    ]


def test_simultaneous_start_atkinson_heritage():
    said: Said = [
        ("Tom", timed("I used to smoke a lot when I was young", 0, 100)),
        ("Bob", timed("I used to smoke Camels", 0)),
    ]
    assert lines(said, "jefferson") == [
        "Tom:  [I used to smoke a lot when I was young]",
        "Bob:  [I used to smoke Camels]",
    ]


def test_latching_atkinson_heritage():
    said: Said = [
        ("Tom", timed("I used to smoke a lot", 0)),
        ("Bob", timed("He thinks he’s real tough", 1220)),
    ]
    assert lines(said, "jefferson") == ["Tom:  I used to smoke a lot=", "Bob:  =He thinks he’s real tough"]


def test_interval_atkinson_heritage():
    assert lines([("Lil", timed("When I was |600 oh nine or ten", 0))], "jefferson") == [
        "Lil:  When I was (0.6) oh nine or ten"
    ]


def test_interval_between_turns_atkinson_heritage():
    said: Said = [
        ("Hal", timed("Step right up", 0)),
        ("Hal", timed("I said step right up", 1900)),
        ("Joe", timed("Are you talking to me", 3700)),
    ]
    assert lines(said, "jefferson") == [
        "Hal:  Step right up",
        "      (1.3)",
        "Hal:  I said step right up",
        "      (0.8)",
        "Joe:  Are you talking to me",
    ]


def test_pauses_potter_wetherell():
    said: Said = [("A", timed("I went |3600 a lot further |150 than I intended", 0))]
    assert lines(said, "jefferson") == ["A:  I went (3.6) a lot further (.) than I intended"]


def test_latching_potter_wetherell():
    said: Said = [("A", timed("Anyway Brian", 0)), ("B", timed("Okay, okay", 430))]
    assert lines(said, "jefferson") == ["A:  Anyway Brian=", "B:  =Okay, okay"]


def test_lengthening_potter_wetherell():
    assert lines([("A", timed("Yea::h, I see::", 0))], "jefferson") == ["A:  Yea::h, I see::"]


def test_gat_has_small_letters_and_its_own_pauses():
    said: Said = [
        ("S1", timed("Ja. |300 Die |640 vierziger |1200 Generation,", 0)),
        ("S2", timed("Hm.", 3400)),
    ]
    assert lines(said, "gat2-minimal") == [
        "S1:  ja (-) die (--) vierziger (1.2) generation",
        "     (-)",
        "S2:  hm",
    ]


def test_latching_is_of_the_basic_transcript():
    said: Said = [("S1", timed("so:: ja", 0)), ("S2", timed("genau", 420))]
    assert lines(said, "gat2-basic") == ["S1:  so:: ja=", "S2:  =genau"]
    assert lines(said, "gat2-minimal") == ["S1:  so ja", "S2:  genau"]


def test_hiat_has_dots_for_pauses_and_a_score_for_overlap():
    said: Said = [
        ("Max", timed("Du fällst |300 mir immer ins Wort.", 0)),
        ("Tom", timed("Stimmt ja gar nicht!", 910, 190)),
    ]
    assert lines(said, "hiat") == [
        "Max [v]  Du fällst • • mir immer ins Wort.",
        "Tom [v]                    Stimmt ja gar nicht!",
    ]


def test_score_ehlich():
    said: Said = [
        ("A", timed("So, und hier nun unser neues HIAS-DOS 2.2!", 0)),
        ("B", [("Echt?", 1450, 1600)]),
    ]
    assert lines(said, "hiat") == [
        "A [v]  So, und hier nun unser neues HIAS-DOS 2.2!",
        "B [v]                                        Echt?",
    ]


@pytest.mark.parametrize("style", STYLES)
def test_sounds_are_described(style):
    said: Said = [("A", [("Well", 0, 200), ("[laughter]", 200, 600)])]
    assert lines(said, style)[0].endswith("((laughter))")


@pytest.mark.parametrize("suffix", ["txt", "docx"])
def test_a_file_says_its_convention_and_what_it_cannot_show(suffix, tmp_path):
    t = transcript([("A", [("Hi.", 0, 200)])])
    if suffix == "docx":
        docx = pytest.importorskip("docx")
        t.export(tmp_path / "a.docx", style="jefferson")
        text = "\n".join(one.text for one in docx.Document(str(tmp_path / "a.docx")).paragraphs)
    else:
        text = t.export(tmp_path / "a.txt", style="jefferson").read_text()
    assert "Jefferson notation" in text
    assert re.search("Not in the data: pitch", text)
    assert t.to_text(style="hiat").splitlines()[-1] == "01  A [v]  Hi."
    with pytest.raises(OptionError, match="no convention 'gat3'"):
        t.export(tmp_path / "a.txt", style="gat3")


def test_overlaps_with_two_others_have_their_own_brackets():
    said: Said = [
        ("A", timed("one two three four", 0, 750)),
        ("B", timed("aa bb", 1000, 500)),
        ("C", timed("cc dd", 1200, 650)),
    ]
    assert lines(said, "jefferson") == [
        "A:  one [[two three] four]",
        "B:      [aa bb]",
        "C:      [cc dd]",
    ]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 3000), st.integers(1, 4)), max_size=6))
def test_each_bracket_is_closed(turns: list[tuple[str, int, int]]) -> None:
    said: Said = [
        (who, timed(" ".join(["word"] * count), start))
        for who, start, count in sorted(turns, key=lambda t: t[1])
    ]
    for style in STYLES:
        for line in lines(said, style):
            depths = [line[: end + 1].count("[") - line[: end + 1].count("]") for end in range(len(line))]
            if style != "hiat":
                assert not depths or (min(depths) >= 0 and depths[-1] == 0)
