"""The language of a live session: told by the evidence of its first stretches, and then kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models.live_models import SessionLanguage

MANY: Any = SimpleNamespace(multilingual=True)
ONE: Any = SimpleNamespace(multilingual=False)
ENGLISH = {"en": 0.9, "zh": 0.05, "de": 0.05}
CHINESE = {"zh": 0.65, "en": 0.2, "de": 0.15}


def session(*codes: str, detect: bool = False) -> SessionLanguage:
    return SessionLanguage(list(codes), detect=detect, english=False)


def test_one_odd_second_does_not_lock_the_session() -> None:
    language = session()
    language.choose(CHINESE, 1.2, finished=False)
    assert language.known(MANY, finished=False) is None
    assert language.choose(ENGLISH, 4.0, finished=True) == "en"
    assert language.choose(CHINESE, 1.0, finished=True) == "en"
    assert language.known(MANY, finished=True) == "en"
    assert language.confidence is not None
    assert language.confidence > 0.9


def test_sound_that_captions_hear_again_is_evidence_once() -> None:
    language = session()
    for _ in range(20):
        language.choose(CHINESE, 2.0, finished=False)
    assert language.choose(ENGLISH, 3.0, finished=True) == "en"


def test_a_wrong_beginning_is_corrected_by_what_follows() -> None:
    language = session()
    assert language.choose({"zh": 0.8, "en": 0.1, "de": 0.1}, 3.0, finished=True) == "zh"
    assert language.known(MANY, finished=True) is None
    language.choose(ENGLISH, 6.0, finished=True)
    assert (language.code, language.known(MANY, finished=True)) == ("en", "en")


def test_english_is_ahead_only_while_next_to_nothing_was_said() -> None:
    german = {"de": 0.9, "en": 0.08, "zh": 0.02}
    language = session()
    assert language.choose(german, 0.3, finished=False) == "en"
    assert language.choose(german, 2.0, finished=True) == "de"


def test_only_the_languages_asked_for_are_chosen() -> None:
    language = session("en", "de")
    assert language.choose(CHINESE, 5.0, finished=True) == "en"
    assert language.choose({"zh": 0.9, "de": 0.09, "en": 0.01}, 20.0, finished=True) == "de"


def test_nothing_is_asked_of_the_sound_where_the_language_is_known() -> None:
    assert session("fr").known(MANY, finished=True) == "fr"
    assert session().known(ONE, finished=True) == "en"
    assert SessionLanguage(["de"], detect=False, english=True).known(MANY, finished=False) == "en"


def test_detection_that_is_asked_for_goes_on_for_the_whole_session() -> None:
    language = session(detect=True)
    language.choose(ENGLISH, 6.0, finished=True)
    assert language.known(MANY, finished=False) == "en"
    assert language.known(MANY, finished=True) is None
    assert language.choose({"de": 0.55, "en": 0.45}, 6.0, finished=True) == "en"
    assert language.choose({"de": 0.95, "en": 0.05}, 6.0, finished=True) == "de"


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(["en", "de", "zh", "fr"]), st.floats(0, 1), min_size=1),
            st.floats(0, 30),
            st.booleans(),
        ),
        min_size=1,
    )
)
def test_any_evidence_gives_a_language_and_a_share(heard: list[tuple[dict[str, float], float, bool]]) -> None:
    language = session()
    for found, seconds, finished in heard:
        assert language.choose(found, seconds, finished=finished) in found
        assert language.confidence == pytest.approx(language.confidence)
        assert 0 < (language.confidence or 0) <= 1
