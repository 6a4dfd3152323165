"""Word error rate and speaker agreement count what they say."""

import math

import pandas as pd
import pytest

from aai_jupyter.analysis.quality import speaker_agreement, word_error_rate
from aai_jupyter.errors import UsageError

TURNS = [{"speaker": "Ann", "start": 0, "end": 2}, {"speaker": "Ben", "start": 2.5, "end": 4}]


def words(*rows: tuple[float, float, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start", "end", "speaker"])


def test_one_wrong_word_of_four_is_a_quarter():
    assert word_error_rate("one small step ahead", "one small stop ahead") == 0.25


def test_a_reference_without_words_is_refused():
    with pytest.raises(UsageError):
        word_error_rate("...", "hello")


def test_names_do_not_matter_but_who_is_who_does():
    good = words((0, 1, "B"), (1, 2, "B"), (3, 4, "A"))
    assert speaker_agreement(good, TURNS) == 1
    assert speaker_agreement(good.assign(speaker=["A", "B", "A"]), TURNS) == pytest.approx(2 / 3)


def test_one_label_for_everybody_cannot_be_right_for_two():
    assert speaker_agreement(words((0, 1, "A"), (3, 4, "A")), TURNS) == 0.5


def test_more_labels_than_speakers_cost_words():
    assert speaker_agreement(words((0, 1, "A"), (1, 2, "C"), (3, 4, "B")), TURNS) == pytest.approx(2 / 3)


def test_words_between_turns_do_not_count():
    assert math.isnan(speaker_agreement(words((2.1, 2.4, "A")), TURNS))
