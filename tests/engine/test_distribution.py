"""Percentiles out of counts: within a step of the true ones, whatever the values are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.distribution import STEP_MS, Distribution


@given(st.lists(st.floats(0, 900), min_size=1, max_size=300), st.sampled_from([50, 90, 99]))
def test_percentiles(values: list[float], percent: int) -> None:
    noted = Distribution()
    for value in values:
        noted.note(value)
    true = float(np.percentile(values, percent, method="inverted_cdf"))
    assert true - 1e-6 <= noted.percentile(percent) <= true + 2 * STEP_MS


def test_nothing_and_too_much() -> None:
    noted = Distribution()
    assert noted.told() == {"p50": 0.0, "p99": 0.0}
    noted.note(1e9)
    noted.note(-5)
    assert noted.percentile(99) > 999
    assert noted.percentile(50) <= 2 * STEP_MS
