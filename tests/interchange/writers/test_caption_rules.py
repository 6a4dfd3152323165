"""Captions keep the rule book where the speech allows it, and the checker says where it does not.

What is measured is measured from the finished file, by a script of its own.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter import OptionError, Transcript, UsageError
from aai_jupyter.interchange.writers.content import spread_words
from aai_jupyter.text.cues.cue_rules import STYLES, CaptionRules, rules_of
from aai_jupyter.text.cues.cue_segmentation import CaptionTurn, CaptionWord
from aai_jupyter.text.cues.cue_timing import captions, out_time
from tests.examples import examples
from tests.interchange.writers.spoken import Said, spoken, transcript

ROOT = Path(__file__).parents[3]
_TIME = re.compile(r"(\d+):(\d\d):(\d\d),(\d{3}) --> (\d+):(\d\d):(\d\d),(\d{3})")


def measured(srt: str) -> list[tuple[int, int, list[str]]]:
    """Start, end and lines of each cue of a SubRip file."""
    found = []
    for block in srt.strip().split("\n\n"):
        if not block:
            continue
        _, times, *lines = block.split("\n")
        match = _TIME.fullmatch(times)
        assert match
        numbers = [int(one) for one in match.groups()]
        start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (numbers[:4], numbers[4:]))
        found.append((start, end, lines))
    return found


def fast(srt: str, limit: float = 20) -> tuple[int, int]:
    """Number of cues over a reading speed, and of all."""
    rates = [sum(map(len, lines)) * 1000 / (end - start) for start, end, lines in measured(srt)]
    return sum(rate > limit for rate in rates), len(rates)


def recordings() -> dict[str, Transcript]:
    """Three recordings: what was said in them, each turn's words spread over it."""
    readers = json.loads((ROOT / "aai_jupyter/data/two_readers.json").read_text())["turns"]
    turns = {"two_readers": [(one["speaker"], one["text"], one["start"], one["end"]) for one in readers]}
    for clip in json.loads((ROOT / "tests/data/manifest.json").read_text()):
        if clip["file"] in ("two_cities.flac", "pyannote_sample.flac"):
            turns[clip["file"]] = [("A", clip["reference"], 0, clip["seconds"])]
    made = {}
    for name, said in turns.items():
        spread: Said = [
            (
                who,
                [
                    (w.text, w.start, w.end)
                    for w in spread_words(text.split(), round(1000 * a), round(1000 * b), who)
                ],
            )
            for who, text, a, b in said
        ]
        made[name] = transcript(spread)
    return made


def replayed(t: Transcript, chars_per_second: float) -> Transcript:
    """The same words, said unevenly as people do, with this many characters a second over all."""
    words = t.frame("words", units="ms")
    chance = random.Random(len(words))
    lengths = [len(text) * chance.choice([0.4, 0.7, 1, 1.3, 1.6]) for text in words["text"]]
    factor = (words["text"].str.len().sum() + len(words)) * 1000 / chars_per_second / sum(lengths)
    said: Said = []
    clock, before = 0.0, None
    for word, length in zip(words.itertuples(), lengths, strict=True):
        if word.utterance != before:
            said.append((word.speaker, []))
            before = word.utterance
        said[-1][1].append((word.text, round(clock), round(clock + factor * length)))
        clock += factor * length
    return transcript(said)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("name", ["two_readers", "two_cities.flac", "pyannote_sample.flac"])
def test_recordings_break_no_structural_rule(name, style):
    t, rules = recordings()[name], STYLES[style]
    cues = measured(t.to_srt(style=style))
    assert cues
    for number, (start, end, lines) in enumerate(cues):
        assert len(lines) <= rules.lines
        assert max(map(len, lines)) <= rules.chars_per_line
        assert end - start <= 1000 * rules.max_duration
        if number + 1 < len(cues):
            gap = round((cues[number + 1][0] - end) * rules.fps / 1000)
            assert gap == rules.gap or gap >= rules.chain
    assert not t.captions(style)["broken"].str.contains("line|gap|overlaps|at least").any()
    starts = {round(word) for word in t.frame("words", units="ms")["start"]}
    assert {start for start, _, _ in cues} <= starts


def test_fast_speech_has_half_as_many_fast_cues_as_before():
    before = after = total_before = total_after = 0
    for t in recordings().values():
        quick = replayed(t, 17)
        old, olds = fast(quick.to_srt())
        new, news = fast(quick.to_srt(style="netflix"))
        before, after = before + old, after + new
        total_before, total_after = total_before + olds, total_after + news
    assert before
    assert after / total_after <= before / total_before / 2


