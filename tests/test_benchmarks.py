"""What counts as a slow-down; on figures, as no test measures time."""

from __future__ import annotations

import random

import pytest

from benchmarks.compare import ratio, slower
from benchmarks.cpu import ONCE, WORK
from tests.examples import some


def noisy(seconds: float, seed: int, disturbed: float = 0.0) -> list[float]:
    """Fifteen CPU times as on a machine with other work: never less than it takes, sometimes a lot more."""
    chance = random.Random(seed)
    times = [seconds * (1 + abs(chance.gauss(0, 0.03))) for _ in range(15)]
    return [one * chance.choice((1.3, 1.6)) if chance.random() < disturbed else one for one in times]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("change", [1.2, 1.3, 2.0])
def test_a_planted_slow_down_is_found(seed, change):
    assert slower(noisy(0.1, seed), noisy(0.1 * change, seed + 100))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("change", [0.5, 1.0, 1.05])
def test_noise_and_improvements_are_none(seed, change):
    assert not slower(noisy(0.1, seed), noisy(0.1 * change, seed + 100))


@pytest.mark.parametrize("seed", range(20))
def test_a_disturbed_half_of_the_runs_is_none(seed):
    """The median moves; the quickest runs tell that the work is the same."""
    assert not slower(noisy(0.1, seed), noisy(0.1, seed + 100, disturbed=0.6))


def test_the_change_is_that_of_the_medians():
    assert ratio([1.0, 2.0, 9.0], [3.0, 0.1, 4.0]) == 1.5


@pytest.mark.parametrize(
    "name", some([name for name in WORK if name not in ONCE], "frames", "metrics", "page")
)
def test_the_compared_work_can_be_done_twice(name):
    work = WORK[name]()
    work()
    work()
