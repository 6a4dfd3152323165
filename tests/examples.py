"""How much is tried in `make test`, and what waits for `make nightly`: examples of hypothesis, parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck

EACH_TIME, IN_THE_NIGHT = 12, 1000
"""Examples of a property that names no number of its own."""


def examples(number: int, *suppressed: HealthCheck) -> hypothesis.settings:
    """So many examples of a property that is costly to try, or cheap; 25 times as many in the night."""
    nightly = hypothesis.settings().max_examples == IN_THE_NIGHT
    # A busy machine makes no test fail; this list would replace that of the profile.
    checks = [HealthCheck.too_slow, *suppressed]
    return hypothesis.settings(max_examples=25 * number if nightly else number, suppress_health_check=checks)


def some(values: Iterable[Any], *short: Any) -> list[Any]:
    """All values as parameters of a test; those that are not named wait for `make nightly`."""

    def parameters(value: Any) -> Any:
        values = value if isinstance(value, tuple) else (value,)
        return pytest.param(*values, marks=() if value in short else pytest.mark.nightly)

    return [parameters(value) for value in values]