def test_random_word_streams_break_no_structural_rule():
    rules = STYLES["netflix"]
    chance = random.Random(7)
    for _ in range(1000):
        clock, words = 0, []
        for _ in range(chance.randint(1, 40)):
            length = chance.randint(60, 700)
            text = "x" * chance.randint(1, 12) + chance.choice(["", "", "", ",", "."])
            words.append(CaptionWord(text, clock, clock + length))
            clock += length + chance.choice([0, 0, 20, 80, 300, 2000])
        cues = captions([CaptionTurn(words)], rules)
        assert [w.text for cue in cues for line in cue.lines for w in line.words] == [w.text for w in words]
        for number, cue in enumerate(cues):
            assert len(cue.lines) <= 2
            assert all(len(line.text) <= 42 for line in cue.lines)
            assert cue.end - cue.start <= 7000
            if number + 1 < len(cues):
                gap = round((cues[number + 1].start - cue.end) * 24 / 1000)
                room = cues[number + 1].start - cue.start
                assert gap == 2 or gap >= 12 or room < 834
                assert cue.end - cue.start >= 833 or room < 834 + 84


@examples(12)
@given(said=spoken(), style=st.sampled_from(sorted(STYLES)))
def test_whatever_was_said_each_word_is_shown_in_its_time(said: Said, style: str):
    t = transcript(said)
    frame = t.captions(style, units="ms")
    shown, words = (
        sorted("".join("".join(texts).split()).translate({ord("-"): None, ord("\u200f"): None}))
        for texts in (frame["text"], [word for _, turn in said for word, _, _ in turn])
    )
    assert shown == words
    assert (frame["end"] > frame["start"]).all()
    assert frame["start"].is_monotonic_increasing
    assert (frame["lines"] <= max(STYLES[style].lines, 2)).all()


def test_people_who_speak_at_once_have_a_line_each():
    long = "We should really ship the new release before the end of this month, I think."
    said: Said = [
        ("A", [(w, 330 * n, 330 * n + 310) for n, w in enumerate(long.split())]),
        ("B", [("Mm-hm.", 2000, 2200)]),
    ]
    first, second = measured(transcript(said).to_srt(style="netflix"))
    assert first[2] == ["-We should really ship the new release", "-Mm-hm."]
    assert second[1] >= 4930
    named = transcript(said).to_srt(style="netflix", speakers=True)
    assert "A: We should" in named
    assert "B: Mm-hm." in named
    voices = transcript(said).to_vtt(style="netflix", speakers=True)
    assert "<v A>-We should really ship the new release</v>\n<v B>-Mm-hm.</v>" in voices


def test_letters_of_double_width_count_as_two_and_lines_begin_with_no_full_stop():
    chinese = "为什么伤害无辜的人叫他做点小事他都不肯,我要给他一个教训。人家帮你是人情不帮你是道理。" * 2
    apart = transcript([("A", [(char, 200 * n, 200 * n + 190) for n, char in enumerate(chinese)])])
    whole = transcript([("A", [(chinese, 0, 200 * len(chinese))])])
    for t in (apart, whole):
        cues = measured(t.to_srt(style={"chars_per_line": 32}))
        assert "".join("".join(lines) for _, _, lines in cues) == chinese
        assert max(len(line) for _, _, lines in cues for line in lines) <= 16
        assert not any(line[0] in ",。" for _, _, lines in cues for line in lines)
        assert t.captions({"chars_per_line": 32})["cpl"].max() <= 32


def test_combining_marks_take_no_room():
    hindi = [("नमस्ते", 0, 400), ("दुनिया।", 420, 900)]
    (cue,) = transcript([("A", hindi)]).captions().itertuples()
    assert cue.cpl == 11  # of 13 characters, two of which stand above or below another one


def test_a_line_that_runs_from_right_to_left_does_so_behind_a_name():
    hebrew = [("שלום", 0, 400), ("עולם.", 420, 900)]
    t = transcript([("Ann", hebrew)])
    assert t.captions()["text"][0] == "שלום עולם."
    named = t.captions(speakers=True)
    assert named["text"][0] == "\u200fAnn: שלום עולם."
    assert named["cpl"][0] == 15


def test_lines_end_neither_in_a_name_nor_after_an_article():
    text = "and so in the end of it all we called Peter DeCarlo, who is the head of a very old department"
    t = transcript([("A", [(w, 300 * n, 300 * n + 280) for n, w in enumerate(text.split())])])
    for _, _, lines in measured(t.to_srt(style="netflix")):
        for line in lines:
            assert not line.endswith((" the", " a", " Peter", " of"))


