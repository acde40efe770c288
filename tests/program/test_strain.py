"""An encoder that falls behind gives up a rung after three bad seconds, never over a hiccup, and gets it back when
there is room; one that gave it back too early waits longer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.program.strain import FIRST_CALM_SECONDS, MOST_CALM_SECONDS, Strain

FPS = 30
LOOK_SECONDS = 0.1


def run(strain: Strain, begins: float, seconds: float, behind: int, per_second: float) -> tuple[float, int]:
    """Looks at an encoder that misses so many ticks a second; where time and count stand afterwards."""
    missed = float(behind)
    at = begins
    while at < begins + seconds:
        at += LOOK_SECONDS
        missed += per_second * LOOK_SECONDS
        strain.look(at, int(missed))
    return at, int(missed)


def test_one_that_keeps_up_is_left_alone() -> None:
    strain = Strain(FPS, 2)
    run(strain, 0, 600, 0, 0)
    assert strain.rung == 0


def test_a_hiccup_changes_nothing() -> None:
    strain = Strain(FPS, 2)
    at, behind = run(strain, 0, 10, 0, 0)
    at, behind = run(strain, at, 0.9, behind, FPS)
    run(strain, at, 20, behind, 0)
    assert strain.rung == 0


def test_rung_by_rung_and_back() -> None:
    strain = Strain(FPS, 2)
    at, behind = run(strain, 0, 4, 0, 10)
    assert strain.rung == 1
    at, behind = run(strain, at, 3, behind, 10)
    assert strain.rung == 2
    at, behind = run(strain, at, 30, behind, 10)
    assert strain.rung == 2, "there is no other"
    at, behind = run(strain, at, FIRST_CALM_SECONDS + 1, behind, 0)
    assert strain.rung == 1
    run(strain, at, FIRST_CALM_SECONDS + 1, behind, 0)
    assert strain.rung == 0


def test_too_early_is_later_the_next_time() -> None:
    strain = Strain(FPS, 1)
    at, behind = run(strain, 0, 4, 0, 10)
    waits = []
    for _ in range(8):
        begun = at
        while strain.rung:
            at, behind = run(strain, at, LOOK_SECONDS, behind, 0)
        waits.append(round(at - begun))
        at, behind = run(strain, at, 4, behind, 10)
        assert strain.rung == 1
    assert waits == sorted(waits)
    assert waits[0] < waits[3]
    assert waits[-1] <= MOST_CALM_SECONDS + 5


@given(st.lists(st.tuples(st.floats(0.1, 30), st.floats(0, FPS)), max_size=20), st.integers(0, 2))
def test_whatever_happens(phases: list[tuple[float, float]], most: int) -> None:
    strain, at, behind = Strain(FPS, most), 0.0, 0
    for seconds, per_second in phases:
        at, behind = run(strain, at, seconds, behind, per_second)
        assert 0 <= strain.rung <= most
