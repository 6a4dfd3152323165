"""Coefficients of agreement equal published examples, and krippendorff's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.analysis.coefficients import cohen, fleiss, fleiss_of_counts, krippendorff
from aai_jupyter.analysis.unitizing import merged, unitized
from aai_jupyter.errors import OptionError, UsageError

FLEISS_1971 = """
0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6
1 0 0 5 0|1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3
0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6
"""
"""Psychiatric diagnoses of 30 patients by 6 raters each (Fleiss 1971, table 1)."""
KRIPPENDORFF_2011 = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Four observers, twelve units (Krippendorff 2011, Computing Krippendorff's alpha-reliability, C)."""


def test_fleiss_1971_to_every_digit():
    table = np.array(
        [row.split() for line in FLEISS_1971.split("\n") if line for row in line.split("|")], float
    )
    assert table.shape == (30, 5)
    assert f"{fleiss_of_counts(table).value:.3f}" == "0.430"


def test_cohen_1960_to_every_digit():
    """Diagnoses of 200 patients by two judges (Cohen 1960, table 1): kappa .492 of proportions there."""
    table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    rows = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i, j])]
    assert f"{cohen(np.array(rows)).value:.3f}" == "0.492"


def test_krippendorff_2011_to_every_digit():
    rows = [
        [-1 if cell == "." else int(cell) for cell in line.split()]
        for line in KRIPPENDORFF_2011.split("\n")
        if line
    ]
    found = krippendorff(np.array(rows).T)
    assert f"{found.value:.3f}" == "0.743"
    assert found.low < found.value < found.high
    assert found.units == 11


def test_unitizing_krippendorff_2004_to_every_digit():
    """Two observers, codes c and k (Krippendorff 2004, p. 254)."""
    c = unitized([(300, [[(75, 70), (220, 30)], [(70, 80), (205, 20), (250, 20)]])])
    k = unitized([(300, [[(30, 60), (150, 50)], [(30, 60), (150, 50)]])])
    assert (f"{c.observed:.4f}", f"{c.expected:.4f}", f"{c.alpha:.4f}") == ("0.0144", "0.0532", "0.7286")
    assert (f"{k.observed:.4f}", f"{k.expected:.4f}", f"{k.alpha:.4f}") == ("0.0000", "0.0490", "1.0000")
    both = 1 - (c.observed + k.observed) / (c.expected + k.expected)
    assert f"{both:.3f}" == "0.859"


def test_unitizing_krippendorff_1995_in_the_limit():
    """Example A, two coders on 24 units of length, measured ever finer (Krippendorff 1995, p. 57)."""
    one, two = [(2, 8), (14, 6)], [(4, 4), (15, 2)]
    finer = [[(at * 50_000, size * 50_000) for at, size in by] for by in (one, two)]
    found = unitized([(24 * 50_000, finer)])
    published = ("0.03125", "0.06990", "0.553")
    assert (f"{found.observed:.5f}", f"{found.expected:.5f}", f"{found.alpha:.3f}") == published


def test_alpha_equals_the_package_of_others():
    theirs = pytest.importorskip("krippendorff")
    random = np.random.default_rng(3)
    for number in range(200):
        shape = random.integers(3, 40), random.integers(2, 8)
        data = random.integers(0, 1 + number % 6 + 1, shape).astype(float)
        data[random.random(shape) < 0.2] = np.nan
        ratings = np.where(np.isnan(data), -1, data).astype(int)
        found = krippendorff(ratings, draws=1).value
        if found == found:
            assert found == pytest.approx(theirs.alpha(data.T, level_of_measurement="nominal"), abs=1e-9)


def test_one_category_alone_is_no_agreement_beyond_chance():
    ratings = np.zeros((5, 2), dtype=int)
    assert all(np.isnan(measure(ratings).value) for measure in (cohen, fleiss, krippendorff))


def turns() -> pd.DataFrame:
    start = np.arange(10) * 10.0
    return pd.DataFrame({"start": start, "end": start + 9, "text": [f"turn {n}" for n in range(10)]})


def codes(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["coder", "code", "start", "end"]).astype(
        {"start": float, "end": float}
    )


FRAME = codes(
    ("Ann", "trust", 0, 9), ("Ben", "trust", 0, 9),
    ("Ann", "trust", 20, 29), ("Ben", "trust", 22, 29),
    ("Ann", "fear", 40, 49), ("Ben", "trust", 40, 49),
    ("Ann", "fear", 60, 79), ("Ben", "fear", 70, 79),
)  # fmt: skip


def test_turns_without_a_code_count_when_they_are_known():
    found = aai.agreement(FRAME, "turn", of=turns())
    by_code = found.frame.pivot(index="code", columns="coefficient", values="value")
    assert by_code.loc["trust", "percent"] == 0.9  # ten turns, one apart
    assert by_code.loc["fear", "percent"] == 0.8
    assert found["percent"] == 0.8
    assert found["cohen"] == pytest.approx(1 - 0.2 / (1 - (0.2 * 0.3 + 0.3 * 0.1 + 0.5 * 0.6)))
    assert found.disagreements[["start", "code", "coded_by", "not_coded_by"]].values.tolist() == [
        [40.0, "trust", "Ben", "Ann"],
        [40.0, "fear", "Ann", "Ben"],
        [60.0, "fear", "Ann", "Ben"],
    ]
    assert hasattr(found.disagreements, "aai")
    assert found.notes == []
    assert "nobody has coded" in aai.agreement(FRAME).notes[0]
    assert "<table" in found._repr_html_()


def test_time_counts_borders():
    exact = FRAME.assign(
        coder=["Ann", "Ben"] * 4,
        code="x",
        start=[0.0, 0, 20, 20, 40, 40, 60, 60],
        end=[9.0, 9, 29, 29, 49, 49, 79, 79],
    )
    assert aai.agreement(exact, "time", of=turns())["alpha_u"] == 1
    found = aai.agreement(FRAME, "time", of=turns())
    assert 0 < found["alpha_u"] < 1
    assert found.disagreements[["start", "end", "coded_by"]].values.tolist() == [
        [20.0, 22.0, "Ann"],
        [40.0, 49.0, "Ben"],
        [40.0, 49.0, "Ann"],
        [60.0, 70.0, "Ann"],
    ]


def test_recordings_of_one_coder_are_left_out_unless_they_are_named():
    two = pd.concat([turns().assign(transcript_id="a"), turns().assign(transcript_id="b")])
    rows = pd.concat([FRAME.assign(transcript_id="a"), FRAME[FRAME.coder == "Ann"].assign(transcript_id="b")])
    found = aai.agreement(rows, of=two).frame
    assert found.query("code == 'trust' and coefficient == 'alpha'")["units"].item() == 10
    found = aai.agreement(rows, of=two, coders=["Ann", "Ben"]).frame
    assert found.query("code == 'trust' and coefficient == 'alpha'")["units"].item() == 20


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(UsageError, match="needs two"):
        aai.agreement(FRAME[FRAME.coder == "Ann"])
    with pytest.raises(UsageError, match="no column coder"):
        aai.agreement(FRAME.drop(columns="coder"))
    with pytest.raises(OptionError, match="no unit"):
        aai.agreement(FRAME, "paragraph")


def test_stretches_that_overlap_are_one():
    assert merged([(0, 5), (3, 5), (8, 2), (20, 0)]) == [(0, 8), (8, 2)]