def test_two_languages_stand_below_each_other_within_their_turn():
    words = "Good morning to all of you and welcome to this long lecture about captions in two languages."
    german = (
        "Guten Morgen Ihnen allen und willkommen zu dieser langen Vorlesung über Untertitel in zwei Sprachen."
    )
    t = transcript(
        [
            ("A", [(w, 400 * n, 400 * n + 380) for n, w in enumerate(words.split())]),
            ("B", [("Thanks.", 9000, 9400)]),
        ]
    )
    raw = t.raw
    raw["utterances"][0]["translated_texts"] = {"de": german}
    raw["utterances"][1]["translated_texts"] = {"de": "Danke."}
    t = Transcript.from_json(raw)
    frame = t.captions("netflix", language=("en", "de"))
    assert frame["text"].tolist()[-1] == "Thanks.\nDanke."
    assert frame["text"].str.contains("Danke").sum() == 1
    assert " ".join(" ".join(frame["text"]).split()).count("Vorlesung") == 1
    above = t.captions("netflix", language=("de", "en"))
    assert above["text"].tolist()[-1] == "Danke.\nThanks."
    alone = t.captions("netflix", language="de", units="ms")
    assert (alone["end"].iloc[:-1] <= 9000).all()
    with pytest.raises(OptionError, match="Two languages"):
        t.captions("netflix", language=("fr", "de"))


def test_a_start_timecode_moves_all_cues():
    t = transcript([("A", [("Hi.", 1000, 1400)])])
    plain = t.captions(units="ms")["start"][0]
    assert t.captions(units="ms", start="10:00:00:00", fps=25)["start"][0] == plain + 36_000_000
    shifted = t.captions(units="ms", start="10:00:00;00", fps=29.97)["start"][0]
    assert shifted == plain + round((36_000 * 30 - 2 * 54 * 10) * 1001 / 30)
    with pytest.raises(OptionError, match="no timecode"):
        t.captions(start="ten")


def test_out_times_keep_off_cuts_of_the_picture():
    rules = rules_of({"shots": [3.0], "chars_per_second": 10})
    assert out_time(1000, 2900, 20, None, rules) == 3000 - rules.frames_ms(2)
    assert out_time(1000, 2000, 10, None, rules) == 2000


def test_rules_can_be_given_and_are_checked():
    assert rules_of({"chars_per_line": 32}).chars_per_line == 32
    assert rules_of({"style": "bbc", "lines": 3}).chars_per_second == 15
    for wrong in ("telly", {"cpl": 3}, {"lines": 0}, {"lines": 1.5}, {"fps": "25"}, 7, {"min_duration": 9}):
        with pytest.raises(OptionError):
            rules_of(wrong)
    t = transcript([("A", [("Hi.", 1000, 1400)])])
    with pytest.raises(OptionError, match="exclude each other"):
        t.to_srt(40, style="bbc")


FOREIGN = """WEBVTT

STYLE
::cue { color: lime }

NOTE a remark

intro
00:00.000 --> 00:00.500 align:start
<v Ann>Hello <b>there</b>, my friend</v>

00:00:00.520 --> 00:00:09.000
This line is far too long to be shown on any screen at all
two
three

00:00:08.000 --> 00:00:09.000
&amp;
"""


def test_the_checker_judges_files_of_others(tmp_path):
    frame = aai.check_captions(FOREIGN)
    assert frame["text"][0] == "Hello there, my friend"
    assert "44.0 characters a second" in frame["broken"][0]
    assert "0.500 s long, at least 0.833" in frame["broken"][0]
    assert "gap of 0 frames, at least 2" in frame["broken"][0]
    assert "line of 58 characters, at most 42; 3 lines, at most 2" in frame["broken"][1]
    assert "at most 7" in frame["broken"][1]
    assert "overlaps the next cue by 1.000 s" in frame["broken"][1]
    assert frame["broken"][2] == ""
    (tmp_path / "a.srt").write_bytes("1\r\n0:00:01,5 --> 0:00:03,0\r\nfür\r\n".encode("cp1252"))
    assert aai.check_captions(tmp_path / "a.srt")["text"][0] == "für"
    with pytest.raises(UsageError, match="no SubRip"):
        aai.check_captions("nothing\nhere")
    with pytest.raises(UsageError, match="Cannot read"):
        aai.check_captions(tmp_path / "none.srt")


@given(st.text(st.sampled_from("0123456789:,.->\n WEBVTT<v>{\\an8}&;"), max_size=300))
def test_the_checker_reads_anything(text):
    with contextlib.suppress(UsageError):
        aai.check_captions(text + "\n")


def test_rules_are_values():
    assert CaptionRules() == STYLES["netflix"]
