"""The mix of one tick: sums, ramps without a click, full scale, silence."""

from __future__ import annotations

import numpy as np
import pytest

from studio.media.mix import RAMP_SAMPLES, mix
from studio.program.sound import Heard


def steady(level: float, count: int = 1600) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((count, 2), level, np.float32)


def test_nothing_is_silence() -> None:
    mixed = mix([], 1600)
    assert mixed.shape == (1600, 2)
    assert mixed.dtype == np.float32
    assert not mixed.any()


def test_sources_add_up_at_their_gains() -> None:
    mixed = mix([(Heard("a", 0, 0.5, 0.5), steady(0.4)), (Heard("b", 0, 1.0, 1.0), steady(-0.1))], 1600)
    assert np.allclose(mixed, 0.1)


def test_a_source_that_has_nothing_is_left_out() -> None:
    assert np.allclose(mix([(Heard("a", 0, 1, 1), None), (Heard("b", 0, 1, 1), steady(0.3))], 1600), 0.3)


@pytest.mark.parametrize(("begin", "end"), [(0.0, 1.0), (1.0, 0.0), (0.2, 0.7)])
def test_a_change_is_a_ramp(begin: float, end: float) -> None:
    mixed = mix([(Heard("a", 0, begin, end), steady(0.5, 800))], 800)[:, 0]
    assert mixed[0] == pytest.approx(begin / 2)
    assert mixed[-1] == pytest.approx(end / 2)
    assert np.abs(np.diff(mixed)).max() <= abs(end - begin) / 2 / (RAMP_SAMPLES - 1) + 1e-6, "a click"
    assert np.allclose(mixed[RAMP_SAMPLES:], end / 2)


def test_full_scale_is_kept() -> None:
    mixed = mix([(Heard(str(n), 0, 4.0, 4.0), steady(level, 100)) for n, level in enumerate((0.9, 0.9, -0.2))], 100)
    assert mixed.max() == 1.0
    assert mix([(Heard("a", 0, 4, 4), steady(-0.9, 100))], 100).min() == -1.0


def test_what_was_given_is_not_changed() -> None:
    given = steady(0.5)
    mix([(Heard("a", 0, 0.0, 2.0), given)], 1600)
    assert np.all(given == np.float32(0.5))
