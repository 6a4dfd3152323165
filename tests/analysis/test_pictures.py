"""Timelines and plots: what they hold, that they own no global state, and that colours can be told apart."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from aai_jupyter import text
from aai_jupyter.analysis import plot_pace, plot_talk_time, timeline
from aai_jupyter.analysis.timeline_svg import STEPS, runs, ticks
from aai_jupyter.errors import MissingDependencyError, UsageError
from aai_jupyter.text.colours import SPEAKER_COLOURS, ink, letters, luminance
from tests.analysis.samples import frames

WORDS, UTTERANCES = frames(
    [("A", 0, 40, "one two three"), ("B & <b>", 50, 60, "four"), ("A", 61, 70, "five")]
)
EMPTY = UTTERANCES.iloc[:0]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ax():
    figure = pytest.importorskip("matplotlib.figure")
    return figure.Figure().add_subplot()


def test_the_inline_timeline_is_an_svg_with_a_row_for_each_speaker(tmp_path):
    made = timeline(UTTERANCES)
    root = ElementTree.fromstring(made._repr_svg_())
    assert root.tag == f"{SVG}svg"
    assert "A 0:49" in root.get("aria-label")
    assert [title.text for title in root.iter(f"{SVG}title")] == ["A", "B & <b>"]
    assert made._repr_html_().startswith("<svg")
    assert made.save(tmp_path / "t.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "<!DOCTYPE html>" in made.save(tmp_path / "t.html").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="saved as"):
        made.save(tmp_path / "t.png")


def test_a_timeline_of_nothing_is_still_a_picture():
    for frame in (EMPTY, UTTERANCES.drop(columns="speaker"), pd.DataFrame({"start": [], "end": []})):
        ElementTree.fromstring(timeline(frame).svg)


def test_a_timeline_of_several_recordings_names_each():
    both = pd.concat(
        [UTTERANCES.assign(source="x.mp3"), UTTERANCES.assign(source="y.mp3")], ignore_index=True
    )
    texts = [text.text for text in ElementTree.fromstring(timeline(both).svg).iter(f"{SVG}text")]
    assert "x.mp3" in texts
    assert "y.mp3" in texts


def test_the_size_of_a_picture_does_not_grow_with_the_recording():
    start = np.arange(0, 100_000, 1.0)
    frame = pd.DataFrame({"start": start, "end": start + 0.5})
    assert len(timeline(frame).svg) < 20_000


def test_runs_cover_what_was_said():
    assert runs(np.array([0.0, 5.0]), np.array([1.0, 10.0]), 0, 10) == [
        (0, STEPS // 10),
        (STEPS // 2, STEPS // 2),
    ]
    assert runs(np.array([10.0]), np.array([10.0]), 0, 10) == [(STEPS - 1, 1)]
    assert runs(np.array([]), np.array([]), 0, 0) == []


@pytest.mark.parametrize("length", [0, 1, 67, 3600, 36_000, 10_000_000])
def test_axes_have_few_round_ticks(length):
    found = ticks(0, length)
    assert found[0] == 0
    assert len(found) <= 8


def test_plots_draw_on_the_given_axes_and_on_no_other(ax):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    assert timeline(UTTERANCES, ax) is ax
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B & <b>"]
    assert plot_talk_time(UTTERANCES, ax) is ax
    assert plot_pace(WORDS, ax, window=20) is ax
    assert pyplot.get_fignums() == before


def test_axes_of_a_picture_are_no_text_above_it():
    shown, metadata = DisplayFormatter().format(plot_talk_time(UTTERANCES))
    assert (shown, metadata) == ({}, {})


@pytest.mark.parametrize("plot", [plot_talk_time, plot_pace])
def test_a_picture_needs_no_background(plot):
    """Else a notebook puts it on a dark page, in a light one as well."""
    backend = pytest.importorskip("matplotlib_inline.backend_inline")
    from matplotlib import pyplot

    figure = plot(UTTERANCES if plot is plot_talk_time else WORDS).figure
    assert backend._fetch_figure_metadata(figure) is None
    pyplot.close(figure)


def test_plots_of_nothing_do_not_fail(ax):
    for function in (lambda df, ax: timeline(df, ax), plot_talk_time, plot_pace):
        assert function(EMPTY, ax) is ax
        assert function(UTTERANCES.drop(columns="speaker"), ax) is ax
    ax.figure.canvas.draw()


def test_a_name_is_not_read_as_a_formula(ax):
    frame = UTTERANCES.assign(speaker=pd.Categorical(["$\\frac{$", "$x$", "_"]))
    plot_talk_time(frame, ax)
    timeline(frame, ax)
    ax.figure.canvas.draw()


def test_plots_of_several_recordings_tell_them_apart(ax):
    both = pd.concat(
        [UTTERANCES.assign(source="mon/x.mp3"), UTTERANCES.assign(source="y_$1$.mp3")], ignore_index=True
    )
    timeline(both, ax)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["x.mp3 · A", "x.mp3 · B & <b>", r"y_\$1\$.mp3 · A", r"y_\$1\$.mp3 · B & <b>"]
    whole = plot_talk_time(both, ax.figure.add_subplot())
    assert [label.get_text() for label in whole.get_yticklabels()] == ["x.mp3", r"y_\$1\$.mp3"]
    widths = [[bar.get_width() for bar in bars] for bars in whole.containers]
    assert widths == [pytest.approx([49, 49]), pytest.approx([10, 10])]
    assert [text.get_text() for text in whole.get_legend().get_texts()] == ["A", "B & <b>"]
    lines = plot_pace(both, ax.figure.add_subplot(), window=20)
    assert [line.get_label() for line in lines.get_lines()] == ["x.mp3", r"y_\$1\$.mp3"]
    ax.figure.canvas.draw()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for function in (plot_talk_time, plot_pace):
        with pytest.raises(MissingDependencyError, match=r'pip install "aai-jupyter\[plots\]"'):
            function(UTTERANCES)
    assert timeline(UTTERANCES).svg


def _contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_colours_show_on_light_and_dark_and_letters_on_colours():
    for shade in SPEAKER_COLOURS:
        for page in ("#ffffff", "#111111", "#1e1e1e", "#212121"):
            assert _contrast(shade, page) >= 2.9
        assert _contrast(shade, ink(shade)) >= 4.5


# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
# Ottosson's OKLab.
TO_LMS = [[0.41222, 0.53633, 0.05145], [0.2119, 0.68068, 0.1074], [0.0883, 0.28172, 0.62998]]
TO_LAB = [[0.21045, 0.79362, -0.00407], [1.978, -2.42859, 0.45059], [0.0259, 0.78277, -0.80868]]


@pytest.mark.parametrize("vision", VISION)
def test_the_first_six_speakers_are_told_apart_by_every_eye(vision):
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in SPEAKER_COLOURS[:6]]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    lab = np.cbrt(seen @ np.array(TO_LMS).T) @ np.array(TO_LAB).T
    # 0.02 is about one just noticeable difference in OKLab.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) > 0.06


def test_widgets_have_the_same_colours_on_a_light_page():
    css = Path(text.__file__).parents[1] / "widgets" / "frontend" / "src" / "css" / "theme.css"
    first: dict[str, str] = {}
    for number, value in re.findall(r"--aai-sp(\d): (#[0-9a-f]{6});", css.read_text(encoding="utf-8")):
        first.setdefault(number, value)  # a dark page has its own, below
    assert tuple(first.values()) == SPEAKER_COLOURS
    assert list(first) == [str(number) for number in range(len(SPEAKER_COLOURS))]


def test_letters_are_the_service_s_own_or_the_alphabet():
    assert letters(["A", "1B"]) == ["A", "1B"]
    assert letters(["Ann", "B"]) == ["A", "B"]
    assert letters([f"speaker {n}" for n in range(28)])[24:] == ["Y", "Z", "AA", "AB"]
