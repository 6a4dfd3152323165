"""What a word is, in any script: split, joined, found and compared."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.analysis.quality import word_error_rate
from aai_jupyter.text.folded_text import FoldedText
from aai_jupyter.text.tokenization import clusters, fold, join, owners, split, tokens, units
from aai_jupyter.transcripts.transcript import Transcript

KEYS = Path(__file__).parent / "data" / "search_keys.json"
# Letters of many scripts, composed and not, marks, joiners, punctuation.
LETTERS = "aBé e\u0301ßİıſςΣ天気。「」ーｶﾞＡ，ก็ำน เខ្ម\u200b\u200d\u200f\u0307한\u1112\u1161पानी.,'’“\n\u3000😀"


def said(*words: str, text: str | None = None) -> Transcript:
    rows = [
        {"text": w, "start": 300 * n, "end": 300 * n + 280, "confidence": 0.9} for n, w in enumerate(words)
    ]
    turn = {"text": text or join(words), "start": 0, "end": 300 * len(words) - 20, "confidence": 0.9}
    return Transcript.from_json({"id": "x", "status": "completed", "words": rows, "utterances": [turn]})


def test_the_keys_are_those_that_the_page_makes():
    for text, key in json.loads(KEYS.read_text("utf-8")):
        assert fold(text) == key


@given(st.text(LETTERS, max_size=20))
def test_text_is_cut_and_folded_without_loss(text: str) -> None:
    pieces = split(text)
    assert "".join(pieces) == "".join(text.split())
    assert "".join(clusters(text)) == text
    assert owners(text, pieces) == list(range(len(pieces)))
    assert fold(fold(text)) == fold(text) == fold(unicodedata.normalize("NFD", text))
    folded = FoldedText(text)
    assert folded.text == fold(text)
    for place in range(len(folded.text)):
        first, last = folded.span(place, place + 1)
        assert 0 <= first < last <= len(text)


@pytest.mark.parametrize(
    ("words", "phrase", "found"),
    [
        (["今天", "天气", "很", "好。"], "天气很好", 1),
        (["東京", "タワー", "に", "行き"], "東京 タワー", 1),
        (["สวัสดี", "ครับ"], "สวัสดีครับ", 1),
        (["ສະບາຍ", "ດີ"], "ສະບາຍດີ", 1),
        (["ជំរាប", "សួរ"], "ជំរាបសួរ", 1),
        (["မင်္ဂ", "လာပါ"], "မင်္ဂလာပါ", 1),
        (["ที่", "มี"], "ท", 0),
        (["मुझे", "पानी", "पीना"], "पान", 0),
        (["মানুষ", "আছে"], "মানষ", 0),
        (["தமிழ்", "மொழி"], "தமிழ", 0),
        (["Das", unicodedata.normalize("NFD", "Café")], "CAFÉ", 1),
        (["Die", "STRASSE!"], "straße", 1),
        (["İstanbul'da"], "ISTANBUL’DA", 1),
        (["ＡＢＣ"], "abc", 1),
        (["می‌خواهم"], "میخواهم", 1),
        (["\u200fשלום\u200e,"], "שלום", 1),
        (["don’t", "know"], "don't know", 1),
        (["3.5", "percent"], "5", 0),
    ],
)
def test_search_finds_what_is_said_and_nothing_else(words: list[str], phrase: str, found: int) -> None:
    t = said(*words)
    assert len(t.search(phrase)) == found
    if phrase != "5":  # df.aai.search looks inside words
        assert len(t.words.aai.search(phrase)) == found
        assert len(t.utterances.aai.search(phrase)) == found


def test_a_match_is_shown_as_it_is_written() -> None:
    t = said("今天", "天气", "很", "好。")
    assert t.search("天气很")["text"].tolist() == ["天气很"]
    assert t.words.aai.search("天气很")["match"].tolist() == ["天气很"]


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        ([*"为什么伤害无辜的人"], "伤", "受"),
        (["今天", "天气", "很", "好。"], "气", "汽"),
        (["東京", "タワー", "に", "行き", "ました。"], "に", "へ"),
        (["วันนี้", "อากาศ", "ดี", "มาก"], "ดี", "ดี๊"),
        (["ជំរាប", "សួរ", "បង"], "សួ", "សូ"),
        (["မင်္ဂ", "လာ", "ပါ"], "လာ", "လား"),
        (["ສະບາຍ", "ດີ", "ບໍ່"], "ດີ", "ດີ່"),
        (["मुझे", "पानी", "पीना", "है"], "पानी", "पाना"),
        (["I", "wont", "it."], "wont", "want"),
    ],
)
def test_a_correction_of_one_character_keeps_all_other_times(words: list[str], old: str, new: str) -> None:
    t = said(*words)
    before = t.words
    t.edit.set_turn_text(0, t.utterances.text[0].replace(old, new, 1))
    after = t.words
    assert len(after) == len(before)
    pd.testing.assert_series_equal(after["start"], before["start"])
    pd.testing.assert_series_equal(after["end"], before["end"])
    changed = [
        n for n, (one, two) in enumerate(zip(before["text"], after["text"], strict=True)) if one != two
    ]
    assert changed == [n for n, word in enumerate(words) if old in word][:1]
    assert after["confidence"].isna().sum() == 1
    untouched = next(word for n, word in enumerate(words) if n not in changed)
    assert len(t.search(untouched)) >= 1


def test_words_typed_between_others_take_the_pause() -> None:
    t = said("今天", "天气", "好。", text="今天天气好。")
    t.edit.set_turn_text(0, "今天天气非常好。")
    assert t.words.text.tolist() == ["今天", "天气", "非常", "好。"]
    assert t.words.start.tolist()[:2] == [0.0, 0.3]
    t.edit.set_turn_text(0, "天气非常好。")
    assert t.words.text.tolist() == ["天气", "非常", "好。"]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "rate"),
    [
        ("मुझे पानी पीना है आज", "मुझे पाना पीनी हो आज", 3 / 5),
        ("Die Tür ist schön", "Die Tur ist schon", 2 / 4),
        ("Ich komme um acht", "Ich komme acht", 1 / 4),
        ("el año pasado", "el ano pasado", 1 / 3),
        ("今天天气很好我们走", "今天天气很号我们走", 1 / 9),
        ("วันนี้อากาศดี", "วันนี้อากาศดี๊", 1 / len(tokens("วันนี้อากาศดี"))),
        ("I don’t know", "I don't know", 0),
        ("Eu tenho um carro", "Eu tenho carro", 1 / 4),
        ("Die Straße", "die STRASSE", 0),
        ("IŞIK söndü", "ışık söndü", 0),
        ("kız geldi", "kiz geldi", 1 / 2),
        ("안녕 하세요", unicodedata.normalize("NFD", "안녕 하세요"), 0),
        ("Mister Smith paid ten dollars.", "Mr. Smith paid $10", 0),
    ],
)
def test_word_error_rates_in_other_languages(reference: str, hypothesis: str, rate: float) -> None:
    assert word_error_rate(reference, hypothesis) == pytest.approx(rate)


def test_the_language_can_be_told() -> None:
    assert word_error_rate("um yes", "yes", language="en") == 0
    assert word_error_rate("um yes", "yes", language="pt") == 0.5


def test_units_and_tokens() -> None:
    assert units("“Don’t!” 3.5") == ["don't", "3.5"]
    assert tokens("AI技術、です") == ["ai", "技", "術", "で", "す"]
