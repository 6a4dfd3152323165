"""Pseudonyms in texts without capitals, of other scripts, and in transcripts that are hard to tell apart."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.api import pseudonyms as asking
from aai_jupyter.transcripts.pseudonyms.mentions import SpokenText
from aai_jupyter.transcripts.pseudonyms.name_matching import Name, Names, form_of
from aai_jupyter.transcripts.pseudonyms.proposals import names_of
from aai_jupyter.transcripts.pseudonyms.pseudonymised_view import pseudonymised
from aai_jupyter.transcripts.transcript import Transcript
from aai_jupyter.transcripts.transcript_set import TranscriptSet
from tests.asking.recordings import transcript


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_ask_engine", lambda spoken: None)


def said(text: str, language: str = "en", **more: Any) -> Transcript:
    return transcript([("A", 0.0, 9.0, text)], **({"language_code": language} | more))


def frame(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["found", "proposal"])


@pytest.mark.parametrize(
    ("language", "text", "name", "now"),
    [
        ("en", "hi anna how are you", "Anna", "hi P01 how are you"),
        ("en", "HI ANNA HOW ARE YOU", "Anna", "HI P01 HOW ARE YOU"),
        ("en", "Then I met anna and her dog.", "anna", "Then I met P01 and her dog."),
        ("ar", "ثم قابلت أحمد في القاهرة", "أحمد", "ثم قابلت P01 في القاهرة"),
        ("ar", "ثم قابلت أَحمد هناك", "أحمد", "ثم قابلت P01 هناك"),
        ("he", "אתמול פגשתי את דוד כאן", "דוד", "אתמול פגשתי את P01 כאן"),
        ("ko", "어제 김민수 씨를 만났어요", "김민수", "어제 P01 씨를 만났어요"),
        ("ko", "김민수가 왔고 김민수 씨는 갔다", "김민수", "P01 왔고 P01 씨는 갔다"),
        ("he", "אתמול דויד הלך ודויד בא", "דויד", "אתמול P01 הלך P01 בא"),
        ("ar", "قابلت أحمد هنا وأحمد هناك", "أحمد", "قابلت P01 هنا P01 هناك"),
        ("hi", "कल राम और रामायण मिले", "राम", "कल P01 और रामायण मिले"),
        ("th", "เมื่อวานสมชายไปบ้าน", "สมชาย", "เมื่อวานP01ไปบ้าน"),
        ("fa", "دیروز علی\u200cرضا آمد", "علی\u200cرضا", "دیروز P01 آمد"),
    ],
)
def test_a_name_is_replaced_in_every_script(
    tmp_path: Path, language: str, text: str, name: str, now: str
) -> None:
    t = said(text, language)
    view = t.pseudonymised(frame((name, "P01")), key=tmp_path / "study.key")
    assert view.text == now
    assert view.restored(tmp_path / "study.key").words["text"].tolist() == t.words["text"].tolist()


def test_words_that_are_names_with_a_capital_only_stay() -> None:
    names = names_of(frame(("Will", "P01")), [SpokenText.of(said("I will ask. He met Will."), 0)])
    assert names.text("I will ask. He met Will.") == "I will ask. He met P01."


def test_vowel_signs_belong_to_their_word() -> None:
    assert form_of("राम") != form_of("रामायण")
    assert len(form_of("मोहन")) == 1
    assert Names([Name("राम", "P01")]).text("रामायण") == "रामायण"


def test_no_word_is_proposed_where_capitals_tell_nothing() -> None:
    for language, text in (
        ("zh", "昨日我见到王小明了。他很好。"),
        ("en", "THEN I MET ANNA MILLER. SHE WAS FINE."),
        ("ar", "ثم قابلت أحمد في القاهرة"),
    ):
        assert said(text, language).pseudonyms(model=False).empty, language


def test_recordings_without_ids_are_told_apart(tmp_path: Path) -> None:
    key = tmp_path / "study.key"
    words = ("I met Anna there", "So Anna came here with Anna")
    calls = TranscriptSet(
        aai.load([{"text": word, "start": n, "end": n + 0.9} for n, word in enumerate(text.split())])
        for text in words
    )
    view = calls.pseudonymised(frame(("Anna", "P01")), key=key)
    assert len({one.id for one in view}) == 2
    assert [one.text for one in view.restored(key)] == [one.text for one in calls]
    again = calls[1].pseudonymised(key=key)
    assert again.id == view[1].id


def test_a_speaker_who_is_named_later_gets_a_pseudonym(tmp_path: Path) -> None:
    key = tmp_path / "study.key"
    t = said("I met Anna Miller.")
    t.pseudonymised(frame(("Anna Miller", "P01")), key=key)
    t.speakers = {"A": "Zoe Quist"}
    with pytest.warns(UserWarning, match="1 new names"):
        view = t.pseudonymised(key=key)
    assert view.speakers == {"A": "P02"}


def test_words_of_the_service_are_no_names(tmp_path: Path) -> None:
    view = said("Vi và Completed", "vi").pseudonymised(
        frame(("Vi", "P01"), ("Completed", "P02")), key=tmp_path / "study.key"
    )
    assert (view.status, view.language) == ("completed", "vi")
    assert view.text == "P01 và P02"


def test_a_view_of_tracks_has_neither_their_files_nor_their_ids(tmp_path: Path) -> None:
    tracks = [{"channel": "1", "speaker": "Anna", "id": "b7c1d0f2", "source": "calls/quist.wav"}]
    asked = {"request": {"speaker_identification": {"known_values": ["Zoe"]}}}
    t = said("I met Anna.", tracks=tracks, speech_understanding_request=asked)
    view = t.pseudonymised(frame(("Anna", "P01")), key=tmp_path / "study.key")
    assert not [word for word in (b"b7c1d0f2", b"quist", b"Zoe", b"Anna") if word in pickle.dumps(view)]


def test_a_pseudonym_is_not_given_to_a_second_name(tmp_path: Path) -> None:
    key = tmp_path / "study.key"
    said("I met Zoe Quist.", id="one").pseudonymised(frame(("Zoe Quist", "P01")), key=key)
    other = said("I met Anna and Zoe.", id="two")
    with pytest.raises(aai.OptionError, match="P01 stands for another name"):
        other.pseudonymised(frame(("Anna", "P01")), key=key)
    assert other.pseudonymised(frame(("Zoe", "P01")), key=key).text == "I met Anna and P01."


def test_two_kernels_with_one_key_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, make = tmp_path / "study.key", pseudonymised
    other, mine = said("I met Zoe.", id="other"), said("I met Anna.", id="mine")

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(asking, "view_of", make)
        other.pseudonymised(frame(("Zoe", "P01")), key=key)
        return make(*given)

    monkeypatch.setattr(asking, "view_of", meanwhile)
    view = mine.pseudonymised(frame(("Anna", "P02")), key=key)
    assert view.text == "I met P02."
    assert view.source == "recording-02.mp3"
    again = other.pseudonymised(key=key)
    assert (again.text, again.restored(key).text) == ("I met P01.", "I met Zoe.")
    assert view.restored(key).text == "I met Anna."
