"""What is exported and loaded again has the same words, times to a millisecond, and speakers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter import Transcript
from tests.examples import examples
from tests.interchange.writers.spoken import Said, call, spoken, transcript

pytest.importorskip("aai_jupyter.interchange.readers")

_SILENCES = ("sil", "sp", "spn", "pau")  # as aligners write them into TextGrids
_LETTERS = st.text(st.sampled_from("abcdefghiklmnoprstuwäöß"), min_size=1, max_size=8).filter(
    lambda word: word not in _SILENCES
)
Row = tuple[str, int, int, str | None]


def rows(t: Transcript) -> list[Row]:
    """Words in order of start; a point of time is a millisecond long."""
    frame: Any = t.frame("words", units="ms")
    found = [
        (
            str(row.text),
            int(row.start),
            max(int(row.end), int(row.start) + 1),
            None if row.speaker != row.speaker else row.speaker,
        )
        for row in frame.itertuples()
    ]
    return sorted(found, key=lambda row: (row[1], row[2], row[0]))


def turns(t: Transcript) -> list[tuple[str, str, int, int]]:
    """Speaker, text, start and end of the turns."""
    frame: Any = t.frame("utterances", units="ms")
    found = [(str(row.speaker), str(row.text), int(row.start), int(row.end)) for row in frame.itertuples()]
    return sorted(found, key=lambda row: row[2:])


@pytest.mark.parametrize("suffix", ["TextGrid", "eaf", "json", "csv", "tsv", "parquet", "xlsx"])
@examples(12, HealthCheck.function_scoped_fixture)
@given(said=spoken(_LETTERS))
def test_words_times_and_speakers_come_back(suffix: str, said: Said, tmp_path):
    # A speaker for each turn: whom one person's words at the same time belong to, no tier can tell.
    named = [(f"{speaker or 'Cid'} {'ABCDEF'[turn]}", words) for turn, (speaker, words) in enumerate(said)]
    t = transcript(named)
    assert rows(aai.load(t.export(tmp_path / f"a.{suffix}"))) == rows(t)


@examples(12, HealthCheck.function_scoped_fixture)
@given(said=spoken(_LETTERS))
def test_words_and_times_come_back_from_ctm_and_ass(said: Said, tmp_path):
    t = transcript([(speaker or "Cid", words) for speaker, words in said])
    again = rows(aai.load(t.export(tmp_path / "a.ctm")))
    assert sorted(row[:2] for row in again) == sorted(row[:2] for row in rows(t))
    # Karaoke is in hundredths of a second; a word that lasts none has the place of the next.
    sung = aai.load(t.export(tmp_path / "a.ass"))
    assert sorted(sung.words["text"]) == sorted(t.words["text"])


@pytest.mark.parametrize(
    ("format", "suffix"),
    [
        ("seglst", "json"),
        ("stm", "stm"),
        ("audacity", "txt"),
        ("labelstudio", "json"),
    ],
)
@examples(12, HealthCheck.function_scoped_fixture)
@given(said=spoken(_LETTERS))
def test_turns_times_and_speakers_come_back(format: str, suffix: str, said: Said, tmp_path):
    # Three words at least: what is one word a row is taken for words, which have no turns.
    t = transcript(
        [
            (f"{(speaker or 'Cid')}{'ABCDEF'[turn]}", [*words, ("und", words[-1][2], words[-1][2] + 9)])
            for turn, (speaker, words) in enumerate(said)
        ]
    )
    again = aai.load(t.export(tmp_path / f"a.{suffix}", format))
    assert turns(again) == turns(t)


@pytest.mark.parametrize("suffix", ["seglst.json", "stm", "cha", "podcast.json", "ttml", "vtt"])
def test_turns_and_speakers_come_back(suffix, tmp_path):
    t = transcript(
        [
            ("Ann", [("Good", 240, 500), ("morning", 520, 900)]),
            ("Ben", [("Hello", 2000, 2200), ("there", 2300, 3500)]),
            ("Ann", [("Bye", 5000, 6200)]),
        ]
    )
    again = aai.load(t.export(tmp_path / f"call.{suffix}"))
    said = [word.rstrip(".") for word in again.words["text"]]  # CHAT ends every utterance with a mark
    assert said == t.words["text"].tolist()
    names = [name[:3].title() for name in again.utterances["speaker"]]
    assert names == ["Ann", "Ben", "Ann"]
    assert (again.utterances["start"] - t.utterances["start"]).abs().max() < 0.0015


@pytest.mark.parametrize(
    "suffix", ["eaf", "TextGrid", "stm", "rttm", "seglst.json", "labelstudio.json", "cha"]
)
def test_where_nobody_is_known_nobody_comes_back(suffix, tmp_path):
    t = transcript([(None, [("one", 0, 400), ("two.", 500, 900)]), (None, [("three.", 5000, 5500)])])
    again = aai.load(t.export(tmp_path / f"a.{suffix}"))
    assert again.utterances["speaker"].isna().all()


@pytest.mark.parametrize(
    "suffix", ["eaf", "TextGrid", "seglst.json", "labelstudio.json", "vtt", "ttml", "ass"]
)
def test_odd_names_and_words_come_back(suffix, tmp_path):
    said = [("<b>", 1000, 1100), ("&c", 1400, 1900), ("שלום", 2000, 2200), ("🙂", 2300, 2500)]
    over = [("hundred", 363_600_000, 363_600_400), ("hours", 363_600_500, 363_600_900)]
    t = transcript(
        [("A", said), ("B", [("Hello", 1800, 2200), ("-->", 2300, 2900), ("=1", 3000, 3000)]), ("A", over)]
    )
    t.speakers["A"], t.speakers["B"] = 'Ann <&> "Q"', "مريم: B"
    again = aai.load(t.export(tmp_path / f"a.{suffix}"))
    assert sorted(again.words["text"]) == sorted(t.words["text"])
    assert set(again.utterances["speaker"]) == {'Ann <&> "Q"', "مريم: B"}


@pytest.mark.parametrize("suffix", ["srt", "ass", "rttm", "ctm", "txt", "docx", "md"])
def test_what_holds_less_can_be_loaded(suffix, tmp_path):
    if suffix == "docx":
        pytest.importorskip("docx")
    path = call().export(tmp_path / f"call.{suffix}")
    if suffix == "rttm":
        return
    assert len(aai.load(path).words)


def test_words_that_are_marks_of_silence_elsewhere_are_words(tmp_path):
    said = [("usb", 0, 300), ("pause", 400, 700), ("silence", 800, 1100), ("sil", 1200, 1500)]
    words = aai.load(transcript([("Ann", said)]).export(tmp_path / "a.TextGrid")).words["text"].tolist()
    assert words[:3] == ["usb", "pause", "silence"]


@pytest.mark.parametrize("language", ["nl", "cy", "zh", "de"])
def test_chat_keeps_the_language(language, tmp_path):
    word = {"text": "Hi.", "start": 0, "end": 400, "speaker": "A"}
    t = Transcript.from_json({"words": [word], "language_code": language})
    assert aai.load(t.export(tmp_path / "a.cha")).language == language
