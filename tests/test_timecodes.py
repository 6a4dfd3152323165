"""Timecodes count every frame of a day."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.text.timecodes import FrameRate

RATES = [(23.976, False), (24, False), (25, False), (29.97, False), (29.97, True), (30, False), (50, False)]
RATES += [(59.94, False), (59.94, True), (60, False)]


def labels(count: int, dropped: int, minutes: int) -> list[str]:
    """All labels of some minutes, as the standard (SMPTE ST 12-1) lists them."""
    mark = ";" if dropped else ":"
    return [
        f"{minute // 60:02}:{minute % 60:02}:{second:02}{mark}{frame:02}"
        for minute in range(minutes)
        for second in range(60)
        for frame in range(count)
        if not (dropped and minute % 10 and second == 0 and frame < dropped)
    ]


@pytest.mark.parametrize(("fps", "drop"), RATES)
def test_labels_are_those_of_the_standard(fps, drop):
    rate = FrameRate.of(fps, drop=drop)
    expected = labels(rate.count, rate.count // 15 if drop else 0, 21)
    assert [rate.label(frame) for frame in range(len(expected))] == expected


@pytest.mark.parametrize(("fps", "drop"), RATES)
@given(st.integers(0, 24 * 60 * 60 * 60 - 1))
def test_a_label_leads_back_to_its_frame(fps, drop, frame):
    rate = FrameRate.of(fps, drop=drop)
    frame %= rate._day
    assert rate.frame_of(rate.label(frame)) == frame


def test_the_clock_and_drop_frame_labels_agree_over_a_day():
    rate = FrameRate.of(29.97, drop=True)
    assert rate.rate == Fraction(30000, 1001)
    day = rate.frame_of("23:59:59;29") + 1
    assert day == 2_589_408
    assert abs(rate.milliseconds(day) - 24 * 3600 * 1000) == 86
    assert rate.label(day) == "00:00:00;00"
    assert rate.label(rate.frame_at(10 * 3600 * 1000)) == "10:00:00;01"


@pytest.mark.parametrize(
    "label", ["00:01:00;00", "00:01:00;01", "24:00:00;00", "00:00:60;00", "00:00:00;30", "1", ""]
)
def test_what_is_no_label_is_refused(label):
    with pytest.raises(ValueError, match=r"label|timecode|range"):
        FrameRate.of(29.97, drop=True).frame_of(label)


def test_drop_frames_exist_at_broadcast_rates_only():
    with pytest.raises(ValueError, match=r"29\.97 and 59\.94"):
        FrameRate.of(25, drop=True)
    with pytest.raises(ValueError, match="fps"):
        FrameRate.of(0)
